"""The file that says who may come in, `accounts.db`: its schema, its upgrades, and the digest of secrets. Knows no key and no account.

A secret is 256 random bits, so one SHA-256 is enough to store it by: there is nothing to guess, and a lookup costs microseconds. Several
processes may use the file at once, so what the command line changes counts at the very next request.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from assistant.audit import Audit
from retrieval.faults import Conflict
from retrieval.tables import Place, tables

FILE = "accounts.db"
STEPS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE IF NOT EXISTS keys("
        "id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, role TEXT NOT NULL,"
        "digest TEXT NOT NULL UNIQUE, tail TEXT NOT NULL, created_at REAL NOT NULL, revoked_at REAL) STRICT",
    ),
    (
        "ALTER TABLE keys ADD COLUMN scopes TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE keys ADD COLUMN expires_at REAL",
        "ALTER TABLE keys ADD COLUMN per_minute INTEGER",
        "ALTER TABLE keys ADD COLUMN per_day INTEGER",
        "ALTER TABLE keys ADD COLUMN last_used_at REAL",
        "UPDATE keys SET scopes = CASE role WHEN 'admin' THEN 'read chat write admin' ELSE 'read chat write' END",
        "CREATE TABLE key_use(key TEXT NOT NULL, day TEXT NOT NULL, asked INTEGER NOT NULL, PRIMARY KEY (key, day)) STRICT",
        "CREATE TABLE suspended(owner TEXT PRIMARY KEY, since REAL NOT NULL) STRICT",
        "CREATE TABLE accounts("
        "id TEXT PRIMARY KEY, name TEXT NOT NULL, folded TEXT NOT NULL UNIQUE, owner TEXT NOT NULL UNIQUE, role TEXT NOT NULL,"
        "password TEXT, identity TEXT UNIQUE, seen REAL NOT NULL DEFAULT 0, void REAL NOT NULL DEFAULT 0,"
        "created_at REAL NOT NULL) STRICT",
        "CREATE TABLE sessions("
        "digest TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,"
        "created_at REAL NOT NULL, expires_at REAL NOT NULL) STRICT",
    ),
)
"""Step n brings a file of version n to version n + 1. Files from before versions were counted are version 0."""
_WHOLE = (
    "CREATE TABLE IF NOT EXISTS keys("
    "id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, role TEXT NOT NULL, digest TEXT NOT NULL UNIQUE,"
    "tail TEXT NOT NULL, created_at REAL NOT NULL, revoked_at REAL, scopes TEXT NOT NULL DEFAULT '', expires_at REAL,"
    "per_minute INTEGER, per_day INTEGER, last_used_at REAL)",
    *(statement.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS") for statement in STEPS[1] if statement.startswith("CREATE TABLE")),
)
"""The newest version at once, in a database that has no earlier ones."""


def digest(secret: str) -> str:
    """What is kept of a secret, in hexadecimal."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class Credentials:
    """The accounts of one data directory, or of one database. Safe to use from several threads and processes."""

    def __init__(self, place: Place) -> None:
        """Opens nothing until it is asked; the directory is made with the first change."""
        self._tables = tables(place, FILE, _WHOLE, what="The file of accounts", prepare=_upgrade)
        self._audit = Audit(place)

    def rows(self, query: str, *values: object) -> Sequence[Any]:
        """The rows of a query; none while there is no file."""
        return self._tables.rows(query, values)

    def change(self) -> AbstractContextManager[Any]:
        """A transaction that no other process's can come between."""
        return self._tables.write()

    def note(self, owner: str, action: str, subject: str = "") -> None:
        """Write into the audit log, inside a `change`: what cannot be noted does not happen. Raises StorageFull, Busy."""
        self._audit.note(owner, action, subject)

    def close(self) -> None:
        """Release the files."""
        self._audit.close()
        self._tables.close()


def _upgrade(db: sqlite3.Connection) -> None:
    """Bring the file to the newest version, once, all or nothing. Raises Conflict for a file of a newer program."""
    if db.execute("PRAGMA user_version").fetchone()[0] == len(STEPS):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        version = db.execute("PRAGMA user_version").fetchone()[0]  # again: another process may have done it meanwhile
        if version > len(STEPS):
            raise Conflict("The accounts were written by a newer version.", hint="Update this program, or use another directory.")
        for step in STEPS[version:]:
            for statement in step:
                db.execute(statement)
        db.execute(f"PRAGMA user_version={len(STEPS)}")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
