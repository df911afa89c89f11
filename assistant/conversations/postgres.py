"""Conversations in PostgreSQL, for several processes at once. Knows no agent: what one remembers of a conversation is rows of bytes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

from assistant.conversations._statements import WITH_MEDIA, Statements
from assistant.conversations.base import Message
from retrieval.postgres import Connection, Postgres
from retrieval.presence import Presence

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS conversation (
  id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, collections TEXT NOT NULL, consent INTEGER NOT NULL,
  created_at REAL NOT NULL, updated_at REAL NOT NULL, stamp INTEGER NOT NULL DEFAULT 0)""",
    "CREATE INDEX IF NOT EXISTS conversation_by_owner ON conversation(owner, updated_at DESC)",
    """CREATE TABLE IF NOT EXISTS message (
  place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  conversation TEXT NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
  role TEXT NOT NULL, text TEXT NOT NULL, state TEXT NOT NULL, created_at REAL NOT NULL, rest TEXT NOT NULL,
  process TEXT NOT NULL DEFAULT '')""",
    "CREATE INDEX IF NOT EXISTS message_by_conversation ON message(conversation, place)",
    f"CREATE INDEX IF NOT EXISTS message_with_media ON message(conversation, place) WHERE {WITH_MEDIA}",
    "CREATE INDEX IF NOT EXISTS message_running ON message(state) WHERE state = 'running'",
    """CREATE TABLE IF NOT EXISTS remembered (
  conversation TEXT NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
  place INTEGER NOT NULL, type TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (conversation, place))""",
)


def create(database: Postgres) -> PostgresConversations:
    """The conversations of a database; their tables are made when they are not there."""
    return PostgresConversations(database)


class PostgresConversations(Statements):
    """Several processes may write; who writes a message that is `running` is noted beside it, so that it can be told when they died."""

    shared = True

    def __init__(self, database: Postgres) -> None:
        """Raises Unavailable when the server does not answer."""
        self._database = database
        database.install(_SCHEMA)
        self._presence = Presence(database)

    def _read(self) -> AbstractContextManager[Connection]:
        return self._database.read()

    def _write(self) -> AbstractContextManager[Connection]:
        return self._database.write()

    def stamp(self, conversation: str) -> int:
        """A number that changes with everything that is remembered."""
        row = self._database.one("SELECT stamp FROM conversation WHERE id = ?", (conversation,))
        return int(row[0]) if row else 0

    def _touched(self, db: Connection, conversation: str) -> bool:
        return bool(db.execute("UPDATE conversation SET stamp = stamp + 1 WHERE id = ?", (conversation,)).rowcount)

    def _added(self, db: Connection, message: Message) -> None:
        if message.state == "running":
            db.execute("UPDATE message SET process = ? WHERE id = ?", (self._presence.show(), message.id))

    def messages(self, conversation: str, owner: str) -> Sequence[Message]:
        """Its messages, oldest first; an answer is `interrupted` once its process died, or lost the database since it began."""
        found = super().messages(conversation, owner)
        if any(message.state == "running" for message in found) and self.interrupt_running():
            found = super().messages(conversation, owner)
        return found

    def interrupt_running(self) -> int:
        """Mark messages that a process left `running` when it died as `interrupted`; how many. Those of living processes stay."""
        with self._write() as db:
            at_work = [row[0] for row in db.execute("SELECT DISTINCT process FROM message WHERE state = 'running'")]
            gone = [process for process in at_work if not self._presence.lives(db, process)]
            left = "UPDATE message SET state = 'interrupted' WHERE state = 'running' AND process = ?"
            return sum(db.execute(left, (process,)).rowcount for process in gone)

    def close(self) -> None:
        """Let go of the connection that shows this process alive. The database is closed by whoever opened it."""
        self._presence.close()
