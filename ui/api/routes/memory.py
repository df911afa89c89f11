"""`/v1/memory`: what a person asked to be remembered across chats: seen, changed, switched off, exported and deleted by that person."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from tools.facts import LONGEST, Fact
from ui.api.auth import User, user
from ui.api.body import json_body
from ui.api.paging import listed
from ui.api.services import Running
from ui.api.work import Worker

router = APIRouter(prefix="/v1/memory", tags=["memory"], dependencies=[Depends(user)])


class FactRequest(BaseModel):
    """A fact in the person's own words."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=LONGEST)


class SwitchRequest(BaseModel):
    """Whether the assistant may keep and read facts."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool


def shape(fact: Fact) -> dict[str, Any]:
    """A fact in the shape of the API."""
    return {"object": "memory.fact", **fact.model_dump()}


@router.get("")
async def listing(caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """The caller's facts, newest first, and whether memory is on."""
    facts = assistant.kit.facts
    found = await work.light(facts.list, caller.owner)
    return listed([shape(fact) for fact in found]) | {"enabled": await work.light(facts.enabled, caller.owner)}


@router.post("")
async def add(
    caller: User, assistant: Running, work: Worker, body: Annotated[FactRequest, Depends(json_body(FactRequest))]
) -> dict[str, Any]:
    """Keep a fact; the same words again are the same fact. 409 when memory is off or full."""
    return shape(await work.light(assistant.kit.facts.add, caller.owner, body.text))


@router.patch("")
async def switch(
    caller: User, assistant: Running, work: Worker, body: Annotated[SwitchRequest, Depends(json_body(SwitchRequest))]
) -> dict[str, Any]:
    """Switch memory on or off for the caller. Off, nothing is kept or read; what is kept stays until it is deleted."""
    await work.light(assistant.kit.facts.switch, caller.owner, body.enabled)
    return {"object": "memory", "enabled": body.enabled}


@router.delete("")
async def forget_all(caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """Delete all facts of the caller."""
    count = await work.light(assistant.kit.facts.forget_all, caller.owner)
    return {"object": "memory.deleted", "deleted": True, "count": count}


@router.get("/export")
async def export(caller: User, assistant: Running, work: Worker) -> Response:
    """All facts of the caller as a JSON file."""
    facts = assistant.kit.facts
    found = [fact.model_dump() for fact in await work.light(facts.list, caller.owner)]
    data = json.dumps({"enabled": await work.light(facts.enabled, caller.owner), "facts": found}, ensure_ascii=False, indent=1)
    return Response(data, media_type="application/json", headers={"Content-Disposition": 'attachment; filename="memory.json"'})


@router.patch("/{fact_id}")
async def change(
    fact_id: str, caller: User, assistant: Running, work: Worker, body: Annotated[FactRequest, Depends(json_body(FactRequest))]
) -> dict[str, Any]:
    """Give a fact other words."""
    return shape(await work.light(assistant.kit.facts.change, caller.owner, fact_id, body.text))


@router.delete("/{fact_id}")
async def forget(fact_id: str, caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """Delete a fact."""
    await work.light(assistant.kit.facts.forget, caller.owner, fact_id)
    return {"id": fact_id, "object": "memory.fact.deleted", "deleted": True}
