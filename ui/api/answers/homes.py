"""What the ears, the devices of a home and live sessions answer. Documentation only."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, JsonValue

from ui.api.answers.base import Facts, Listed, Seconds


class Transcription(BaseModel):
    """`POST /v1/audio/transcriptions` as `json` or `verbose_json`."""

    text: str
    usage: Facts
    confidence: float
    task: str = "transcribe"
    language: str = ""
    duration: float = 0.0
    words: list[Facts] = []
    segments: list[Facts] = []


class TranscriptionEvent(BaseModel):
    """A `data:` line of a streamed transcription."""

    type: Literal["transcript.text.delta", "transcript.text.done"]
    delta: str = ""
    text: str = ""


class DeviceObject(BaseModel):
    """A device of the home."""

    object: Literal["device"]
    id: str
    name: str
    area: str
    kind: str
    state: Facts
    risky: bool
    confirmed: bool
    label: str
    said: str
    names: dict[str, list[str]]
    area_names: dict[str, list[str]]
    actions: list[str]
    asks: list[str]


class DeviceList(Listed[DeviceObject]):
    """The home, and what it is driven by."""

    backend: str


class DeviceEvent(BaseModel):
    """Something that was done to a device."""

    object: Literal["device.event"]
    number: int
    at: float
    by: str
    device: str
    action: str
    value: JsonValue
    outcome: str
    error: str
    state: Facts
    ms: float


class HomeReply(BaseModel):
    """In the shape of Home Assistant's conversation API."""

    response: Facts
    conversation_id: str | None
    continue_conversation: bool
    processing_ms: float
    answered_by: str


class ClientSecret(BaseModel):
    """A short-lived key for live sessions."""

    value: str
    expires_at: Seconds
    session: Facts
