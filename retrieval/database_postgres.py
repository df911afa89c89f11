"""The PostgreSQL engine: one library in one schema, open in any number of processes. Knows no tables' meaning.

One transaction writes at a time, over all processes: each begins by taking the same advisory lock. So what the library promises over
SQLite holds here too: what was looked at in a transaction is still so when it writes, and changes are numbered in the order of commits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

from retrieval import postgres, schema_postgres
from retrieval.engine import BUSY_SECONDS
from retrieval.faults import Busy, Conflict, Fault, Unavailable
from retrieval.feed_postgres import SharedFeed
from retrieval.filter_postgres import where
from retrieval.locks_postgres import SharedLocks
from retrieval.postgres_statements import native

if TYPE_CHECKING:
    from retrieval.indexes import Keys
    from retrieval.words_postgres import Postings

SCHEMA = "library"
_WRITE = "write"


class PostgresDatabase:
    """An open library database (`retrieval.engine`). Raises Unavailable when the server does not answer, Conflict for a newer version."""

    shared: ClassVar[bool] = True

    def __init__(self, address: str, password: str = "", schema: str = SCHEMA, most: int = postgres.MOST) -> None:
        self._postgres = postgres.Postgres(address, password, schema, most)
        self._write_lock = threading.RLock()
        self._writer: int = 0
        """The thread that is in a transaction."""
        self._alone: int = 0
        """The thread that holds off all others."""
        self._after: list[Callable[[], None]] = []
        self._closed = False
        self.feed, self.locks = SharedFeed(self), SharedLocks(self._postgres)
        self.was_clean = True
        try:
            self.library_id = self._prepare()
            self.feed.begin()
        except BaseException:
            self._postgres.close()
            raise

    def _prepare(self) -> str:
        """Bring the schema to the version of today; the id of the library."""
        with self._postgres.write() as connection:
            connection.lock(f"{self._postgres.schema}/{_WRITE}")
            there = connection.execute("--pg SELECT to_regclass('meta')").fetchone()[0] is not None
            version = 0
            if there:
                row = connection.execute("SELECT value FROM meta WHERE name = 'version'").fetchone()
                version = int(row[0]) if row else 0
            if version > schema_postgres.SCHEMA_VERSION:
                raise Conflict("This database was written by a newer version.", hint="Update this program, or use another database.")
            if not version:
                icu = connection.execute("--pg SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu'").fetchone() is not None
                for statement in schema_postgres.statements(icu):
                    connection.execute(statement)
                connection.execute("INSERT INTO meta VALUES ('library', ?)", (uuid4().hex,))
            for step in schema_postgres.STEPS[max(version, 1) - 1 :]:
                for statement in step:
                    connection.execute(statement)
            if version != schema_postgres.SCHEMA_VERSION:
                connection.execute("DELETE FROM meta WHERE name = 'version'")
                connection.execute("INSERT INTO meta VALUES ('version', ?)", (str(schema_postgres.SCHEMA_VERSION),))
            return str(connection.execute("SELECT value FROM meta WHERE name = 'library'").fetchone()[0])

    # Transactions

    @property
    def writing(self) -> bool:
        """Whether this thread is in a transaction that writes."""
        return self._writer == threading.get_ident()

    @contextmanager
    def write(self) -> Iterator[postgres.Connection]:
        """One transaction, durable when the block has ended; nested blocks join the outer one. Raises StorageFull and leaves no trace."""
        with self._write_lock:
            self._check_open()
            if self.writing:
                with self._postgres.write() as connection:
                    yield connection
                return
            self._after.clear()
            try:
                with self._postgres.write() as connection:
                    if not self._alone:
                        connection.lock(f"{self._postgres.schema}/{_WRITE}")
                    self._writer = threading.get_ident()
                    yield connection
            finally:
                self._writer = 0
            for action in self._after:
                action()

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Hold off all writing, of other processes too, without a transaction."""
        with self._write_lock:
            if self._alone or self.writing:
                yield
                return
            with self._postgres.locked(f"{self._postgres.schema}/{_WRITE}", BUSY_SECONDS) as mine:
                if not mine:
                    raise Busy("Another process keeps writing to the library.", hint="Try again in a moment.")
                self._alone = threading.get_ident()
                try:
                    yield
                finally:
                    self._alone = 0

    @contextmanager
    def still(self) -> Iterator[None]:
        """A block in which this thread reads one state of the database, and everything derived from it is that of this state."""
        with self.feed.lock:
            self._check_open()
            with self._postgres.still():
                self.feed.catch_up()
                yield

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run `action` when the transaction of the surrounding `write` block is durable, before this process writes again."""
        self._after.append(action)

    @contextmanager
    def read(self) -> Iterator[postgres.Connection]:
        """A connection for reading: it sees everything committed, and inside a `write` block also what is not yet."""
        self._check_open()
        with self._postgres.read() as connection:
            yield connection

    def _check_open(self) -> None:
        if self._closed:
            raise Unavailable("The library is closed.", hint="Start the service again.")

    # Reading

    def one(self, statement: str, values: Any = ()) -> Any:
        """First row, or None."""
        with self.read() as connection:
            return connection.execute(statement, values).fetchone()

    def all(self, statement: str, values: Any = ()) -> list[Any]:
        """All rows."""
        with self.read() as connection:
            return list(connection.execute(statement, values).fetchall())

    def numbers(self, statement: str, values: Any = ()) -> Keys:
        """The one column, of numbers."""
        import numpy as np

        return np.fromiter((row[0] for row in self.all(statement, values)), np.int64)

    def counter(self, name: str) -> int:
        """A number that only grows."""
        return int(self.one("--pg SELECT value FROM counters WHERE name = ?", (name,))[0])

    def keys(self, connection: Any, count: int) -> range:
        """Keys for so many new items, larger than any that was ever used."""
        row = connection.execute("--pg UPDATE counters SET value = value + ? WHERE name = 'items' RETURNING value", (count,)).fetchone()
        return range(row[0] - count + 1, row[0] + 1)

    def matching(self, source: str) -> tuple[str, list[Any]]:
        """The condition on `items` of a metadata filter, and its values. Raises InvalidInput."""
        told, values = where(source)
        return native(told), values

    @cached_property
    def text(self) -> Postings:
        """The index of the words."""
        from retrieval.words_postgres import Postings

        return Postings(self)

    # Keeping

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    @property
    def damage(self) -> Fault | None:
        """Nothing: PostgreSQL looks after its own files."""
        return None

    def owned(self) -> list[str]:
        """Tables with a column `owner`: what stands in them is somebody's."""
        rows = self.all(
            "--pg SELECT table_name FROM information_schema.columns WHERE table_schema = ? AND column_name = 'owner' ORDER BY 1",
            (self._postgres.schema,),
        )
        return [str(row[0]) for row in rows]

    def size(self) -> int:
        """Bytes of the tables and their indexes."""
        row = self.one(
            "--pg SELECT COALESCE(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = ? AND c.relkind = 'r'", (self._postgres.schema,),
        )  # fmt: skip
        return int(row[0])

    def scrub(self) -> None:
        """Give up the room of what was deleted. Its bytes stay in the server's files until it puts others there."""
        with self.read() as connection:
            for (table,) in self.all("--pg SELECT tablename FROM pg_tables WHERE schemaname = ?", (self._postgres.schema,)):
                connection.execute(f'--pg VACUUM "{table}"')

    def close(self) -> None:
        """Close all connections. Safe to call twice."""
        self._closed = True
        self.locks.close()
        self._postgres.close()
