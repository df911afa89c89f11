"""show_image: shows a picture of the conversation again, or what it was before it was changed. Makes no picture and changes none."""

from __future__ import annotations

from pydantic import BaseModel, Field

from retrieval.faults import NotFound
from retrieval.records import FileInfo
from tools.base import Shown, Tool, ToolContext, ToolResult
from tools.kit import Kit
from tools.media import resolve
from tools.phrasing import tell
from tools.recipes import chain


class ShowImageArguments(BaseModel):
    """Which picture to show."""

    image: str = Field(default="", max_length=200, description="Handle (image_1), file id or item id; empty for the newest picture.")
    back: int = Field(default=0, ge=0, le=50, description="How many changes to take back: 0 the picture itself, 1 for 'undo' or 'go back'.")
    original: bool = Field(default=False, description="Show what the picture was before all of its changes.")


class ShowImageTool(Tool):
    """A picture again."""

    name = "show_image"
    description = (
        "Show a picture of this conversation again, because the person picked it ('the second one'), wants its last change undone "
        "('undo', 'go back'), or wants the original. The picture that is shown is 'it' from then on."
    )
    arguments = ShowImageArguments
    cost = "fast"
    effect = "reads"

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def run(self, args: ShowImageArguments, context: ToolContext) -> ToolResult:
        """The picture, shown. Raises InvalidInput when the conversation has none, NotFound when its file is gone."""
        media, content = resolve(self._kit, context, args.image, "image")
        line = self._line(media.file_id, context)
        back = len(line) - 1 if args.original and line else min(args.back, max(len(line) - 1, 0))
        if back:
            file = self._here(line[-1 - back], context)
            shown = show_again(context, file.id, file.media_type, file.recipe.prompt if file.recipe else file.name, file)
        else:
            shown = show_again(context, media.file_id, content.media_type, media.name, line[-1] if line else None)
        taken_back = "original" if args.original else "back"
        key = "this" if not (args.original or args.back) else taken_back if back else "first"
        answer = tell(context.language, f"show_image.{key}", count=back)
        data = {"file_id": shown.file_id, "handle": shown.handle, "back": back}
        return ToolResult(text=f"{answer} {shown.handle}", answer=answer, shown=(shown,), data=data)

    def _line(self, identity: str, context: ToolContext) -> list[FileInfo]:
        """The picture and what it was made of, oldest first; empty for a picture of the library that is no file of its own."""
        try:
            return chain(self._kit.library, identity, context.owner) if identity.startswith("file-") else []
        except NotFound:
            return []

    def _here(self, file: FileInfo, context: ToolContext) -> FileInfo:
        """The same picture as this conversation knows it, when it was stored more than once."""
        known = {media.file_id for media in context.media}
        return next((same for same in self._kit.library.files_of(file.sha256, context.owner) if same.id in known), file)


def show_again(context: ToolContext, file_id: str, media_type: str, caption: str, file: FileInfo | None) -> Shown:
    """The stored picture under the handle that it has in the conversation already, now the newest; a new handle where it has none."""
    recipe = file.recipe if file is not None else None
    known = next((media for media in context.media if media.file_id == file_id), None)
    if known is None:
        return context.show(file_id, "image", media_type, caption, recipe)
    context.media.remove(known)
    context.media.append(known)
    caption = known.name or caption
    return Shown(file_id=file_id, handle=known.handle, modality="image", media_type=media_type, caption=caption, recipe=recipe)


def create(kit: Kit) -> ShowImageTool:
    """The tool."""
    return ShowImageTool(kit)
