"""Open questions: what was refused, went unanswered or was rated down; and the cases that answered ones became. Knows tables only.

Bounded: of each owner the newest are kept. A conversation that is deleted takes its questions along.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

import numpy as np

from retrieval.collections import Collections, checked_owner
from retrieval.embedders.base import Vectors
from retrieval.engine import Engine
from retrieval.faq_records import MAX_QUESTION, Case, Cluster, OpenQuestion, Outcome
from retrieval.faults import NotFound
from retrieval.question_clusters import grouped
from retrieval.question_matching import normalised

KEPT = 10_000
"""Questions kept of an owner."""
CLUSTERED = 2_000
"""Distinct wordings that are put together at once, the newest: their likenesses are a square table (16 MB)."""
EXAMPLES = 8
MAX_COMMENT = 2_000


def _question(row: Any) -> OpenQuestion:
    return OpenQuestion(**{name: row[name] for name in OpenQuestion.model_fields})


class OpenQuestions:
    """The tables of open questions and of cases."""

    def __init__(self, database: Engine, collections: Collections, embed: Callable[[Sequence[str]], tuple[str, Vectors]]) -> None:
        self._database, self._collections, self._embed = database, collections, embed

    def record(
        self, text: str, outcome: Outcome, collection: str, owner: str, *, conversation: str | None = None, message: str | None = None,
        comment: str = "",
    ) -> OpenQuestion | None:  # fmt: skip
        """Keep a question; one of the same message and outcome is replaced. None for a text without words. Raises NotFound."""
        words = " ".join(text.split())[:MAX_QUESTION]
        if not normalised(words):
            return None
        made = OpenQuestion(
            id=f"question-{uuid4().hex[:20]}", collection=self._collections.id(collection, checked_owner(owner)), text=words,
            outcome=outcome, comment=comment.strip()[:MAX_COMMENT], conversation=conversation, message=message, created_at=time.time(),
        )  # fmt: skip
        with self._database.write() as connection:
            if message:
                connection.execute("DELETE FROM questions WHERE owner = ? AND message = ? AND outcome = ?", (owner, message, outcome))
            connection.execute(
                "INSERT INTO questions (id, owner, collection, text, outcome, comment, conversation, message, created_at)"
                " VALUES (?,?,?,?,?,?,?,?,?)",
                (made.id, owner, made.collection, words, outcome, made.comment, conversation, message, made.created_at),
            )
            connection.execute(
                "DELETE FROM questions WHERE owner = ? AND id NOT IN"
                " (SELECT id FROM questions WHERE owner = ? ORDER BY created_at DESC LIMIT ?)"
                " AND (SELECT count(*) FROM questions WHERE owner = ?) > ?", (owner, owner, KEPT, owner, KEPT),
            )  # fmt: skip
        return made

    def forget(self, owner: str, *, conversation: str = "", messages: Sequence[str] = (), outcome: str = "") -> int:
        """Delete the questions of a conversation, or of messages (of one outcome only, if given); how many."""
        with self._database.write() as connection:
            return connection.execute(
                "DELETE FROM questions WHERE owner = ? AND (conversation = ? OR message IN (SELECT value FROM json_each(?)))"
                " AND (? = '' OR outcome = ?)", (owner, conversation or None, json.dumps(list(messages)), outcome, outcome),
            ).rowcount  # fmt: skip

    def dismiss(self, questions: Sequence[str], collection: str, owner: str) -> int:
        """Delete questions of a collection by their ids; how many. Raises NotFound when there is none of them."""
        identity = self._collections.id(collection, owner)
        with self._database.write() as connection:
            gone = connection.execute(
                "DELETE FROM questions WHERE owner = ? AND collection = ? AND id IN (SELECT value FROM json_each(?))",
                (owner, identity, json.dumps(list(questions))),
            ).rowcount
        if not gone:
            raise NotFound("There is no such open question.", hint="List them: assistant faq questions.", param="question_id")
        return gone

    def all(self, collection: str, owner: str) -> list[OpenQuestion]:
        """The open questions of a collection, newest first. Raises NotFound."""
        identity = self._collections.id(collection, owner)
        rows = self._database.all("SELECT * FROM questions WHERE owner = ? AND collection = ? ORDER BY created_at DESC", (owner, identity))
        return [_question(row) for row in rows]

    def texts(self, questions: Sequence[str], collection: str, owner: str) -> list[str]:
        """The distinct wordings of questions, oldest first. Raises NotFound that names a question that is not open in the collection."""
        rows = self._database.all(
            "SELECT id, text FROM questions WHERE owner = ? AND collection = ? AND id IN (SELECT value FROM json_each(?))"
            " ORDER BY created_at",
            (owner, collection, json.dumps(list(questions))),
        )
        missing = sorted(set(questions) - {row["id"] for row in rows})
        if missing:
            raise NotFound(f"There is no open question '{missing[0][:80]}'.", hint="List them: assistant faq questions.", param="closes")
        return list({normalised(row["text"]): row["text"] for row in rows}.values())

    def close(self, questions: Sequence[str], entry: str, collection: str, owner: str) -> None:
        """Turn questions into cases of the entry that answers them."""
        with self._database.write() as connection:
            for text in self.texts(questions, collection, owner):
                connection.execute(
                    "INSERT INTO faq_cases (id, entry, question, created_at) VALUES (?,?,?,?) ON CONFLICT DO NOTHING",
                    (f"case-{uuid4().hex[:20]}", entry, text, time.time()),
                )
            self.dismiss(questions, collection, owner)

    def cases(self, collection: str, owner: str) -> list[Case]:
        """The cases of a collection, oldest first, with the answers of today. Raises NotFound."""
        rows = self._database.all(
            "SELECT c.id, c.question, c.entry, e.answer, substr(e.question, 1, 300) AS title, c.created_at FROM faq_cases c"
            " JOIN faq_entries e ON e.id = c.entry WHERE e.owner = ? AND e.collection = ? ORDER BY c.created_at, c.id",
            (owner, self._collections.id(collection, owner)),
        )
        return [Case(**dict(row)) for row in rows]

    def clusters(self, collection: str, owner: str) -> list[Cluster]:
        """The open questions of a collection put together by what they ask, the most asked first. Raises NotFound."""
        wordings: dict[str, list[OpenQuestion]] = {}
        for question in self.all(collection, owner):
            wordings.setdefault(normalised(question.text), []).append(question)
        groups = list(wordings.values())[:CLUSTERED]
        vectors = self._vectors([group[0] for group in groups])
        found = grouped([group[0].text for group in groups], vectors, [len(group) for group in groups])
        clusters = [_cluster([groups[place] for place in places]) for places in found]
        return sorted(clusters, key=lambda cluster: (-cluster.count, -cluster.latest_at))

    def _vectors(self, questions: Sequence[OpenQuestion]) -> Vectors:
        """Their vectors; those not made yet are made and kept, so that the next look is quick."""
        space, _ = self._embed(())
        rows = self._database.all(
            "SELECT id, vector FROM questions WHERE space = ? AND id IN (SELECT value FROM json_each(?))",
            (space, json.dumps([question.id for question in questions])),
        )
        known = {row["id"]: np.frombuffer(row["vector"], np.float16).astype(np.float32) for row in rows}
        lacking = [question for question in questions if question.id not in known]
        if lacking:
            made = self._embed([question.text for question in lacking])[1]
            known |= {question.id: vector for question, vector in zip(lacking, made, strict=True)}
            with self._database.write() as connection:
                connection.executemany(
                    "UPDATE questions SET space = ?, vector = ? WHERE id = ?",
                    [(space, known[question.id].astype(np.float16).tobytes(), question.id) for question in lacking],
                )
        return np.stack([known[question.id] for question in questions]) if questions else np.zeros((0, 1), np.float32)


def _cluster(groups: Sequence[Sequence[OpenQuestion]]) -> Cluster:
    """A cluster of wordings, the first of which is the central one; each wording has its questions, newest first."""
    questions = [question for group in groups for question in group]
    outcomes: dict[str, int] = {}
    for question in questions:
        outcomes[question.outcome] = outcomes.get(question.outcome, 0) + 1
    examples = sorted(groups, key=lambda group: -len(group))
    return Cluster(
        id=groups[0][0].id, question=groups[0][0].text, count=len(questions), outcomes=outcomes,
        examples=tuple(group[0].text for group in examples)[:EXAMPLES],
        comments=tuple(question.comment for question in questions if question.comment)[:EXAMPLES],
        questions=tuple(question.id for question in questions), latest_at=max(question.created_at for question in questions),
    )  # fmt: skip
