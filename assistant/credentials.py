"""The file that says who may come in, `accounts.db`: its schema, its upgrades, and the digest of secrets. Knows no key and no account.

A secret is 256 random bits, so one SHA-256 is enough to store it by: there is nothing to guess, and a lookup costs microseconds. Several
processes may use the file at once, so what the command line changes counts at the very next request.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from assistant.audit import Audit
from retrieval.faults import Conflict

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


def digest(secret: str) -> str:
    """What is kept of a secret, in hexadecimal."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class Credentials:
    """One connection to the file of a data directory. Safe to use from several threads and processes."""

    def __init__(self, data_dir: Path) -> None:
        """Opens nothing until it is asked; the directory is made with the first change."""
        self._path = data_dir / FILE
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._audit = Audit(data_dir)

    def rows(self, query: str, *values: object) -> Sequence[sqlite3.Row]:
        """The rows of a query; none while there is no file."""
        with self._lock:
            if self._db is None and not self._path.exists():
                return []
            return self._open().execute(query, values).fetchall()

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """A transaction that no other process's can come between."""
        with self._lock:
            db = self._open()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def note(self, owner: str, action: str, subject: str = "") -> None:
        """Write into the audit log, inside a `change`: what cannot be noted does not happen. Raises StorageFull, Busy."""
        self._audit.note(owner, action, subject)

    def close(self) -> None:
        """Release the files."""
        self._audit.close()
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self._path, timeout=10, check_same_thread=False, isolation_level=None)
            try:
                self._path.chmod(0o600)
                db.row_factory = sqlite3.Row
                for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                    db.execute(f"PRAGMA {pragma}")
                _upgrade(db)
            except BaseException:
                db.close()
                raise
            self._db = db
        return self._db


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
