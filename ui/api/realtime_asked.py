"""What a client of `/v1/realtime` may send: one function for each of its events. Knows the live session, no socket."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.live.session import LiveSession
from retrieval.content import Content
from retrieval.faults import Conflict, Fault, InvalidInput
from ui.api.errors import from_pydantic
from ui.api.parts import from_url
from ui.api.realtime_items import user
from ui.api.realtime_sound import SoundIn
from ui.api.realtime_wire import Asked, Event, Wire, error
from ui.api.services import Assistant
from ui.api.strict import loads
from ui.api.words import refuse

log = logging.getLogger(__name__)
MOST_PARTS = 16
M = TypeVar("M", bound=BaseModel)


class Part(BaseModel):
    """A part of a message."""

    model_config = ConfigDict(extra="ignore")

    type: str = Field(max_length=40)
    text: str = ""
    audio: str = ""
    transcript: str | None = None
    image_url: str = ""


class Item(BaseModel):
    """A message of the person."""

    model_config = ConfigDict(extra="ignore")

    id: str | None = Field(default=None, min_length=1, max_length=128)
    type: str = Field(max_length=40)
    role: str = Field(default="", max_length=40)
    content: list[Part] = Field(default=[], min_length=1, max_length=MOST_PARTS)


class Response(BaseModel):
    """What may be said of one response; OpenAI's other fields are accepted and change nothing."""

    model_config = ConfigDict(extra="ignore")

    instructions: str | None = Field(default=None, max_length=32_000)
    metadata: dict[str, str] | None = Field(default=None, max_length=16)
    conversation: str | None = None
    input: list[Any] | None = None


