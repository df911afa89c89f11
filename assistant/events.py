"""Events: the one stream that every face translates. A turn is a sequence of these, ended by Finished or Failed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from retrieval.items import Citation
from tools.base import Shown


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)


class Candidate(BaseModel):
    """One tool considered for the turn."""

    model_config = ConfigDict(frozen=True)

    tool: str
    score: float
    """Probability, 0 to 1."""
    reason: str
    cost: str = "fast"


class Heard(_Event):
    """Speech of the turn became words."""

    type: Literal["heard"] = "heard"
    text: str
    confidence: float


class Routed(_Event):
    """The route of the turn: candidates ranked, and the plan that runs."""

    type: Literal["routed"] = "routed"
    route: tuple[Candidate, ...]
    plan: tuple[str, ...]


class ToolStarted(_Event):
    """A tool begins."""

    type: Literal["tool_started"] = "tool_started"
    id: str
    tool: str
    arguments: dict[str, Any]


class ToolProgress(_Event):
    """A long tool reports."""

    type: Literal["tool_progress"] = "tool_progress"
    tool: str
    message: str
    fraction: float


class ToolPreview(_Event):
    """What is to be seen so far of a picture that is being drawn. Not kept."""

    type: Literal["tool_preview"] = "tool_preview"
    tool: str
    number: int
    """Of the picture, from 0."""
    media_type: str
    data: str
    """Base64; at most 256 pixels a side."""


class ToolFinished(_Event):
    """A tool ended, well or not."""

    type: Literal["tool_finished"] = "tool_finished"
    id: str
    tool: str
    arguments: dict[str, Any]
    ok: bool
    ms: float
    text: str = ""
    """What the chat model read."""
    data: dict[str, Any] = Field(default_factory=dict)
    error: str | None = None
    hint: str = ""


class TextDelta(_Event):
    """More words of the answer."""

    type: Literal["text_delta"] = "text_delta"
    text: str


class Thinking(_Event):
    """More of what the chat model thinks before it answers: shown apart, and no part of the answer."""

    type: Literal["thinking"] = "thinking"
    text: str


class Felt(_Event):
    """With consent, what words, voice and face of the turn were read as. Not kept, unless the person asked for that."""

    type: Literal["felt"] = "felt"
    emotion: dict[str, Any]
    """The shape of `/v1/emotion`."""


class ShownMedia(_Event):
    """A picture, sound or video to show in the flow."""

    type: Literal["shown"] = "shown"
    media: Shown


class Cited(_Event):
    """The evidence of the answer, after it was checked against the answer's marks."""

    type: Literal["cited"] = "cited"
    citations: tuple[Citation, ...]


class Noticed(_Event):
    """The turn has high stakes (docs/high-stakes.md): what is done with it, and the notice beside the answer. Comes before its words."""

    type: Literal["noticed"] = "noticed"
    kind: str
    """medical, legal, financial, self_harm or weapons."""
    policy: str
    """cite, review, decline or help."""
    notice: str = ""
    """In the language of the answer; empty where the answer says it itself."""
    spoken: str = ""
    """The notice in a few words, for the ear."""
    review: str | None = None
    """Id of the review that the answer waits for."""


class Spoken(_Event):
    """The answer as speech; the bytes are a stored file."""

    type: Literal["spoken"] = "spoken"
    file_id: str
    media_type: str
    transcript: str


class Finished(_Event):
    """The turn ended well. Everything in it is durable by now."""

    type: Literal["finished"] = "finished"
    text: str
    """The whole answer."""
    refused: bool = False
    conversation: str | None = None
    message_id: str | None = None
    language: str = "en"
    timings_ms: dict[str, float] = Field(default_factory=dict)
    """hear, route, tools, answer, total."""
    chat_model: str = ""
    tokens_in: int = 0
    tokens_out: int = 0


class Failed(_Event):
    """The turn ended badly; the shape is that of a Fault."""

    type: Literal["failed"] = "failed"
    code: str
    message: str
    hint: str = ""
    status: int = 500


Event = Annotated[
    Heard
    | Routed
    | ToolStarted
    | ToolProgress
    | ToolPreview
    | ToolFinished
    | TextDelta
    | Thinking
    | Felt
    | ShownMedia
    | Cited
    | Noticed
    | Spoken
    | Finished
    | Failed,
    Field(discriminator="type"),
]
