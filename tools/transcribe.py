"""transcribe: writes down what is said in a recording or a video, each stretch with its time. Knows no speech model."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from retrieval.items import Locator
from tools.base import Evidence, Tool, ToolContext, ToolResult
from tools.kit import Kit
from tools.media import resolve
from tools.phrasing import tell

_PAUSE = 0.8
"""Seconds of silence that end a stretch."""
_LONGEST = 24
"""Words of a stretch."""


class TranscribeArguments(BaseModel):
    """What to write down."""

    media: str = Field(
        default="", max_length=200, description="Handle (audio_1), file id or item id of a recording or video; empty for the newest."
    )


class TranscribeTool(Tool):
    """Speech to text."""

    name = "transcribe"
    description = "Write down what is said in a recording or a video."
    arguments = TranscribeArguments
    cost = "slow"
    effect = "reads"

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def run(self, args: TranscribeArguments, context: ToolContext) -> ToolResult:
        """The transcript with times as evidence; an empty one says that nobody spoke."""
        media, content = resolve(self._kit, context, args.media, "audio", "video")
        context.check()
        context.progress(tell(context.language, "transcribe.listening"), 0.1)
        heard = self._kit.transcribe(content, "")
        context.check()
        data = {
            "text": heard.text, "language": heard.language, "confidence": round(heard.confidence, 4), "seconds": round(heard.seconds, 3),
            "words": [w.model_dump() for w in heard.words], "media": media.handle,
        }  # fmt: skip
        if not heard.text.strip():
            answer = tell(context.language, "transcribe.nobody", name=media.name or media.handle)
            return ToolResult(text=answer, answer=answer, data=data)
        pieces: list[Evidence] = []
        lines = []
        for text, start, end, sure in _stretches(heard):
            piece = context.cite_media(media, text, Locator(time_span=(start, end)), sure)
            pieces.append(piece)
            lines.append(f"{text} [{piece.number}]")
        key = "transcribe.heard" if heard.confidence >= 0.5 else "transcribe.unsure"
        answer = tell(context.language, key, text=" ".join(lines))
        return ToolResult(text=answer, answer=answer, evidence=tuple(pieces), data=data)


def _stretches(heard: Any) -> list[tuple[str, float, float, float]]:
    """(text, start, end, confidence) between pauses; the whole when there are no word times."""
    if not heard.words:
        return [(heard.text, 0.0, heard.seconds, heard.confidence)]
    groups = [[heard.words[0]]]
    for word in heard.words[1:]:
        if word.start - groups[-1][-1].end > _PAUSE or len(groups[-1]) >= _LONGEST:
            groups.append([])
        groups[-1].append(word)
    joiner = "" if heard.language == "zh" else " "
    return [
        (joiner.join(w.word for w in g), g[0].start, g[-1].end, sum(w.probability for w in g) / len(g))
        for g in groups
    ]  # fmt: skip


def create(kit: Kit) -> TranscribeTool:
    """The tool."""
    return TranscribeTool(kit)
