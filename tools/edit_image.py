"""edit_image: changes a picture by words and keeps the result with its recipe. Finds the text to remove itself; edits no pixel."""

from __future__ import annotations

import io
import re
import secrets
from typing import Literal

from pydantic import BaseModel, Field

from retrieval.content import Content
from retrieval.decoding import pixels
from retrieval.faults import InvalidInput
from retrieval.items import Recipe
from tools.base import Media, Tool, ToolContext, ToolResult
from tools.image_generators.base import EditRequest
from tools.keeping import keep, keep_sources, told
from tools.kit import Kit
from tools.media import resolve
from tools.phrasing import tell, together
from tools.recipes import recipe_of
from tools.studio import Judged, ranked

_REMOVE_TEXT = re.compile(
    r"(remove|erase|delete|clean|hide|get rid of).{0,20}\b(text|words?|writing|captions?|watermarks?|letters?)\b"
    r"|(去掉|删除|去除|移除|擦掉|抹掉).{0,8}(文字|字|水印)",
    re.IGNORECASE,
)


class EditImageArguments(BaseModel):
    """What to change."""

    instruction: str = Field(
        default="", max_length=1000,
        description="The change in the person's words, e.g. 'make it green', 'remove the background'; empty only to vary or to enlarge.",
    )  # fmt: skip
    image: str = Field(default="", max_length=200, description="Handle (image_1), file id or item id; empty for the newest picture.")
    mask: str = Field(default="", max_length=200, description="File id of a mask of the picture's size, white where it may change.")
    operation: Literal["change", "variation", "upscale"] = Field(
        default="change", description="change what the instruction says; variation: the same thing drawn another way; upscale: larger."
    )
    n: int = Field(default=1, ge=1, le=8, description="How many to choose from; more than one only where the seed makes a difference.")
    seed: int | None = Field(default=None, ge=0, lt=2**32, description="Seed of a new variation; leave out to keep the picture's own.")
    strength: float | None = Field(default=None, gt=0, le=1, description="How far the picture is taken apart, 0 to 1.")
    steps: int | None = Field(default=None, ge=1, le=150, description="Steps of the drawing model; leave out for its own number.")
    guidance: float | None = Field(default=None, ge=0, le=30, description="How closely to follow the words; leave out for the model's own.")


