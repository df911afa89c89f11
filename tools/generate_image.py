"""generate_image: makes pictures from words, keeps each with its recipe and makes it findable. Knows no drawing method."""

from __future__ import annotations

from pydantic import BaseModel, Field

from retrieval.faults import Cancelled, Fault
from retrieval.items import Recipe
from tools.base import Shown, Tool, ToolContext, ToolResult
from tools.image_generators.base import ImageRequest, Picture, Watch
from tools.kit import Kit
from tools.phrasing import tell, together

PICTURES = "pictures"
"""Name of the collection that made pictures go to."""


class GenerateImageArguments(BaseModel):
    """What to make."""

    prompt: str = Field(min_length=1, max_length=2000, description="What the picture should show, in the person's words.")
    negative_prompt: str = Field(default="", max_length=2000, description="What must not be in it; empty for nothing.")
    n: int = Field(default=1, ge=1, le=8, description="How many pictures.")
    width: int = Field(default=512, ge=64, le=1024, description="Pixels.")
    height: int = Field(default=512, ge=64, le=1024, description="Pixels.")
    seed: int | None = Field(default=None, ge=0, lt=2**32, description="Same seed, same picture; leave out for a new one.")


class GenerateImageTool(Tool):
    """Text to image."""

    name = "generate_image"
    description = (
        "Draw new pictures from a description. Not for finding existing pictures (use search) and not for changing one (use edit_image)."
    )
    arguments = GenerateImageArguments
    cost = "moderate"

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def run(self, args: GenerateImageArguments, context: ToolContext) -> ToolResult:
        """The pictures, stored and shown. Raises InvalidInput when the back-end can make nothing of the prompt."""
        request = ImageRequest(**args.model_dump())
        message = tell(context.language, "generate_image.drawing")
        made = self._kit.image_generator.generate(
            request, Watch(lambda share: context.progress(message, share), context.preview, context.cancel)
        )
        before = self._made_before(args.prompt, context)
        shown = [keep(self._kit, context, picture, picture.recipe.prompt) for picture in made]
        notes = list(dict.fromkeys(p.note for p in made if p.note))
        answer = describe(self._kit, context, "generate_image.made", args.prompt, len(shown), notes)
        return ToolResult(
            text=answer + " " + ", ".join(s.handle for s in shown), answer=answer, shown=tuple(shown),
            data={
                "pictures": [{"file_id": s.file_id, "handle": s.handle, "recipe": p.recipe.model_dump(mode="json"), "note": p.note}
                             for s, p in zip(shown, made, strict=True)],
                "made_before": before,
            },
        )  # fmt: skip

    def _made_before(self, prompt: str, context: ToolContext) -> list[str]:
        """Files that were made from the same words earlier: the store may already hold what was asked for."""
        wanted = " ".join(prompt.lower().split())
        files = self._kit.library.files(context.owner, "generated")
        return [f.id for f in files if f.recipe is not None and " ".join(f.recipe.prompt.lower().split()) == wanted][-3:]


def keep(kit: Kit, context: ToolContext, picture: Picture, caption: str) -> Shown:
    """Store a made picture with its recipe, make it findable by its words, and show it."""
    context.check()
    recipe: Recipe = picture.recipe
    words = str(recipe.parameters.get("of") or "") + " " + recipe.prompt if recipe.parents else recipe.prompt
    metadata = {"generated": True, "prompt": caption}
    content = picture.content.model_copy(update={"name": f"{_label(words)}.png"})
    file = kit.library.add_file(content, context.owner, purpose="generated", recipe=recipe, metadata=metadata)
    try:
        collection = kit.library.ensure_collection(PICTURES, context.owner)
        kit.library.ingest(file.id, collection.id, context.owner, metadata=metadata)
    except Cancelled:
        raise
    except Fault:
        pass  # the picture itself is safe; it can be attached again later
    return context.show(file.id, "image", content.media_type, caption, recipe)


def _label(words: str) -> str:
    """A short file name from the prompt."""
    kept = "".join(c if c.isalnum() or c in " -" else " " for c in words)
    return " ".join(kept.split())[:120].strip() or "picture"


def describe(kit: Kit, context: ToolContext, key: str, subject: str, count: int, notes: list[str]) -> str:
    """The sentence for the person: what was made, by what kind of model, and what it could not follow."""
    kind = kit.image_generator.card.kind
    sentence = tell(context.language, f"{key}_{'one' if count == 1 else 'many'}", subject=subject[:160], count=count)
    honest = tell(context.language, "generate_image.classical") if kind == "classical" else ""
    return together((sentence, honest, *notes), context.language)


def create(kit: Kit) -> GenerateImageTool:
    """The tool."""
    return GenerateImageTool(kit)
