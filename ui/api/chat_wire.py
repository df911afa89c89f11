"""Events of a turn in the shape of OpenAI's chat completions, streamed or whole. Pure translation: runs nothing, reads stored files only.

Ours beside the standard fields: `annotations` (citations), `images`, `audio` and `reasoning_content` (what a language model thought, kept
apart from what it said) on the message, `trace` on the body. A stream carries
each on the chunk where it becomes known; `trace.event` is the event itself, so that a page can show the steps as they happen.
"""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import anyio.to_thread

from assistant.events import (
    Cited,
    Event,
    Failed,
    Felt,
    Finished,
    Heard,
    Noticed,
    Routed,
    ShownMedia,
    Spoken,
    TextDelta,
    Thinking,
    ToolFinished,
)
from assistant.progress import noticed
from retrieval.content import Content
from retrieval.faults import Fault
from ui.api.parts import data_url
from ui.api.streams import DONE, sse

Open = Callable[[str], Content]
"""Bytes of a stored file of the caller."""
Encode = Callable[[Content], bytes]
"""Speech in the format that was asked for."""
INLINE_BYTES = 8 * 2**20
"""Larger media are named by their address only."""


class Completion:
    """Collects the events of one turn."""

    def __init__(self, model: str, open_file: Open, encode: Encode) -> None:
        self.id = f"chatcmpl-{uuid.uuid4().hex}"
        self.created = int(time.time())
        self.model = model
        self._open, self._encode = open_file, encode
        self.text = ""
        self.thinking = ""
        self.annotations: list[dict[str, Any]] = []
        self.images: list[dict[str, Any]] = []
        self.audio: dict[str, Any] | None = None
        self.trace: dict[str, Any] = {"route": [], "plan": [], "steps": [], "timings_ms": {}, "refused": False}
        self.usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}

    def take(self, event: Event) -> tuple[dict[str, Any], dict[str, Any]]:
        """Note an event; what it adds to the (delta, trace) of a stream. Raises the Fault of a Failed event."""
        delta: dict[str, Any] = {}
        trace: dict[str, Any] = {}
        if isinstance(event, TextDelta):
            self.text += event.text
            return {"content": event.text}, {}
        if isinstance(event, Thinking):
            self.thinking += event.text
            return {"reasoning_content": event.text}, {}
        if isinstance(event, Failed):
            raise as_fault(event)
        if isinstance(event, (Heard, Noticed, Felt, Routed)):
            trace = _known(event)
        elif isinstance(event, ToolFinished):
            step = event.model_dump(mode="json", include={"tool", "arguments", "ok", "ms", "error"})
            self.trace["steps"].append(step)
            return {}, {"steps": [step], "event": event.model_dump(mode="json")}
        elif isinstance(event, ShownMedia):
            delta = self._show(event)
        elif isinstance(event, Cited):
            delta = {"annotations": [{"type": "citation"} | c.model_dump(mode="json") for c in event.citations]}
            self.annotations = delta["annotations"]
        elif isinstance(event, Spoken):
            delta = {"audio": self._speak(event)}
        elif isinstance(event, Finished):
            return {}, self._finish(event)
        self.trace.update(trace)
        return delta, trace | {"event": event.model_dump(mode="json")}

    async def add(self, event: Event) -> tuple[dict[str, Any], dict[str, Any]]:
        """The same without holding up the event loop: pictures and speech are read and encoded in a thread."""
        if isinstance(event, (ShownMedia, Spoken)):
            return await anyio.to_thread.run_sync(self.take, event)
        return self.take(event)

    def _show(self, event: ShownMedia) -> dict[str, Any]:
        media = event.media
        shown = media.model_dump(mode="json") | {"url": f"/v1/files/{media.file_id}/content"}
        if media.modality != "image":
            self.trace.setdefault("media", []).append(shown)
            return {"media": [shown]}
        content = self._open(media.file_id)
        url = data_url(content) if len(content.data) <= INLINE_BYTES else shown["url"]
        image = {"type": "image_url", "image_url": {"url": url}, "index": len(self.images), **shown}
        self.images.append(image)
        return {"images": [image]}

    def _speak(self, event: Spoken) -> dict[str, Any]:
        data = self._encode(self._open(event.file_id))
        self.audio = {
            "id": f"audio_{event.file_id}", "data": base64.b64encode(data).decode(), "expires_at": self.created + 86_400,
            "transcript": event.transcript, "file_id": event.file_id,
        }  # fmt: skip
        return self.audio

    def _finish(self, event: Finished) -> dict[str, Any]:
        if self.text != event.text:
            self.trace["text"] = event.text  # the check of the citations changed words that were streamed already
        self.text = event.text
        more = event.model_dump(mode="json", include={"refused", "timings_ms", "conversation", "message_id", "language", "chat_model"})
        self.trace.update(more)
        total = event.tokens_in + event.tokens_out
        self.usage = {"prompt_tokens": event.tokens_in, "completion_tokens": event.tokens_out, "total_tokens": total}
        return dict(self.trace)

    def body(self) -> dict[str, Any]:
        """The whole completion."""
        message: dict[str, Any] = {"role": "assistant", "content": self.text, "refusal": None, "annotations": self.annotations}
        if self.thinking:
            message["reasoning_content"] = self.thinking
        if self.images:
            message["images"] = self.images
        if self.audio:
            message["audio"] = self.audio
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        return self._envelope("chat.completion") | {"choices": [choice], "usage": self.usage, "trace": self.trace}

    def chunk(self, delta: dict[str, Any], trace: dict[str, Any] | None = None, finish: str | None = None) -> bytes:
        """One chunk of the stream."""
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return sse(self._envelope("chat.completion.chunk") | {"choices": [choice]} | ({"trace": trace} if trace else {}))

    def _envelope(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model, "system_fingerprint": None}

    async def stream(self, events: AsyncIterator[Event], usage: bool) -> AsyncGenerator[bytes, None]:
        """The whole stream: role, deltas as they come, the finishing chunk, the usage if asked, `[DONE]`."""
        yield self.chunk({"role": "assistant", "content": ""})
        try:
            async for event in events:
                delta, trace = await self.add(event)
                yield self.chunk(delta, trace, "stop" if isinstance(event, Finished) else None)
        except Fault as fault:
            yield sse({"error": fault.to_dict()})
        else:
            if usage:
                yield sse(self._envelope("chat.completion.chunk") | {"choices": [], "usage": self.usage})
        yield DONE


def _known(event: Heard | Noticed | Felt | Routed) -> dict[str, Any]:
    """What such an event adds to the trace."""
    if isinstance(event, Heard):
        return {"heard": event.text, "heard_confidence": event.confidence}
    if isinstance(event, Noticed):
        return noticed(event)
    if isinstance(event, Felt):
        return {"emotion": event.emotion}
    return {"route": [c.model_dump() for c in event.route], "plan": list(event.plan)}


def as_fault(event: Failed) -> Fault:
    """The Fault that a Failed event tells of."""
    fault = Fault(event.message, hint=event.hint, code=event.code)
    fault.status, fault.retryable = event.status, event.status in (429, 503, 504)
    return fault
