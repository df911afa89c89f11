"""The session object of `/v1/realtime`: what a client may set, in OpenAI's shape and in that of its beta. Knows no socket and no turn."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from assistant.live.options import LiveOptions
from retrieval.faults import InvalidInput
from ui.api.errors import from_pydantic
from ui.api.realtime_sound import SPOKEN_RATE, Format
from ui.api.turns import MODEL, check_model
from ui.api.words import refuse

_DEFAULTS = LiveOptions()
_EAGERNESS = {"low": 1200, "medium": 600, "auto": 600, "high": 300}
"""Milliseconds of silence in place of a model that guesses whether a sentence is complete."""
_BETA_FORMATS: dict[str, dict[str, Any]] = {
    "pcm16": {"type": "audio/pcm", "rate": SPOKEN_RATE}, "g711_ulaw": {"type": "audio/pcmu"}, "g711_alaw": {"type": "audio/pcma"},
}  # fmt: skip


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SoundFormat(_Shape):
    """`audio/pcm` at 24 or 16 kHz, or G.711."""

    type: Literal["audio/pcm", "audio/pcmu", "audio/pcma"] = "audio/pcm"
    rate: Literal[8000, 16000, 24000] | None = None

    def format(self) -> Format:
        """Raises InvalidInput for a rate that the kind does not have."""
        if self.type != "audio/pcm":
            if self.rate not in (None, 8000):
                raise refuse(InvalidInput, "realtime_rate", param="session.audio.input.format.rate", given=self.type, rates="8000")
            return Format(self.type, 8000)
        if self.rate == 8000:
            raise refuse(InvalidInput, "realtime_rate", param="session.audio.input.format.rate", given=self.type, rates="24000, 16000")
        return Format(self.type, self.rate or SPOKEN_RATE)


class TurnDetection(_Shape):
    """When an utterance has ended. `semantic_vad` becomes `server_vad` with the silence that its eagerness stands for."""

    type: Literal["server_vad", "semantic_vad"] = "server_vad"
    threshold: float = Field(default=_DEFAULTS.threshold, ge=0, le=1)
    prefix_padding_ms: int = Field(default=_DEFAULTS.prefix_ms, ge=0, le=2000)
    silence_duration_ms: int = Field(default=_DEFAULTS.silence_ms, ge=100, le=5000)
    create_response: bool = True
    interrupt_response: bool = True
    idle_timeout_ms: None = None
    eagerness: Literal["low", "medium", "high", "auto"] | None = None


class Transcription(_Shape):
    """`language` tells the recogniser; `model`, `prompt` and the rest are accepted and change nothing."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    language: str | None = Field(default=None, max_length=20)
    model: str | None = Field(default=None, max_length=200)


class AudioIn(_Shape):
    """`session.audio.input`. `noise_reduction` is accepted and changes nothing."""

    format: SoundFormat = SoundFormat()
    transcription: Transcription | None = Transcription()
    noise_reduction: dict[str, Any] | None = None
    turn_detection: TurnDetection | None = TurnDetection()


class AudioOut(_Shape):
    """`session.audio.output`. A voice that is not one of ours gives the language's own."""

    format: SoundFormat = SoundFormat()
    voice: str | dict[str, Any] = ""
    speed: float = Field(default=1.0, ge=0.25, le=1.5)


class Audio(_Shape):
    """`session.audio`."""

    input: AudioIn = AudioIn()
    output: AudioOut = AudioOut()


class Ours(_Shape):
    """`session.assistant`, which OpenAI does not have."""

    collection: str = Field(default="", max_length=200)
    language: Literal["", "en", "zh"] = ""
    consent: bool = False
    wake: str = Field(default="", max_length=60)
    pace: bool = True


def _no_tools(value: Any) -> Any:
    if value:
        raise refuse(InvalidInput, "realtime_tools", param="session.tools", code="tools_not_supported")
    return []


def _one(value: Any) -> Any:
    if isinstance(value, list) and set(value) == {"text", "audio"}:
        return ["audio"]  # the beta's way to ask for a voice; its words come along
    return value


