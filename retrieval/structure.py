"""Structure: whether SQLite finds the pages of a database file sound. Knows no table.

That reads the whole file, 0.1 s for 100 MB. So a small file is read before anybody uses it, and a larger one by a thread behind the start:
what that finds is told to everybody who uses the database from then on.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from retrieval.faults import Fault, Unavailable

AT_ONCE_BYTES = 16 * 2**20
"""A file up to this size is read before it is used."""


def check_structure(connection: sqlite3.Connection, what: str) -> None:
    """Raises Unavailable when SQLite finds its pages damaged. Reads all of them."""
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise Unavailable(f"{what} is damaged ({found}).", hint="Restore a backup with: assistant restore.", code="database_damaged")


class Structure:
    """One look at one open database."""

    def __init__(self, path: Path, what: str, translated: Callable[[sqlite3.Error, str], Fault]) -> None:
        """`what` is the database, for a person; `translated` makes a Fault of an error."""
        self._path, self._what, self._translated = path, what, translated
        self._looking: sqlite3.Connection | None = None
        self._thread: threading.Thread | None = None
        self._stopped = False
        self.fault: Fault | None = None
        """What was found."""
        self.sound = False
        """All of it was read, and nothing was found."""

    def look(self, connection: sqlite3.Connection, *, now: bool = False) -> None:
        """Read a small file, or any one if `now`, by `connection`: raises Unavailable when it is damaged. Another is read in a thread."""
        if now or self._path.stat().st_size <= AT_ONCE_BYTES:
            check_structure(connection, self._what)
            self.sound = True
            return
        self._looking = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
        self._thread = threading.Thread(target=self._look, args=(self._looking,), name="structure", daemon=True)
        self._thread.start()

    def _look(self, connection: sqlite3.Connection) -> None:
        with closing(connection):
            try:
                check_structure(connection, self._what)
                self.sound = True
            except sqlite3.Error as error:
                if not self._stopped:
                    self.fault = self._translated(error, self._what)
            except Fault as fault:
                self.fault = fault

    def tell(self) -> None:
        """Raises what was found so far."""
        if self.fault is not None:
            raise self.fault.with_traceback(None)  # or every request would add a piece to it

    def close(self) -> None:
        """Stop looking. Safe to call twice."""
        self._stopped = True
        if self._thread is not None and self._thread.is_alive() and self._looking is not None:
            with suppress(sqlite3.ProgrammingError):  # it has just ended by itself
                self._looking.interrupt()
            self._thread.join(10)