class Client:
    """Takes the events of one client, one after another, in a thread. Raises nothing: what is wrong becomes an error event."""

    def __init__(self, wire: Wire, live: LiveSession, assistant: Assistant, owner: str, send: Callable[[Event], None]) -> None:
        self._wire, self._live, self._assistant, self._owner, self._send = wire, live, assistant, owner, send
        self._sound = SoundIn(wire.session.audio.input.format.format())
        self._buffered = 0.0
        """Milliseconds of sound since the last commit or clear."""
        self._takes: dict[str, Callable[[dict[str, Any]], None]] = {
            "session.update": self._update, "transcription_session.update": self._update,
            "input_audio_buffer.append": self._append, "input_audio_buffer.commit": self._commit, "input_audio_buffer.clear": self._clear,
            "conversation.item.create": self._create, "conversation.item.retrieve": self._retrieve,
            "conversation.item.delete": self._delete, "conversation.item.truncate": self._truncate,
            "response.create": self._respond, "response.cancel": self._cancel, "output_audio_buffer.clear": self._quiet,
        }  # fmt: skip

    def take(self, text: str | None) -> None:
        """Handle one message."""
        event: Any = None
        try:
            if text is None:
                raise refuse(InvalidInput, "realtime_text")
            event = loads(text.encode())
            if not isinstance(event, dict):
                raise refuse(InvalidInput, "json_object")
            kind = event.get("type")
            if not isinstance(kind, str) or kind not in self._takes:
                raise refuse(
                    InvalidInput, "realtime_event", param="type", code="unknown_event", type=str(kind)[:60], known=", ".join(self._takes)
                )
            self._takes[kind](event)
        except Fault as fault:
            self._send(error(fault, _event_id(event), self._wire.language))
        except Exception:
            log.exception("an event of a live session failed")
            self._send(error(refuse(Fault, "internal", request=_event_id(event) or "live"), _event_id(event), self._wire.language))

    def _update(self, event: dict[str, Any]) -> None:
        given = event.get("session")
        if event["type"] != "session.update" and isinstance(given, dict):
            given = {**given, "type": "transcription"}
        before, session = self._wire.session, self._wire.session.updated(given)
        options = session.options(self._voices())
        form = session.audio.input.format.format()
        session.audio.output.format.format()
        if form != before.audio.input.format.format():
            self._sound = SoundIn(form)
        self._wire.session = session
        self._live.update(options)
        self._send({"type": "session.updated", "session": session})

    def _voices(self) -> tuple[str, ...]:
        return tuple(self._assistant.voice.synthesizer.voices)

    def _append(self, event: dict[str, Any]) -> None:
        data = self._sound.bytes_of(event.get("audio"))
        self._live.append(self._sound.heard(data))
        self._buffered += self._sound.format.ms(len(data))

    def _commit(self, event: dict[str, Any]) -> None:
        if not self._buffered:
            raise refuse(InvalidInput, "realtime_nothing", code="input_audio_buffer_commit_empty")
        self._buffered = 0.0
        self._live.commit()

    def _clear(self, event: dict[str, Any]) -> None:
        self._buffered = 0.0
        self._live.clear()
        self._send({"type": "input_audio_buffer.cleared"})

    def _create(self, event: dict[str, Any]) -> None:
        item = _read(Item, event.get("item"), "item")
        if item.type != "message" or item.role != "user":
            kind = f"{item.type} {item.role}".strip()
            raise refuse(InvalidInput, "realtime_item_kind", param="item.type", code="item_not_supported", given=kind)
        words: list[str] = []
        contents: list[Content] = []
        shown = [self._part(part, words, contents) for part in item.content]
        after = event.get("previous_item_id")
        made = user(item.id or f"item_{uuid.uuid4().hex}", shown)
        for told in self._wire.added(made, str(after) if after else None):
            self._send(told)
        text = "\n".join(word for word in words if word.strip())
        if text or contents:
            self._live.say(text, tuple(contents))

    def _part(self, part: Part, words: list[str], contents: list[Content]) -> dict[str, Any]:
        """A part as the item shows it; what it says is added to `words` and `contents`."""
        if part.type in ("input_text", "text"):
            words.append(part.text)
            return {"type": "input_text", "text": part.text}
        if part.type == "input_audio":
            sound = SoundIn(self._wire.session.audio.input.format.format())
            heard = sound.heard(sound.bytes_of(part.audio))
            transcript = self._assistant.voice.transcriber.transcribe(heard, self._live.options.language)
            words.append(transcript.text)
            return {"type": "input_audio", "transcript": transcript.text}
        if part.type == "input_image":
            contents.append(from_url(part.image_url, "item.content.image_url", self._assistant, self._owner))
            return {"type": "input_image"}
        raise refuse(InvalidInput, "realtime_item_kind", param="item.content.type", code="item_not_supported", given=part.type)

    def _retrieve(self, event: dict[str, Any]) -> None:
        item = self._wire.items.get(str(event.get("item_id")))
        self._send({"type": "conversation.item.retrieved", "item": {key: value for key, value in item.items() if key != "ms"}})

    def _delete(self, event: dict[str, Any]) -> None:
        identity = str(event.get("item_id"))
        self._wire.items.delete(identity)
        self._live.forget(identity)
        self._send({"type": "conversation.item.deleted", "item_id": identity})

    def _truncate(self, event: dict[str, Any]) -> None:
        identity, end = str(event.get("item_id")), event.get("audio_end_ms")
        item = self._wire.items.get(identity)
        given = next((answer for answer in list(self._wire.answers.values()) if answer.item == identity), None)
        sounded = given.sounded if given is not None and given.spoken else item.get("ms")
        if not sounded:
            raise refuse(InvalidInput, "realtime_not_spoken", param="item_id", id=identity[:80])
        if not isinstance(end, int) or isinstance(end, bool) or not 0 <= end <= sounded + 1:
            raise refuse(InvalidInput, "realtime_beyond", param="audio_end_ms", ms=int(sounded))
        self._live.played(end)
        for part in item["content"]:
            part["transcript"] = None
        self._send({"type": "conversation.item.truncated", "item_id": identity, "content_index": 0, "audio_end_ms": end})

    def _respond(self, event: dict[str, Any]) -> None:
        asked = event.get("response") or {}
        wish = _read(Response, asked, "response")
        if wish.conversation == "none" or wish.input:
            raise refuse(InvalidInput, "realtime_aside", param="response.conversation", code="not_supported")
        own = {key: asked[key] for key in ("output_modalities", "modalities", "audio", "voice", "tools") if key in asked}
        session = self._wire.session.updated(own)
        if self._wire.answers:
            raise refuse(Conflict, "realtime_answering", code="conversation_already_has_active_response")
        voices = self._voices()
        self._wire.asked.append(Asked(session, wish.metadata or {}, _event_id(event)))
        if own:
            self._live.update(session.options(voices))
        self._live.respond(wish.instructions or "")
        if own:
            self._live.update(self._wire.session.options(voices))

    def _cancel(self, event: dict[str, Any]) -> None:
        named = event.get("response_id")
        if (named is not None and named not in self._wire.answers) or not self._live.cancel():
            raise refuse(InvalidInput, "realtime_no_response", param="response_id" if named else None, code="response_cancel_not_active")

    def _quiet(self, event: dict[str, Any]) -> None:
        self._live.cancel()


def _read(model: type[M], value: Any, param: str) -> M:
    if not isinstance(value, dict):
        raise refuse(InvalidInput, "json_object", param=param)
    try:
        return model.model_validate(value)
    except ValidationError as problem:
        raise from_pydantic(problem) from problem


def _event_id(event: Any) -> str | None:
    named = event.get("event_id") if isinstance(event, dict) else None
    return named[:512] if isinstance(named, str) else None
