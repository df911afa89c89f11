"""`/v1/images`: make, change and vary pictures in OpenAI's shapes, whole or streamed. Each is stored with its recipe before it is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from retrieval.catalogue import language_of
from retrieval.content import Content
from tools.base import Media, ToolContext, ToolResult
from ui.api.auth import Caller, User, user
from ui.api.body import form, json_body, multipart
from ui.api.drawing import begun
from ui.api.errors import Body, from_pydantic
from ui.api.image_shapes import EditFields, ImageRequest
from ui.api.image_wire import Wire
from ui.api.routes.models import names
from ui.api.sent_pictures import Sent, Upload, kept, uploads
from ui.api.services import Assistant, Running, Services, Shared
from ui.api.streams import EventStream
from ui.api.turns import check_model
from ui.api.work import Work, Worker

router = APIRouter(prefix="/v1/images", tags=["images"], dependencies=[Depends(user)])
FIELDS = {
    "n": "how many", "size": "WIDTHxHEIGHT", "seed": "a number", "steps": "a number", "guidance": "a number", "stream": "true or false",
    "partial_images": "0 to 3, with stream", "output_format": "png, jpeg or webp", "output_compression": "0 to 100",
    "response_format": "b64_json or url", "strength": "0 to 1: how far it is taken apart",
}  # fmt: skip


@router.post("/generations")
async def generate(
    request: Request, caller: User, shared: Shared, assistant: Running, work: Worker,
    body: Annotated[ImageRequest, Depends(json_body(ImageRequest))],
) -> Response:  # fmt: skip
    """Pictures from words, the best first. Always draws; the same prompt, seed, size, steps and guidance give the same bytes."""
    _check(body, assistant)
    context = _context(assistant, caller, body)
    width, height = body.sides(assistant.settings.limits)
    arguments = _given(body, "prompt", "negative_prompt", "about", "n", "seed", "steps", "guidance") | {"new": True}
    arguments |= {"width": width, "height": height} if width else {}

    def draw() -> ToolResult:
        return assistant.call("generate_image", arguments, context)

    wire = _wire(body, "image_generation", assistant, caller, request)
    return await _answer(request, shared, work, draw, context, lambda: wire, stream=bool(body.stream))


@router.post("/edits", openapi_extra=multipart("image", mask="a picture", prompt="what to change", operation="change or upscale", **FIELDS))
async def edit(
    request: Request, caller: User, shared: Shared, assistant: Running, work: Worker, fields: Annotated[FormData, Depends(form)]
) -> Response:
    """A picture changed by words: multipart with `image`, `prompt` and, to keep the rest as it is, `mask`.

    A transparent place of the mask may change; where it has none, its white may. `image` and `mask` may be ids of stored files.
    """
    return await _edit(request, caller, shared, assistant, work, fields, {})


@router.post("/variations", openapi_extra=multipart("image", **FIELDS))
async def vary(
    request: Request, caller: User, shared: Shared, assistant: Running, work: Worker, fields: Annotated[FormData, Depends(form)]
) -> Response:
    """Other pictures of the same thing: multipart with `image`."""
    return await _edit(request, caller, shared, assistant, work, fields, {"operation": "variation"})


async def _edit(
    request: Request, caller: Caller, shared: Services, assistant: Assistant, work: Work, fields: FormData, fixed: dict[str, str]
) -> Response:  # fmt: skip
    given = {key: value for key, value in fields.items() if isinstance(value, str) and key not in ("image", "image[]", "mask")}
    try:
        body = EditFields.model_validate({**given, **fixed})
    except ValidationError as error:
        raise from_pydantic(error) from error
    picture, mask = await uploads(fields, assistant.settings.limits.file_bytes)
    _check(body, assistant)
    context = _context(assistant, caller, body)
    sources: list[Content] = []

    def draw() -> ToolResult:
        return _changed(assistant, caller, body, context, (picture, mask), sources)

    def wire() -> Wire:
        return _wire(body, "image_edit", assistant, caller, request, tuple(sources))

    return await _answer(request, shared, work, draw, context, wire, stream=bool(body.stream))


def _changed(
    assistant: Assistant, caller: Caller, body: EditFields, context: ToolContext, given: tuple[Upload | str, Upload | str | None],
    sources: list[Content],
) -> ToolResult:  # fmt: skip
    """Blocking: keep what was sent, change it. `sources` gets the picture."""
    size = body.sides(assistant.settings.limits)
    with kept(assistant, caller, *given, size) as sent:
        sources.extend([sent.content] if sent.content else [])
        context.media.append(Media("image_1", sent.picture, "image", sent.content.media_type if sent.content else "image/png"))
        return assistant.call("edit_image", _edit_arguments(body, sent), context)


def _edit_arguments(body: EditFields, sent: Sent) -> dict[str, Any]:
    found = _given(body, "n", "seed", "steps", "guidance", "strength")
    found |= {"instruction": body.prompt.strip() or body.operation, "image": sent.picture, "mask": sent.mask, "operation": body.operation}
    return found


def _given(body: ImageRequest | EditFields, *fields: str) -> dict[str, Any]:
    """The fields that were sent; the others are the tool's to choose."""
    return {name: value for name in fields if (value := getattr(body, name)) not in (None, "")}


def _check(body: ImageRequest | EditFields, assistant: Assistant) -> None:
    if body.model is not None:
        check_model(body.model, names(assistant.cards, "image_generator"))
    body.check(assistant.settings.limits)


def _context(assistant: Assistant, caller: Caller, body: ImageRequest | EditFields) -> ToolContext:
    context = assistant.context(caller.owner, language=language_of(body.prompt))
    context.words = body.prompt
    if body.stream and body.partial_images:
        context.preview = lambda number, content: None  # replaced when the stream begins; None means that nobody looks
    return context


def _wire(
    body: ImageRequest | EditFields, kind: str, assistant: Assistant, caller: Caller, request: Request, sources: tuple[Content, ...] = ()
) -> Wire:  # fmt: skip
    return Wire(body, kind, lambda file_id: assistant.library.open_file(file_id, caller.owner), str(request.base_url), sources)


async def _answer(
    request: Request, shared: Services, work: Work, draw: Callable[[], ToolResult], context: ToolContext, wire: Callable[[], Wire], *,
    stream: bool,
) -> Response:  # fmt: skip
    """Draw and answer, whole or as events. The drawing stops when the client leaves."""
    if stream:
        stack, events = await begun(request, shared, draw, context)
        return EventStream(wire().stream(stack, events))
    result = await work.drawing(draw, stop=context.cancel.set)
    return Body(await work.light(wire().body, result))