class Session(_Shape):
    """The whole of it. The fields of the last group are accepted, and change nothing here."""

    type: Literal["realtime", "transcription"] = "realtime"
    model: str | None = Field(default=None, max_length=200)
    output_modalities: Annotated[list[Literal["audio", "text"]], BeforeValidator(_one), Field(min_length=1, max_length=1)] = ["audio"]
    instructions: str = Field(default="", max_length=32_000)
    audio: Audio = Audio()
    assistant: Ours = Ours()
    tools: Annotated[list[Any], BeforeValidator(_no_tools)] = []
    tool_choice: Any = "auto"

    include: Any = None
    max_output_tokens: Any = "inf"
    metadata: Any = None
    parallel_tool_calls: Any = None
    prompt: Any = None
    reasoning: Any = None
    temperature: Any = None
    tracing: Any = None
    truncation: Any = None

    def updated(self, given: Any) -> Session:
        """This session with the fields that were sent. Raises InvalidInput that names the first wrong one."""
        if not isinstance(given, dict):
            raise refuse(InvalidInput, "json_object", param="session")
        if given.get("model") is not None:
            check_model(str(given["model"]), (MODEL,), param="session.model")
        try:
            return Session.model_validate(_merged(self.model_dump(), _from_beta(given)))
        except ValidationError as error:
            fault = from_pydantic(error)
            if fault.param and not fault.param.startswith("session"):
                fault.param = f"session.{fault.param}"
            raise fault from error

    @property
    def spoken(self) -> bool:
        """Whether answers have a voice."""
        return self.output_modalities == ["audio"]

    def options(self, voices: tuple[str, ...] = ()) -> LiveOptions:
        """The same for the live session."""
        heard, said, ours = self.audio.input, self.audio.output, self.assistant
        turns = heard.turn_detection
        named = said.voice if isinstance(said.voice, str) else str(said.voice.get("id", ""))
        language = ours.language or ((heard.transcription.language or "") if heard.transcription else "")[:2].lower()
        detection: dict[str, Any] = {"turn_detection": "none"}
        if turns is not None:
            detection = {
                "turn_detection": "server_vad", "threshold": min(0.95, max(0.05, turns.threshold)), "prefix_ms": turns.prefix_padding_ms,
                "silence_ms": silence(turns), "interrupt_response": turns.interrupt_response, "create_response": turns.create_response,
            }  # fmt: skip
        return LiveOptions(
            **detection, language=language, collection=ours.collection, voice=named if named in voices else "", speed=said.speed,
            speak=self.spoken, consent=ours.consent, wake=ours.wake, transcribe_only=self.type == "transcription", pace=ours.pace,
        )  # fmt: skip

    def shape(self, identity: str, expires_at: int) -> dict[str, Any]:
        """As `session.created` shows it."""
        heard = self.audio.input
        detection = None
        if heard.turn_detection is not None:
            detection = heard.turn_detection.model_dump(exclude={"eagerness"}) | {
                "type": "server_vad", "silence_duration_ms": silence(heard.turn_detection)
            }  # fmt: skip
        audio: dict[str, Any] = {
            "input": {
                "format": heard.format.format().shape(), "noise_reduction": heard.noise_reduction, "turn_detection": detection,
                "transcription": heard.transcription.model_dump() if heard.transcription else None,
            }
        }  # fmt: skip
        shown = {"type": self.type, "id": identity, "expires_at": expires_at, "audio": audio, "include": self.include}
        shown["assistant"] = self.assistant.model_dump()
        if self.type == "transcription":
            return shown | {"object": "realtime.transcription_session"}
        said = self.audio.output
        audio["output"] = {"format": said.format.format().shape(), "voice": said.voice, "speed": said.speed}
        return shown | {"object": "realtime.session", "model": self.model or "assistant"} | self.model_dump(
            include={"output_modalities", "instructions", "tools", "tool_choice", "max_output_tokens", "prompt", "tracing", "truncation"}
        )  # fmt: skip


def silence(turns: TurnDetection) -> int:
    """Milliseconds of silence that end an utterance."""
    return _EAGERNESS[turns.eagerness or "auto"] if turns.type == "semantic_vad" else turns.silence_duration_ms


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """`old` with what `new` has; objects field by field, everything else as a whole."""
    both = {key: _merged(old[key], value) if _objects(old.get(key), value) and key != "format" else value for key, value in new.items()}
    return old | both


def _objects(old: Any, new: Any) -> bool:
    return isinstance(old, dict) and isinstance(new, dict)


def _from_beta(given: dict[str, Any]) -> dict[str, Any]:
    """The fields of the beta at the places they have now."""
    moved = dict(given)
    audio = _merged({"input": {}, "output": {}}, moved["audio"] if isinstance(moved.get("audio"), dict) else {})
    places = {
        "voice": ("output", "voice"), "speed": ("output", "speed"), "turn_detection": ("input", "turn_detection"),
        "input_audio_transcription": ("input", "transcription"), "input_audio_noise_reduction": ("input", "noise_reduction"),
        "input_audio_format": ("input", "format"), "output_audio_format": ("output", "format"),
    }  # fmt: skip
    for name in places.keys() & moved.keys():
        side, field = places[name]
        value = moved.pop(name)
        if isinstance(audio[side], dict):
            audio[side][field] = _BETA_FORMATS.get(value, value) if isinstance(value, str) and field == "format" else value
    for old, new in (("modalities", "output_modalities"), ("max_response_output_tokens", "max_output_tokens")):
        if old in moved:
            moved[new] = moved.pop(old)
    moved.pop("client_secret", None)
    used = {side: fields for side, fields in audio.items() if fields}
    return moved | ({"audio": used} if used else {})
