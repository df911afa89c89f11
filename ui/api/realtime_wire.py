"""Live events become the server events of `/v1/realtime`, in OpenAI's shape. Pure translation: runs nothing and sends nothing.

Ours beside OpenAI's: `assistant.turn_event`, `assistant.timings` and `assistant.wake_heard`; on a caption `transcript`, the whole words so
far; on the part of an answer `annotations`, as chat completions carry them.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Any

from assistant.events import Cited, Finished, TextDelta
from assistant.live import events as live
from retrieval.faults import Fault
from ui.api.errors import LONGEST
from ui.api.realtime_items import Items, message, user
from ui.api.realtime_session import Session
from ui.api.realtime_sound import SoundOut
from ui.api.words import translate

Event = dict[str, Any]
_UNANSWERED = ("conversation_already_has_active_response", "nothing_to_answer")
"""Codes of what is wrong with a `response.create`."""


@dataclass(frozen=True)
class Asked:
    """A `response.create`."""

    session: Session
    """With what was sent for this response alone."""
    metadata: dict[str, str]
    event_id: str | None


class Answer:
    """One response while it is given."""

    def __init__(self, response: str, item: str, session: Session, metadata: dict[str, str], conversation: str) -> None:
        said = session.audio.output
        self.id, self.item, self.conversation = response, item, conversation
        self.spoken = session.spoken
        self.sound = SoundOut(said.format.format())
        self.voice = said.voice
        self.modalities = list(session.output_modalities)
        self.metadata = dict(metadata)
        self.text = ""
        """The answer as it is written, with the marks of its evidence."""
        self.said = ""
        """As the voice says it."""
        self.sounded = 0.0
        """Milliseconds of sound that were sent."""
        self.annotations: list[dict[str, Any]] = []
        self.finished: Finished | None = None

    @property
    def at(self) -> dict[str, Any]:
        """What every event of its one part names."""
        return {"response_id": self.id, "item_id": self.item, "output_index": 0, "content_index": 0}

    def part(self) -> dict[str, Any]:
        """The part of the events `content_part`."""
        part = {"type": "audio", "transcript": self.said, "text": self.text} if self.spoken else {"type": "text", "text": self.text}
        return part | ({"annotations": self.annotations} if self.annotations else {})

    def content(self) -> list[dict[str, Any]]:
        """The content of the item."""
        return [self.part() | {"type": "output_audio" if self.spoken else "output_text"}]

    def shape(self, status: str, details: dict[str, Any] | None = None, output: list[dict[str, Any]] | None = None) -> Event:
        """The response object."""
        done = self.finished
        usage = None
        if status != "in_progress":
            asked, said = (done.tokens_in, done.tokens_out) if done else (0, 0)
            usage = {
                "total_tokens": asked + said, "input_tokens": asked, "output_tokens": said,
                "input_token_details": {"text_tokens": asked, "audio_tokens": 0, "image_tokens": 0, "cached_tokens": 0},
                "output_token_details": {"text_tokens": said, "audio_tokens": 0},
            }  # fmt: skip
        return {
            "object": "realtime.response", "id": self.id, "status": status, "status_details": details, "output": output or [],
            "conversation_id": self.conversation, "output_modalities": self.modalities, "max_output_tokens": "inf",
            "audio": {"output": {"format": self.sound.format.shape(), "voice": self.voice}}, "usage": usage,
            "metadata": self.metadata or None,
        }  # fmt: skip


class Wire:
    """The events of one connection."""

    def __init__(self, session: Session, language: str) -> None:
        """`language`: of error messages."""
        self.items, self.session, self.language = Items(), session, language
        self.conversation = f"conv_{uuid.uuid4().hex}"
        self.answers: dict[str, Answer] = {}
        self.asked: deque[Asked] = deque()
        """Responses that were asked for and have not begun."""
        self._captions: dict[str, tuple[str, str]] = {}

    @singledispatchmethod
    def events(self, event: Any) -> Iterator[Event]:
        """The server events of one live event, without their ids."""
        raise TypeError(type(event).__name__)

    @events.register
    def _(self, event: live.SpeechStarted) -> Iterator[Event]:
        yield {"type": "input_audio_buffer.speech_started", "item_id": event.item, "audio_start_ms": event.ms}

    @events.register
    def _(self, event: live.SpeechStopped) -> Iterator[Event]:
        yield {"type": "input_audio_buffer.speech_stopped", "item_id": event.item, "audio_end_ms": event.ms}

    @events.register
    def _(self, event: live.Committed) -> Iterator[Event]:
        yield {"type": "input_audio_buffer.committed", "item_id": event.item, "previous_item_id": self.items.last()}
        yield from self.added(user(event.item, [{"type": "input_audio", "transcript": None}]))

    def added(self, item: Event, after: str | None = None) -> Iterator[Event]:
        """Put a finished item into the conversation. Raises Conflict, NotFound."""
        previous = self.items.add(item, after)
        for kind in ("added", "done"):
            yield {"type": f"conversation.item.{kind}", "previous_item_id": previous, "item": item}

    @events.register
    def _(self, event: live.Partial) -> Iterator[Event]:
        if self.session.audio.input.transcription is None:
            return
        # A client joins the deltas, so only words that two captions in a row agree on are sent as one; `transcript` may still change.
        before, sent = self._captions.get(event.item, ("", ""))
        agreed = _words_in_common(before, event.text)
        delta = agreed[len(sent) :] if agreed.startswith(sent) else ""
        self._captions[event.item] = (event.text, sent + delta)
        yield self._transcription("delta", event.item) | {"delta": delta, "transcript": event.text}

    @events.register
    def _(self, event: live.Heard) -> Iterator[Event]:
        _, sent = self._captions.pop(event.item, ("", ""))
        text = event.transcript.text
        if event.item in self.items:
            self.items.get(event.item)["content"][0]["transcript"] = text
        if self.session.audio.input.transcription is not None:
            if text.startswith(sent) and text != sent:
                yield self._transcription("delta", event.item) | {"delta": text[len(sent) :], "transcript": text}
            yield self._transcription("completed", event.item) | {
                "transcript": text, "usage": {"type": "duration", "seconds": round(event.transcript.seconds, 2)},
                "confidence": round(event.transcript.confidence, 4),
            }  # fmt: skip
        if not text and event.item in self.items:  # nothing was said, so nothing is left of it
            self.items.delete(event.item)
            yield {"type": "conversation.item.deleted", "item_id": event.item}

    @staticmethod
    def _transcription(kind: str, item: str) -> Event:
        return {"type": f"conversation.item.input_audio_transcription.{kind}", "item_id": item, "content_index": 0}

    @events.register
    def _(self, event: live.WakeHeard) -> Iterator[Event]:
        yield {"type": "assistant.wake_heard", "phrase": event.phrase}

    @events.register
    def _(self, event: live.Said) -> Iterator[Event]:
        yield from ()  # the item was shown when the client made it, under the id that it chose

    @events.register
    def _(self, event: live.ResponseStarted) -> Iterator[Event]:
        asked = self.asked.popleft() if self.asked else Asked(self.session, {}, None)
        answer = self.answers[event.response] = Answer(event.response, event.item, asked.session, asked.metadata, self.conversation)
        item = message(event.item, "assistant", [], "in_progress")
        previous = self.items.add(item)
        yield {"type": "response.created", "response": answer.shape("in_progress")}
        yield {"type": "response.output_item.added", "response_id": answer.id, "output_index": 0, "item": dict(item)}
        yield {"type": "conversation.item.added", "previous_item_id": previous, "item": dict(item)}
        yield {"type": "response.content_part.added", **answer.at, "part": answer.part()}

    @events.register
    def _(self, event: live.TurnEvent) -> Iterator[Event]:
        answer, told = self.answers.get(event.response), event.event
        if answer is None:
            return
        if isinstance(told, TextDelta):
            answer.text += told.text
            if not answer.spoken:
                yield {"type": "response.output_text.delta", **answer.at, "delta": told.text}
        elif isinstance(told, Cited):
            answer.annotations = [{"type": "citation"} | c.model_dump(mode="json") for c in told.citations]
        elif isinstance(told, Finished):
            answer.finished = told
        shown = told.model_dump(mode="json")
        if told.type == "shown":
            shown["media"]["url"] = f"/v1/files/{told.media.file_id}/content"
        yield {"type": "assistant.turn_event", "response_id": event.response, "event": shown}

    @events.register
    def _(self, event: live.SpokenDelta) -> Iterator[Event]:
        answer = self.answers.get(event.response)
        if answer is None or not answer.spoken:
            return
        if event.text:
            delta = _gap(answer.said, event.text) + event.text
            answer.said += delta
            yield {"type": "response.output_audio_transcript.delta", **answer.at, "delta": delta}
        data = answer.sound(event.pcm)
        if data:
            answer.sounded += answer.sound.format.ms(len(data))
            yield {"type": "response.output_audio.delta", **answer.at, "delta": base64.b64encode(data).decode()}

    @events.register
    def _(self, event: live.ResponseDone) -> Iterator[Event]:
        answer = self.answers.pop(event.response, None)
        if answer is None:
            return
        if event.status == "completed":
            answer.text = event.text or answer.text
        if answer.spoken:
            if not answer.said and event.status == "completed":  # no voice can say it, so that its words are all there is
                answer.said = answer.text
                yield {"type": "response.output_audio_transcript.delta", **answer.at, "delta": answer.text}
            yield {"type": "response.output_audio.done", **answer.at}
            yield {"type": "response.output_audio_transcript.done", **answer.at, "transcript": answer.said}
        else:
            yield {"type": "response.output_text.done", **answer.at, "text": answer.text}
        yield {"type": "response.content_part.done", **answer.at, "part": answer.part()}
        item = message(answer.item, "assistant", answer.content(), "completed" if event.status == "completed" else "incomplete")
        if answer.item in self.items:
            self.items.get(answer.item).update(item | {"ms": answer.sounded})
        yield {"type": "response.output_item.done", "response_id": answer.id, "output_index": 0, "item": item}
        yield {"type": "conversation.item.done", "previous_item_id": self.items.before(answer.item), "item": item}
        timings = {name: round(ms, 1) for name, ms in event.timings.items()}
        yield {"type": "assistant.timings", "response_id": answer.id, "item_id": answer.item, "timings": timings}
        answer.metadata["timings_ms"] = json.dumps(timings)[:512]
        if answer.finished is not None and answer.finished.refused:
            answer.metadata["refused"] = "true"
        yield {"type": "response.done", "response": answer.shape(event.status, _details(event), [item])}

    @events.register
    def _(self, event: live.Problem) -> Iterator[Event]:
        asked = self.asked.popleft() if event.fault.code in _UNANSWERED and self.asked else None
        yield error(event.fault, asked.event_id if asked else None, self.language)


def error(fault: Fault, event_id: str | None = None, language: str = "en") -> Event:
    """An error event; the session goes on."""
    shape = translate(fault, language).to_dict()
    kind = "invalid_request_error" if fault.status < 500 else "server_error"
    said = {name: shape[name][:LONGEST] for name in ("message", "hint")}
    return {"type": "error", "error": {"type": kind, "code": shape["code"], **said, "param": shape["param"], "event_id": event_id}}


def _details(event: live.ResponseDone) -> dict[str, Any] | None:
    if event.status == "completed":
        return None
    if event.status == "cancelled":
        return {"type": "cancelled", "reason": event.reason or "client_cancelled"}
    fault = event.fault
    message = f"{fault.message} {fault.hint}".strip() if fault else ""
    return {"type": "failed", "error": {"code": event.reason or "server_error", "type": "server_error", "message": message}}


def _words_in_common(first: str, second: str) -> str:
    """The beginning of `second` that both have, in whole words; characters, in a text without spaces."""
    end = 0
    for end, (a, b) in enumerate(zip(first, second, strict=False)):  # noqa: B007 - the place of the first difference
        if a != b:
            break
    else:
        end = min(len(first), len(second))
    if end < len(second) and second[end].isascii() and not second[end].isspace():
        end = second.rfind(" ", 0, end) + 1
    return second[:end].rstrip()


def _gap(text: str, more: str) -> str:
    """What stands between two sentences: a space, but none after a Chinese one."""
    return " " if text and text[-1].isascii() and not text[-1].isspace() and not more[0].isspace() else ""


_BETA = {
    "response.output_audio.": "response.audio.", "response.output_audio_transcript.": "response.audio_transcript.",
    "response.output_text.": "response.text.",
}  # fmt: skip


def for_beta(event: Event) -> Event | None:
    """The same event for a client of the beta; None for one it does not know."""
    kind = event["type"]
    if kind == "conversation.item.done":
        return None
    for now, then in _BETA.items():
        if kind.startswith(now):
            return event | {"type": then + kind.removeprefix(now)}
    return event | {"type": "conversation.item.created"} if kind == "conversation.item.added" else event
