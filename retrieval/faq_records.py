"""What curated answers and open questions are made of. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Outcome = Literal["refused", "unanswered", "down"]
"""Why a question is open: nothing supported an answer; the turn failed or no tool could serve it; the person was not content."""
MAX_QUESTION = 500
MAX_ANSWER = 20_000
MAX_FORMS = 100


class Entry(BaseModel):
    """A curated answer."""

    model_config = ConfigDict(frozen=True)

    id: str
    """`faq-…`."""
    item: str
    """Id of its item, which is found, counted and cited like any other."""
    collection: str
    question: str
    paraphrases: tuple[str, ...] = ()
    """Other ways to ask the same, in any language."""
    answer: str
    language: str = "en"
    """`en` or `zh`, of the answer."""
    tags: tuple[str, ...] = ()
    source: str = ""
    """File it was imported from, or empty."""
    created_at: float = 0.0
    """Seconds since the epoch."""
    changed_at: float = 0.0


@dataclass(frozen=True)
class Row:
    """An entry as a file has it."""

    question: str
    answer: str
    paraphrases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str = ""
    line: int = 0
    """Where it begins in the file, from 1; 0 outside a file."""


@dataclass(frozen=True)
class Problem:
    """A row of a file that was passed over."""

    line: int
    code: str
    """no_question, no_answer, too_long, too_many_forms, repeated, not_json, not_object."""
    message: str


@dataclass(frozen=True)
class Imported:
    """What came of an import."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Match:
    """The entry that a question is most likely asking for."""

    entry: Entry
    form: str
    """The form of its question that is nearest."""
    probability: float
    """Calibrated chance, 0 to 1, that the entry answers."""
    exact: bool
    """The words are those of a form."""
    sure: bool
    """Sure enough to answer without looking further."""


class OpenQuestion(BaseModel):
    """A question that was not answered well."""

    model_config = ConfigDict(frozen=True)

    id: str
    """`question-…`."""
    collection: str
    text: str
    outcome: Outcome
    comment: str = ""
    conversation: str | None = None
    message: str | None = None
    created_at: float = 0.0


class Cluster(BaseModel):
    """Open questions that ask about the same, named by the most central one."""

    model_config = ConfigDict(frozen=True)

    id: str
    """Id of the newest question with the central words."""
    question: str
    count: int
    outcomes: dict[str, int]
    examples: tuple[str, ...]
    """Distinct wordings, the most frequent first."""
    comments: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    """Ids of all its questions."""
    latest_at: float = 0.0


class Case(BaseModel):
    """A question that was open once and is answered now: it must stay so."""

    model_config = ConfigDict(frozen=True)

    id: str
    question: str
    entry: str
    answer: str
    title: str
    """Title of the entry's item, as citations show it."""
    created_at: float = 0.0

    def golden(self) -> dict[str, Any]:
        """A line of a golden file, as `assistant eval grounding` reads it."""
        return {
            "id": self.id, "question": self.question, "expected_sources": [self.title], "answerable": True, "expected": self.title,
            "expected_answer": self.answer,
        }  # fmt: skip
