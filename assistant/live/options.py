"""Options: how a live session listens and answers. Knows no wire format; the values are checked here."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

TurnDetection = Literal["server_vad", "none"]


class LiveOptions(BaseModel):
    """What a client may choose, at the start and while the session runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    turn_detection: TurnDetection = "server_vad"
    """`server_vad`: the end of speech is heard here. `none`: the client says when (`commit`)."""
    threshold: float = Field(default=0.5, ge=0.0, le=1.0)
    """Chance above which a window of sound counts as speech."""
    prefix_ms: int = Field(default=300, ge=0, le=2000)
    """Sound kept from before the start of speech."""
    silence_ms: int = Field(default=400, ge=100, le=5000)
    """Silence that ends an utterance; a complete request ends after `quick_ms` already."""
    quick_ms: int = Field(default=200, ge=60, le=5000)
    """Silence after which words that are a complete request are taken as all that will be said."""
    interrupt_response: bool = True
    """Speech cancels the answer that is being given."""
    create_response: bool = True
    """Words heard are answered without being asked to (`respond`)."""
    language: str = ""
    """Of the words, as ISO 639-1; empty leaves it to the recogniser."""
    collection: str = ""
    voice: str = ""
    speed: float = Field(default=1.0, ge=0.25, le=4.0)
    speak: bool = True
    """Answers are spoken, not only written."""
    consent: bool = False
    """The person agreed to emotion analysis."""
    wake: str = ""
    """Phrase without which nothing is listened to; empty is off."""
    transcribe_only: bool = False
    """Words are written down and nothing is answered."""
    pace: bool = True
    """Sound is sent at most a second ahead of its playing while the client's own sound comes in live, so that speech can stop it."""
