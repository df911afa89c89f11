"""Conversations in one SQLite file, `conversations.db`. Knows no agent: what one remembers of a conversation is rows of bytes."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assistant.conversations.base import Conversation, Message
from retrieval.blobs import make_directory, storage_fault
from retrieval.database import translated
from retrieval.faults import Fault, NotFound
from retrieval.structure import Structure
from retrieval.witness import COUNTED, Witness, examine

_SCHEMA = """
CREATE TABLE IF NOT EXISTS conversation (
  id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, collections TEXT NOT NULL, consent INTEGER NOT NULL,
  created_at REAL NOT NULL, updated_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS conversation_by_owner ON conversation(owner, updated_at DESC);
CREATE TABLE IF NOT EXISTS message (
  place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  conversation TEXT NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
  role TEXT NOT NULL, text TEXT NOT NULL, state TEXT NOT NULL, created_at REAL NOT NULL, rest TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS message_by_conversation ON message(conversation, place);
CREATE INDEX IF NOT EXISTS message_with_media ON message(conversation, place) WHERE substr(rest, 1, 12) != '{"media": []';
CREATE TABLE IF NOT EXISTS remembered (
  conversation TEXT NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
  place INTEGER NOT NULL, type TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (conversation, place));
CREATE INDEX IF NOT EXISTS message_running ON message(state) WHERE state = 'running';
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_NAME = "The file of conversations"
_TITLE_LENGTH = 60
_EARLIER = ("checkpoints", "writes")
"""Tables of LangGraph's own saver, which earlier versions used."""


def create(data_dir: Path) -> SqliteConversations:
    """Open or make `conversations.db` in `data_dir`."""
    return SqliteConversations(data_dir / "conversations.db")


class SqliteConversations:
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
        known = {row[0] for row in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        self._earlier = [table for table in _EARLIER if table in known]

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
    def together(self) -> Iterator[None]:
        """What is written inside is durable, all or none, at the end of the block. Others wait meanwhile."""
        with self._write():
            yield

    def create(self, owner: str, title: str = "", collections: tuple[str, ...] = (), consent: bool = False) -> Conversation:
        """A new, empty conversation."""
        now = time.time()
        made = Conversation(
            id=f"conv_{uuid.uuid4().hex}",
            owner=owner,
            title=title,
            collections=collections,
            consent=consent,
            created_at=now,
            updated_at=now,
        )
        with self._write() as db:
            row = (made.id, owner, title, json.dumps(collections), consent, now, now)
            db.execute("INSERT INTO conversation VALUES (?,?,?,?,?,?,?)", row)
        return made

    def list(self, owner: str, query: str = "", limit: int = 100) -> list[Conversation]:
        """Conversations of `owner`, newest first; `query` matches titles and words said."""
        like = "%" + query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        sql = """SELECT * FROM conversation c WHERE owner = ? AND (? = '' OR title LIKE ? ESCAPE '\\' OR EXISTS (
                   SELECT 1 FROM message m WHERE m.conversation = c.id AND m.text LIKE ? ESCAPE '\\'))
                 ORDER BY updated_at DESC LIMIT ?"""
        with self._lock:
            return [_conversation(row) for row in self._db.execute(sql, (owner, query, like, like, limit))]

    def get(self, conversation: str, owner: str) -> Conversation:
        """One conversation; a foreign one looks missing."""
        with self._lock:
            row = self._db.execute("SELECT * FROM conversation WHERE id = ? AND owner = ?", (conversation, owner)).fetchone()
        if row is None:
            raise NotFound(
                f"There is no conversation '{conversation}'.", hint="List them with GET /v1/conversations.", param="conversation"
            )
        return _conversation(row)

    def change(
        self, conversation: str, owner: str, *, title: str | None = None, collections: tuple[str, ...] | None = None,
        consent: bool | None = None,
    ) -> Conversation:  # fmt: skip
        """Change what is given."""
        old = self.get(conversation, owner)
        given = {"title": title, "collections": collections, "consent": consent}
        new = old.model_copy(update={key: value for key, value in given.items() if value is not None})
        with self._write() as db:
            row = (new.title, json.dumps(new.collections), new.consent, conversation)
            db.execute("UPDATE conversation SET title = ?, collections = ?, consent = ? WHERE id = ?", row)
        return new

    def delete(self, conversation: str, owner: str) -> None:
        """Delete it with its messages and the agent's memory of it."""
        self.get(conversation, owner)
        with self._write() as db:
            db.execute("DELETE FROM conversation WHERE id = ?", (conversation,))
            self._without_earlier(db, conversation)

    def messages(self, conversation: str, owner: str) -> Sequence[Message]:
        """Its messages, oldest first."""
        self.get(conversation, owner)
        with self._lock:
            rows = self._db.execute("SELECT * FROM message WHERE conversation = ? ORDER BY place", (conversation,)).fetchall()
        return [_message(row) for row in rows]

    def ids(self, conversation: str, owner: str) -> Sequence[str]:
        """Ids of its messages, oldest first."""
        self.get(conversation, owner)
        with self._lock:
            rows = self._db.execute("SELECT id FROM message WHERE conversation = ? ORDER BY place", (conversation,)).fetchall()
        return [row[0] for row in rows]

    def media(self, conversation: str, owner: str) -> Sequence[dict[str, Any]]:
        """The media of its messages, oldest first."""
        self.get(conversation, owner)
        with_media = "SELECT rest FROM message WHERE conversation = ? AND substr(rest, 1, 12) != '{\"media\": []' ORDER BY place"
        with self._lock:
            rows = self._db.execute(with_media, (conversation,)).fetchall()
        return [entry for row in rows for entry in json.loads(row[0])["media"]]

    def said_before(self, message_id: str, conversation: str, owner: str) -> str:
        """The words of the person's last message that is not this one; empty for none."""
        self.get(conversation, owner)
        last = "SELECT text FROM message WHERE conversation = ? AND role = 'user' AND id != ? ORDER BY place DESC LIMIT 1"
        with self._lock:
            row = self._db.execute(last, (conversation, message_id)).fetchone()
        return str(row[0]) if row is not None else ""

    def memory(self, conversation: str) -> Sequence[tuple[str, bytes]]:
        """What an agent remembers of it, as it was given; of an earlier version the one row of its newest checkpoint."""
        with self._lock:
            rows = self._db.execute("SELECT type, value FROM remembered WHERE conversation = ? ORDER BY place", (conversation,)).fetchall()
            if not rows and self._earlier:
                newest = "SELECT type, checkpoint FROM checkpoints WHERE thread_id = ? ORDER BY checkpoint_id DESC LIMIT 1"
                rows = self._db.execute(newest, (conversation,)).fetchall()
        return [(row[0], row[1]) for row in rows]

    def remember(self, conversation: str, start: int, rows: Sequence[tuple[str, bytes]]) -> None:
        """Replace what is remembered from row `start` on; nothing for a conversation that is gone."""
        with self._write() as db:
            if db.execute("SELECT 1 FROM conversation WHERE id = ?", (conversation,)).fetchone() is None:
                return
            self._without_earlier(db, conversation)
            db.execute("DELETE FROM remembered WHERE conversation = ? AND place >= ?", (conversation, start))
            placed = [(conversation, place, *row) for place, row in enumerate(rows, start)]
            db.executemany("INSERT INTO remembered VALUES (?,?,?,?)", placed)

    def _without_earlier(self, db: sqlite3.Connection, conversation: str) -> None:
        for table in self._earlier:
            db.execute(f"DELETE FROM {table} WHERE thread_id = ?", (conversation,))  # noqa: S608 - two fixed names

    def add(self, message: Message, owner: str) -> None:
        """Append a message, or replace the one with the same id. The first words of a person become the title."""
        known = self.get(message.conversation, owner)
        title = known.title or (message.text.strip().splitlines() or [""])[0][:_TITLE_LENGTH]
        rest = json.dumps({"media": message.media, "annotations": message.annotations, "trace": message.trace}, ensure_ascii=False)
        now = time.time()
        with self._write() as db:
            row = (message.id, message.conversation, message.role, message.text, message.state, message.created_at or now, rest)
            db.execute(
                """INSERT INTO message (id, conversation, role, text, state, created_at, rest) VALUES (?,?,?,?,?,?,?)
                   ON CONFLICT (id) DO UPDATE SET text = excluded.text, state = excluded.state, rest = excluded.rest
                   WHERE conversation = excluded.conversation""",
                row,
            )
            db.execute("UPDATE conversation SET title = ?, updated_at = ? WHERE id = ?", (title, now, message.conversation))

    def forget_after(self, message_id: str, conversation: str, owner: str) -> None:
        """Delete the message and everything after it."""
        self.get(conversation, owner)
        with self._write() as db:
            db.execute(
                "DELETE FROM message WHERE conversation = ? AND place >= (SELECT place FROM message WHERE id = ? AND conversation = ?)",
                (conversation, message_id, conversation),
            )

    def rate(self, message_id: str, owner: str, feedback: dict[str, Any]) -> Message:
        """Put `feedback` into the trace of an answer, or take it away; the message. The conversation does not become newer by it."""
        with self._write() as db:
            row = db.execute(
                "SELECT m.* FROM message m JOIN conversation c ON c.id = m.conversation WHERE m.id = ? AND c.owner = ?", (message_id, owner)
            ).fetchone()
            if row is None:
                raise NotFound(f"There is no message '{message_id[:80]}'.", hint="Only stored conversations have some.", param="message_id")
            rest = json.loads(row["rest"])
            rest["trace"] = {k: v for k, v in rest["trace"].items() if k != "feedback"} | ({"feedback": feedback} if feedback else {})
            db.execute("UPDATE message SET rest = ? WHERE id = ?", (json.dumps(rest, ensure_ascii=False), message_id))
        return _message(row).model_copy(update={"trace": rest["trace"]})

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


def _conversation(row: sqlite3.Row) -> Conversation:
    values: dict[str, Any] = dict(row)
    values["collections"] = tuple(json.loads(values["collections"]))
    values["consent"] = bool(values["consent"])
    return Conversation.model_validate(values)


def _message(row: sqlite3.Row) -> Message:
    values: dict[str, Any] = dict(row)
    values.pop("place")
    return Message.model_validate(values | json.loads(values.pop("rest")))
