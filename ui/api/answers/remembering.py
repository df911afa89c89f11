"""What conversations and the memory answer. Documentation only."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from ui.api.answers.base import Facts, Listed, Seconds


class ConversationObject(BaseModel):
    """A conversation that is kept."""

    id: str
    object: Literal["conversation"]
    title: str
    collections: list[str]
    consent: bool
    created_at: Seconds
    updated_at: float
    metadata: Facts


class MessageObject(BaseModel):
    """A message of a conversation."""

    id: str
    object: Literal["message"]
    conversation: str
    role: str
    text: str
    content: str
    annotations: list[Facts]
    trace: Facts
    state: str
    created_at: float
    media: list[Facts]


class ConversationWhole(ConversationObject):
    """A conversation with its messages."""

    messages: list[MessageObject]


class Fact(BaseModel):
    """Something the assistant was asked to remember."""

    id: str
    text: str
    created_at: float
    updated_at: float


class FactObject(Fact):
    """A remembered fact in a list."""

    object: Literal["memory.fact"]


class FactList(Listed[FactObject]):
    """Everything remembered, and whether remembering is switched on."""

    enabled: bool


class MemorySwitch(BaseModel):
    """Whether remembering is switched on."""

    object: Literal["memory"]
    enabled: bool


class MemoryExport(BaseModel):
    """The file of everything remembered."""

    enabled: bool
    facts: list[Fact]
