"""Reviews: drafted answers that wait for a person, and what the person decided. Knows `reviews.db`, no turn and no HTTP.

What a call has written survives a kill of the process. A draft leaves this file only for those who may decide, and for the asker once
it was approved. `delivered` says whether the asker's conversation shows the newest state: the start delivers what a kill left over. What
waits can be seen and decided from then on, so that the turn which drafted it writes nothing over a decision.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.stakes import Kind
from retrieval.faults import Conflict, NotFound, TooLarge
from retrieval.tables import Place, tables

State = Literal["waiting", "approved", "edited", "rejected"]
Decision = Literal["approved", "edited", "rejected"]
FILE = "reviews.db"
MOST_WAITING = 1000
"""Questions of one owner that may wait; more are refused, because nobody reads them."""
LONGEST_ANSWER, LONGEST_REASON = 20_000, 1_000
"""Characters."""
_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS review (
  id TEXT PRIMARY KEY, owner TEXT NOT NULL, visitor INTEGER NOT NULL, kind TEXT NOT NULL, language TEXT NOT NULL, question TEXT NOT NULL,
  draft TEXT NOT NULL, citations TEXT NOT NULL, media TEXT NOT NULL, conversation TEXT, message TEXT NOT NULL, state TEXT NOT NULL,
  answer TEXT NOT NULL, reason TEXT NOT NULL, reviewer TEXT NOT NULL, created_at REAL NOT NULL, decided_at REAL NOT NULL,
  delivered INTEGER NOT NULL) STRICT""",
    "CREATE INDEX IF NOT EXISTS review_of_owner ON review(owner, state, created_at)",
)
_NAME = "The file of reviews"
DRAFTED = frozenset(("draft", "citations", "media", "reviewer"))
"""Columns that only those who decide may see."""


class Review(BaseModel):
    """One answer that a person must see first."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(default_factory=lambda: f"rev_{uuid.uuid4().hex}")
    owner: str
    """Whose collections were asked: the asker, or for a visitor the one who owns the page's key."""
    visitor: bool = False
    """A visitor of somebody's page asked."""
    kind: Kind
    language: str
    question: str
    draft: str
    citations: tuple[dict[str, Any], ...] = ()
    """Of the draft, as annotations of a message."""
    media: tuple[dict[str, Any], ...] = ()
    """What the draft would show."""
    conversation: str | None = None
    message: str
    """Id of the answer in it."""
    state: State = "waiting"
    answer: str = ""
    """What the asker gets: the draft, or what the person made of it; empty while it waits and when it was rejected."""
    reason: str = ""
    reviewer: str = ""
    created_at: float = Field(default_factory=time.time)
    decided_at: float = 0.0
    delivered: bool = False