class EditImageTool(Tool):
    """Image and words to image."""

    name = "edit_image"
    description = (
        "Change an existing picture: recolour, add or remove things, background, filters, crop, rotate, caption, remove text; "
        "more like it (variation), larger (upscale)."
    )
    arguments = EditImageArguments
    cost = "moderate"
    effect = "makes"
    foreign = False

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def run(self, args: EditImageArguments, context: ToolContext) -> ToolResult:
        """The changed pictures, stored and shown.

        Raises InvalidInput for a change the back-end does not know, a mask of another size, and what the studio raises.
        """
        media, content = resolve(self._kit, context, args.image, "image")
        instruction = self._instruction(args, context.language)
        parent = recipe_of(self._kit.library, media.file_id, context.owner)
        request = EditRequest(
            instruction=instruction, operation=args.operation, seed=args.seed, strength=args.strength, steps=args.steps,
            guidance=args.guidance, mask=self._mask(args, content, parent, context),
        )  # fmt: skip
        made = self._made(content, parent, request, args.n, context)
        keep_sources(self._kit, context, content, request.mask)
        shown = [keep(self._kit, context, one, _caption(one.picture.recipe, instruction)) for one in made]
        answer = self._answer(args, media, instruction, made, context.language)
        recipe = made[0].picture.recipe
        return ToolResult(
            text=f"{answer} {', '.join(one.handle for one in shown)}", answer=answer, shown=tuple(shown),
            data={
                "pictures": [told(s, one, number) for number, (s, one) in enumerate(zip(shown, made, strict=True), 1)],
                "file_id": shown[0].file_id, "handle": shown[0].handle, "operation": recipe.operation,
                "recipe": recipe.model_dump(mode="json"),
            },
        )  # fmt: skip

    def _made(self, content: Content, parent: Recipe | None, request: EditRequest, n: int, context: ToolContext) -> list[Judged]:
        """Up to `n` changed copies, the best first; fewer where the seed makes no difference."""
        self._kit.studio.check_count(n, context)
        made: dict[str, Judged] = {}
        for one in _each(request, n):
            judged = self._kit.studio.edit(content, parent, one, context)
            if judged.picture.content.sha256 in made:
                break
            made[judged.picture.content.sha256] = judged
        context.check()
        return ranked(made.values())

    def _instruction(self, args: EditImageArguments, language: str) -> str:
        """What to do in words; varying and enlarging need none."""
        if args.instruction.strip():
            return args.instruction
        if args.operation == "change":
            raise InvalidInput(tell(language, "edit_image.no_words"), hint=tell(language, "edit_image.no_words_hint"), param="instruction")
        return tell(language, f"edit_image.{args.operation}")

    def _mask(self, args: EditImageArguments, content: Content, parent: Recipe | None, context: ToolContext) -> Content | None:
        """Where the picture may change: as sent, or found where text is to be removed. Raises InvalidInput, NotFound."""
        if args.mask:
            _, mask = resolve(self._kit, context, args.mask, "image")
            if (mask.width, mask.height) != (content.width, content.height):
                raise InvalidInput(
                    tell(context.language, "edit_image.mask_size", mask=f"{mask.width} x {mask.height}",
                         picture=f"{content.width} x {content.height}"),
                    hint=tell(context.language, "edit_image.mask_size_hint"), param="mask", code="mask_size",
                )  # fmt: skip
            return mask
        if args.operation == "change" and _REMOVE_TEXT.search(args.instruction) and not _drawn_text(parent):
            return self._text_mask(content, context.language)
        return None

    def _answer(self, args: EditImageArguments, media: Media, instruction: str, made: list[Judged], language: str) -> str:
        key = {"change": "done", "variation": "varied", "upscale": "enlarged"}[args.operation]
        doubtful = [one for one in made if one.doubtful]
        size = f"{made[0].picture.recipe.width} x {made[0].picture.recipe.height}"
        sentences = [tell(language, f"edit_image.{key}", picture=media.name or media.handle, instruction=instruction[:120], size=size)]
        if doubtful:
            key = "generate_image.doubtful_one" if len(made) == 1 else "edit_image.doubtful"
            sentences.append(tell(language, key, subject=doubtful[0].picture.recipe.prompt[:160]))
        return together([*sentences, *dict.fromkeys(one.picture.note for one in made)], language)

    def _text_mask(self, content: Content, language: str) -> Content:
        """White where printed text was recognised."""
        from PIL import Image, ImageDraw

        found = pixels(content)
        lines = self._kit.recognizer.read(found)
        if not lines:
            raise InvalidInput(tell(language, "edit_image.no_text"), hint=tell(language, "edit_image.no_text_hint"), param="instruction")
        height, width = found.shape[:2]
        mask = Image.new("L", (width, height), 0)
        draw = ImageDraw.Draw(mask)
        for line in lines:
            x0, y0, x1, y1 = line.box
            pad = (y1 - y0) * height * 0.14
            draw.rectangle((x0 * width - pad, y0 * height - pad, x1 * width + pad, y1 * height + pad), fill=255)
        out = io.BytesIO()
        mask.save(out, "PNG")
        return Content(modality="image", media_type="image/png", data=out.getvalue(), name="mask.png", width=width, height=height)


def _drawn_text(recipe: Recipe | None) -> bool:
    """True when the picture was drawn here with words in it: then the plan is changed, not the pixels."""
    return recipe is not None and bool(
        re.search(r"[\"“「].+[\"”」]", recipe.prompt + " ".join(map(str, recipe.parameters.get("edits", ()))))
    )


def _each(request: EditRequest, n: int) -> list[EditRequest]:
    """`n` requests that differ in their seed."""
    if n == 1:
        return [request]
    first = secrets.randbelow(2**32) if request.seed is None else request.seed
    return [request.model_copy(update={"seed": (first + number) % 2**32}) for number in range(n)]


def _caption(recipe: Recipe, instruction: str) -> str:
    return (instruction if recipe.prompt == instruction else f"{recipe.prompt} · {instruction}")[:160]


def create(kit: Kit) -> EditImageTool:
    """The tool."""
    return EditImageTool(kit)
