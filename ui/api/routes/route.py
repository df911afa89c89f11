"""`POST /v1/route`: what would run, before it runs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict

from retrieval.content import Content
from retrieval.faults import InvalidInput, TooLarge
from ui.api.auth import User, user
from ui.api.body import json_body
from ui.api.parts import Parts, contents, words
from ui.api.services import Running
from ui.api.streams import until_gone
from ui.api.words import refuse
from ui.api.work import Worker

router = APIRouter(prefix="/v1", tags=["route"], dependencies=[Depends(user)])


class RouteRequest(BaseModel):
    """A turn that is not run."""

    model_config = ConfigDict(extra="forbid")

    input: str | Parts


@router.post("/route")
async def route(
    request: Request, caller: User, assistant: Running, work: Worker, body: Annotated[RouteRequest, Depends(json_body(RouteRequest))]
) -> dict[str, Any]:
    """Candidate tools with scores and reasons, and the plan; runs no tool."""
    count, limit = len(words(body.input)), assistant.settings.limits.prompt_chars
    if count > limit:
        raise refuse(TooLarge, "prompt_too_long", param="input", count=count, limit=limit)

    def admitted() -> tuple[Content, ...]:
        found = contents(body.input, assistant, caller.owner)
        if not found:
            raise InvalidInput("`input` is empty.", hint="Send words, or parts.", param="input")
        return found

    routed = await until_gone(request, assistant.route(await work(admitted), caller.owner))
    return {"route": [candidate.model_dump() for candidate in routed.route], "plan": list(routed.plan)}
