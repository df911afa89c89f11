"""analyze_emotion: what words, voice and face say, fused, with each one's share and their disagreement. Stores nothing.

Chooses what is meant; who may have it read is decided in `tools/emotion_reading.py`, how it is told in `tools/emotion_telling.py`.
"""

from __future__ import annotations

from pydantic import BaseModel, Field

from retrieval.content import Content
from retrieval.faults import Fault, InvalidInput
from tools.base import Media, Tool, ToolContext, ToolResult
from tools.emotion_fusion import source
from tools.emotion_reading import Found, Wish, read
from tools.emotion_telling import shape, told
from tools.fusions.base import Fused
from tools.kit import Kit
from tools.media import resolve
from tools.phrasing import tell


class AnalyzeEmotionArguments(BaseModel):
    """Whose feelings, from what."""

    text: str = Field(
        default="", max_length=4000, description="Words to analyse; empty when only a recording, a picture or a video is meant."
    )
    media: str = Field(
        default="",
        max_length=200,
        description="Handle (audio_1, image_1, video_1), file id or item id; empty for the newest voice and face.",
    )


class AnalyzeEmotionTool(Tool):
    """Emotion from words, voice and face."""

    name = "analyze_emotion"
    description = (
        "Estimate the emotion in given words, a voice recording, a face or a video, when the person asks how someone feels or how "
        "something sounds."
    )
    arguments = AnalyzeEmotionArguments
    cost = "moderate"
    effect = "reads"

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def run(self, args: AnalyzeEmotionArguments, context: ToolContext) -> ToolResult:
        """The fused reading. Raises NotAllowed without consent, InvalidInput when there is nothing to read."""
        context.check()
        given = [Content.from_text(args.text)] if args.text.strip() else []
        media = self._media(args, context)
        wish = Wish(owner=context.owner, why="asked", language=context.language, consent=context.consent, check=context.check)
        found = read(self._kit, [*given, *media], wish)
        if not found.readings:
            raise found.skipped[0][1] if found.skipped else self._nothing(context)
        return result(found, self._kit.fusion.fuse(found.readings), context.language, yours=context.consent)

    def _media(self, args: AnalyzeEmotionArguments, context: ToolContext) -> list[Content]:
        """The named medium; without a name the newest voice and the newest face, if the person consented or nothing else is given."""
        if args.media:
            return [resolve(self._kit, context, args.media, "audio", "image", "video")[1]]
        if args.text.strip() and not context.consent:
            return []
        found: list[Media] = []
        for kinds in (("audio", "video"), ("image", "video")):
            newest = next((m for m in reversed(context.media) if m.modality in kinds), None)
            if newest is not None and newest not in found:
                found.append(newest)
        if not found and not args.text.strip():
            raise self._nothing(context)
        return [context.open(m.file_id) for m in found]

    def _nothing(self, context: ToolContext) -> Fault:
        return InvalidInput(
            tell(context.language, "emotion.nothing"), hint=tell(context.language, "emotion.nothing_hint"), param="text",
            code="missing_media",
        )  # fmt: skip


def result(found: Found, fused: Fused, language: str, *, yours: bool) -> ToolResult:
    """The shape of `/v1/emotion` as data, and what it says in words."""
    answer = told(fused, found.readings, found.skipped, language, yours=yours)
    notes = [f"{source(name, language)}: {reading.note}" for name, reading in found.readings.items() if reading.note]
    data = shape(fused, found.readings, found.skipped, language, yours=yours)
    return ToolResult(text="\n".join([answer, *notes]), answer=answer, data=data)


def create(kit: Kit) -> AnalyzeEmotionTool:
    """The tool."""
    return AnalyzeEmotionTool(kit)
