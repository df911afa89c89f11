"""Turn: what a person sent, ready for the agent. A pure value."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from retrieval.content import Content

OWN_VOICE, OWN_FACE = "voice.", "camera."
"""Beginnings of the names of what the person recorded of themselves just now; other sounds and pictures are read only when asked about."""


class Past(BaseModel):
    """An earlier message, for callers that send the whole history with each request (the OpenAI habit)."""

    model_config = ConfigDict(frozen=True)

    role: str
    """user | assistant | system."""
    text: str
    contents: tuple[Content, ...] = ()


class Call(BaseModel):
    """A tool that the turn names itself: a button was pressed, so nothing is left to guess."""

    model_config = ConfigDict(frozen=True)

    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    """Checked against the tool's schema already; see `assistant/direct.py`."""


class Turn(BaseModel):
    """One turn of a person."""

    model_config = ConfigDict(frozen=True)

    contents: tuple[Content, ...]
    """Text, pictures, sound, video and files, in the order sent, each admitted already."""
    owner: str = "local"
    conversation: str | None = None
    """Conversation id (`conv_...`); None is a one-off turn whose memory is `history`."""
    history: tuple[Past, ...] = ()
    """Earlier messages of a one-off turn, oldest first."""
    collections: tuple[str, ...] = ()
    """Collections by id or name; empty means `default`."""
    consent: bool | None = None
    """The person agrees to emotion analysis in this turn, or does not; None leaves it to the conversation."""
    keep: bool = False
    """The person asks that what was read of their feelings is kept with the answer."""
    heard: float | None = None
    """How sure a recogniser was of words that stand in `contents`, 0 to 1; None for words that were typed."""
    voice: Content | None = None
    """How words that stand in `contents` sounded when they were spoken; read for feelings with consent, and not kept."""
    language: str = ""
    """`en`, `zh`, or empty to follow the words."""
    spoken: bool = False
    """The answer should be spoken too."""
    call: Call | None = None
    """What runs first, whatever the words would be routed to; None lets the words decide."""
    watched: bool = False
    """Somebody sees the events while the turn runs, so that what a drawing looks like so far is worth sending."""

    only: tuple[str, ...] = ()
    """The only tools that may run, for somebody who may ask and nothing else; empty lets all run."""

    @property
    def text(self) -> str:
        """The words of the turn, joined."""
        return "\n".join(c.text for c in self.contents if c.modality == "text").strip()
