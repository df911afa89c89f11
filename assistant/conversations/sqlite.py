"""Conversations in one SQLite file, `conversations.db`. Knows no agent: what one remembers of a conversation is rows of bytes."""

from __future__ import annotations

import sqlite3
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from assistant.conversations._statements import WITH_MEDIA, Statements
from retrieval.blobs import make_directory, storage_fault
from retrieval.database import BUSY_SECONDS, translated
from retrieval.faults import Fault
from retrieval.structure import Structure
from retrieval.witness import COUNTED, Witness, examine

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS conversation (
  id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, collections TEXT NOT NULL, consent INTEGER NOT NULL,
  created_at REAL NOT NULL, updated_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS conversation_by_owner ON conversation(owner, updated_at DESC);
CREATE TABLE IF NOT EXISTS message (
  place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  conversation TEXT NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
  role TEXT NOT NULL, text TEXT NOT NULL, state TEXT NOT NULL, created_at REAL NOT NULL, rest TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS message_by_conversation ON message(conversation, place);
CREATE INDEX IF NOT EXISTS message_with_media ON message(conversation, place) WHERE {WITH_MEDIA};
CREATE TABLE IF NOT EXISTS remembered (
  conversation TEXT NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
  place INTEGER NOT NULL, type TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (conversation, place));
CREATE INDEX IF NOT EXISTS message_running ON message(state) WHERE state = 'running';
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_NAME = "The file of conversations"
_EARLIER = ("checkpoints", "writes")
"""Tables of LangGraph's own saver, which earlier versions used."""


def create(data_dir: Path) -> SqliteConversations:
    """Open or make `conversations.db` in `data_dir`."""
    return SqliteConversations(data_dir / "conversations.db")


def delete_orphans(path: Path) -> int:
    """Delete from a file what an earlier version's agent remembered of conversations that are gone; how many rows."""
    if not path.is_file():
        return 0
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as db, db:
        orphans = "DELETE FROM {} WHERE thread_id NOT IN (SELECT id FROM conversation)"
        return sum(db.execute(orphans.format(table)).rowcount for table in _earlier(db))


def _earlier(db: sqlite3.Connection) -> list[str]:
    known = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return [table for table in _EARLIER if table in known]


class SqliteConversations(Statements):
    """One connection behind a lock: writes are few and small, and every one is synced before it returns."""

    def __init__(self, path: Path) -> None:
        """Raises Unavailable for a damaged file, StorageFull, and what `retrieval.witness` raises."""
        self._lock = threading.RLock()
        self._together = False
        """A transaction is open; only whoever has the lock looks."""
        self.structure = Structure(path, _NAME, translated)
        try:
            make_directory(path.parent)
            examine(path)
            self._connection = sqlite3.connect(path, check_same_thread=False, timeout=30)
            self._open(path)
        except OSError as error:
            raise storage_fault(error, path.parent) from error
        except sqlite3.Error as error:
            raise translated(error, _NAME) from error

    @property
    def damage(self) -> Fault | None:
        """What was found in the file after it was opened, if anything was."""
        return self.structure.fault

    @property
    def _db(self) -> sqlite3.Connection:
        """The connection. Raises Unavailable once the file was found to be damaged."""
        self.structure.tell()
        return self._connection

    def _open(self, path: Path) -> None:
        self._db.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self._db.execute(f"PRAGMA {pragma}")
        self.structure.look(self._db)
        self._db.executescript(_SCHEMA)
        with self._db as db:
            db.execute("INSERT INTO meta VALUES ('library', ?) ON CONFLICT DO NOTHING", (uuid.uuid4().hex,))
        self._identity = str(self._db.execute("SELECT value FROM meta WHERE name = 'library'").fetchone()[0])
        self._witness = Witness(path)
        self._earlier = _earlier(self._db)

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self._together:
                yield self._db
                return
            self._together = True
            try:
                with self._db as db:
                    yield db
                    commits = db.execute(COUNTED).fetchone()[0]
            except sqlite3.Error as error:
                raise translated(error, _NAME) from error
            finally:
                self._together = False
            self._witness.note(self._identity, int(commits))

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            yield self._db

    def _touched(self, db: sqlite3.Connection, conversation: str) -> bool:
        if db.execute("SELECT 1 FROM conversation WHERE id = ?", (conversation,)).fetchone() is None:
            return False
        self._deleted(db, conversation)
        return True

    def _deleted(self, db: sqlite3.Connection, conversation: str) -> None:
        for table in self._earlier:
            db.execute(f"DELETE FROM {table} WHERE thread_id = ?", (conversation,))  # noqa: S608 - two fixed names

    def memory(self, conversation: str) -> Sequence[tuple[str, bytes]]:
        """What an agent remembers of it, as it was given; of an earlier version the one row of its newest checkpoint."""
        rows = super().memory(conversation)
        if rows or not self._earlier:
            return rows
        newest = "SELECT type, checkpoint FROM checkpoints WHERE thread_id = ? ORDER BY checkpoint_id DESC LIMIT 1"
        with self._lock:
            return [(row[0], row[1]) for row in self._db.execute(newest, (conversation,)).fetchall()]

    def interrupt_running(self) -> int:
        """Mark messages that a killed process left `running` as `interrupted`; how many."""
        with self._write() as db:
            return db.execute("UPDATE message SET state = 'interrupted' WHERE state = 'running'").rowcount

    def close(self) -> None:
        """Release the file."""
        self.structure.close()
        with self._lock:
            self._connection.close()
            self._witness.close()
