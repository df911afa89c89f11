"""Chunks: what a piece of a chat model's answer tells, as events. Knows the marks of `chat_models/base.py`, no queue and no turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from langchain_core.messages import AIMessageChunk

from assistant.events import Candidate, Event, Routed, TextDelta, Thinking
from assistant.progress import Progress


def events_in(chunk: AIMessageChunk, progress: Progress, now: Callable[[], float]) -> Iterator[Event]:
    """The events of a chunk; what no event carries is noted in `progress`. `now` gives milliseconds since the start of the turn."""
    found = chunk.response_metadata
    if route := found.get("route"):
        progress.timings.setdefault("route", now())
        yield Routed(route=tuple(Candidate.model_validate(c) for c in route["route"]), plan=tuple(route["plan"]))
    for call in chunk.tool_call_chunks:
        if (name := call.get("name")) and not progress.route:
            yield Routed(route=(Candidate(tool=name, score=1.0, reason="chosen by the language model"),), plan=(name,))
    progress.refused = progress.refused or bool(found.get("refused"))
    progress.unanswered = progress.unanswered or bool(found.get("unanswered"))
    if usage := chunk.usage_metadata:
        progress.tokens_in += usage["input_tokens"]
        progress.tokens_out += usage["output_tokens"]
    progress.chat_model = str(found.get("answered_by") or progress.chat_model)
    if thought := chunk.additional_kwargs.get("reasoning_content"):
        yield Thinking(text=str(thought))
    if chunk.text:
        progress.timings.setdefault("first_word", now())
        yield TextDelta(text=chunk.text)
