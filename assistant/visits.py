"""Visits: what was asked through publishable keys, what came of it, and what the visitor thought. Knows `widget.db`, not HTTP.

Of a visitor nothing is kept but the words. Bounded: of each key the newest are kept. The evidence of an answer is reached through its id
alone, which only the page that asked was told.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.publishable_keys import FILE
from retrieval.faults import NotFound
from retrieval.tables import Place, tables

Outcome = Literal["answered", "refused", "failed"]
Rating = Literal["", "up", "down"]
KEPT = 10_000
"""Visits of one key."""
MEDIA_SECONDS = 86_400.0
"""How long a visitor's photo or recording is kept, because its place in an answer may be looked at."""
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS visits("
    "id TEXT PRIMARY KEY, key TEXT NOT NULL, owner TEXT NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL, outcome TEXT NOT NULL,"
    "rating TEXT NOT NULL DEFAULT '', collection TEXT NOT NULL, language TEXT NOT NULL, sources TEXT NOT NULL, media TEXT NOT NULL,"
    "ms REAL NOT NULL, created_at REAL NOT NULL) STRICT",
    "CREATE INDEX IF NOT EXISTS visits_by_key ON visits(key, created_at DESC)",
)


class Visit(BaseModel):
    """One question and its answer."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(default_factory=lambda: f"ans_{uuid.uuid4().hex}")
    key: str
    """Id of the publishable key (`pub_...`)."""
    owner: str
    question: str
    answer: str = ""
    outcome: Outcome = "answered"
    rating: Rating = ""
    collection: str = ""
    language: str = "en"
    sources: tuple[dict[str, Any], ...] = ()
    """Citations as the agent gave them."""
    media: tuple[str, ...] = ()
    """Files the visitor sent (`file-...`)."""
    ms: float = 0.0
    """Until the answer was whole."""
    created_at: float = Field(default_factory=time.time)


class Visits:
    """The visits of one data directory. Safe to use from several threads."""

    def __init__(self, place: Place, *, kept: bool = True) -> None:
        """`kept` false: what was asked is forgotten with the process (the setting `keep_questions`)."""
        self._tables = tables(place if kept else None, FILE, _SCHEMA, what="The file of visits")

    def add(self, visit: Visit) -> None:
        """Keep a visit, and let go of the oldest of its key."""
        row = visit.model_dump(exclude={"sources", "media"})
        row |= {"sources": json.dumps(visit.sources), "media": json.dumps(visit.media)}
        names = ", ".join(row)
        with self._tables.write() as db:
            db.execute(f"INSERT INTO visits({names}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))  # noqa: S608 - our names
            db.execute(
                "DELETE FROM visits WHERE key = ?1 AND created_at < (SELECT created_at FROM visits WHERE key = ?1"
                " ORDER BY created_at DESC LIMIT 1 OFFSET ?2)", (visit.key, KEPT - 1),
            )  # fmt: skip

    def get(self, visit: str, key: str) -> Visit:
        """A visit of that key. Raises NotFound."""
        rows = self._rows("SELECT * FROM visits WHERE id = ? AND key = ?", visit, key)
        if not rows:
            raise NotFound("There is no such answer.", hint="Ask again.", param="answer_id")
        return _visit(rows[0])

    def rate(self, visit: str, key: str, rating: Rating) -> Visit:
        """Note what the visitor thinks. Raises NotFound."""
        found = self.get(visit, key)
        with self._tables.write() as db:
            db.execute("UPDATE visits SET rating = ? WHERE id = ?", (rating, visit))
        return found.model_copy(update={"rating": rating})

    def answered(self, visit: str, key: str, answer: str, sources: Sequence[dict[str, Any]]) -> None:
        """Put in the answer that a person let through later."""
        with self._tables.write() as db:
            row = (answer, json.dumps(list(sources)), visit, key)
            db.execute("UPDATE visits SET answer = ?, sources = ? WHERE id = ? AND key = ?", row)

    def newest(self, key: str, *, only: str = "", limit: int = 100) -> list[Visit]:
        """Visits of a key, newest first; `only` is an outcome, `up` or `down`."""
        where = "AND ? IN (outcome, rating)" if only else ""
        values = [key, only] if only else [key]
        rows = self._rows(f"SELECT * FROM visits WHERE key = ? {where} ORDER BY created_at DESC LIMIT {int(limit)}", *values)  # noqa: S608
        return [_visit(row) for row in rows]

    def counts(self, key: str) -> dict[str, int]:
        """`asked`, and how many of them were answered, refused, failed, rated up and down."""
        found = dict.fromkeys(("asked", "answered", "refused", "failed", "up", "down"), 0)
        for row in self._rows("SELECT outcome, rating, count(*) AS number FROM visits WHERE key = ? GROUP BY outcome, rating", key):
            found["asked"] += row["number"]
            found[row["outcome"]] += row["number"]
            if row["rating"]:
                found[row["rating"]] += row["number"]
        return found

    def forget(self, key: str) -> int:
        """Delete the visits of a key; how many."""
        with self._tables.write() as db:
            return int(db.execute("DELETE FROM visits WHERE key = ?", (key,)).rowcount)

    def outdated_media(self, before: float) -> list[tuple[str, str]]:
        """(owner, file) of what visitors sent before that time; they are named only once."""
        with self._tables.write() as db:
            rows = db.execute("SELECT id, owner, media FROM visits WHERE created_at < ? AND media != '[]'", (before,)).fetchall()
            db.executemany("UPDATE visits SET media = '[]' WHERE id = ?", [(row["id"],) for row in rows])
        return [(str(row["owner"]), str(file)) for row in rows for file in json.loads(row["media"])]

    def older(self, before: float) -> int:
        """How many visits began before that time."""
        rows = self._tables.rows("SELECT count(*) FROM visits WHERE created_at < ?", (before,))
        return int(rows[0][0]) if rows else 0

    def drop(self, before: float) -> int:
        """Delete them; how many."""
        if not self._tables.there:
            return 0
        with self._tables.write() as db:
            return int(db.execute("DELETE FROM visits WHERE created_at < ?", (before,)).rowcount)

    def close(self) -> None:
        """Release the file."""
        self._tables.close()

    def _rows(self, query: str, *values: str) -> Sequence[Any]:
        sent = [value.encode("utf-8", "replace").decode() for value in values]
        with self._tables.read() as db:
            return list(db.execute(query, sent).fetchall())


def _visit(row: Any) -> Visit:
    return Visit(**(dict(row) | {"sources": json.loads(row["sources"]), "media": json.loads(row["media"])}))
