"""generate_image: shows what the library already has of a drawing, or has it drawn, judged, kept and shown. Knows no drawing method."""

from __future__ import annotations

import re

from pydantic import BaseModel, Field

from retrieval.faults import InvalidInput
from retrieval.items import Hit
from tools.already import find
from tools.base import Evidence, Tool, ToolContext, ToolResult
from tools.image_generators.base import ImageRequest
from tools.keeping import PICTURES, keep, told
from tools.kit import Kit
from tools.media import show_item
from tools.phrasing import listed, tell, together
from tools.picture_prompts import Purpose, described
from tools.studio import Judged

__all__ = ["PICTURES", "GenerateImageArguments", "GenerateImageTool", "create"]
_SKETCH = re.compile(r"\b(sketch|concept|draft|drawing|line art)\b|草图|概念|手绘|线稿", re.IGNORECASE)


class GenerateImageArguments(BaseModel):
    """What to make."""

    prompt: str = Field(default="", max_length=2000, description="What the picture should show, in the person's words.")
    negative_prompt: str = Field(default="", max_length=2000, description="What must not be in it; empty for nothing.")
    n: int = Field(default=1, ge=1, le=8, description="How many pictures to choose from.")
    width: int = Field(default=512, ge=64, le=2048, description="Pixels.")
    height: int = Field(default=512, ge=64, le=2048, description="Pixels.")
    seed: int | None = Field(default=None, ge=0, lt=2**32, description="Same seed, same picture; leave out for a new one.")
    steps: int | None = Field(default=None, ge=1, le=150, description="Steps of the drawing model; leave out for its own number.")
    guidance: float | None = Field(default=None, ge=0, le=30, description="How closely to follow the words; leave out for the model's own.")
    new: bool = Field(default=False, description="Draw even if the library already has such a picture.")
    about: str = Field(
        default="", max_length=500,
        description="A product of the library (item id, file id or name) to draw from its own description; the prompt may then be empty.",
    )  # fmt: skip


