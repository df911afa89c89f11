"""Audit: the book of every use of emotion analysis: who, when, which modality, why, with what consent, under which deployment.

It never holds content: no words, no file, no result. It is only added to: the database itself refuses to change or delete a row.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from tools.emotion_use import Use

_TABLE = """
CREATE TABLE IF NOT EXISTS use (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, owner TEXT NOT NULL, why TEXT NOT NULL, modalities TEXT NOT NULL,
  consent INTEGER NOT NULL, deployment TEXT NOT NULL, outcome TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS use_of_owner ON use (owner, id);
CREATE TRIGGER IF NOT EXISTS use_is_not_changed BEFORE UPDATE ON use BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER IF NOT EXISTS use_is_not_deleted BEFORE DELETE ON use BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
"""


class Entry(BaseModel):
    """One use, or one that was refused."""

    model_config = ConfigDict(frozen=True)

    id: int
    at: float
    """Seconds since the epoch."""
    owner: str
    why: str
    """`asked` (in a conversation), `tone` (to adapt the tone of an answer) or `request` (`POST /v1/emotion`)."""
    modalities: tuple[str, ...]
    """Of text, audio, image."""
    consent: bool
    deployment: str
    outcome: str
    """`allowed`, or the code of the refusal: `consent_required`, `emotion_forbidden`."""


class Audit:
    """The book, in `audit.db` of the data directory. Safe for threads; opens nothing until it is used."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "audit.db"
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None

    def add(self, use: Use) -> None:
        """Note a use; durable when it returns. A use that cannot be noted must not happen: what fails here is raised."""
        row = (time.time(), use.owner, use.why, ",".join(use.modalities), use.consent, use.deployment, use.outcome)
        with self._lock, self._open() as db:
            db.execute("INSERT INTO use (at, owner, why, modalities, consent, deployment, outcome) VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def entries(self, owner: str = "", limit: int = 100, before: int = 0) -> Sequence[Entry]:
        """The newest `limit` entries, newest first, of one person or (empty) of all; those older than the entry `before`."""
        if not self._path.is_file():
            return []
        wanted = "SELECT * FROM use WHERE (? = '' OR owner = ?) AND (? = 0 OR id < ?) ORDER BY id DESC LIMIT ?"
        with self._lock:
            rows = self._open().execute(wanted, (owner, owner, before, before, limit)).fetchall()
        return [Entry.model_validate({**dict(row), "modalities": tuple(filter(None, row["modalities"].split(",")))}) for row in rows]

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self._path, check_same_thread=False)
            self._db.row_factory = sqlite3.Row
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(_TABLE)
        return self._db
