"""`/v1/files`: upload, list, look at and delete; and the places in a file that citations point at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.datastructures import FormData

from retrieval.content import Content
from retrieval.faults import InvalidInput, NotFound
from retrieval.items import Locator
from retrieval.library import FileInfo
from retrieval.origins import origin_metadata
from ui.api import evidence, media
from ui.api.auth import User, user
from ui.api.body import form, multipart
from ui.api.errors import Body
from ui.api.masks import mask_of
from ui.api.paging import Paged
from ui.api.sent_pictures import MASK
from ui.api.services import Assistant, Running
from ui.api.uploads import one, read
from ui.api.work import Work, Worker

router = APIRouter(prefix="/v1/files", tags=["files"], dependencies=[Depends(user)])
Regions = Annotated[
    list[str] | None, Query(description="left,top,right,bottom in 0 to 1; a fifth value is written at the box. May be repeated.")
]
MAX_ORIGIN = 4096
PURPOSES = ("assistants", "vision", "user_data", "batch", "fine-tune", "evals", MASK)


def shape(file: FileInfo) -> dict[str, Any]:
    """A file in OpenAI's shape, with what was measured about it."""
    return {
        "id": file.id, "object": "file", "bytes": file.bytes, "created_at": int(file.created_at), "filename": file.name,
        "purpose": file.purpose, "status": "processed", "status_details": None, "expires_at": None,
        "media_type": file.media_type, "modality": file.modality, "sha256": file.sha256, "width": file.width, "height": file.height,
        "seconds": file.seconds, "recipe": file.recipe.model_dump(mode="json") if file.recipe else None, "metadata": file.metadata,
    }  # fmt: skip


def name_of(file_id: str, assistant: Assistant, owner: str) -> str:
    """The file's name; empty when it is gone."""
    try:
        return assistant.library.file(file_id, owner).name
    except NotFound:
        return ""


@router.post("", openapi_extra=multipart("file", purpose="assistants, vision, user_data, batch or mask", origin="path"))
async def upload(caller: User, assistant: Running, work: Worker, fields: Annotated[FormData, Depends(form)]) -> Response:
    """Store a file: multipart with `file` and `purpose`. Its type is found from its bytes; it is durable when this answers.

    A file of the purpose `mask` is a picture that says where another may change: it is transparent there, or white. With `origin`, the
    path it was read at, attaching it later takes the place of what was read there before.
    """
    sent = one(fields)
    purpose, origin = fields.get("purpose", "user_data"), fields.get("origin", "")
    if purpose not in PURPOSES:
        raise InvalidInput("This purpose is not known.", hint=f"Choose one of: {', '.join(PURPOSES)}.", param="purpose")
    if not isinstance(origin, str) or len(origin) > MAX_ORIGIN or not origin.isprintable():
        raise InvalidInput("The origin is not a path or an address.", hint=f"Send at most {MAX_ORIGIN} characters.", param="origin")
    data = await read(sent, assistant.settings.limits.file_bytes)

    def store() -> FileInfo:
        content = assistant.admit(data, sent.filename or "", sent.content_type or "")
        content = mask_of(content) if purpose == MASK else content
        return assistant.library.add_file(content, caller.owner, str(purpose), metadata=origin_metadata(origin, data) if origin else None)

    return Body(shape(await work(store)))


@router.get("")
async def listing(caller: User, assistant: Running, work: Worker, page: Paged, purpose: str | None = None) -> dict[str, Any]:
    """The caller's files, newest first."""
    rows = await work.light(assistant.library.files, caller.owner, purpose)
    return page.of(rows, shape, lambda file: file.created_at)


@router.get("/{file_id}")
async def retrieve(file_id: str, caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """One file."""
    return shape(await work.light(assistant.library.file, file_id, caller.owner))


@router.delete("/{file_id}")
async def delete(file_id: str, caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """Delete a file, and its items in every collection."""
    await work.light(assistant.library.delete_file, file_id, caller.owner)
    return {"id": file_id, "object": "file", "deleted": True}


@router.get("/{file_id}/content")
async def content(file_id: str, request: Request, caller: User, assistant: Running, work: Worker) -> Response:
    """The bytes: pictures in place, everything else as a download. Takes one range."""
    return await work.light(lambda: media.stream(*assistant.library.stream_file(file_id, caller.owner), request))


@router.get("/{file_id}/thumbnail")
async def thumbnail(file_id: str, caller: User, assistant: Running, work: Worker) -> Response:
    """A small PNG of a picture, a PDF's first page, a video or a 3D model."""

    def draw() -> bytes:
        return evidence.thumbnail(assistant.library.open_file(file_id, caller.owner), assistant.kit.decoder)

    return Response(await work(draw), media_type="image/png", headers=media.HEADERS)


@router.get("/{file_id}/evidence")
async def place(
    file_id: str, caller: User, assistant: Running, work: Worker,
    page: Annotated[int | None, Query(ge=1, le=100_000)] = None, bbox: str = "", region: Regions = None, time: str = "",
    char_span: str = "", row: Annotated[int | None, Query(ge=1)] = None,
    form: Annotated[Literal["picture", "text"] | None, Query(alias="format")] = None,
) -> Response:  # fmt: skip
    """The place in the file: a PNG with the box drawn where it can be seen, otherwise `{text, context, locator}`."""
    at = evidence.locator(page, bbox, region or (), time, char_span, row)
    opened = await work.light(assistant.library.open_file, file_id, caller.owner)
    return await show(opened, at, evidence.marks(region or ()), assistant, work, form == "text")


async def show(opened: Content, at: Locator, marks: Sequence[evidence.Mark], assistant: Assistant, work: Work, as_text: bool) -> Response:
    """The answer for a place in a content."""
    decoder = assistant.kit.decoder
    drawn = None if as_text else await work(evidence.picture, opened, at, decoder, marks)
    if drawn is not None:
        return Response(drawn, media_type="image/png", headers=media.HEADERS)
    return Body(await work(evidence.quotation, opened, at, decoder))
