"""What all engines of conversations share: one set of statements. Knows no connection: an engine gives those that read and that write."""

from __future__ import annotations

import json
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from assistant.conversations.base import Conversation, Message
from retrieval.faults import NotFound

TITLE_LENGTH = 60
_CONVERSATION = "id, owner, title, collections, consent, created_at, updated_at"
_MESSAGE = "id, conversation, role, text, state, created_at, rest"
WITH_MEDIA = "substr(rest, 1, 12) != '{\"media\": []'"
"""Condition on messages that have media. An index of each engine has the same words, or it would not be used."""


class Statements(ABC):
    """The protocol of `assistant.conversations.base` over tables `conversation`, `message` and `remembered`."""

    shared = False
    """Whether other processes may write too."""

    @abstractmethod
    def _read(self) -> AbstractContextManager[Any]:
        """A connection to read with."""

    @abstractmethod
    def _write(self) -> AbstractContextManager[Any]:
        """A connection in a transaction, durable at the end of the block; nested blocks join it."""

    @abstractmethod
    def _touched(self, db: Any, conversation: str) -> bool:
        """Whether the conversation is there; what is remembered of it is about to be written."""

    def _deleted(self, db: Any, conversation: str) -> None:  # noqa: B027 - an engine may leave it
        """The conversation was just deleted."""

    def _added(self, db: Any, message: Message) -> None:  # noqa: B027 - an engine may leave it
        """The message was just written."""

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
            db.execute(f"INSERT INTO conversation ({_CONVERSATION}) VALUES (?,?,?,?,?,?,?)", row)  # noqa: S608 - our names
        return made

    def list(self, owner: str, query: str = "", limit: int = 100) -> list[Conversation]:
        """Conversations of `owner`, newest first; `query` matches titles and words said."""
        like = "%" + query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        found = """owner = ? AND (? = '' OR title LIKE ? ESCAPE '\\' OR EXISTS (
                     SELECT 1 FROM message m WHERE m.conversation = c.id AND m.text LIKE ? ESCAPE '\\'))"""
        sql = f"SELECT {_CONVERSATION} FROM conversation c WHERE {found} ORDER BY updated_at DESC LIMIT ?"  # noqa: S608 - our names
        with self._read() as db:
            return [_conversation(row) for row in db.execute(sql, (owner, query, like, like, limit))]

    def older(self, before: float) -> Sequence[tuple[str, str]]:
        """(id, owner) of conversations whose last message is older than a time, of everybody."""
        with self._read() as db:
            rows = db.execute("SELECT id, owner FROM conversation WHERE updated_at < ?", (before,)).fetchall()
        return [(row[0], row[1]) for row in rows]

    def get(self, conversation: str, owner: str) -> Conversation:
        """One conversation; a foreign one looks missing."""
        with self._read() as db:
            row = db.execute(f"SELECT {_CONVERSATION} FROM conversation WHERE id = ? AND owner = ?", (conversation, owner)).fetchone()  # noqa: S608
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
            self._deleted(db, conversation)

    def messages(self, conversation: str, owner: str) -> Sequence[Message]:
        """Its messages, oldest first."""
        self.get(conversation, owner)
        with self._read() as db:
            rows = db.execute(f"SELECT {_MESSAGE} FROM message WHERE conversation = ? ORDER BY place", (conversation,)).fetchall()  # noqa: S608
        return [_message(row) for row in rows]

    def ids(self, conversation: str, owner: str) -> Sequence[str]:
        """Ids of its messages, oldest first."""
        self.get(conversation, owner)
        with self._read() as db:
            rows = db.execute("SELECT id FROM message WHERE conversation = ? ORDER BY place", (conversation,)).fetchall()
        return [row[0] for row in rows]

    def media(self, conversation: str, owner: str) -> Sequence[dict[str, Any]]:
        """The media of its messages, oldest first."""
        self.get(conversation, owner)
        found = f"SELECT rest FROM message WHERE conversation = ? AND {WITH_MEDIA} ORDER BY place"  # noqa: S608 - fixed words
        with self._read() as db:
            rows = db.execute(found, (conversation,)).fetchall()
        return [entry for row in rows for entry in json.loads(row[0])["media"]]

    def said_before(self, message_id: str, conversation: str, owner: str) -> str:
        """The words of the person's last message that is not this one; empty for none."""
        self.get(conversation, owner)
        last = "SELECT text FROM message WHERE conversation = ? AND role = 'user' AND id != ? ORDER BY place DESC LIMIT 1"
        with self._read() as db:
            row = db.execute(last, (conversation, message_id)).fetchone()
        return str(row[0]) if row is not None else ""

    def memory(self, conversation: str) -> Sequence[tuple[str, bytes]]:
        """What an agent remembers of it: rows (type, value) as they were given."""
        with self._read() as db:
            rows = db.execute("SELECT type, value FROM remembered WHERE conversation = ? ORDER BY place", (conversation,)).fetchall()
        return [(row[0], row[1]) for row in rows]

    def stamp(self, conversation: str) -> int:
        """A number that changes with everything that is remembered, where several processes write; else always 0."""
        return 0

    def remember(self, conversation: str, start: int, rows: Sequence[tuple[str, bytes]]) -> None:
        """Replace what is remembered from row `start` on; nothing for a conversation that is gone."""
        with self._write() as db:
            if not self._touched(db, conversation):
                return
            db.execute("DELETE FROM remembered WHERE conversation = ? AND place >= ?", (conversation, start))
            placed = [(conversation, place, *row) for place, row in enumerate(rows, start)]
            db.executemany("INSERT INTO remembered (conversation, place, type, value) VALUES (?,?,?,?)", placed)

    def add(self, message: Message, owner: str) -> None:
        """Append a message, or replace the one with the same id. The first words of a person become the title."""
        known = self.get(message.conversation, owner)
        title = known.title or (message.text.strip().splitlines() or [""])[0][:TITLE_LENGTH]
        rest = json.dumps({"media": message.media, "annotations": message.annotations, "trace": message.trace}, ensure_ascii=False)
        now = time.time()
        with self._write() as db:
            row = (message.id, message.conversation, message.role, message.text, message.state, message.created_at or now, rest)
            db.execute(
                """INSERT INTO message (id, conversation, role, text, state, created_at, rest) VALUES (?,?,?,?,?,?,?)
                   ON CONFLICT (id) DO UPDATE SET text = excluded.text, state = excluded.state, rest = excluded.rest
                   WHERE message.conversation = excluded.conversation""",
                row,
            )
            self._added(db, message)
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
                f"SELECT {_MESSAGE} FROM message WHERE id = ? AND conversation IN (SELECT id FROM conversation WHERE owner = ?)",  # noqa: S608
                (message_id, owner),
            ).fetchone()
            if row is None:
                raise NotFound(f"There is no message '{message_id[:80]}'.", hint="Only stored conversations have some.", param="message_id")
            rest = json.loads(row["rest"])
            rest["trace"] = {k: v for k, v in rest["trace"].items() if k != "feedback"} | ({"feedback": feedback} if feedback else {})
            db.execute("UPDATE message SET rest = ? WHERE id = ?", (json.dumps(rest, ensure_ascii=False), message_id))
        return _message(row).model_copy(update={"trace": rest["trace"]})


def _conversation(row: Any) -> Conversation:
    values: dict[str, Any] = dict(row)
    values["collections"] = tuple(json.loads(values["collections"]))
    values["consent"] = bool(values["consent"])
    return Conversation.model_validate(values)


def _message(row: Any) -> Message:
    values: dict[str, Any] = dict(row)
    return Message.model_validate(values | json.loads(values.pop("rest")))
