"""Drawn pictures in OpenAI's shapes: the images response and the events of its stream, with our fields beside. Runs nothing."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing
from typing import Any

import anyio.to_thread

from retrieval.content import Content
from retrieval.faults import Fault
from retrieval.items import Recipe
from tools.base import Shown, ToolResult
from ui.api.drawing import Happening, Partial, Step
from ui.api.image_formats import encoded, see_through
from ui.api.image_shapes import EditFields, ImageRequest
from ui.api.streams import sse

_WORD = re.compile(r"[\u3400-\u9fff]|[^\W_]+")
_SQUARE = 16
"""Pixels of the side of what `usage` counts as one image token."""
_JUDGED = ("score", "doubtful", "note", "number")


class Wire:
    """Shapes the pictures of one request."""

    def __init__(
        self, body: ImageRequest | EditFields, kind: str, open_file: Callable[[str], Content], base_url: str,
        sources: tuple[Content, ...] = (),
    ) -> None:  # fmt: skip
        """`kind` is `image_generation` or `image_edit`; `sources` are the pictures that were sent along."""
        self._body, self._kind, self._open, self._base = body, kind, open_file, base_url.rstrip("/")
        self._text = len(_WORD.findall(body.prompt))
        self._sent = sum(_squares(source) for source in sources)

    def body(self, result: ToolResult) -> dict[str, Any]:
        """The images response; pictures in the order of the tool, the best first."""
        made = [(shown, self._open(shown.file_id)) for shown in result.shown if shown.modality == "image"]
        rows = [self._row(shown, content, _told(result, shown)) for shown, content in made]
        first = made[0][1] if made else None
        return {
            "created": int(time.time()), "data": rows, "output_format": self._body.output_format or "png",
            "size": _size(first) if first else None,
            "background": ("transparent" if see_through(first) else "opaque") if first else None,
            "usage": self._usage([content for _, content in made]), "made_before": list(result.data.get("made_before", [])),
        }  # fmt: skip

    async def stream(self, stack: AsyncExitStack, events: AsyncIterator[Happening]) -> AsyncGenerator[bytes, None]:
        """Partial pictures as they come, at most as many of each as were asked for, then every finished one, the best first."""
        sent: dict[int, int] = {}
        async with stack, aclosing(events):  # type: ignore[type-var]
            try:
                async for happening in events:
                    if isinstance(happening, Step):
                        if self._body.progress:
                            yield self._event("progress", message=happening.message, fraction=round(happening.fraction, 4))
                    elif isinstance(happening, Partial):
                        count = sent.get(happening.number, 0)
                        if count < (self._body.partial_images or 0):
                            sent[happening.number] = count + 1
                            yield await anyio.to_thread.run_sync(self._partial, happening, count)
                    else:
                        for shown in happening.shown:
                            yield await anyio.to_thread.run_sync(self._completed, happening, shown)
            except Fault as fault:
                yield sse({"error": fault.to_dict()}, event="error")

    def _row(self, shown: Shown, content: Content, told: dict[str, Any]) -> dict[str, Any]:
        row: dict[str, Any] = {**self._known(shown, told), "revised_prompt": shown.recipe.prompt if shown.recipe else None}
        if self._body.response_format == "url":
            return row | {"url": f"{self._base}/v1/files/{shown.file_id}/content"}
        return row | {"b64_json": self._encoded(content, shown.recipe)}

    def _known(self, shown: Shown, told: dict[str, Any]) -> dict[str, Any]:
        recipe = shown.recipe.model_dump(mode="json") if shown.recipe else None
        judged = {"score": shown.score, "doubtful": False, "note": ""} | {key: told[key] for key in _JUDGED if key in told}
        return {"file_id": shown.file_id, "caption": shown.caption, "recipe": recipe, **judged}

    def _partial(self, partial: Partial, index: int) -> bytes:
        shape = self._shape(partial.content)
        if self._body.size not in (None, "", "auto"):
            shape["size"] = self._body.size  # of the picture that will be, as OpenAI says it; a partial one may be smaller
        return self._event("partial_image", partial_image_index=index, image_index=partial.number, **shape)

    def _completed(self, result: ToolResult, shown: Shown) -> bytes:
        content = self._open(shown.file_id)
        more = self._known(shown, _told(result, shown)) | {"image_index": _drawn_as(result, shown)}
        return self._event("completed", usage=self._usage([content]), **self._shape(content, shown.recipe), **more)

    def _shape(self, content: Content, recipe: Recipe | None = None) -> dict[str, Any]:
        return {
            "b64_json": self._encoded(content, recipe), "background": "transparent" if see_through(content) else "opaque",
            "created_at": int(time.time()), "output_format": self._body.output_format or "png",
            "quality": self._body.quality if self._body.quality not in (None, "standard", "hd") else "auto", "size": _size(content),
        }  # fmt: skip

    def _encoded(self, content: Content, recipe: Recipe | None) -> str:
        form, quality = self._body.output_format or "png", self._body.output_compression
        return base64.b64encode(encoded(content, form, quality, recipe)).decode()

    def _event(self, name: str, **fields: Any) -> bytes:
        kind = f"{self._kind}.{name}"
        return sse({"type": kind, **fields}, event=kind)

    def _usage(self, made: list[Content]) -> dict[str, Any]:
        """Words and squares of 16 pixels stand for tokens: a measure of size, nothing is billed by it."""
        drawn = sum(_squares(content) for content in made)
        sent = self._text + self._sent
        return {
            "input_tokens": sent, "input_tokens_details": {"text_tokens": self._text, "image_tokens": self._sent},
            "output_tokens": drawn, "output_tokens_details": {"text_tokens": 0, "image_tokens": drawn}, "total_tokens": sent + drawn,
        }  # fmt: skip


def _told(result: ToolResult, shown: Shown) -> dict[str, Any]:
    """What the tool's data say of one picture."""
    rows = result.data.get("pictures")
    return next((row for row in rows or () if row.get("file_id") == shown.file_id), {})


def _drawn_as(result: ToolResult, shown: Shown) -> int:
    """Which of the partial pictures it was: pictures are drawn in the order of their seeds, and told in the order of their rank."""
    seeds = sorted(other.recipe.seed for other in result.shown if other.recipe)
    return seeds.index(shown.recipe.seed) if shown.recipe else 0


def _size(content: Content) -> str:
    return f"{content.width}x{content.height}"


def _squares(content: Content) -> int:
    return -(-(content.width or 0) // _SQUARE) * -(-(content.height or 0) // _SQUARE)
