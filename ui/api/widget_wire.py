"""Events of a turn as a page of another site may see them: words, sources by number, and nothing of the owner's besides.

Ids of items and files, routes, tools' arguments and results stay here. What the page gets is the id of the answer, through which the
evidence of its own sources is shown.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import anyio.to_thread

from assistant.events import Cited, Event, Failed, Finished, Heard, Noticed, TextDelta, ToolStarted
from assistant.visits import Outcome, Visit
from retrieval.faults import Fault
from retrieval.items import Citation
from tools.search import where
from ui.api.chat_wire import as_fault
from ui.api.streams import DONE, sse
from ui.api.words import translate

Keep = Callable[[Visit], None]
QUOTED = 400
"""Characters of a source that come with the answer."""


def source(citation: Citation, language: str) -> dict[str, Any]:
    """A source as the page lists it."""
    return {
        "number": citation.index, "title": citation.title, "kind": citation.modality, "place": where(citation.locator, language),
        "text": citation.cited_text[:QUOTED],
    }  # fmt: skip


class Answer:
    """Collects one answer, keeps it, and tells the page."""

    def __init__(self, visit: Visit, keep: Keep, spoken: str = "en") -> None:
        """`visit` is what is known when the turn begins; `spoken` the language of faults."""
        self._visit, self._keep, self._spoken = visit, keep, spoken
        self._began = time.perf_counter()
        self._citations: tuple[Citation, ...] = ()
        self._heard = ""
        self._review: str | None = None

    async def stream(self, events: AsyncIterator[Event]) -> AsyncGenerator[bytes, None]:
        """`heard`, `working`, `delta`, then `done` or `error`, then `[DONE]`."""
        try:
            async for event in events:
                if (told := await self._told(event)) is not None:
                    yield sse(told)
        except Fault as fault:
            await self._kept("failed", "")
            shown = translate(fault, self._spoken).to_dict()
            yield sse({"type": "error", "message": shown["message"], "code": fault.code})
        yield DONE

    async def _told(self, event: Event) -> dict[str, Any] | None:
        if isinstance(event, TextDelta):
            return {"type": "delta", "text": event.text}
        if isinstance(event, Heard):
            self._heard = event.text
            return {"type": "heard", "text": event.text}
        if isinstance(event, Noticed):
            self._review = event.review
            return {"type": "notice", "text": event.notice} if event.notice else None
        if isinstance(event, ToolStarted):
            return {"type": "working", "tool": event.tool}
        if isinstance(event, Cited):
            self._citations = event.citations
        elif isinstance(event, Failed):
            raise as_fault(event)
        elif isinstance(event, Finished):
            return await self._finished(event)
        return None

    async def _finished(self, event: Finished) -> dict[str, Any]:
        visit = await self._kept("refused" if event.refused else "answered", event.text, event.language)
        return {
            "type": "done", "id": visit.id, "text": event.text, "refused": event.refused, "language": event.language,
            "sources": [source(citation, event.language) for citation in self._citations],
            **({"review": self._review} if self._review else {}),
        }  # fmt: skip

    async def _kept(self, outcome: Outcome, text: str, language: str = "") -> Visit:
        sources = tuple(citation.model_dump(mode="json") for citation in self._citations)
        changes: dict[str, Any] = {
            "outcome": outcome, "answer": text, "sources": sources, "ms": round((time.perf_counter() - self._began) * 1000, 1),
            "language": language or self._visit.language, "question": self._visit.question or self._heard,
        }  # fmt: skip
        visit = self._visit.model_copy(update=changes)
        await anyio.to_thread.run_sync(self._keep, visit)
        return visit
