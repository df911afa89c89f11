"""`GET /v1/vector_stores/{name}/map`: a collection in the plane."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from retrieval.faults import TooLarge
from ui.api import maps
from ui.api.auth import User, user
from ui.api.errors import Body
from ui.api.routes.vector_stores import collection_of
from ui.api.services import Running
from ui.api.words import refuse
from ui.api.work import Worker

router = APIRouter(prefix="/v1/vector_stores", tags=["collections"], dependencies=[Depends(user)])


@router.get("/{name}/map")
async def show(
    name: str, caller: User, assistant: Running, work: Worker, query: str = "",
    thumbnails: Annotated[int, Query(ge=0, le=500)] = 0, holes: bool = False,
) -> Body:  # fmt: skip
    """Where the items lie, near to what is like them. `query` puts a question among what it finds, `thumbnails` is how many small pictures
    come along, `holes` adds the questions that nothing answers. `state` is `arranging` while a better arrangement is being made.
    """
    limit = assistant.settings.limits.prompt_chars
    if len(query) > limit:
        raise refuse(TooLarge, "prompt_too_long", param="query", count=len(query), limit=limit)
    collection = await work.light(collection_of, name, assistant, caller.owner)
    return Body(await work(maps.shown, collection, assistant, caller.owner, query, thumbnails, holes))
