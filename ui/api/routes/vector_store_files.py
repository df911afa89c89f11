"""`/v1/vector_stores/{name}/files` and `/file_batches`: reading files into a collection.

Attaching answers at once, when it is durable; the reading goes on behind it and survives a restart.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import Field, JsonValue

from retrieval.faults import InvalidInput, NotFound
from retrieval.items import Item
from retrieval.library import Attachment
from ui.api.auth import User, user
from ui.api.body import json_body
from ui.api.errors import Body
from ui.api.fetched import file_at
from ui.api.paging import Paged
from ui.api.routes.vector_stores import Strict, collection_of
from ui.api.services import Assistant, Running, Services, Shared
from ui.api.words import refuse
from ui.api.work import Worker

router = APIRouter(prefix="/v1/vector_stores/{name}", tags=["collections"], dependencies=[Depends(user)])
Attributes = dict[str, str | float | bool]
Status = Literal["in_progress", "completed", "failed", "cancelled"]
POLL = {"openai-poll-after-ms": "250"}
"""Tells the official client how soon to look again."""
MOST_FILES = 500
_CODES = {"UnsupportedType": "unsupported_file", "Unreadable": "invalid_file", "TooLarge": "invalid_file"}


class Named(Strict):
    """A stored file to read into the collection; `attributes` become metadata of its items."""

    file_id: str = Field(max_length=200)
    attributes: Attributes | None = Field(default=None, max_length=16)
    chunking_strategy: JsonValue = None


class AttachRequest(Named):
    """A stored file, or the address of one: exactly one of `file_id` and `url`."""

    file_id: str = Field(default="", max_length=200)
    url: str = Field(default="", max_length=2000)


class AttributesRequest(Strict):
    """The attributes a file shall have; none takes them all away."""

    attributes: Attributes | None = Field(max_length=16)


class BatchRequest(Strict):
    """Several files, with common or with their own attributes."""

    file_ids: list[str] = Field(default=[], max_length=MOST_FILES)
    files: list[Named] = Field(default=[], max_length=MOST_FILES)
    attributes: Attributes | None = Field(default=None, max_length=16)
    chunking_strategy: JsonValue = None


def file_shape(attachment: Attachment, progress: tuple[float, str] | None = None) -> dict[str, Any]:
    """A file of a collection in OpenAI's shape; `warnings` say what could not be read of it, `progress` how far reading it is."""
    part, stage = progress or ((0.0, "waiting") if attachment.status == "in_progress" else (1.0, "done"))
    error = attachment.error
    last = {"code": _CODES.get(str(error.get("type")), "server_error"), "message": str(error.get("message", ""))} if error else None
    return {
        "id": attachment.file_id, "object": "vector_store.file", "vector_store_id": attachment.collection, "status": attachment.status,
        "created_at": int(attachment.created_at), "usage_bytes": attachment.bytes, "last_error": last,
        "attributes": attachment.metadata, "chunking_strategy": {"type": "other"},
        "filename": attachment.name, "items": attachment.items, "warnings": list(attachment.warnings),
        "origin": attachment.origin or None, "origin_sha256": attachment.origin_sha256 or None,
        "progress": {"part": round(part, 3), "stage": stage},
    }  # fmt: skip


@router.post("/files")
async def attach(
    name: str,
    caller: User,
    assistant: Running,
    shared: Shared,
    work: Worker,
    body: Annotated[AttachRequest, Depends(json_body(AttachRequest))],
) -> Response:
    """Read a stored file into the collection; `status` goes from `in_progress` to `completed` or `failed`.

    With `url` the file behind that address is fetched first; one that has not changed there since it was read stays as it is.
    """
    if bool(body.file_id) == bool(body.url):
        raise refuse(InvalidInput, "file_or_url", param="file_id")
    found = await work.light(collection_of, name, assistant, caller.owner)
    file_id = body.file_id or await work(file_at, body.url, found.id, caller.owner, assistant)
    attached = await work.light(shared.reading().attach, file_id, found.id, caller.owner, body.attributes)
    return Body(file_shape(attached), headers=POLL)


@router.get("/files")
async def listing(
    name: str, caller: User, assistant: Running, shared: Shared, work: Worker, page: Paged, filter: Status | None = None
) -> dict[str, Any]:
    """The files of a collection with their status."""

    def run() -> list[Attachment]:
        found = collection_of(name, assistant, caller.owner)
        return [a for a in assistant.library.attachments(found.id, caller.owner) if filter in (None, a.status)]

    return page.of(await work.light(run), lambda one: _shown(one, shared), lambda attachment: attachment.created_at)


@router.get("/files/{file_id}")
async def retrieve(name: str, file_id: str, caller: User, assistant: Running, shared: Shared, work: Worker) -> Response:
    """One file of a collection: how far it is."""
    return Body(_shown(await work.light(_attachment, name, file_id, assistant, caller.owner), shared), headers=POLL)


