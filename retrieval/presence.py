"""Presence: which processes that share a database are alive. Knows a lock each of them holds there, nothing of what they do.

The server takes the lock back when a process dies, however it dies. It does so too when it restarts itself: `show` takes it again.
"""

from __future__ import annotations

import threading
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from retrieval.postgres import Connection, Postgres, key_of
from retrieval.postgres_faults import alive

if TYPE_CHECKING:
    import psycopg


class Presence:
    """This process among those of a database."""

    def __init__(self, database: Postgres) -> None:
        self.process = uuid.uuid4().hex
        """Its name."""
        self._database = database
        self._lock = threading.Lock()
        self._held: psycopg.Connection[Any] | None = None

    def show(self) -> None:
        """Let others see from now on that this process is alive. Quick when they do already. Raises Unavailable."""
        import psycopg

        with self._lock:
            if self._held is not None:
                try:
                    alive(self._held)
                    return
                except psycopg.Error:
                    self._held.close()
                    self._held = None
            held = self._database.connect()
            try:
                Connection(held).execute("--pg SELECT pg_advisory_lock(?)", (_key(self.process),))
            except BaseException:
                held.close()
                raise
            self._held = held

    def lives(self, connection: Connection, process: str) -> bool:
        """Whether a process is alive. Inside a transaction, to whose end a dead one's name is held."""
        if process == self.process:
            return self._held is not None
        return not connection.execute("--pg SELECT pg_try_advisory_xact_lock(?)", (_key(process),)).fetchone()[0]

    def close(self) -> None:
        """This process is no longer there."""
        with self._lock:
            if self._held is not None:
                import psycopg

                with suppress(psycopg.Error):
                    self._held.execute("SELECT pg_advisory_unlock_all()")  # else the server keeps it until it notices the end
                self._held.close()
                self._held = None


def _key(process: str) -> int:
    return key_of(f"process/{process}")
