"""look: answers a question about one picture (or the middle of a video) and points at the regions the answer rests on."""

from __future__ import annotations

from pydantic import BaseModel, Field

from retrieval.content import Content
from retrieval.faults import NotFound, Unreadable
from retrieval.items import Locator
from tools.base import Evidence, Tool, ToolContext, ToolResult
from tools.kit import Kit
from tools.media import resolve
from tools.phrasing import tell, together

_CITED = 6


class LookArguments(BaseModel):
    """What to ask of which picture."""

    question: str = Field(min_length=1, max_length=1000, description="The question about the picture, in the person's words.")
    image: str = Field(default="", max_length=200, description="Handle (image_1), file id or item id; empty for the newest picture.")


class LookTool(Tool):
    """Visual question answering."""

    name = "look"
    description = "Look at a picture and answer a question about it: what is written, colours, counts, shapes, where something is."
    arguments = LookArguments
    cost = "moderate"
    effect = "reads"

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def run(self, args: LookArguments, context: ToolContext) -> ToolResult:
        """The answer with its regions as evidence; `refused` when the picture does not tell."""
        media, content = resolve(self._kit, context, args.image, "image", "video")
        context.check()
        time = (content.seconds or 0.0) / 2
        picture = middle_frame(self._kit, content) if content.modality == "video" else content
        found = self._kit.vqa.answer(picture, args.question, context.language)
        span = (time, time) if content.modality == "video" else None
        pieces: list[Evidence] = []
        for region in found.regions[:_CITED]:
            locator = Locator(image_region=region.box, time_span=span)
            pieces.append(context.cite_media(media, region.label, locator, region.confidence))
        if not pieces and found.kind != "unknown":
            locator = Locator(image_region=(0.0, 0.0, 1.0, 1.0), time_span=span)
            pieces.append(context.cite_media(media, found.value or found.text, locator, found.confidence))
        marks = "".join(f"[{p.number}]" for p in pieces)
        answer = f"{found.text} {marks}".strip() if found.kind == "unknown" else _marked(found.text, marks)
        drawn = self._drawn_from(media.file_id, context) if found.kind in ("unknown", "scene") else ""
        if drawn:
            answer = together([tell(context.language, "vqa.drawn", prompt=drawn), answer], context.language)
        seen = "\n".join(f"[{p.number}] {p.hit.item.text}" for p in pieces)
        return ToolResult(
            text=f"{answer}\n{seen}".strip(), answer=answer, evidence=tuple(pieces), refused=found.kind == "unknown" and not drawn,
            data={
                "kind": found.kind, "value": found.value, "confidence": round(found.confidence, 4), "image": media.handle,
                "regions": [r.model_dump() for r in found.regions],
            },
        )  # fmt: skip

    def _drawn_from(self, file_id: str, context: ToolContext) -> str:
        """The words that a picture was made from here: known, not seen, and said so."""
        try:
            recipe = self._kit.library.file(file_id, context.owner).recipe if file_id.startswith("file-") else None
        except NotFound:
            return ""
        return recipe.prompt[:160] if recipe is not None else ""


def _marked(text: str, marks: str) -> str:
    """`text` with the marks at the end of its first sentence, before the stop."""
    if not marks:
        return text
    for place, letter in enumerate(text):
        if letter in ".!?。！？" and (place + 1 == len(text) or text[place + 1].isspace() or letter in "。！？"):
            return f"{text[:place]} {marks}{text[place:]}" if letter in ".!?" else f"{text[:place]}{marks}{text[place:]}"
    return f"{text} {marks}"


def middle_frame(kit: Kit, video: Content) -> Content:
    """The picture in the middle of a video. Raises Unreadable when it has none."""
    frames = kit.decoder.frames(video, [(video.seconds or 0.0) / 2])
    if not frames:
        raise Unreadable("This video has no picture.", hint="Send another file.", param="image")
    return Content(modality="image", media_type="image/jpeg", data=frames[0], name=video.name, width=video.width, height=video.height)


def create(kit: Kit) -> LookTool:
    """The tool."""
    return LookTool(kit)
