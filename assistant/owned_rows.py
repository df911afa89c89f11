"""Rows of one person in the databases beside the library, whatever tables those have. Knows columns, not what a table is for.

A table with a column `owner` holds what is somebody's. Three files name people by a hash, so that they do not list them. A table that
has neither and belongs to a row that has is named here; a test fails when a table is none of these.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from retrieval.database import BUSY_SECONDS, translated
from retrieval.forgetting import owned_tables

LIBRARY, CONVERSATIONS, AUDIT, ACCOUNTS = "library.db", "conversations.db", "audit.db", "accounts.db"
FOLLOWERS = {"publishable_use": ("key", "publishable_keys"), "key_use": ("key", "keys"), "sessions": ("account", "accounts")}
"""Table -> (column, table whose ids it has)."""
PLACES = {"store": "prefix"}
"""Table -> column that ends with the hash of a person (LangGraph's store)."""
SECRET = frozenset(("digest", "password", "key", "identity", "salt"))
"""Columns that are in no export."""
CREDENTIALS = frozenset(("keys", "accounts", "suspended"))
"""Tables that stay when a person only deletes their data: they still come in."""


def place_of(owner: str) -> str:
    """The hash under which a person's memory and quota are kept."""
    return hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()


def databases(data_dir: Path) -> list[Path]:
    """The databases that no other module empties."""
    return [path for path in sorted(data_dir.glob("*.db")) if path.name not in (LIBRARY, CONVERSATIONS, AUDIT)]


def rows(path: Path, owner: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(table, row without secrets) of everything in a database that is a person's."""
    with _opened(path) as database:
        for table, condition, values in _conditions(database, owner):
            for row in database.execute(f'SELECT * FROM "{table}" WHERE {condition}', values).fetchall():  # noqa: S608 - names of the schema
                yield table, {key: row[key] for key in row.keys() if key not in SECRET and not isinstance(row[key], bytes)}  # noqa: SIM118


def delete(path: Path, owner: str, *, credentials: bool = False) -> dict[str, int]:
    """Delete a person's rows in one transaction; how many of each table. `credentials`: also the keys and the account."""
    gone: dict[str, int] = {}
    with _opened(path) as database:
        database.execute("PRAGMA secure_delete = ON")
        database.execute("BEGIN IMMEDIATE")
        try:
            for table, condition, values in reversed(list(_conditions(database, owner))):
                if table in CREDENTIALS and not credentials:
                    continue
                if table in FOLLOWERS and FOLLOWERS[table][1] in CREDENTIALS and not credentials:
                    continue
                if count := database.execute(f'DELETE FROM "{table}" WHERE {condition}', values).rowcount:  # noqa: S608
                    gone[table] = count
            database.execute("COMMIT")
        except BaseException:
            database.execute("ROLLBACK")
            raise
    return gone


def _conditions(database: sqlite3.Connection, owner: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(table, condition, its values); those that others follow come first."""
    known = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in owned_tables(database):
        yield table, "owner IN (?, ?)", (owner, place_of(owner))
    for table, (column, leader) in FOLLOWERS.items():
        if table in known:
            yield table, f'"{column}" IN (SELECT id FROM "{leader}" WHERE owner = ?)', (owner,)  # noqa: S608
    for table, column in PLACES.items():
        if table in known:
            yield table, f"\"{column}\" LIKE '%.' || ?", (place_of(owner),)


class _opened:
    """A connection that is closed at the end; its errors are Faults."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> sqlite3.Connection:
        self._held = closing(sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None))
        database = self._held.__enter__()
        database.row_factory = sqlite3.Row
        return database

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self._held.__exit__(kind, error, trace)
        if isinstance(error, sqlite3.Error):
            raise translated(error, self._path.name) from error
