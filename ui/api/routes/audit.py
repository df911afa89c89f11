"""`GET /v1/audit`: keys, deletions, device actions, exports, refusals and uses of emotion analysis, newest first. Never content."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from assistant.audit import Entry
from retrieval.faults import NotAllowed
from ui.api.auth import User, user
from ui.api.paging import listed
from ui.api.services import Running
from ui.api.words import refuse
from ui.api.work import Worker

router = APIRouter(prefix="/v1/audit", tags=["audit"], dependencies=[Depends(user)])


def shape(entry: Entry) -> dict[str, Any]:
    """An entry in the shape of the API."""
    return {"object": "audit.entry", **entry.model_dump(mode="json")}


@router.get("")
async def listing(
    caller: User, assistant: Running, work: Worker, limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int, Query(ge=0, le=2**62)] = 0, everyone: bool = False,
    action: Annotated[str, Query(pattern=r"^[a-z0-9_.]{0,40}$")] = "",
) -> dict[str, Any]:  # fmt: skip
    """The caller's own entries; those of `everyone` for an admin. `before` is the id from which to go on, `action` one action or group."""
    if everyone and caller.role != "admin":
        raise refuse(NotAllowed, "not_admin", param="everyone")
    found = await work.light(assistant.audit.entries, "" if everyone else caller.owner, limit + 1, before, action)
    return listed([shape(entry) for entry in found[:limit]]) | {"has_more": len(found) > limit}
