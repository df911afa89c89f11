"""edit_image: changes a picture by words and keeps the result with its recipe. Finds the text to remove itself; edits no pixel."""

from __future__ import annotations

import io
import re

from pydantic import BaseModel, Field

from retrieval.content import Content
from retrieval.decoding import pixels
from retrieval.faults import InvalidInput, NotFound
from retrieval.items import Recipe
from tools.base import Tool, ToolContext, ToolResult
from tools.generate_image import keep
from tools.image_generators.base import EditRequest, Watch
from tools.kit import Kit
from tools.media import resolve
from tools.phrasing import tell, together

_REMOVE_TEXT = re.compile(
    r"(remove|erase|delete|clean|hide|get rid of).{0,20}\b(text|words?|writing|captions?|watermarks?|letters?)\b"
    r"|(去掉|删除|去除|移除|擦掉|抹掉).{0,8}(文字|字|水印)",
    re.IGNORECASE,
)


class EditImageArguments(BaseModel):
    """What to change."""

    instruction: str = Field(
        min_length=1, max_length=1000, description="The change in the person's words, e.g. 'make it green', 'remove the background'."
    )
    image: str = Field(default="", max_length=200, description="Handle (image_1), file id or item id; empty for the newest picture.")
    seed: int | None = Field(default=None, ge=0, lt=2**32, description="Seed of a new variation; leave out to keep the picture's own.")


class EditImageTool(Tool):
    """Image and words to image."""

    name = "edit_image"
    description = (
        "Change an existing picture: recolour, add or remove things, background, filters, crop, rotate, caption, remove text, upscale."
    )
    arguments = EditImageArguments
    cost = "moderate"

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def run(self, args: EditImageArguments, context: ToolContext) -> ToolResult:
        """The changed picture, stored and shown. Raises InvalidInput for a change the back-end does not know."""
        media, content = resolve(self._kit, context, args.image, "image")
        context.check()
        mask = (
            self._text_mask(content, context.language)
            if _REMOVE_TEXT.search(args.instruction) and not self._drawn_text(media.file_id, context)
            else None
        )
        request = EditRequest(instruction=args.instruction, seed=args.seed, mask=mask)
        picture = self._kit.image_generator.edit(content, self._recipe(media.file_id, context), request, Watch(cancel=context.cancel))
        caption = args.instruction if picture.recipe.prompt == args.instruction else f"{picture.recipe.prompt} · {args.instruction}"
        shown = keep(self._kit, context, picture, caption[:160])
        answer = tell(
            context.language,
            "edit_image.done",
            handle=media.handle if media.handle != media.file_id else media.name,
            instruction=args.instruction[:120],
        )
        answer = together([answer, picture.note], context.language)
        return ToolResult(
            text=f"{answer} {shown.handle}",
            answer=answer,
            shown=(shown,),
            data={
                "file_id": shown.file_id,
                "handle": shown.handle,
                "operation": picture.recipe.operation,
                "recipe": picture.recipe.model_dump(mode="json"),
            },
        )

    def _recipe(self, file_id: str, context: ToolContext) -> Recipe | None:
        """How the picture was made, when it was made here."""
        try:
            if file_id.startswith("file-"):
                return self._kit.library.file(file_id, context.owner).recipe
            parent = self._kit.library.item(file_id, context.owner).parent
            return self._kit.library.file(parent, context.owner).recipe if parent else None
        except NotFound:
            return None

    def _drawn_text(self, file_id: str, context: ToolContext) -> bool:
        """True when the picture was drawn here with words in it: then the plan is changed, not the pixels."""
        recipe = self._recipe(file_id, context)
        return recipe is not None and bool(
            re.search(r"[\"“「].+[\"”」]", recipe.prompt + " ".join(map(str, recipe.parameters.get("edits", ()))))
        )

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


def create(kit: Kit) -> EditImageTool:
    """The tool."""
    return EditImageTool(kit)
