"""Media: from what a person or a model calls a medium to its bytes: a handle, a file id, an item id, or nothing for the newest."""

from __future__ import annotations

from retrieval.content import Content, Modality
from retrieval.faults import Fault, InvalidInput, NotFound
from retrieval.items import Hit, Item
from tools.base import Media, Shown, ToolContext
from tools.kit import Kit


def resolve(kit: Kit, context: ToolContext, handle: str, *modalities: Modality) -> tuple[Media, Content]:
    """The medium and its content. Raises InvalidInput when it is missing or of another kind, NotFound when its file is gone."""
    try:
        media = context.find(handle, *modalities)
    except InvalidInput as unknown:
        if handle in ("", "latest"):
            raise
        media = _stored(kit, context, handle, unknown)
    if modalities and media.modality not in modalities:
        raise InvalidInput(
            f"'{media.handle}' is {media.modality}; {' or '.join(modalities)} is needed.", hint="Name or attach another one.",
            param="media", code="wrong_modality",
        )  # fmt: skip
    if media.file_id.startswith("file-") or any(m.file_id == media.file_id for m in context.media):
        return media, context.open(media.file_id)
    content = kit.library.item_content(media.file_id, context.owner)
    if content is None:
        raise NotFound(f"'{handle}' holds words only.", hint="Name a picture, a sound or a document.", param="media")
    return media, content


def _stored(kit: Kit, context: ToolContext, handle: str, unknown: Fault) -> Media:
    """A medium of the library by file id or item id."""
    try:
        if handle.startswith("file-"):
            file = kit.library.file(handle, context.owner)
            return Media(file.id, file.id, file.modality, file.media_type, file.name)
        item = kit.library.item(handle, context.owner)
    except NotFound as error:
        raise unknown from error
    return Media(item.id, item.id, item.modality, item.media_type or "", item.title)


def show_item(kit: Kit, context: ToolContext, hit: Hit, caption: str) -> Shown | None:
    """Give the medium of a found item a handle in the conversation; None when its bytes are gone.

    A picture inside a document or a frame of a video is stored as a file of its own first, so that a face can serve it.
    """
    item = hit.item
    if item.modality == "text" or not item.blob:
        return None
    known = next((m for m in context.media if m.file_id in (item.parent, item.id)), None)
    file_id = _file_of(kit, context, item)
    if file_id is None:
        return None
    if known is not None and known.file_id == file_id:
        return Shown(file_id=file_id, handle=known.handle, modality=known.modality, media_type=known.media_type, caption=caption)
    recipe = kit.library.file(file_id, context.owner).recipe
    return context.show(file_id, item.modality, item.media_type or "", caption, recipe)


def _file_of(kit: Kit, context: ToolContext, item: Item) -> str | None:
    """The stored file with exactly the bytes of `item`."""
    if item.parent:
        try:
            parent = kit.library.file(item.parent, context.owner)
            if parent.sha256 == item.blob or parent.modality == item.modality:
                return parent.id
        except NotFound:
            pass
    content = kit.library.item_content(item.id, context.owner)
    if content is None:
        return None
    return kit.library.add_file(content, context.owner, purpose="shown").id
