"""`/v1/images` beside OpenAI's part: find pictures again, see where one came from, make it again, read the recipe inside a file."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.datastructures import FormData

from retrieval.faults import Unreadable
from tools import recipes
from tools.base import ToolResult
from ui.api import pictures
from ui.api.auth import User, user
from ui.api.body import form, multipart
from ui.api.errors import Body, language_of
from ui.api.paging import listed
from ui.api.services import Running
from ui.api.uploads import one, read
from ui.api.words import refuse
from ui.api.work import Worker

router = APIRouter(prefix="/v1/images", tags=["images"], dependencies=[Depends(user)])
Words = Annotated[str, Query(max_length=500, description="Words of the prompt, or what it shows.")]
Count = Annotated[int, Query(ge=1, le=1000)]


@router.get("")
async def listing(
    caller: User, assistant: Running, work: Worker, q: Words = "", like: str = "", colour: Annotated[str, Query(max_length=40)] = "",
    generated: bool | None = None, limit: Count = 50, after: str = "",
) -> dict[str, Any]:  # fmt: skip
    """The caller's pictures, newest first; with `q` or `like` (a file id) those that fit, the best first.

    `generated` true leaves only those made here, false only the others.
    """

    def find() -> dict[str, Any]:
        files = pictures.pictures(assistant.library, caller.owner, generated)
        found = pictures.narrowed(assistant.library, caller.owner, files, q, like, colour)
        ids = [file.id for file in found]
        start = ids.index(after) + 1 if after in ids else 0
        shown = [pictures.shape(file) for file in found[start : start + limit]]
        return listed(shown) | {"has_more": start + limit < len(found), "total": len(found)}

    return await (work(find) if q or like or colour else work.light(find))


@router.post("/recipe", openapi_extra=multipart("file"))
async def recipe(caller: User, assistant: Running, work: Worker, fields: Annotated[FormData, Depends(form)]) -> dict[str, Any]:
    """The recipe inside a PNG that was made here or elsewhere: multipart with `file`. `file_id` names it if the caller still has it."""
    data = await read(one(fields), assistant.settings.limits.file_bytes)

    def look() -> dict[str, Any]:
        found = recipes.extract(data)
        if found is None:
            raise refuse(Unreadable, "no_recipe", param="file", code="no_recipe")
        stored = recipes.stored(assistant.library, hashlib.sha256(data).hexdigest(), caller.owner)
        return {"object": "image.recipe", "recipe": found.model_dump(mode="json"), "file_id": stored.id if stored else None}

    return await work(look)


@router.get("/{file_id}")
async def retrieve(file_id: str, caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """One picture: recipe, score, the pictures it was made of (`chain`, oldest first) and those made of it (`children`)."""

    def look() -> dict[str, Any]:
        return pictures.story(assistant.library, pictures.picture(assistant.library, file_id, caller.owner))

    return await work.light(look)


@router.post("/{file_id}/again")
async def again(file_id: str, request: Request, caller: User, assistant: Running, work: Worker) -> Response:
    """Make a picture again from its recipe; `identical` tells whether the bytes are the same. 409 when another model is installed now."""
    await work.light(pictures.picture, assistant.library, file_id, caller.owner)
    context = assistant.context(caller.owner, language=language_of(request))

    def draw() -> ToolResult:
        return assistant.call("repeat_image", {"image": file_id}, context)

    result = await work.drawing(draw, stop=context.cancel.set)
    made = result.shown[0].file_id if result.shown else file_id
    file = await work.light(assistant.library.file, made, caller.owner)
    return Body(pictures.shape(file) | {"object": "image.repeat", "identical": bool(result.data.get("identical")), "of": file_id})
