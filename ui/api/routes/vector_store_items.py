"""`/v1/vector_stores/{name}/items` and `/export`: items of a collection put in as they are, and taken out as a file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse
from pydantic import Field

from retrieval.content import Content
from retrieval.exchange import AT_ONCE, Record
from retrieval.exchange_formats import FORMATS, write
from ui.api.auth import User, user
from ui.api.body import json_body
from ui.api.routes.vector_stores import Strict, collection_of
from ui.api.services import Assistant, Running
from ui.api.work import Worker

router = APIRouter(prefix="/v1/vector_stores/{name}", tags=["collections"], dependencies=[Depends(user)])


class ItemsRequest(Strict):
    """Items to store, all or none."""

    items: list[Record] = Field(min_length=1, max_length=AT_ONCE)


@router.post("/items")
async def add(
    name: str, caller: User, assistant: Running, work: Worker, body: Annotated[ItemsRequest, Depends(json_body(ItemsRequest))]
) -> dict[str, Any]:
    """Store items without a file. Vectors of a space that is in use are taken over, others are computed; a known id replaces."""

    def run() -> dict[str, Any]:
        found = collection_of(name, assistant, caller.owner)
        media = [_admitted(record, assistant) for record in body.items]
        added = assistant.library.exchange.add(body.items, found.id, caller.owner, media)
        return {
            "object": "vector_store.items", "ids": added.ids, "added": len(set(added.ids)) - added.replaced, "replaced": added.replaced,
            "embedded": added.embedded, "warnings": added.warnings,
        }  # fmt: skip

    return await work(run)


def _admitted(record: Record, assistant: Assistant) -> Content | None:
    return assistant.admit(record.media, record.title, record.media_type or "") if record.media is not None else None


@router.get("/export", response_class=StreamingResponse)
async def export(
    name: str,
    caller: User,
    assistant: Running,
    work: Worker,
    format: Literal["parquet", "jsonl"] = "parquet",
    vectors: bool = False,
    media: bool = False,
) -> StreamingResponse:
    """The collection as one file, sent while it is read. Pictures and sounds are in it with `media` only, vectors with `vectors`."""
    found = await work.light(collection_of, name, assistant, caller.owner)
    exchange = assistant.library.exchange
    blocks = exchange.export(found.id, caller.owner, vectors=vectors, media=media)
    pieces = write(blocks, format, exchange.spaces if vectors else [], media=media)
    headers = {"Content-Disposition": f'attachment; filename="{found.id}.{format}"', "X-Items": str(found.items)}
    return StreamingResponse(pieces, media_type=FORMATS[format], headers=headers)
