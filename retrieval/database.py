"""The SQLite engine: a file that is the truth, and its transactions. Knows no tables' meaning (`retrieval.schema`).

One writer at a time in this process (`write`), one connection a thread for reading (`read`). A transaction that has returned is
on the disk: WAL with synchronous=FULL syncs at every commit.
"""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

from retrieval import engine
from retrieval.engine import Connection
from retrieval.faults import Busy, Conflict, Fault, StorageFull, Unavailable
from retrieval.feed import LocalFeed
from retrieval.filter_sql import register, where
from retrieval.local_locks import LocalLocks
from retrieval.schema import MIGRATIONS, SCHEMA, SCHEMA_VERSION
from retrieval.structure import Structure
from retrieval.witness import COUNTED, Witness, examine

if TYPE_CHECKING:
    from retrieval.indexes import Keys
    from retrieval.words_fts5 import Fts5

LOG_BYTES = 2**24
"""That the log may keep on the disk once it has been written into the file: a large transaction leaves more."""
BUSY_SECONDS = engine.BUSY_SECONDS
CHECKED_BYTES = 2**30
"""A database up to this size has its structure looked at after every start; a larger one only when it was not closed."""

_NAME = "The library's database"
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_REFUSED = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}


class _Connection(sqlite3.Connection):
    """A connection that can be kept in a weak set: it closes when its thread ends."""


def translated(error: sqlite3.Error, what: str = _NAME) -> Fault:
    """The Fault that says what a database error means for a person; `what` is the database."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _REFUSED:
        return StorageFull(f"The disk did not take the data ({error}).", hint="Make room on the disk of the data directory and try again.")
    if code in _DAMAGED:
        return Unavailable(f"{what} is damaged ({error}).", hint="Restore a backup with: assistant restore.", code="database_damaged")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Busy(f"{what} is in use by another program.", hint="Close that program, or try again.")
    return Unavailable(f"{what} failed ({error}).", hint="Try again; if it stays, restore a backup.")


def scrub(path: Path) -> None:
    """Rewrite a SQLite file that may be in use, so that deleted rows are in none of its bytes, nor in its log.

    Raises StorageFull (it takes as much room as the file), Busy when another program keeps reading it.
    """
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as database:
            database.execute("VACUUM")
            if database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                raise sqlite3.OperationalError("database is locked")
    except sqlite3.Error as error:
        raise translated(error) from error


def owned_tables(connection: sqlite3.Connection) -> list[str]:
    """Tables with a column `owner`: what stands in them is somebody's."""
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'")]
    return [table for table in sorted(tables) if any(row[1] == "owner" for row in connection.execute(f'PRAGMA table_info("{table}")'))]


