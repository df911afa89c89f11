"""Presence: which processes that share a database are alive. Knows a lock each of them holds there, nothing of what they do.

The server takes the lock back when a process dies, however it dies. It does so too when it restarts itself: `show` takes one of another
name then.
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
        self._database = database
        self._lock = threading.Lock()
        self._name = ""
        self._held: psycopg.Connection[Any] | None = None

    def show(self) -> str:
        """Let others see from now on that this process is alive, under the name that is returned. Quick when they do already.

        What had begun under an earlier name may have ended while nobody could note it: that name is not taken again. Raises Unavailable.
        """
        with self._lock:
            if not self._stands():
                name, held = uuid.uuid4().hex, self._database.connect()
                try:
                    Connection(held).execute("--pg SELECT pg_advisory_lock(?)", (_key(name),))
                except BaseException:
                    held.close()
                    raise
                self._name, self._held = name, held
            return self._name

    def lives(self, connection: Connection, process: str) -> bool:
        """Whether a process is alive under a name. Inside a transaction, to whose end a dead one's name is held."""
        with self._lock:
            if process == self._name and self._stands():
                return True
        return not connection.execute("--pg SELECT pg_try_advisory_xact_lock(?)", (_key(process),)).fetchone()[0]

    def _stands(self) -> bool:
        import psycopg

        if self._held is None:
            return False
        try:
            alive(self._held)
        except psycopg.Error:
            self._held.close()
            self._held = None
        return self._held is not None

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
