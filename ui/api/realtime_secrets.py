"""Client secrets: short-lived keys with which a page may open `/v1/realtime`, and nothing else. Knows no HTTP.

They live in memory for at most two hours, so a restart revokes them all. Only their digests are kept.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.faults import Busy
from ui.api.words import refuse

if TYPE_CHECKING:
    from ui.api.realtime_session import Session

PREFIX = "ek_"
MOST = 10_000
"""Secrets that hold at once."""
MOST_OF_ONE = 1000
"""Of one owner."""


@dataclass(frozen=True)
class Granted:
    """What a secret opens."""

    owner: str
    session: Session
    expires_at: int
    """Seconds since the epoch."""
    by: str = ""
    """The credential of whoever asked for it: it ends with that one. Empty for this machine."""


class ClientSecrets:
    """Those of one server. Safe to use from several threads."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._granted: dict[str, Granted] = {}

    def create(self, owner: str, session: Session, seconds: int, by: str = "") -> tuple[str, Granted]:
        """A new secret, shown once. Raises Busy when too many hold already."""
        now = self._now()
        secret = PREFIX + secrets.token_urlsafe(32)
        granted = Granted(owner, session, int(now) + seconds, by)
        with self._lock:
            self._granted = {digest: old for digest, old in self._granted.items() if old.expires_at > now}
            if len(self._granted) >= MOST or sum(old.owner == owner for old in self._granted.values()) >= MOST_OF_ONE:
                raise refuse(Busy, "realtime_secrets", code="too_many_secrets")
            self._granted[_digest(secret)] = granted
        return secret, granted

    def check(self, secret: str) -> Granted | None:
        """What it opens; None when it is unknown or its time is over."""
        with self._lock:
            found = self._granted.get(_digest(secret))
        return found if found is not None and found.expires_at > self._now() else None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
