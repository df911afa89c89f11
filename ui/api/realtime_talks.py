"""The live sessions of a server: how many at once, and the client secrets that open them. Knows no session from inside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from anyio import CapacityLimiter

from retrieval.faults import Busy
from ui.api.realtime_secrets import ClientSecrets
from ui.api.words import refuse


class Talks:
    """The live sessions of a server."""

    RETRY_SECONDS = 10

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once
        self.running = 0
        self.secrets = ClientSecrets()
        self.threads = CapacityLimiter(at_once)
        """Threads in which what clients send is read: one a session."""

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a place, on the event loop. Raises Busy (429) when all are taken."""
        if self.running >= self.at_once:
            fault = refuse(Busy, "realtime_full", code="too_many_sessions", limit=self.at_once)
            fault.retry_after = self.RETRY_SECONDS  # type: ignore[attr-defined]
            raise fault
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1