@router.post("/files/{file_id}")
async def change(
    name: str,
    file_id: str,
    caller: User,
    assistant: Running,
    work: Worker,
    body: Annotated[AttributesRequest, Depends(json_body(AttributesRequest))],
) -> dict[str, Any]:
    """Put other attributes in place of those a file has; its items are found by them at once."""

    def run() -> dict[str, Any]:
        found = collection_of(name, assistant, caller.owner)
        return file_shape(assistant.library.attributes.change(found.id, file_id, caller.owner, dict(body.attributes or {})))

    return await work.light(run)


@router.delete("/files/{file_id}")
async def detach(name: str, file_id: str, caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """Take a file out of a collection; the file itself stays."""
    found = await work.light(collection_of, name, assistant, caller.owner)
    await work.light(assistant.library.detach, found.id, file_id, caller.owner)
    return {"id": file_id, "object": "vector_store.file.deleted", "deleted": True}


@router.get("/files/{file_id}/content")
async def content(name: str, file_id: str, caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """What was read from a file, passage by passage."""

    def run() -> list[dict[str, Any]]:
        attached = _attachment(name, file_id, assistant, caller.owner)
        rows = _items(assistant, attached.collection, caller.owner)
        return [{"type": "text", "text": item.text, "item_id": item.id} for item in rows if item.parent == file_id]

    return {"object": "vector_store.file_content.page", "data": await work.light(run), "has_more": False, "next_page": None}


@router.post("/file_batches")
async def batch(
    name: str,
    caller: User,
    assistant: Running,
    shared: Shared,
    work: Worker,
    body: Annotated[BatchRequest, Depends(json_body(BatchRequest))],
) -> Response:
    """Read several files into the collection. The batch's id holds which, so it stays good after a restart."""

    def run() -> dict[str, Any]:
        found = collection_of(name, assistant, caller.owner)
        wanted = [(f.file_id, f.attributes) for f in body.files] or [(file_id, body.attributes) for file_id in body.file_ids]
        if not wanted:
            raise InvalidInput("A batch needs at least one file.", hint="Name them in file_ids or files.", param="file_ids")
        for file_id, _ in wanted:
            assistant.library.file(file_id, caller.owner)
        attached = [shared.reading().attach(file_id, found.id, caller.owner, attributes) for file_id, attributes in wanted]
        return _batch_shape(_batch_id([file_id for file_id, _ in wanted]), found.id, attached)

    return Body(await work.light(run), headers=POLL)


@router.get("/file_batches/{batch_id}")
async def batch_status(name: str, batch_id: str, caller: User, assistant: Running, work: Worker) -> Response:
    """How far a batch is."""

    def run() -> dict[str, Any]:
        found = collection_of(name, assistant, caller.owner)
        return _batch_shape(batch_id, found.id, _batch_files(batch_id, found.id, assistant, caller.owner))

    return Body(await work.light(run), headers=POLL)


@router.get("/file_batches/{batch_id}/files")
async def batch_files(name: str, batch_id: str, caller: User, assistant: Running, work: Worker, page: Paged) -> dict[str, Any]:
    """The files of a batch."""

    def run() -> list[Attachment]:
        return _batch_files(batch_id, collection_of(name, assistant, caller.owner).id, assistant, caller.owner)

    return page.of(await work.light(run), file_shape, lambda attachment: attachment.created_at)


def _shown(attachment: Attachment, shared: Services) -> dict[str, Any]:
    return file_shape(attachment, shared.reading().progress(attachment) if attachment.status == "in_progress" else None)


def _attachment(name: str, file_id: str, assistant: Assistant, owner: str) -> Attachment:
    return assistant.library.attachment(collection_of(name, assistant, owner).id, file_id, owner)


def _items(assistant: Assistant, collection: str, owner: str) -> Iterator[Item]:
    after: str | None = None
    while rows := assistant.library.items(collection, owner, 1000, after):
        yield from rows
        after = rows[-1].id


def _batch_id(file_ids: list[str]) -> str:
    packed = base64.urlsafe_b64encode(json.dumps([file_id.removeprefix("file-") for file_id in file_ids]).encode()).decode()
    return f"vsfb_{packed.rstrip('=')}"


def _batch_files(batch_id: str, collection: str, assistant: Assistant, owner: str) -> list[Attachment]:
    """Those of the batch's files that are in the collection still. Raises NotFound when there is none."""
    try:
        packed = batch_id.removeprefix("vsfb_")
        names = json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
        file_ids = {f"file-{part}" for part in names if isinstance(part, str)}
    except (ValueError, TypeError, RecursionError):
        file_ids = set()
    attached = [a for a in assistant.library.attachments(collection, owner) if a.file_id in file_ids]
    if not attached:
        raise NotFound("There is no such batch.", hint="Send the id that POST .../file_batches returned.", param="batch_id")
    return attached


def _batch_shape(batch_id: str, collection: str, attached: list[Attachment]) -> dict[str, Any]:
    counts = {status: sum(a.status == status for a in attached) for status in ("in_progress", "completed", "failed")}
    return {
        "id": batch_id, "object": "vector_store.files_batch", "vector_store_id": collection, "created_at": int(min(
            (a.created_at for a in attached), default=0)),
        "status": "in_progress" if counts["in_progress"] else "completed",
        "file_counts": {**counts, "cancelled": 0, "total": len(attached)},
    }  # fmt: skip
