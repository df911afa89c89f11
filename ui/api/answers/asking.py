"""What questions and answers, open questions and the bubbles of sites answer. Documentation only."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from ui.api.answers.base import Facts, Seconds


class FaqEntry(BaseModel):
    """A question with its curated answer."""

    id: str
    object: Literal["faq.entry"]
    question: str
    paraphrases: list[str]
    answer: str
    language: str
    tags: list[str]
    source: str
    created_at: Seconds
    changed_at: Seconds
    item_id: str
    vector_store_id: str


class FaqImported(BaseModel):
    """What became of a file of questions and answers."""

    object: Literal["faq.import"]
    added: int
    updated: int
    unchanged: int
    refused: int
    problems: list[Facts]


class OpenQuestion(BaseModel):
    """Questions without an answer that ask the same."""

    id: str
    object: Literal["faq.open_question"]
    question: str
    count: int
    outcomes: dict[str, int]
    examples: list[str]
    comments: list[str]
    latest_at: Seconds
    question_ids: list[str]


class GroundingCase(BaseModel):
    """A question that was open once, for `assistant eval grounding`."""

    id: str
    question: str
    expected_sources: list[str]
    answerable: bool
    expected: str
    expected_answer: str


class FeedbackTaken(BaseModel):
    """A rating was noted."""

    object: Literal["feedback"]
    message_id: str | None
    rating: str
    comment: str
    question_id: str = ""
    vector_store_id: str = ""


class SiteKey(BaseModel):
    """A publishable key of a site, with the tag for its pages."""

    object: Literal["publishable_key"]
    id: str
    key: str
    name: str
    origins: list[str]
    collections: list[str]
    per_minute: int
    per_visitor: int
    per_day: int
    photo: bool
    voice: bool
    title: str
    greeting: str
    questions: list[str]
    contact: str
    webhook: str
    created_at: Seconds
    revoked_at: Seconds | None
    asked_today: int
    counts: dict[str, int]
    snippet: str


class VisitObject(BaseModel):
    """A question of a visitor, and its answer."""

    object: Literal["visit"]
    id: str
    key: str
    question: str
    answer: str
    outcome: str
    rating: str
    collection: str
    language: str
    ms: float
    created_at: Seconds
    sources: list[Facts]


class SiteKeyDeleted(BaseModel):
    """A site's key is dead."""

    id: str
    object: Literal["publishable_key.deleted"]
    deleted: Literal[True]
    name: str


class WidgetObject(BaseModel):
    """What a bubble needs to show itself."""

    object: Literal["widget"]
    title: str
    greeting: str
    questions: list[str]
    photo: bool
    voice: bool
    contact: Facts | None


class RatingTaken(BaseModel):
    """A visitor's rating was noted."""

    object: Literal["rating"]
    answer_id: str
    rating: str


class LetterTaken(BaseModel):
    """A visitor's message was kept, and sent where the site wants it."""

    object: Literal["message"]
    sent: bool
