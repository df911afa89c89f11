"""find_similar: finds what is like a picture or a sound, of the conversation or of the library, narrowed by words if there are any."""

from __future__ import annotations

from pydantic import BaseModel, Field

from retrieval.content import Content, Modality
from retrieval.faults import InvalidInput
from retrieval.items import Hit
from retrieval.library import Query
from tools.base import Media, Tool, ToolContext, ToolResult
from tools.kit import Kit
from tools.look import middle_frame
from tools.media import resolve
from tools.phrasing import listed, tell, together
from tools.search import LIKELY, caption, present

_LIKE_ENOUGH = 0.02
"""Likeness is a matter of degree: the nearest are shown unless they have nothing in common."""


class FindSimilarArguments(BaseModel):
    """What to compare with."""

    media: str = Field(
        default="",
        max_length=200,
        description="Handle (image_1), file id or item id of the example; empty for the newest picture or sound.",
    )
    also: list[str] = Field(default_factory=list, max_length=8, description="More examples that are liked, each like `media`.")
    unlike: list[str] = Field(default_factory=list, max_length=8, description="Examples that are not liked: 'less like that one'.")
    query: str = Field(default="", max_length=500, description="Words that narrow the search, e.g. 'but in red'; empty for none.")
    modalities: list[Modality] = Field(
        default_factory=list, max_length=5, description="Kinds to find; empty for the same kind as the example."
    )
    k: int = Field(default=6, ge=1, le=20, description="How many at most.")


class FindSimilarTool(Tool):
    """Search by example."""

    name = "find_similar"
    description = "Find pictures or sounds in the library that are like a given picture or sound (search by example)."
    arguments = FindSimilarArguments
    cost = "fast"
    effect = "reads"

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def run(self, args: FindSimilarArguments, context: ToolContext) -> ToolResult:
        """The most similar media, shown. Raises InvalidInput when there is neither an example nor words."""
        context.check()
        if not args.media and not any(m.modality in ("image", "audio", "video") for m in context.media):
            return self._by_words(args, context)
        media, content = resolve(self._kit, context, args.media, "image", "audio", "video")
        wanted = tuple(args.modalities) or (media.modality,)
        alone = not (args.query or args.also or args.unlike)
        if alone and not media.file_id.startswith("file-") and media.file_id == args.media:
            hits = self._kit.library.similar(media.file_id, context.owner, args.k, wanted, context.collections)
        else:
            hits = self._like(args, context, media, content, wanted)
        others = [resolve(self._kit, context, other, media.modality)[0] for other in args.also]
        name = listed((one.name or one.handle for one in (media, *others)), context.language)
        result = present(self._kit, context, hits, subject=name, media_wanted=True, show_from=_LIKE_ENOUGH)
        if result.refused:
            return result
        answer = tell(context.language, "find_similar.found", name=name, found=_names(result, context.language))
        if max(piece.hit.probability for piece in result.evidence) < LIKELY:
            unsure = "find_similar.unsure_sound" if media.modality == "audio" else "find_similar.unsure"
            answer = together((answer, tell(context.language, unsure)), context.language)
        return result.model_copy(update={"answer": answer})

    def _like(
        self, args: FindSimilarArguments, context: ToolContext, media: Media, content: Content, wanted: tuple[Modality, ...]
    ) -> list[Hit]:
        """Hits for all examples together, without any of them."""
        liked = [(media, content), *(resolve(self._kit, context, name, media.modality) for name in args.also)]
        unlike = [resolve(self._kit, context, name, media.modality) for name in args.unlike]
        given = [*liked, *unlike]
        query = Query(
            owner=context.owner, text=args.query, contents=tuple(self._comparable(c) for _, c in liked),
            unlike=tuple(self._comparable(c) for _, c in unlike), modalities=wanted, k=args.k + len(given), collections=context.collections,
        )  # fmt: skip
        bytes_given, files_given = {c.sha256 for _, c in given}, {m.file_id for m, _ in given}
        hits = self._kit.library.search(query)
        return [h for h in hits if h.item.blob not in bytes_given and h.item.parent not in files_given][: args.k]

    def _comparable(self, content: Content) -> Content:
        """The content itself; of a video the picture in its middle."""
        return middle_frame(self._kit, content) if content.modality == "video" else content

    def _by_words(self, args: FindSimilarArguments, context: ToolContext) -> ToolResult:
        """No example: words alone are searched, for pictures unless told."""
        if not args.query:
            raise InvalidInput(
                tell(context.language, "find_similar.no_example"), hint=tell(context.language, "find_similar.no_example_hint"),
                param="media", code="missing_media",
            )  # fmt: skip
        wanted = tuple(args.modalities) or ("image",)
        hits = self._kit.library.search(
            Query(owner=context.owner, text=args.query, modalities=wanted, k=args.k, collections=context.collections)
        )
        return present(self._kit, context, hits, subject=args.query, media_wanted=True)


def _names(result: ToolResult, language: str) -> str:
    return listed((f"{caption(p.hit, language)} [{p.number}]" for p in result.evidence[:8]), language)


def create(kit: Kit) -> FindSimilarTool:
    """The tool."""
    return FindSimilarTool(kit)
