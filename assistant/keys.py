"""API keys: who may call the HTTP API. Knows `accounts.db`, not HTTP.

A key is 256 random bits, so one SHA-256 is enough to store it by: there is nothing to guess, and a lookup costs microseconds. The
secret is shown once, when it is made. Several processes may use the file at once, so a key made or revoked on the command line counts
at the very next request.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import threading
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from retrieval.faults import Conflict, InvalidInput, NotFound

PREFIX = "syn_"
Role = Literal["user", "admin"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS keys(
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, role TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE, tail TEXT NOT NULL, created_at REAL NOT NULL, revoked_at REAL
) STRICT
"""
_COLUMNS = "id, name, owner, role, tail, created_at, revoked_at"


class Key(BaseModel):
    """An API key without its secret."""

    model_config = ConfigDict(frozen=True)

    id: str
    """`key_...`"""
    name: str
    """Label a person gave; unique."""
    owner: str
    """Whose collections, files and conversations the key opens. Keys of one owner share them."""
    role: Role
    """`user`, or `admin` who may also read `/metrics`."""
    tail: str
    """Last four characters of the secret, to tell keys apart."""
    created_at: float
    """Seconds since the epoch."""
    revoked_at: float | None = None


class Keys:
    """The keys of one data directory. Safe to use from several threads and processes."""

    def __init__(self, data_dir: Path) -> None:
        """Opens nothing until it is asked; the directory is made with the first key."""
        self._path = data_dir / "accounts.db"
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None

    def create(self, name: str, role: Role = "user", owner: str = "") -> tuple[Key, str]:
        """A new key and its secret, which is not kept. `owner` defaults to `name`. Raises Conflict for a name in use."""
        name = name.strip()
        if not name or len(name) > 64 or not name.isprintable():
            raise InvalidInput(
                "A key needs a name of 1 to 64 printable characters.", hint="Name it after who or what uses it.", param="name"
            )
        if role not in ("user", "admin"):
            raise InvalidInput(f"'{role}' is not a role.", hint="Choose user or admin.", param="role")
        secret = PREFIX + secrets.token_urlsafe(32)
        key = Key(
            id=f"key_{uuid.uuid4().hex}", name=name, owner=owner.strip() or name, role=role, tail=secret[-4:], created_at=time.time()
        )  # fmt: skip
        row = (key.id, key.name, key.owner, key.role, _digest(secret), key.tail, key.created_at)
        try:
            with self._lock, self._open() as db:
                db.execute("INSERT INTO keys(id, name, owner, role, digest, tail, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        except sqlite3.IntegrityError as error:
            raise Conflict(f"There is a key named '{name}' already.", hint="Choose another name, or revoke it.", param="name") from error
        return key, secret

    def list(self, revoked: bool = False) -> list[Key]:
        """Keys in use, oldest first; with `revoked`, those that were revoked too."""
        where = "" if revoked else "WHERE revoked_at IS NULL"
        return [_key(row) for row in self._rows(f"SELECT {_COLUMNS} FROM keys {where} ORDER BY created_at")]  # noqa: S608 - no input

    def revoke(self, name_or_id: str) -> Key:
        """Revoke a key at once and for good; its name is free again. Raises NotFound."""
        rows = self._rows(f"SELECT {_COLUMNS} FROM keys WHERE revoked_at IS NULL AND ? IN (id, name)", name_or_id)  # noqa: S608
        if not rows:
            known = ", ".join(key.name for key in self.list()) or "none"
            raise NotFound(f"There is no key '{name_or_id}'.", hint=f"Keys in use: {known}.", param="name")
        key, now = _key(rows[0]), time.time()
        with self._lock, self._open() as db:
            db.execute("UPDATE keys SET revoked_at = ?, name = name || ' ' || id WHERE id = ?", (now, key.id))
        return key.model_copy(update={"revoked_at": now})

    def check(self, secret: str) -> Key | None:
        """The key this secret belongs to, or None when it is unknown or revoked. Constant work whatever is sent."""
        rows = self._rows(f"SELECT {_COLUMNS} FROM keys WHERE digest = ? AND revoked_at IS NULL", _digest(secret))  # noqa: S608
        return _key(rows[0]) if rows else None

    def any(self) -> bool:
        """Whether at least one key is in use."""
        return bool(self._rows("SELECT 1 FROM keys WHERE revoked_at IS NULL LIMIT 1"))

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    def _rows(self, query: str, *values: str) -> Sequence[tuple[object, ...]]:
        with self._lock:
            if self._db is None and not self._path.exists():
                return []
            return self._open().execute(query, values).fetchall()

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self._path, timeout=10, check_same_thread=False)
            self._path.chmod(0o600)
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            db.execute(_SCHEMA)
            db.commit()
            self._db = db
        return self._db


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _key(row: tuple[object, ...]) -> Key:
    return Key.model_validate(dict(zip(_COLUMNS.split(", "), row, strict=True)))
