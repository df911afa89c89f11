"""Names that processes hold over one database in PostgreSQL: its advisory locks. The server takes them back when a process dies."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from retrieval.faults import Fault
from retrieval.postgres import Connection, Postgres, key_of

_LOOK_AGAIN = 0.2
"""Seconds between two looks whether a name is free."""


class SharedLocks:
    """The names of one schema. Safe for threads."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres
        self._guard = threading.Lock()
        self._held: Counter[int] = Counter()
        self._raw: Any = None

    def _key(self, name: str) -> int:
        return key_of(f"{self._postgres.schema}/{name}")

    @contextmanager
    def claim(self, name: str, patience: float | None = None) -> Iterator[bool]:
        """Hold a name alone, on a connection of its own; whether it was free within `patience` seconds, or (None) ever."""
        raw, deadline = self._postgres.connect(), None if patience is None else time.monotonic() + patience
        try:
            while not (mine := Connection(raw).execute("--pg SELECT pg_try_advisory_lock(?)", (self._key(name),)).fetchone()[0]):
                if deadline is not None and time.monotonic() >= deadline:
                    break
                time.sleep(_LOOK_AGAIN)
            yield bool(mine)
        finally:
            raw.close()

    @contextmanager
    def alone(self, name: str) -> Iterator[bool]:
        """Hold a name for a moment, if nobody holds it; whether that is so."""
        with self._postgres.write() as connection:
            yield bool(connection.execute("--pg SELECT pg_try_advisory_xact_lock(?)", (self._key(name),)).fetchone()[0])

    @contextmanager
    def turn(self, name: str) -> Iterator[Connection]:
        """Hold a name alone for a moment, in a transaction that begins when it is free. Raises Busy."""
        with self._postgres.write() as connection:
            connection.lock(f"{self._postgres.schema}/{name}")
            yield connection

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Hold a name together with others; waits while one has it alone, which is short."""
        key = self._key(name)
        with self._guard:
            self._shared().execute("--pg SELECT pg_advisory_lock_shared(?)", (key,))
            self._held[key] += 1
        try:
            yield
        finally:
            with self._guard:
                self._held[key] -= 1
                self._held += Counter()
                with suppress(Fault):  # with its connection the lock has gone
                    if self._raw is not None and not self._raw.closed:
                        Connection(self._raw).execute("--pg SELECT pg_advisory_unlock_shared(?)", (key,))

    def _shared(self) -> Connection:
        """The connection of all names held together with others; a new one takes over what the broken one held."""
        if self._raw is None or self._raw.closed:
            self._raw = self._postgres.connect()
            for key, times in self._held.items():
                for _ in range(times):
                    Connection(self._raw).execute("--pg SELECT pg_advisory_lock_shared(?)", (key,))
        return Connection(self._raw)

    def close(self) -> None:
        """Give everything back."""
        with self._guard:
            if self._raw is not None:
                self._raw.close()
                self._raw = None
