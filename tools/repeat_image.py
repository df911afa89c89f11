"""repeat_image: makes a picture again from its recipe and says whether the bytes are the same. Knows no drawing method."""

from __future__ import annotations

from pydantic import BaseModel, Field

from tools.base import Tool, ToolContext, ToolResult
from tools.keeping import keep, told
from tools.kit import Kit
from tools.media import resolve
from tools.phrasing import tell, together
from tools.recipes import file_of
from tools.studio import Judged


class RepeatImageArguments(BaseModel):
    """What to make again."""

    image: str = Field(default="", max_length=200, description="Handle (image_1), file id or item id; empty for the newest picture.")


class RepeatImageTool(Tool):
    """Recipe to image."""

    name = "repeat_image"
    description = "Make a generated picture exactly the same again from its recipe, and check that it is. Not for a new or changed picture."
    arguments = RepeatImageArguments
    cost = "moderate"
    effect = "makes"

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def run(self, args: RepeatImageArguments, context: ToolContext) -> ToolResult:
        """The picture, and `data["identical"]`. Raises InvalidInput for one not made here, Conflict when the model has changed."""
        media, _ = resolve(self._kit, context, args.image, "image")
        again = self._kit.studio.repeat(file_of(self._kit.library, media.file_id, context.owner), context)
        context.check()
        made = Judged(again.picture)
        if again.identical:
            file = self._kit.library.file(again.file_id, context.owner)
            shown = context.show(file.id, "image", file.media_type, str(file.metadata.get("prompt", "")), file.recipe)
        else:
            shown = keep(self._kit, context, made, again.picture.recipe.prompt)
        key = "repeat_image.same" if again.identical else "repeat_image.other"
        answer = tell(context.language, key, picture=media.name or media.handle)
        answer = together((answer, again.picture.note), context.language)
        return ToolResult(
            text=f"{answer} {shown.handle}", answer=answer, shown=(shown,),
            data={
                "pictures": [told(shown, made, 1)], "identical": again.identical, "sha256": again.picture.content.sha256,
                "file_id": shown.file_id, "handle": shown.handle,
            },
        )  # fmt: skip


def create(kit: Kit) -> RepeatImageTool:
    """The tool."""
    return RepeatImageTool(kit)
