"""`/v1/publishable_keys`: the keys that the owner puts into pages, and what was asked through them."""

from __future__ import annotations

import html
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from assistant.publishable_keys import PublishableKey, Terms
from assistant.visits import Visit
from ui.api.auth import User, user
from ui.api.body import json_body
from ui.api.paging import listed
from ui.api.routes.vector_stores import collection_of
from ui.api.services import Running, Services, Shared
from ui.api.work import Worker

router = APIRouter(prefix="/v1/publishable_keys", tags=["widget"], dependencies=[Depends(user)])


class KeyRequest(Terms):
    """A new key. `collections` by id or name."""

    name: str = Field(max_length=64)
    collections: tuple[str, ...] = Field(default=("default",), min_length=1, max_length=20)


def snippet(address: str, key: str) -> str:
    """The line for a page."""
    return f'<script src="{html.escape(address.rstrip("/"))}/widget.js" data-key="{html.escape(key)}" async></script>'


def key_shape(key: PublishableKey, request: Request, shared: Services) -> dict[str, Any]:
    """A key with its numbers and its line for the page. Blocking."""
    counts = shared.sites.visits.counts(key.id)
    shown = key.model_dump(mode="json", exclude={"owner"})
    more = {"asked_today": shared.sites.keys.asked_today(key), "counts": counts, "snippet": snippet(str(request.base_url), key.key)}
    return {"object": "publishable_key", **shown, "created_at": int(key.created_at), **more}


def visit_shape(visit: Visit) -> dict[str, Any]:
    """A question and its answer."""
    shown = visit.model_dump(mode="json", exclude={"owner", "sources", "media"})
    sources = [{"number": source["index"], "title": source["title"]} for source in visit.sources]
    return {"object": "visit", **shown, "created_at": int(visit.created_at), "sources": sources}


@router.get("")
async def listing(request: Request, caller: User, shared: Shared, work: Worker) -> dict[str, Any]:
    """The caller's keys, oldest first."""

    def run() -> list[dict[str, Any]]:
        return [key_shape(key, request, shared) for key in shared.sites.keys.list(caller.owner)]

    return listed(await work.light(run))


@router.post("")
async def create(
    request: Request, caller: User, shared: Shared, assistant: Running, work: Worker,
    body: Annotated[KeyRequest, Depends(json_body(KeyRequest))],
) -> dict[str, Any]:  # fmt: skip
    """Make a key. It is no secret: it may be shown again."""

    def run() -> dict[str, Any]:
        ids = tuple(collection_of(name, assistant, caller.owner).id for name in body.collections)
        terms = Terms(**(body.model_dump(exclude={"name"}) | {"collections": ids}))
        key = shared.sites.keys.create(body.name, caller.owner, terms)
        shared.note(caller.owner, "publishable_key.created", key.id)
        return key_shape(key, request, shared)

    return await work.light(run)


@router.delete("/{key_id}")
async def revoke(key_id: str, caller: User, shared: Shared, work: Worker) -> dict[str, Any]:
    """Revoke a key, by id, name or the key itself; pages that still have it are refused at once."""
    gone = await work.light(shared.sites.keys.revoke, key_id, caller.owner)
    return {"id": gone.id, "object": "publishable_key.deleted", "deleted": True, "name": gone.name}


@router.get("/{key_id}/visits")
async def visits(
    key_id: str, caller: User, shared: Shared, work: Worker, only: Literal["", "answered", "refused", "failed", "up", "down"] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:  # fmt: skip
    """What was asked through a key, newest first."""

    def run() -> list[Visit]:
        key = shared.sites.keys.get(key_id, caller.owner)
        return shared.sites.visits.newest(key.id, only=only, limit=limit)

    return listed([visit_shape(visit) for visit in await work.light(run)])


@router.delete("/{key_id}/visits")
async def forget(key_id: str, caller: User, shared: Shared, work: Worker) -> dict[str, Any]:
    """Delete what was asked through a key."""

    def run() -> int:
        return shared.sites.visits.forget(shared.sites.keys.get(key_id, caller.owner).id)

    return {"object": "visits.deleted", "deleted": True, "count": await work.light(run)}