class Database:
    """An open library database (`retrieval.engine`). Raises Unavailable for a damaged file, Conflict for one of a newer version.

    Damage in a large file may be found a moment later (`retrieval.structure`): from then on all reading and writing raises Unavailable.
    """

    shared: ClassVar[bool] = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.feed, self.locks = LocalFeed(self.after_commit), LocalLocks(self.write)
        self._write_lock = threading.RLock()
        self._writing = 0
        self._reading = threading.Condition()
        self._reads = 0
        self._after: list[Callable[[], None]] = []
        self._local = threading.local()
        self._readers: weakref.WeakSet[_Connection] = weakref.WeakSet()
        self._closed = False
        self.structure = Structure(path, _NAME, translated)
        try:
            examine(path)
            self._writer = self._connect()
            self._prepare()
        except sqlite3.Error as error:
            self.structure.close()
            raise translated(error) from error

    def _connect(self) -> _Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS, factory=_Connection)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-16000")
        connection.execute(f"PRAGMA journal_size_limit={LOG_BYTES}")
        connection.row_factory = sqlite3.Row
        register(connection)
        return connection

    def _prepare(self) -> None:
        version = self._writer.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise Conflict("This data directory was written by a newer version.", hint="Update this program, or use another directory.")
        if version and (self._value("clean") != "1" or self.path.stat().st_size <= CHECKED_BYTES):
            self.structure.look(self._writer, now=version < SCHEMA_VERSION)
        self._witness = Witness(self.path)
        with self.write() as connection:
            if version == 0:
                for statement in SCHEMA:
                    connection.execute(statement)
                connection.execute("INSERT INTO meta VALUES ('library', ?), ('clean', '1')", (uuid4().hex,))
            for migrate in MIGRATIONS[max(version, 1) - 1 :]:
                migrate(connection)
            connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
            self.was_clean = self._value("clean") == "1"
            connection.execute("UPDATE meta SET value = '0' WHERE name = 'clean'")
            self.library_id = self._value("library")

    def _value(self, name: str) -> str:
        row = self._writer.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction, durable when the block has ended; nested blocks join the outer one. Raises StorageFull and leaves no trace."""
        with self._write_lock:
            if self._closed:
                raise Unavailable("The library is closed.", hint="Start the service again.")
            self.structure.tell()
            if self._writing:
                yield self._writer
                return
            self._after.clear()
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                self._writing = threading.get_ident()
                changes = self._writer.total_changes
                yield self._writer
                commits = self._writer.execute(COUNTED).fetchone()[0] if self._writer.total_changes != changes else 0
                self._writer.execute("COMMIT")
                if commits:
                    self._witness.note(self.library_id, int(commits))
            except BaseException as error:
                # A failed commit may have ended the transaction already.
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise translated(error) from error
                raise
            finally:
                self._writing = 0
            for action in self._after:
                action()

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Hold off all writing, without a transaction: for work that must see one state and may run on a full disk."""
        with self._write_lock:
            yield

    still = quiet

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run `action` when the transaction of the surrounding `write` block is durable, before any other write begins."""
        self._after.append(action)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """This thread's connection for reading: it sees everything committed, and inside a `write` block also what is not yet."""
        if self._writing == threading.get_ident():
            yield self._writer
            return
        with self._reading:
            if self._closed:
                raise Unavailable("The library is closed.", hint="Start the service again.")
            self.structure.tell()
            self._reads += 1
        try:
            connection = getattr(self._local, "connection", None)
            if connection is None:
                connection = self._local.connection = self._connect()
                connection.execute("PRAGMA query_only=ON")
                self._readers.add(connection)
            yield connection
        except sqlite3.Error as error:
            raise translated(error) from error
        finally:
            with self._reading:
                self._reads -= 1
                self._reading.notify_all()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    @cached_property
    def text(self) -> Fts5:
        """The index of the words."""
        from retrieval.words_fts5 import Fts5

        return Fts5(self)

    @property
    def damage(self) -> Fault | None:
        """What was found in the file after it was opened, if anything was."""
        return self.structure.fault

    def one(self, statement: str, values: Any = ()) -> sqlite3.Row | None:
        """First row, or None."""
        with self.read() as connection:
            row: sqlite3.Row | None = connection.execute(statement, values).fetchone()
            return row

    def all(self, statement: str, values: Any = ()) -> list[sqlite3.Row]:
        """All rows."""
        with self.read() as connection:
            return connection.execute(statement, values).fetchall()

    def numbers(self, statement: str, values: Any = ()) -> Keys:
        """The one column, of numbers."""
        import numpy as np

        with self.read() as connection:
            cursor = connection.execute(statement, values)
            cursor.row_factory = None
            return np.fromiter((row[0] for row in cursor), np.int64)

    def keys(self, connection: Connection, count: int) -> range:
        """Keys for so many new items, larger than any that was ever used."""
        last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'items'").fetchone()
        first = 1 + (last[0] if last else 0)
        return range(first, first + count)

    def matching(self, source: str) -> tuple[str, list[Any]]:
        """The condition on `items` of a metadata filter, and its values. Raises InvalidInput."""
        return where(source)

    def owned(self) -> list[str]:
        """Tables with a column `owner`: what stands in them is somebody's."""
        with self.read() as connection:
            return owned_tables(connection)

    def scrub(self) -> None:
        """Rewrite the file without what was deleted. Raises StorageFull, Busy."""
        scrub(self.path)

    def size(self) -> int:
        """Bytes of the database, what is still in its log included."""
        with self.read() as connection:
            return int(connection.execute("PRAGMA page_count").fetchone()[0] * connection.execute("PRAGMA page_size").fetchone()[0])

    def copy(self, target: Path) -> None:
        """A consistent copy of the database as it is now, while it is in use."""
        with self.read() as connection:
            copy = sqlite3.connect(target)
            try:
                connection.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")
            finally:
                copy.close()

    def close(self) -> None:
        """Write the log into the file and close all connections. Safe to call twice."""
        with self._write_lock:
            if self._closed:
                return
            self.structure.close()
            try:
                if self.structure.fault is None and (self.was_clean or self.structure.sound):  # else the next start looks again
                    with self.write() as connection:
                        connection.execute("UPDATE meta SET value = '1' WHERE name = 'clean'")
            finally:
                with self._reading:
                    self._closed = True
                    self._reading.wait_for(lambda: not self._reads, timeout=10)
                for reader in list(self._readers):
                    reader.close()
                self._writer.close()
                self._witness.close()
