"""Rows of one person in the databases beside the library, whatever tables those have. Knows columns, not what a table is for.

A table with a column `owner` holds what is somebody's. Three files name people by a hash, so that they do not list them. A table that
has neither and belongs to a row that has is named here; a test fails when a table is none of these.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from assistant.database import place_of
from assistant.settings import Settings
from retrieval.database import BUSY_SECONDS, owned_tables, scrub, translated
from retrieval.postgres import Postgres

Source = Path | Postgres

LIBRARY, CONVERSATIONS, AUDIT, ACCOUNTS = "library.db", "conversations.db", "audit.db", "accounts.db"
FOLLOWERS = {"publishable_use": ("key", "publishable_keys"), "key_use": ("key", "keys"), "sessions": ("account", "accounts")}
"""Table -> (column, table whose ids it has)."""
PLACES = {"store": "prefix"}
"""Table -> column that ends with the hash of a person (LangGraph's store)."""
SECRET = frozenset(("digest", "password", "key", "identity", "salt"))
"""Columns that are in no export."""
CREDENTIALS = frozenset(("keys", "accounts", "suspended"))
"""Tables that stay when a person only deletes their data: they still come in."""
ELSEWHERE = frozenset(("conversation", "entry"))
"""Tables of PostgreSQL that another module empties, as it does the files of their names."""


def place_of_owner(owner: str) -> str:
    """The hash under which a person's memory and quota are kept."""
    return hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()


def databases(settings: Settings) -> list[Source]:
    """The databases that no other module empties."""
    files = [path for path in sorted(settings.data_dir.glob("*.db")) if path.name not in (LIBRARY, CONVERSATIONS, AUDIT)]
    place = place_of(settings)
    return [*files, place] if isinstance(place, Postgres) else list(files)


def name_of(source: Source) -> str:
    """What a database is called in an export."""
    return "postgres" if isinstance(source, Postgres) else source.name


def rows(source: Source, owner: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(table, row without secrets) of everything in a database that is a person's."""
    with _opened(source) as database:
        for table, condition, values in _conditions(database, owner):
            for row in database.execute(f'SELECT * FROM "{table}" WHERE {condition}', values).fetchall():  # noqa: S608 - names of the schema
                yield table, {key: row[key] for key in row.keys() if key not in SECRET and not isinstance(row[key], bytes)}  # noqa: SIM118


def delete(source: Source, owner: str, *, credentials: bool = False) -> dict[str, int]:
    """Delete a person's rows in one transaction; how many of each table. `credentials`: also the keys and the account."""
    gone: dict[str, int] = {}
    with _opened(source) as database:
        for table, condition, values in reversed(list(_conditions(database, owner))):
            if table in CREDENTIALS and not credentials:
                continue
            if table in FOLLOWERS and FOLLOWERS[table][1] in CREDENTIALS and not credentials:
                continue
            if count := database.execute(f'DELETE FROM "{table}" WHERE {condition}', values).rowcount:  # noqa: S608
                gone[table] = count
    return gone


def tidy(source: Source) -> None:
    """Give up the room of what was deleted. In PostgreSQL its bytes stay in the server's files until it puts others there."""
    if not isinstance(source, Postgres):
        scrub(source)
        return
    with source.read() as connection:
        for (table,) in connection.execute("--pg SELECT tablename FROM pg_tables WHERE schemaname = ?", (source.schema,)).fetchall():
            connection.execute(f'--pg VACUUM "{table}"')


def _conditions(database: Any, owner: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(table, condition, its values); those that others follow come first."""
    known, owned = _tables(database)
    for table in owned:
        yield table, "owner IN (?, ?)", (owner, place_of_owner(owner))
    for table, (column, leader) in FOLLOWERS.items():
        if table in known:
            yield table, f'"{column}" IN (SELECT id FROM "{leader}" WHERE owner = ?)', (owner,)  # noqa: S608
    for table, column in PLACES.items():
        if table in known:
            yield table, f"\"{column}\" LIKE '%.' || ?", (place_of_owner(owner),)


def _tables(database: Any) -> tuple[set[str], list[str]]:
    """(all tables, those with a column `owner` that no other module empties)."""
    if isinstance(database, sqlite3.Connection):
        known = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return known, owned_tables(database)
    columns = database.execute(
        "--pg SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY table_name"
    ).fetchall()
    return {row[0] for row in columns}, [row[0] for row in columns if row[1] == "owner" and row[0] not in ELSEWHERE]


@contextmanager
def _opened(source: Source) -> Iterator[Any]:
    """A transaction; its errors are Faults."""
    if isinstance(source, Postgres):
        with source.write() as connection:
            yield connection
        return
    try:
        with closing(sqlite3.connect(source, timeout=BUSY_SECONDS, isolation_level=None)) as database:
            database.row_factory = sqlite3.Row
            database.execute("PRAGMA secure_delete = ON")
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.execute("COMMIT")
            except BaseException:
                if database.in_transaction:
                    database.execute("ROLLBACK")
                raise
    except sqlite3.Error as error:
        raise translated(error, source.name) from error
