"""What answers that wait for a person, and what is kept of a person, answer. Documentation only."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from ui.api.answers.base import Facts, Seconds


class ReviewObject(BaseModel):
    """An answer that a person must see first; the draft only for the one who decides."""

    id: str
    object: Literal["review"]
    kind: str
    language: str
    question: str
    conversation: str | None
    state: str
    answer: str
    reason: str
    annotations: list[Facts]
    created_at: Seconds
    decided_at: Seconds | None
    draft: str = ""
    citations: list[Facts] = []
    media: list[Facts] = []
    asked_by: Facts = {}
    reviewer: str | None = None


class VisitorReview(BaseModel):
    """What became of a visitor's answer that waited."""

    object: Literal["review"]
    id: str
    state: str
    text: str = ""
    notice: str = ""
    sources: list[Facts] = []


class MyData(BaseModel):
    """How much of what is kept of a person, and for how long."""

    object: Literal["my_data"]
    owner: str
    files: int
    bytes: int
    collections: int
    conversations: int
    memory: int
    audit_entries: int
    other: dict[str, int]
    retention: Facts


class MyDataDeleted(BaseModel):
    """Everything of a person is gone."""

    object: Literal["my_data.deleted"]
    deleted: Facts


class Retention(BaseModel):
    """What was too old."""

    object: Literal["retention"]
    dry_run: bool
    deleted: Facts
