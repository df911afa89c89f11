"""Live events: the one stream of a live session that every wire translates. Knows no wire format."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from assistant.events import Event
from assistant.transcribers.base import Transcript
from retrieval.faults import Fault

Status = Literal["completed", "cancelled", "failed"]


@dataclass(frozen=True)
class SpeechStarted:
    """Somebody began to speak. `ms`: of the session's sound, where the item begins (with its prefix)."""

    item: str
    ms: int


@dataclass(frozen=True)
class SpeechStopped:
    """The utterance has ended. `ms`: of the session's sound, where speech ended."""

    item: str
    ms: int


@dataclass(frozen=True)
class Committed:
    """The sound of an item is complete. `previous`: the item before it in the conversation, empty for the first."""

    item: str
    previous: str


@dataclass(frozen=True)
class Partial:
    """Words of an item so far, all of them; may change until `Heard`."""

    item: str
    text: str


@dataclass(frozen=True)
class Heard:
    """What was said. Empty text: nothing was, and nothing is answered."""

    item: str
    transcript: Transcript


@dataclass(frozen=True)
class WakeHeard:
    """The wake phrase was said."""

    phrase: str


@dataclass(frozen=True)
class Said:
    """A typed item joined the conversation."""

    item: str
    text: str
    previous: str


@dataclass(frozen=True)
class ResponseStarted:
    """An answer begins. `item` is the answer's own id."""

    response: str
    item: str


@dataclass(frozen=True)
class TurnEvent:
    """What the turn of a response reports: any `assistant.events.Event`."""

    response: str
    event: Event


@dataclass(frozen=True)
class SpokenDelta:
    """At most 100 ms of the answer's voice. `text`: its sentence as written, on the first piece of the sentence, else empty."""

    response: str
    item: str
    text: str
    pcm: bytes
    """24 kHz, mono, 16-bit little-endian."""


@dataclass(frozen=True)
class ResponseDone:
    """The answer has ended."""

    response: str
    status: Status
    reason: str
    """`turn_detected` or `client_cancelled` when cancelled, the fault's code when failed, else empty."""
    text: str
    """The answer as it was written until then."""
    timings: dict[str, float] = field(default_factory=dict)
    """Milliseconds: vad, stt, route, tool, answer, tts, first_sound, total; those that apply."""
    fault: Fault | None = None


@dataclass(frozen=True)
class Problem:
    """Something failed that ends no response."""

    fault: Fault


LiveEvent = (
    SpeechStarted | SpeechStopped | Committed | Partial | Heard | WakeHeard | Said | ResponseStarted | TurnEvent | SpokenDelta
    | ResponseDone | Problem
)  # fmt: skip
