"""`/v1/items`: what a citation or a hit points at. A whole medium of a conversation is cited by its file's id, so those are taken too."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from retrieval.content import Content
from retrieval.faults import NotFound
from retrieval.items import Item, Locator
from ui.api import evidence, media
from ui.api.auth import User, user
from ui.api.errors import Body
from ui.api.routes.files import Regions, show
from ui.api.routes.search import found, shape
from ui.api.services import Assistant, Running
from ui.api.work import Worker

router = APIRouter(prefix="/v1/items", tags=["items"], dependencies=[Depends(user)])


@router.get("/{item_id}")
async def retrieve(item_id: str, caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """One item."""
    return {"id": item_id, "object": "item", **shape(await work.light(_item, item_id, assistant, caller.owner))}


@router.delete("/{item_id}")
async def delete(item_id: str, caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """Delete one item; its file stays."""
    await work.light(assistant.library.delete_item, item_id, caller.owner)
    return {"id": item_id, "object": "item.deleted", "deleted": True}


@router.get("/{item_id}/content")
async def content(item_id: str, request: Request, caller: User, assistant: Running, work: Worker) -> Response:
    """The item's own medium, or its words."""

    if item_id.startswith("file-"):
        return await work.light(lambda: media.stream(*assistant.library.stream_file(item_id, caller.owner), request))

    def opened() -> Content:
        item = assistant.library.item(item_id, caller.owner)
        return assistant.library.item_content(item_id, caller.owner) or Content.from_text(item.text, f"{item.title or item_id}.txt")

    return media.serve(await work.light(opened), request)


@router.get("/{item_id}/similar")
async def similar(
    item_id: str, caller: User, assistant: Running, work: Worker, k: Annotated[int, Query(ge=1, le=100)] = 6
) -> dict[str, Any]:
    """Items most like this one."""
    hits = await work(assistant.library.similar, item_id, caller.owner, k)
    return {"object": "list", "data": [found(hit) for hit in hits]}


@router.get("/{item_id}/thumbnail")
async def thumbnail(item_id: str, caller: User, assistant: Running, work: Worker) -> Response:
    """A small PNG: the item's own picture, its page, its frame, or the loudness of its sound with the item's stretch marked."""

    def draw() -> bytes:
        item = _item(item_id, assistant, caller.owner)
        source = _source(item, assistant, caller.owner)
        own = assistant.library.item_content(item_id, caller.owner) if item.blob and item.modality == "image" else None
        shown = own or source or Content.from_text(item.text, item.title)
        return evidence.thumbnail(shown, assistant.kit.decoder, Locator() if own else item.locator)

    return Response(await work(draw), media_type="image/png", headers=media.HEADERS)


@router.get("/{item_id}/evidence")
async def place(
    item_id: str, caller: User, assistant: Running, work: Worker,
    page: Annotated[int | None, Query(ge=1, le=100_000)] = None, bbox: str = "", region: Regions = None, time: str = "",
    char_span: str = "", row: Annotated[int | None, Query(ge=1)] = None,
    form: Annotated[Literal["picture", "text"] | None, Query(alias="format")] = None,
) -> Response:  # fmt: skip
    """The item in its source, or the given place there: a PNG with the place drawn, otherwise `{text, context, locator}`."""
    given = evidence.locator(page, bbox, region or (), time, char_span, row)
    item = await work.light(_item, item_id, assistant, caller.owner)
    source = await work.light(_source, item, assistant, caller.owner)
    visible = source is not None and (source.modality in ("image", "video") or source.media_type == "application/pdf")
    if not visible and given == Locator() and item.modality == "image" and form != "text":
        own = await work.light(assistant.library.item_content, item.id, caller.owner)  # a picture inside, a view of a 3D model
        if own is not None:
            return await show(own, Locator(), (), assistant, work, False)
    if source is None or (not visible and given == Locator() and item.text):
        return Body({"text": item.text, "context": item.text, "locator": item.locator.model_dump(mode="json"), "title": item.title})
    at = item.locator if given == Locator() else given
    return await show(source, at, evidence.marks(region or ()), assistant, work, form == "text")


def _item(item_id: str, assistant: Assistant, owner: str) -> Item:
    if not item_id.startswith("file-"):
        return assistant.library.item(item_id, owner)
    file = assistant.library.file(item_id, owner)
    return Item(
        id=file.id, collection="", owner=owner, modality=file.modality, title=file.name, media_type=file.media_type, parent=file.id,
        metadata=file.metadata, created_at=file.created_at,
    )  # fmt: skip


def _source(item: Item, assistant: Assistant, owner: str) -> Content | None:
    if item.parent:
        try:
            return assistant.library.open_file(item.parent, owner)
        except NotFound:
            pass  # the file was deleted but the item kept
    return assistant.library.item_content(item.id, owner)