class GenerateImageTool(Tool):
    """Text to image."""

    name = "generate_image"
    description = (
        "Draw new pictures from a description, or of a product from its description in the library (`about`). "
        "Not for finding existing pictures (use search) and not for changing one (use edit_image)."
    )
    arguments = GenerateImageArguments
    cost = "moderate"
    effect = "makes"
    foreign = False

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def run(self, args: GenerateImageArguments, context: ToolContext) -> ToolResult:
        """What is there already with the offer to draw, or the new pictures, stored and shown.

        Raises InvalidInput for no words or when nothing of them can be drawn, NotFound for an unknown product, and what the studio raises.
        """
        if not args.prompt.strip() and not args.about.strip():
            raise InvalidInput(
                tell(context.language, "generate_image.no_words"), hint=tell(context.language, "generate_image.no_words_hint"),
                param="prompt",
            )  # fmt: skip
        if args.about.strip():
            return self._of_a_product(args, context)
        before = self._made_before(args.prompt, context)
        if _wants_to_see(args):
            there = self._offer(args.prompt, find(self._kit, context, args.prompt), before, context)
            if there is not None:
                return there
        return self._drawn(args, context, before)

    def _drawn(
        self, args: GenerateImageArguments, context: ToolContext, before: list[str], title: str = "", evidence: Evidence | None = None
    ) -> ToolResult:
        """New pictures; `title` and `evidence` name the product they were made of."""
        request = ImageRequest(**args.model_dump(exclude={"new", "about"}))
        made = self._kit.studio.generate(request, context)
        context.check()
        shown = [keep(self._kit, context, one, one.picture.recipe.prompt) for one in made]
        answer = describe(self._kit, context, title or args.prompt, made, evidence)
        return ToolResult(
            text=together((answer, ", ".join(one.handle for one in shown)), "en"), answer=answer, shown=tuple(shown),
            evidence=(evidence,) if evidence else (),
            data={
                "pictures": [told(s, one, number) for number, (s, one) in enumerate(zip(shown, made, strict=True), 1)],
                "offer": False, "made_before": before, "prompt": args.prompt, "about": title,
            },
        )  # fmt: skip

    def _of_a_product(self, args: GenerateImageArguments, context: ToolContext) -> ToolResult:
        """Pictures of something the library describes, with the place that describes it."""
        purpose: Purpose = "sketch" if _SKETCH.search(f"{args.prompt} {context.words}") else "marketing"
        found = described(self._kit, context, args.about, purpose)
        unwanted = ", ".join(part for part in (args.negative_prompt, found.negative_prompt) if part)
        prompt = ", ".join(part for part in (found.prompt, args.prompt.strip()) if part)
        filled = args.model_copy(update={"prompt": prompt[:2000], "negative_prompt": unwanted[:2000]})
        return self._drawn(filled, context, self._made_before(prompt, context), found.title, found.evidence)

    def _offer(self, prompt: str, hits: list[Hit], before: list[str], context: ToolContext) -> ToolResult | None:
        """What is there already, and the offer to draw a new one; None when nothing of it can be shown."""
        shown, evidence, pictures = [], [], []
        for hit in hits:
            one = show_item(self._kit, context, hit, str(hit.item.metadata.get("prompt") or hit.item.title))
            if one is None:
                continue
            one = one.model_copy(update={"score": hit.item.metadata.get("score")})
            shown.append(one)
            evidence.append(context.cite(hit))
            pictures.append({
                "file_id": one.file_id, "handle": one.handle, "number": len(shown), "note": "", "score": one.score,
                "doubtful": bool(hit.item.metadata.get("doubtful")),
                "recipe": one.recipe.model_dump(mode="json") if one.recipe else None,
            })  # fmt: skip
        if not shown:
            return None
        names = listed((f"{s.caption or s.handle} [{e.number}]" for s, e in zip(shown, evidence, strict=True)), context.language)
        key = "generate_image.there_one" if len(shown) == 1 else "generate_image.there_many"
        answer = tell(context.language, key, subject=prompt[:160], count=len(shown), names=names)
        return ToolResult(
            text=f"{answer} {', '.join(s.handle for s in shown)}", answer=answer, shown=tuple(shown), evidence=tuple(evidence),
            data={"pictures": pictures, "offer": True, "made_before": before, "prompt": prompt, "about": ""},
        )  # fmt: skip

    def _made_before(self, prompt: str, context: ToolContext) -> list[str]:
        """Files that were made from the same words earlier, oldest first."""
        wanted = " ".join(prompt.lower().split())
        files = self._kit.library.files(context.owner, "generated")
        return [f.id for f in files if f.recipe is not None and " ".join(f.recipe.prompt.lower().split()) == wanted][2::-1]


def _wants_to_see(args: GenerateImageArguments) -> bool:
    """Whether a picture that is there may be what is wanted: not for a choice of several, nor when it was told how to draw."""
    asked = args.model_dump(exclude={"prompt", "about", "new"}, exclude_defaults=True)
    return not args.new and not asked


def describe(kit: Kit, context: ToolContext, subject: str, made: list[Judged], evidence: Evidence | None = None) -> str:
    """The sentences for the person: what was made, what it does not look like, by what kind of model, what it could not follow."""
    language, count = context.language, len(made)
    doubtful = [str(number) for number, one in enumerate(made, 1) if one.doubtful]
    subject = subject[:160]
    if doubtful and len(doubtful) == count:
        sentence = tell(language, f"generate_image.doubtful_{'one' if count == 1 else 'all'}", subject=subject, count=count)
    else:
        sentence = tell(language, f"generate_image.made_{'one' if count == 1 else 'many'}", subject=subject, count=count)
    some = tell(language, "generate_image.doubtful_some", subject=subject, numbers=listed(doubtful, language))
    classical = kit.image_generator.card.kind == "classical"
    return together(
        (
            sentence,
            tell(language, "generate_image.described", mark=f"[{evidence.number}]") if evidence else "",
            some if doubtful and len(doubtful) < count else "",
            tell(language, "generate_image.classical") if classical else "",
            *dict.fromkeys(one.picture.note for one in made),
        ),
        language,
    )


def create(kit: Kit) -> GenerateImageTool:
    """The tool."""
    return GenerateImageTool(kit)