class Reviews:
    """The queue of one data directory, or of one database. Safe for threads; opens nothing until it is used."""

    def __init__(self, place: Place) -> None:
        self._tables = tables(place, FILE, _SCHEMA, what=_NAME, secure=True)

    def add(self, review: Review) -> None:
        """Put a draft in the queue. Raises TooLarge when too many of the owner's wait."""
        row = review.model_dump() | {"citations": json.dumps(review.citations), "media": json.dumps(review.media)}
        with self._tables.write() as db:
            waiting = db.execute("SELECT count(*) FROM review WHERE owner = ? AND state = 'waiting'", (review.owner,)).fetchone()[0]
            if waiting >= MOST_WAITING:
                raise TooLarge(
                    f"{waiting} questions wait for a person already.", hint="Ask again later.", code="review_queue_full"
                )  # fmt: skip
            names = ", ".join(row)
            db.execute(f"INSERT INTO review ({names}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))  # noqa: S608 - our names

    def list(self, owner: str = "", *, state: str = "", visitors: bool | None = None, limit: int = 100) -> Sequence[Review]:
        """Of one owner or (empty) of all, those that wait first and oldest first, then the decided, newest first."""
        if not self._tables.there:
            return []
        wanted = """SELECT * FROM review WHERE (?1 = '' OR owner = ?1) AND (?2 = '' OR state = ?2) AND visitor = coalesce(?3, visitor)
                    AND (state != 'waiting' OR delivered = 1)
                    ORDER BY state != 'waiting', CASE WHEN state = 'waiting' THEN created_at ELSE -decided_at END LIMIT ?4"""
        with self._tables.read() as db:
            return [_review(row) for row in db.execute(wanted, (owner, state, visitors, limit))]

    def get(self, review: str, owner: str = "") -> Review:
        """One, of that owner if one is given. Raises NotFound."""
        row = None
        if self._tables.there:
            with self._tables.read() as db:
                wanted = "SELECT * FROM review WHERE id = ?1 AND (?2 = '' OR owner = ?2)"
                row = db.execute(wanted, (review.encode("utf-8", "replace").decode(), owner)).fetchone()
        if row is None:
            raise NotFound(f"There is no review '{review[:80]}'.", hint="List them with GET /v1/reviews.", param="review_id")
        return _review(row)

    def decide(self, review: str, decision: Decision, reviewer: str, *, answer: str = "", reason: str = "") -> Review:
        """Note what a person decided; only once. Raises NotFound, Conflict when it was decided already or is still being drafted."""
        with self._tables.write() as db:
            known = self.get(review)
            text = {"approved": known.draft, "edited": answer, "rejected": ""}[decision]
            changed = db.execute(
                """UPDATE review SET state = ?, answer = ?, reason = ?, reviewer = ?, decided_at = ?, delivered = 0
                   WHERE id = ? AND state = 'waiting' AND delivered = 1""", (decision, text, reason, reviewer, time.time(), review),
            ).rowcount  # fmt: skip
        if not changed and known.state == "waiting":
            raise Conflict("It is still being drafted.", hint="Try again in a moment.", param="review_id", code="not_ready")
        if not changed:
            raise Conflict(
                f"It was decided already: {known.state}.", hint="Load the list again.", param="review_id", code="already_decided"
            )  # fmt: skip
        return self.get(review)

    def delivered(self, review: str) -> None:
        """Note that the asker's conversation shows its state."""
        with self._tables.write() as db:
            db.execute("UPDATE review SET delivered = 1 WHERE id = ?", (review,))

    def undelivered(self) -> Sequence[Review]:
        """Those whose state the asker's conversation may not show."""
        if not self._tables.there:
            return []
        with self._tables.read() as db:
            return [_review(row) for row in db.execute("SELECT * FROM review WHERE delivered = 0 ORDER BY created_at")]

    def forget(self, owner: str, *, conversation: str = "", messages: Sequence[str] = ()) -> int:
        """Delete those of a conversation, of some messages, or (neither given) all of an owner; how many."""
        if not self._tables.there:
            return 0
        with self._tables.write() as db:
            if messages:
                return sum(db.execute("DELETE FROM review WHERE owner = ? AND message = ?", (owner, one)).rowcount for one in messages)
            wanted = "DELETE FROM review WHERE owner = ?1 AND (?2 = '' OR conversation = ?2)"
            return int(db.execute(wanted, (owner, conversation)).rowcount)

    def waiting(self) -> int:
        """How many wait, of all owners."""
        if not self._tables.there:
            return 0
        with self._tables.read() as db:
            return int(db.execute("SELECT count(*) FROM review WHERE state = 'waiting'").fetchone()[0])

    def close(self) -> None:
        """Release the file."""
        self._tables.close()


def as_asked(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the file as the one who asked may have it: not the draft, unless visitors of their page asked and they decide."""
    return row if row["visitor"] else {name: value for name, value in row.items() if name not in DRAFTED}


def _review(row: Any) -> Review:
    values = dict(row)
    for name in ("citations", "media"):
        values[name] = tuple(json.loads(values[name]))
    return Review.model_validate(values)
