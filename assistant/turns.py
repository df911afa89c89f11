"""Turn: what a person sent, ready for the agent. A pure value."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from retrieval.content import Content


class Past(BaseModel):
    """An earlier message, for callers that send the whole history with each request (the OpenAI habit)."""

    model_config = ConfigDict(frozen=True)

    role: str
    """user | assistant | system."""
    text: str
    contents: tuple[Content, ...] = ()


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
    consent: bool = False
    """The person agreed to emotion analysis."""
    language: str = ""
    """`en`, `zh`, or empty to follow the words."""
    spoken: bool = False
    """The answer should be spoken too."""

    @property
    def text(self) -> str:
        """The words of the turn, joined."""
        return "\n".join(c.text for c in self.contents if c.modality == "text").strip()
