"""`/v1/items`: what a citation or a hit points at."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from retrieval.content import Content
from retrieval.faults import NotFound
from retrieval.items import Item
from ui.api import media
from ui.api.auth import User, user
from ui.api.errors import Body
from ui.api.routes.files import show
from ui.api.routes.search import found, shape
from ui.api.services import Assistant, Running
from ui.api.work import Worker

router = APIRouter(prefix="/v1/items", tags=["items"], dependencies=[Depends(user)])


@router.get("/{item_id}")
async def retrieve(item_id: str, caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """One item."""
    return {"id": item_id, "object": "item", **shape(await work.light(assistant.library.item, item_id, caller.owner))}


@router.delete("/{item_id}")
async def delete(item_id: str, caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """Delete one item; its file stays."""
    await work.light(assistant.library.delete_item, item_id, caller.owner)
    return {"id": item_id, "object": "item.deleted", "deleted": True}


@router.get("/{item_id}/content")
async def content(item_id: str, request: Request, caller: User, assistant: Running, work: Worker) -> Response:
    """The item's own medium, or its words."""

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


@router.get("/{item_id}/evidence")
async def place(
    item_id: str, caller: User, assistant: Running, work: Worker,
    form: Annotated[Literal["picture", "text"] | None, Query(alias="format")] = None,
) -> Response:  # fmt: skip
    """The item in its source: a PNG with the place drawn, otherwise `{text, context, locator}`."""
    item = await work.light(assistant.library.item, item_id, caller.owner)
    source = await work.light(_source, item, assistant, caller.owner)
    words = source is None or source.modality in ("text", "audio") or (source.modality == "file" and source.media_type != "application/pdf")
    if source is None or words:
        return Body({"text": item.text, "context": item.text, "locator": item.locator.model_dump(mode="json"), "title": item.title})
    return await show(source, item.locator, assistant, work, form == "text")


def _source(item: Item, assistant: Assistant, owner: str) -> Content | None:
    if item.parent:
        try:
            return assistant.library.open_file(item.parent, owner)
        except NotFound:
            pass  # the file was deleted but the item kept
    return assistant.library.item_content(item.id, owner)
