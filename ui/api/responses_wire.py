"""Events of a turn in the shape of OpenAI's responses API, streamed or whole. Pure translation; shares its memory with chat_wire."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

from assistant.events import Cited, Event, Finished, ShownMedia, TextDelta
from retrieval.faults import Fault
from ui.api.chat_wire import Completion
from ui.api.streams import sse


class Answer:
    """One response as it grows."""

    def __init__(self, completion: Completion, request: dict[str, Any], name_of: Callable[[str], str]) -> None:
        """`request` holds the fields that the official shape echoes; `name_of` gives the name of a stored file."""
        self._name_of = name_of
        self.id = f"resp_{uuid.uuid4().hex}"
        self._message = f"msg_{uuid.uuid4().hex}"
        self._completion = completion
        self._request = request
        self._number = 0

    def body(self, status: str = "completed", error: Fault | None = None) -> dict[str, Any]:
        """The whole response."""
        done = self._completion
        finished = status == "completed"
        usage = {
            "input_tokens": done.usage["prompt_tokens"], "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": done.usage["completion_tokens"], "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": done.usage["total_tokens"],
        }  # fmt: skip
        return {
            "id": self.id, "object": "response", "created_at": done.created, "status": status, "model": done.model,
            "output": self._output() if finished else [], "usage": usage if finished else None, "trace": done.trace,
            "error": {"code": "server_error", "message": str(error.to_dict()["message"])} if error else None,
            "incomplete_details": None, "parallel_tool_calls": False, "previous_response_id": None, "tool_choice": "auto", "tools": [],
            "text": {"format": {"type": "text"}}, **self._request,
        }  # fmt: skip

    def _output(self) -> list[dict[str, Any]]:
        pictures = [
            {"id": f"ig_{i['file_id']}", "type": "image_generation_call", "status": "completed", "file_id": i["file_id"],
             "result": i["image_url"]["url"].partition(",")[2] or None}
            for i in self._completion.images
        ]  # fmt: skip
        return [*pictures, self._item("completed", [self._part(self._completion.text)])]

    def _item(self, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
        return {"id": self._message, "type": "message", "role": "assistant", "status": status, "content": content}

    def _part(self, text: str) -> dict[str, Any]:
        annotations = [self._annotation(c, text) for c in self._completion.annotations]
        return {"type": "output_text", "text": text, "annotations": annotations if text else [], "logprobs": []}

    def _annotation(self, citation: dict[str, Any], text: str) -> dict[str, Any]:
        place = max(text.find(f"[{citation['index']}]"), 0)
        file_id = citation.get("file_id")
        name = (self._name_of(file_id) if file_id else "") or citation["title"]
        named = {"type": "file_citation", "file_id": file_id or citation["item_id"], "filename": name}
        return named | {"index": place, "citation": citation}

    def _event(self, kind: str, **fields: Any) -> bytes:
        number, self._number = self._number, self._number + 1
        return sse({"type": kind, "sequence_number": number, **fields}, event=kind)

    def _text_event(self, kind: str, **fields: Any) -> bytes:
        return self._event(kind, item_id=self._message, output_index=0, content_index=0, **fields)

    async def stream(self, events: AsyncIterator[Event]) -> AsyncGenerator[bytes, None]:
        """The official events in order; pictures join the output of the last one."""
        yield self._event("response.created", response=self.body("in_progress"))
        yield self._event("response.in_progress", response=self.body("in_progress"))
        yield self._event("response.output_item.added", output_index=0, item=self._item("in_progress", []))
        yield self._text_event("response.content_part.added", part=self._part(""))
        try:
            async for event in events:
                await self._completion.add(event)
                if isinstance(event, TextDelta):
                    yield self._text_event("response.output_text.delta", delta=event.text, logprobs=[])
                elif isinstance(event, Cited):
                    for number, note in enumerate(self._part(self._completion.text)["annotations"]):
                        yield self._text_event("response.output_text.annotation.added", annotation_index=number, annotation=note)
                elif not isinstance(event, (Finished, ShownMedia)):
                    yield self._event("response.trace", event=event.model_dump(mode="json"))
        except Fault as fault:
            yield self._event("response.failed", response=self.body("failed", fault))
            return
        part = self._part(self._completion.text)
        yield self._text_event("response.output_text.done", text=part["text"], logprobs=[])
        yield self._text_event("response.content_part.done", part=part)
        yield self._event("response.output_item.done", output_index=0, item=self._item("completed", [part]))
        yield self._event("response.completed", response=self.body())
