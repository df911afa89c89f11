"""`/v1/images`: make and change pictures. Each is stored with its recipe before it is answered."""

from __future__ import annotations

import base64
import re
import time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import FormData, UploadFile

from retrieval.catalogue import language_of
from retrieval.faults import InvalidInput
from tools.base import Media, Shown, ToolContext
from ui.api.auth import Caller, User, user
from ui.api.body import form, json_body, multipart
from ui.api.errors import from_pydantic
from ui.api.routes.models import names
from ui.api.services import Assistant, Running
from ui.api.turns import check_model
from ui.api.uploads import read
from ui.api.words import refuse
from ui.api.work import Worker

router = APIRouter(prefix="/v1/images", tags=["images"], dependencies=[Depends(user)])
_SIZE = re.compile(r"(\d{2,5})x(\d{2,5})$")


class ImageRequest(BaseModel):
    """A picture to make; `seed`, `negative_prompt` are ours."""

    model_config = ConfigDict(extra="forbid")

    prompt: str = Field(min_length=1, max_length=4000)
    model: str | None = Field(default=None, max_length=200)
    n: int | None = Field(default=None, ge=1, le=10)
    size: str | None = Field(default=None, max_length=20)
    response_format: Literal["b64_json", "url"] | None = None
    seed: int | None = Field(default=None, ge=0, lt=2**63)
    negative_prompt: str = Field(default="", max_length=4000)
    stream: bool | None = None
    quality: str | None = None
    style: str | None = None
    user: str | None = None
    background: str | None = None
    moderation: str | None = None
    output_format: Literal["png"] | None = None
    output_compression: int | None = None
    partial_images: int | None = None
    safety_identifier: str | None = None


class EditRequest(ImageRequest):
    """The fields of an edit form beside the picture."""

    input_fidelity: str | None = None


@router.post("/generations")
async def generate(
    request: Request, caller: User, assistant: Running, work: Worker, body: Annotated[ImageRequest, Depends(json_body(ImageRequest))]
) -> dict[str, Any]:
    """Pictures from words. The same prompt, seed and size give the same bytes; `recipe` says how each was made."""
    _check(body, assistant)
    width, height = _size(body.size)
    arguments: dict[str, Any] = {"prompt": body.prompt, "negative_prompt": body.negative_prompt, "n": body.n or 1, "seed": body.seed}
    if width:
        arguments |= {"width": width, "height": height}
    context = _context(assistant, caller, body.prompt)
    result = await work(assistant.call, "generate_image", arguments, context, stop=context.cancel.set)
    return await work.light(_answer, result.shown, body, assistant, caller, request)


@router.post("/edits", openapi_extra=multipart("image", prompt="what to change", seed="a number", response_format="b64_json or url"))
async def edit(
    request: Request, caller: User, assistant: Running, work: Worker, fields: Annotated[FormData, Depends(form)]
) -> dict[str, Any]:
    """A picture changed by words: multipart with `image` (or `image[]`) and `prompt`."""
    pictures = [v for name in ("image", "image[]") for v in fields.getlist(name) if isinstance(v, UploadFile)]
    if not pictures:
        raise refuse(InvalidInput, "no_file_field", param="image", field="image")
    if fields.get("mask") is not None:
        raise refuse(InvalidInput, "mask", param="mask", code="unsupported_parameter")
    if len(pictures) > 1:
        raise refuse(InvalidInput, "unsupported", param="image", field="more than one image", how="Send one picture.")
    try:
        body = EditRequest.model_validate({k: v for k, v in fields.items() if isinstance(v, str)})
    except ValidationError as error:
        raise from_pydantic(error) from error
    _check(body, assistant)
    data = await read(pictures[0], assistant.settings.limits.file_bytes)
    context = _context(assistant, caller, body.prompt)

    def run() -> tuple[Shown, ...]:
        content = assistant.admit(data, pictures[0].filename or "picture", pictures[0].content_type or "")
        if content.modality != "image":
            raise InvalidInput(f"'{content.media_type}' is not a picture.", hint="Send PNG, JPEG, WebP or GIF.", param="image")
        file = assistant.library.add_file(content, caller.owner, purpose="vision")
        context.media.append(Media("image_1", file.id, "image", content.media_type, content.name))
        shown: list[Shown] = []
        for number in range(body.n or 1):
            seed = None if body.seed is None else body.seed + number
            arguments = {"instruction": body.prompt, "image": "image_1", "seed": seed}
            shown += assistant.call("edit_image", arguments, context).shown
        return tuple(shown)

    shown = await work(run, stop=context.cancel.set)
    return await work.light(_answer, shown, body, assistant, caller, request)


def _check(body: ImageRequest, assistant: Assistant) -> None:
    if body.model is not None:
        check_model(body.model, names(assistant.cards, "image_generator"))
    if body.stream:
        raise refuse(InvalidInput, "unsupported", param="stream", field="stream", how="Leave it out: the answer comes whole.")


def _context(assistant: Assistant, caller: Caller, prompt: str) -> ToolContext:
    return assistant.context(caller.owner, language=language_of(prompt))


def _size(size: str | None) -> tuple[int, int]:
    if size in (None, "", "auto"):
        return 0, 0
    match = _SIZE.match(str(size))
    if match is None:
        raise refuse(InvalidInput, "size", param="size", size=str(size)[:20], low=64, high=1024)
    return int(match[1]), int(match[2])


def _answer(shown: tuple[Shown, ...], body: ImageRequest, assistant: Assistant, caller: Caller, request: Request) -> dict[str, Any]:
    rows = []
    for picture in shown:
        row: dict[str, Any] = {
            "file_id": picture.file_id, "revised_prompt": picture.recipe.prompt if picture.recipe else None,
            "recipe": picture.recipe.model_dump(mode="json") if picture.recipe else None, "caption": picture.caption,
        }  # fmt: skip
        if body.response_format == "url":
            row["url"] = f"{str(request.base_url).rstrip('/')}/v1/files/{picture.file_id}/content"
        else:
            row["b64_json"] = base64.b64encode(assistant.library.open_file(picture.file_id, caller.owner).data).decode()
        rows.append(row)
    return {"created": int(time.time()), "data": rows, "output_format": "png"}
