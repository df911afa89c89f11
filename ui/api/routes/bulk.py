"""`/v1/vector_stores/{name}/bulk`: what the command line's bulk ingestion asks of the server that has the data directory.

Files come in as they were read, described and embedded elsewhere, and their pictures are believed to be what a reader made of them. So
nobody may ask but who can read the token in the data directory, and could as well write there.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import Field, ValidationError
from starlette.datastructures import FormData

from retrieval.bulk.wire import loaded
from retrieval.faults import InvalidInput, NotAllowed
from ui.api.auth import Admin, admin, bearer_of
from ui.api.body import form, multipart
from ui.api.errors import from_pydantic
from ui.api.routes.vector_stores import Strict, collection_of
from ui.api.services import Running, Shared
from ui.api.uploads import one, read
from ui.api.words import refuse
from ui.api.work import Worker

router = APIRouter(prefix="/v1/vector_stores/{name}", tags=["collections"], dependencies=[Depends(admin)])
MOST = 1000
"""Files of one request."""


class Asked(Strict):
    """One thing that is asked."""

    op: Literal["held", "commit", "remove"]
    after: str = Field(default="", max_length=200)
    limit: int = Field(default=5000, ge=1, le=10_000)
    files: list[dict[str, Any]] = Field(default=[], max_length=MOST)
    origins: list[str] = Field(default=[], max_length=MOST)


@router.post("/bulk", openapi_extra=multipart("file"))
async def bulk(
    name: str, caller: Admin, assistant: Running, shared: Shared, work: Worker, request: Request,
    fields: Annotated[FormData, Depends(form)],
) -> dict[str, Any]:  # fmt: skip
    """For `assistant ingest --bulk` alone: what a collection holds, files that were read elsewhere, or origins that are gone.

    `file` is MessagePack. Takes only the token that the server publishes in its data directory.
    """
    sent = one(fields)
    if not shared.doorkeeper.is_published(bearer_of(request)):
        raise refuse(NotAllowed, "not_published", code="not_published")
    data = await read(sent, assistant.settings.limits.body_bytes)

    def run() -> dict[str, Any]:
        asked = _asked(data)
        collection = collection_of(name, assistant, caller.owner).id
        writing = assistant.library.bulk
        if asked.op == "commit":
            written = writing.commit(asked.files, collection, caller.owner)
            return {"object": "vector_store.bulk", "written": [vars(found) for found in written]}
        if asked.op == "remove":
            return {"object": "vector_store.bulk", "removed": writing.remove(asked.origins, collection, caller.owner)}
        held, after = writing.held(collection, caller.owner, asked.after, asked.limit)
        return {"object": "vector_store.bulk", "held": [vars(found) for found in held], "after": after}

    return await work(run)


def _asked(data: bytes) -> Asked:
    value = loaded(data)
    if not isinstance(value, dict):
        raise InvalidInput("The body is not a map.", param="file")
    try:
        return Asked.model_validate(value)
    except ValidationError as error:
        raise from_pydantic(error) from error
