"""Small databases beside the library: each is a SQLite file of the data directory, or tables in PostgreSQL, by the same statements.

Knows connections and transactions, no table's meaning. Statements are written as `retrieval.postgres_statements` asks.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from retrieval.database import BUSY_SECONDS, translated
from retrieval.faults import Taken
from retrieval.postgres import Postgres

Place = Path | Postgres
"""A data directory, or a database that several processes share."""
Prepare = Callable[[sqlite3.Connection], None]


class Tables(ABC):
    """The tables of one small database. Safe for threads and processes; opens nothing until it is used."""

    @property
    @abstractmethod
    def there(self) -> bool:
        """Whether anything was ever kept; asking makes nothing."""

    @abstractmethod
    def read(self) -> AbstractContextManager[Any]:
        """A connection to read with. Raises Fault."""

    @abstractmethod
    def write(self) -> AbstractContextManager[Any]:
        """One transaction that no other can come between, durable when the block has ended. Raises Fault and leaves no trace.

        Raises `retrieval.faults.Taken` for a row whose key is there already.
        """

    def still(self) -> AbstractContextManager[Any]:
        """A connection that reads one state, whatever others write meanwhile."""
        return self.read()

    def rows(self, statement: str, values: Any = ()) -> Sequence[Any]:
        """The rows of a query; none while nothing is kept."""
        if not self.there:
            return []
        with self.read() as db:
            return list(db.execute(statement, values).fetchall())

    @abstractmethod
    def scrub(self) -> None:
        """What was deleted leaves the bytes too."""

    @abstractmethod
    def close(self) -> None:
        """Release the file; it opens again when it is used."""


def tables(
    place: Place | None, file: str, schema: Sequence[str], *, what: str, prepare: Prepare | None = None, secure: bool = False
) -> Tables:
    """The tables `schema` in the file of a data directory, in a database, or (None) in memory. `what` names them in faults.

    `prepare` makes or upgrades them in a file, where that takes more than `schema`. `secure`: what is deleted in a file is overwritten.
    """
    if isinstance(place, Postgres):
        return _Shared(place, file.partition(".")[0], schema)
    return _File(place / file if place is not None else None, prepare or _maker(schema), what, secure)


def _maker(schema: Sequence[str]) -> Prepare:
    def make(db: sqlite3.Connection) -> None:
        for statement in schema:
            db.execute(statement)

    return make


class _File(Tables):
    def __init__(self, path: Path | None, prepare: Prepare, what: str, secure: bool) -> None:
        self._path, self._prepare, self._what, self._secure = path, prepare, what, secure
        self._lock = threading.RLock()
        self._db: sqlite3.Connection | None = None

    @property
    def there(self) -> bool:
        return self._db is not None or self._path is None or self._path.is_file()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._opened()
            except sqlite3.Error as error:
                raise translated(error, self._what) from error

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        with self.read() as db:
            if db.in_transaction:
                yield db
                return
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException as error:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                if isinstance(error, sqlite3.IntegrityError):
                    raise Taken(f"{self._what} has such a row already.", hint="Choose another name.") from error
                raise

    def scrub(self) -> None:
        if self.there:
            with self.read() as db:
                db.execute("VACUUM")
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            if self._path is not None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self._path or ":memory:", timeout=BUSY_SECONDS, check_same_thread=False, isolation_level=None)
            try:
                if self._path is not None:
                    self._path.chmod(0o600)
                db.row_factory = sqlite3.Row
                _write_ahead(db)
                for pragma in ("synchronous=FULL", "foreign_keys=ON", f"secure_delete={int(self._secure)}"):
                    db.execute(f"PRAGMA {pragma}")
                self._prepare(db)
            except BaseException:
                db.close()
                raise
            self._db = db
        return self._db


def _write_ahead(db: sqlite3.Connection) -> None:
    """Switch to a write-ahead log. Two that open a new file at once both hold it then, and SQLite refuses one of them without any wait."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                raise
        time.sleep(0.01)


class _Shared(Tables):
    def __init__(self, database: Postgres, name: str, schema: Sequence[str]) -> None:
        self._database, self._name, self._schema = database, name, schema

    @property
    def there(self) -> bool:
        return True

    @contextmanager
    def read(self) -> Iterator[Any]:
        self._database.install(self._schema)
        with self._database.read() as db:
            yield db

    @contextmanager
    def still(self) -> Iterator[Any]:
        self._database.install(self._schema)
        with self._database.still() as db:
            yield db

    @contextmanager
    def write(self) -> Iterator[Any]:
        self._database.install(self._schema)
        with self._database.write() as db:
            db.lock(f"{self._database.schema}/{self._name}")
            yield db

    def scrub(self) -> None:
        """PostgreSQL gives the room of deleted rows to new ones by itself."""

    def close(self) -> None:
        """The database is closed by whoever opened it."""
