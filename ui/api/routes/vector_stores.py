"""`/v1/vector_stores`: collections, and the files in them. A collection is named by its id or its name."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from retrieval.faults import NotFound
from retrieval.items import Hit, Item
from retrieval.library import Attachment, CollectionInfo
from retrieval.library import Query as Search
from ui.api.auth import User, user
from ui.api.body import json_body
from ui.api.paging import Paged, listed
from ui.api.routes.files import name_of
from ui.api.routes.search import condition
from ui.api.routes.search import shape as item_shape
from ui.api.services import Assistant, Running, Shared
from ui.api.words import refuse
from ui.api.work import Worker

router = APIRouter(prefix="/v1/vector_stores", tags=["collections"], dependencies=[Depends(user)])


class Strict(BaseModel):
    """A body whose unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class CollectionRequest(Strict):
    """A new collection; `expires_after` and `chunking_strategy` are accepted and ignored."""

    name: str | None = Field(default=None, max_length=200)
    file_ids: list[str] = Field(default=[], max_length=500)
    metadata: dict[str, JsonValue] | None = Field(default=None, max_length=16)
    description: str | None = Field(default=None, max_length=2000)
    expires_after: JsonValue = None
    chunking_strategy: JsonValue = None


class ChangeRequest(Strict):
    """A new name."""

    name: str | None = Field(default=None, min_length=1, max_length=200)
    metadata: dict[str, JsonValue] | None = Field(default=None, max_length=16)
    expires_after: JsonValue = None


class StoreSearch(Strict):
    """OpenAI's search; several queries are joined."""

    query: str | list[str] = Field(max_length=32_000)
    filters: JsonValue = None
    max_num_results: int = Field(default=10, ge=1, le=50)
    ranking_options: dict[str, JsonValue] | None = None
    rewrite_query: bool | None = None


def collection_of(name: str, assistant: Assistant, owner: str) -> CollectionInfo:
    """The caller's collection. Raises NotFound that lists what there is."""
    try:
        return assistant.library.collection(name, owner)
    except NotFound as error:
        known = ", ".join(c.name for c in assistant.library.collections(owner)[:20]) or "-"
        fault = refuse(NotFound, "collection", param="vector_store_id", code="collection_not_found", name=name[:80], known=known)
        raise fault from error


def store_shape(collection: CollectionInfo, attachments: list[Attachment]) -> dict[str, Any]:
    """A collection in OpenAI's shape."""
    counts = {status: sum(a.status == status for a in attachments) for status in ("in_progress", "completed", "failed")}
    return {
        "id": collection.id, "object": "vector_store", "name": collection.name, "created_at": int(collection.created_at),
        "status": "in_progress" if counts["in_progress"] else "completed", "usage_bytes": collection.bytes,
        "file_counts": {**counts, "cancelled": 0, "total": len(attachments)}, "metadata": collection.metadata,
        "last_active_at": int(time.time()), "expires_after": None, "expires_at": None, "items": collection.items,
    }  # fmt: skip


@router.post("")
async def create(
    caller: User,
    assistant: Running,
    shared: Shared,
    work: Worker,
    body: Annotated[CollectionRequest, Depends(json_body(CollectionRequest))],
) -> dict[str, Any]:
    """Make a collection and attach files to it."""
    metadata = dict(body.metadata or {}) | ({"description": body.description} if body.description else {})

    def run() -> dict[str, Any]:
        for file_id in body.file_ids:
            assistant.library.file(file_id, caller.owner)
        made = assistant.library.create_collection(body.name or f"collection {time.strftime('%Y-%m-%d %H:%M:%S')}", caller.owner, metadata)
        attached = [shared.reading().attach(file_id, made.id, caller.owner) for file_id in body.file_ids]
        return store_shape(made, attached)

    return await work.light(run)


@router.get("")
async def listing(caller: User, assistant: Running, work: Worker, page: Paged) -> dict[str, Any]:
    """The caller's collections, newest first."""

    def run() -> dict[str, Any]:
        library = assistant.library
        rows = [(c, library.attachments(c.id, caller.owner)) for c in library.collections(caller.owner)]
        return page.of(rows, lambda row: store_shape(*row), lambda row: row[0].created_at)

    return await work.light(run)


@router.get("/{name}")
async def retrieve(name: str, caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """One collection."""
    return await work.light(_store, name, assistant, caller.owner)


@router.post("/{name}")
async def change(
    name: str, caller: User, assistant: Running, work: Worker, body: Annotated[ChangeRequest, Depends(json_body(ChangeRequest))]
) -> dict[str, Any]:
    """Rename a collection."""

    def run() -> dict[str, Any]:
        found = collection_of(name, assistant, caller.owner)
        if body.name and body.name != found.name:
            assistant.library.rename_collection(found.id, body.name, caller.owner)
        return _store(found.id, assistant, caller.owner)

    return await work.light(run)


@router.delete("/{name}")
async def delete(name: str, caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """Delete a collection with its items; the files stay."""
    found = await work.light(collection_of, name, assistant, caller.owner)
    await work.light(assistant.library.delete_collection, found.id, caller.owner)
    return {"id": found.id, "object": "vector_store.deleted", "deleted": True}


@router.post("/{name}/search")
async def search(
    name: str, caller: User, assistant: Running, work: Worker, body: Annotated[StoreSearch, Depends(json_body(StoreSearch))]
) -> dict[str, Any]:
    """Passages in OpenAI's shape. `POST /v1/search` finds pictures and sounds too."""
    queries = [body.query] if isinstance(body.query, str) else body.query
    least = (body.ranking_options or {}).get("score_threshold") or 0
    where = condition(body.filters)

    def run() -> list[dict[str, Any]]:
        found = collection_of(name, assistant, caller.owner)
        text = "\n".join(queries).strip()
        asked = Search(owner=caller.owner, text=text, filter=where, k=body.max_num_results, collections=(found.id,))
        hits = assistant.library.search(asked) if text else []
        kept = [hit for hit in hits if not isinstance(least, (int, float)) or hit.score >= least]
        return [_hit(hit, name_of(hit.item.parent or "", assistant, caller.owner)) for hit in kept]

    rows = await work(run)
    return {"object": "vector_store.search_results.page", "search_query": queries, "data": rows, "has_more": False, "next_page": None}


def _hit(hit: Hit, name: str) -> dict[str, Any]:
    item = hit.item
    return {
        "file_id": item.parent or item.id, "filename": name or item.title, "score": round(hit.score, 6),
        "attributes": {k: v for k, v in item.metadata.items() if isinstance(v, (str, int, float, bool))},
        "content": [{"type": "text", "text": item.text}], "item_id": item.id, "probability": round(hit.probability, 6),
        "modality": item.modality, "locator": item.locator.model_dump(mode="json"),
    }  # fmt: skip


@router.get("/{name}/items")
async def items(
    name: str, caller: User, assistant: Running, work: Worker, limit: Annotated[int, Query(ge=1, le=1000)] = 100, after: str | None = None
) -> dict[str, Any]:
    """What is in a collection, in pages."""

    def run() -> list[Item]:
        found = collection_of(name, assistant, caller.owner)
        return assistant.library.items(found.id, caller.owner, limit, after)

    rows = await work.light(run)
    return listed([{"id": item.id, **item_shape(item)} for item in rows]) | {"has_more": len(rows) == limit}


def _store(name: str, assistant: Assistant, owner: str) -> dict[str, Any]:
    found = collection_of(name, assistant, owner)
    return store_shape(found, assistant.library.attachments(found.id, owner))
