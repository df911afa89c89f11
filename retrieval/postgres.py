"""PostgreSQL: connections of one process to one schema of one server, and transactions on them. Knows no table.

A transaction that has returned is on the disk of the server (`synchronous_commit=on`). A connection that broke is replaced before anybody
gets it: its socket is looked at, which costs no word with the server. What breaks while somebody uses it is a Fault (503, to be tried
again).
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from retrieval.faults import Fault, InvalidInput, Unavailable
from retrieval.postgres_faults import alive, is_gone, later, missing, translated
from retrieval.postgres_statements import bound, rows
from retrieval.postgres_statements import translated as in_dialect

if TYPE_CHECKING:
    import psycopg
    from psycopg_pool import ConnectionPool

MOST = 10
"""Connections of one process to one schema."""
PATIENCE = 5.0
"""Seconds that one waits for a connection, while others use them all or the server is away."""
AWAY_SECONDS = 0.3
"""The same while the server is known to be away: nobody waits for it in vain."""
STATEMENT_SECONDS, LOCK_SECONDS, IDLE_SECONDS = 60, 30, 120
"""That a statement may run, wait for a lock, and a transaction may stand still before the server ends it."""
Values = Sequence[Any] | Mapping[str, Any]


def key_of(name: str) -> int:
    """The number under which PostgreSQL locks a name."""
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:8], "big", signed=True)


class Connection:
    """A connection for a while: statements in our dialect (`retrieval.postgres_statements`), errors as Faults."""

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        self.raw = raw

    def execute(self, statement: str, values: Values = ()) -> Any:
        """Run one statement; its cursor. Raises Fault, `Taken` for a key that is there already."""
        try:
            text, lists = in_dialect(statement)
            return self.raw.execute(text, bound(values, lists))
        except Exception as error:
            raise self._fault(error) from error

    def executemany(self, statement: str, values: Iterable[Values]) -> Any:
        """Run one statement for each of the values; its cursor, with the count of all rows."""
        try:
            text, lists = in_dialect(statement)
            cursor = self.raw.cursor()
            cursor.executemany(text, [bound(one, lists) for one in values])
            return cursor
        except Exception as error:
            raise self._fault(error) from error

    def lock(self, name: str) -> None:
        """Hold a name until the transaction ends; others that lock it wait. Raises Busy."""
        self.execute("--pg SELECT pg_advisory_xact_lock(?)", (key_of(name),))

    def _fault(self, error: Exception) -> Exception:
        import psycopg

        return translated(error) if isinstance(error, psycopg.Error | UnicodeError) else error


class Postgres:
    """The schema `schema`, made at first need, of the database at `address`. Safe for threads; asks nothing until it is used."""

    def __init__(self, address: str, password: str = "", schema: str = "assistant", most: int = MOST) -> None:
        self.address, self.schema, self._password, self._most = address, schema, password, most
        self._lock = threading.Lock()
        self._pool: ConnectionPool[psycopg.Connection[Any]] | None = None
        self._local = threading.local()
        self._installed: set[tuple[str, ...]] = set()
        self._away = False
        """The server did not answer when it was last asked."""

    # ---- transactions
    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, durable when the block has ended; nested blocks join the outer one. Raises Fault and leaves no trace."""
        with self._transaction("BEGIN") as connection:
            yield connection

    together = write

    @contextmanager
    def still(self) -> Iterator[Connection]:
        """A block in which this thread reads one state of the database."""
        with self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading: it sees everything committed, and inside a `write` block also what is not yet."""
        if (mine := getattr(self._local, "connection", None)) is not None:
            yield mine
            return
        raw = self._taken()
        try:
            self._local.connection = Connection(raw)
            yield self._local.connection
        finally:
            self._local.connection = None
            self._given_back(raw)

    def one(self, statement: str, values: Values = ()) -> Any:
        """First row, or None."""
        with self.read() as connection:
            return connection.execute(statement, values).fetchone()

    def all(self, statement: str, values: Values = ()) -> list[Any]:
        """All rows."""
        with self.read() as connection:
            return list(connection.execute(statement, values).fetchall())

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        if getattr(self._local, "open", False):
            yield self._local.connection
            return
        outer = getattr(self._local, "connection", None)
        raw = outer.raw if outer is not None else self._taken(begin)
        connection = outer or Connection(raw)
        if outer is not None:
            connection.execute(f"--pg {begin}")
        self._local.connection, self._local.open = connection, True
        try:
            yield connection
            if connection.execute("--pg COMMIT").statusmessage != "COMMIT":
                raise Unavailable("The database undid what was written.", hint="Try again.")  # a statement failed, and nobody minded
        except BaseException:
            self._undo(raw)
            raise
        finally:
            self._local.connection, self._local.open = outer, False
            if outer is None:
                self._given_back(raw)

    def _undo(self, raw: psycopg.Connection[Any]) -> None:
        import psycopg

        try:
            if raw.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                raw.execute("ROLLBACK")
        except psycopg.Error:
            raw.close()

    # ---- what must be there before
    def install(self, statements: Sequence[str]) -> None:
        """Make the tables of a part, once; statements must do nothing where the tables are there already. Whatever transaction is open.

        An index holds up all who write to its table, even one that is there already. So a part that is noted as made is left alone, and
        each statement is a transaction of its own: who holds one table and waits for the next may be waited for by whoever holds that.
        """
        if (part := tuple(statements)) in self._installed:
            return
        self._opened()
        with closing(self.connect()) as raw:
            connection = Connection(raw)
            connection.execute("--pg SELECT pg_advisory_lock(?)", (key_of(f"{self.schema}/install"),))  # until it is closed
            connection.execute("CREATE TABLE IF NOT EXISTS installed (part TEXT PRIMARY KEY)")
            name = hashlib.sha256("\n".join(part).encode()).hexdigest()
            if not connection.execute("SELECT 1 FROM installed WHERE part = ?", (name,)).fetchone():
                for statement in part:
                    connection.execute(statement)
                connection.execute("INSERT INTO installed VALUES (?)", (name,))
        self._installed.add(part)

    # ---- names that are held
    @contextmanager
    def locked(self, name: str, patience: float = 0.0) -> Iterator[bool]:
        """Hold a name over all processes, on a connection of its own; whether it was free within `patience` seconds.

        The server takes it back when this process dies, and when the server restarts.
        """
        raw, deadline, mine = self.connect(), time.monotonic() + patience, False
        try:
            connection = Connection(raw)
            while not (mine := connection.execute("--pg SELECT pg_try_advisory_lock(?)", (key_of(name),)).fetchone()[0]):
                if time.monotonic() >= deadline:
                    break
                time.sleep(0.02)
            yield bool(mine)
        finally:
            raw.close()

    # ---- connections
    def connect(self) -> psycopg.Connection[Any]:
        """A connection that is nobody else's; whoever asked closes it. Raises Unavailable, NotInstalled."""
        try:
            import psycopg
        except ImportError as error:
            raise missing(error) from error
        try:
            return psycopg.connect(**self._terms())
        except (psycopg.Error, UnicodeError) as error:
            raise self._unreached(error) from error

    def answers(self) -> str:
        """The server's version, in words. Raises Fault."""
        with self.read() as connection:
            return f"PostgreSQL {connection.execute('--pg SHOW server_version').fetchone()[0]}"

    def close(self) -> None:
        """Close all connections. Safe to call twice; it opens again when it is used."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def _terms(self) -> dict[str, Any]:
        times = {"statement_timeout": STATEMENT_SECONDS, "lock_timeout": LOCK_SECONDS, "idle_in_transaction_session_timeout": IDLE_SECONDS}
        kept = {"search_path": f'"{self.schema}"', "synchronous_commit": "on", "client_min_messages": "warning", "timezone": "UTC"}
        options = " ".join(f"-c {name}={value}" for name, value in ({name: f"{s}s" for name, s in times.items()} | kept).items())
        terms = {
            "conninfo": self.address, "autocommit": True, "row_factory": rows, "options": options, "client_encoding": "utf8",
            "application_name": "synesthesia", "connect_timeout": 5, "keepalives_idle": 30, "tcp_user_timeout": 20_000,
        }  # fmt: skip
        return terms | ({"password": self._password} if self._password else {})

    def _unreached(self, error: Any) -> Fault:
        """Why no connection was made: libpq gives no code then, only the server's words."""
        words = str(error)
        state = "28P01" if "password" in words else "3D000" if '" does not exist' in words else "28000" if "no pg_hba.conf" in words else ""
        if state and error.sqlstate is None:
            error.sqlstate = state
        return translated(error)

    def _opened(self) -> ConnectionPool[psycopg.Connection[Any]]:
        if (pool := self._pool) is not None:
            return pool
        with self._lock:
            if self._pool is None:
                self._prepare()
                try:
                    from psycopg_pool import ConnectionPool
                except ImportError as error:
                    raise missing(error) from error
                terms = self._terms()
                self._pool = ConnectionPool(
                    terms.pop("conninfo"), kwargs=terms, min_size=0, max_size=self._most, max_idle=300.0, num_workers=1, open=True,
                    check=alive, reconnect_timeout=1.0, name=f"postgres-{self.schema}",
                )  # fmt: skip
            return self._pool

    def _prepare(self) -> None:
        """Make the schema. The first connection tells what is wrong in the server's own words, which the pool does not."""
        with closing(self.connect()) as raw:
            connection = Connection(raw)
            if connection.execute("--pg SHOW server_encoding").fetchone()[0] != "UTF8":
                raise InvalidInput("The database does not keep UTF-8.", hint="Make one with: createdb -E UTF8 NAME", param="database")
            if connection.execute("--pg SELECT 1 FROM pg_namespace WHERE nspname = ?", (self.schema,)).fetchone() is None:
                connection.execute("--pg SELECT pg_advisory_lock(?)", (key_of(f"{self.schema}/install"),))
                connection.execute(f'--pg CREATE SCHEMA IF NOT EXISTS "{self.schema}"')

    def _taken(self, first: str = "") -> psycopg.Connection[Any]:
        """A connection that works; `first` is a statement that it has run already."""
        import psycopg
        from psycopg_pool import PoolTimeout

        pool = self._opened()
        for attempt in range(self._most + 1):
            try:
                raw = pool.getconn(AWAY_SECONDS if self._away else PATIENCE)
                self._away = False
            except PoolTimeout:
                was_away, self._away = self._away, True
                self.connect().close()  # which says what is wrong with the server, if anything is
                self._away = False
                if was_away:
                    continue
                raise later("Too many wait for the database.") from None
            try:
                if first:
                    raw.execute(first)
                return raw
            except psycopg.Error as error:
                self._given_back(raw)
                if not is_gone(error) or attempt == self._most:
                    raise translated(error) from error
        raise AssertionError("unreachable")

    def _given_back(self, raw: psycopg.Connection[Any]) -> None:
        pool = self._pool
        if pool is None or (raw.closed and pool.closed):
            raw.close()
        else:
            pool.putconn(raw)
