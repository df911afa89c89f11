"""`POST /api/conversation/process`: words to the home in the shape of Home Assistant's conversation API. Knows the shape only."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from assistant.household import Reply
from ui.api.auth import User, user
from ui.api.body import json_body
from ui.api.services import Running, Shared
from ui.api.streams import until_gone

router = APIRouter(prefix="/api/conversation", tags=["devices"], dependencies=[Depends(user)])
LONGEST = 1000
_CODES = {"unknown_device": "no_valid_targets", "unsupported_action": "no_valid_targets"}
_KINDS = {"done": "action_done", "answer": "query_answer", "error": "error"}


class ProcessRequest(BaseModel):
    """A sentence."""

    model_config = ConfigDict(extra="ignore")  # Home Assistant sends more with every release

    text: str = Field(min_length=1, max_length=LONGEST)
    language: str | None = Field(default=None, max_length=20)
    conversation_id: str | None = Field(default=None, max_length=200)
    agent_id: str | None = Field(default=None, max_length=200)


@router.post("/process")
async def process(
    request: Request, caller: User, shared: Shared, assistant: Running, body: Annotated[ProcessRequest, Depends(json_body(ProcessRequest))]
) -> dict[str, Any]:
    """Do it, or answer it. `response_type` is `action_done` only when the devices confirmed; a risky action is asked about first, and the
    yes is the next sentence with the same `conversation_id`.
    """
    language = (body.language or "")[:2].lower()

    async def answered() -> Reply:
        async with shared.turns.one(caller.owner):
            return await assistant.household.process(
                body.text, owner=caller.owner, language=language, conversation=body.conversation_id or ""
            )

    return shape(await until_gone(request, answered()))


def shape(reply: Reply) -> dict[str, Any]:
    """A reply as Home Assistant tells it."""
    data: dict[str, Any] = (
        {"code": _CODES.get(reply.code, "failed_to_handle")}
        if reply.kind == "error"
        else {"targets": [], "success": [_target(row) for row in reply.devices], "failed": [_target(row) for row in reply.failed]}
    )
    speech = {"plain": {"speech": reply.text, "extra_data": None}}
    return {
        "response": {"response_type": _KINDS[reply.kind], "language": reply.language, "data": data, "card": {}, "speech": speech},
        "conversation_id": reply.conversation, "continue_conversation": reply.asks, "processing_ms": reply.ms, "answered_by": reply.by,
    }  # fmt: skip


def _target(row: dict[str, Any]) -> dict[str, Any]:
    return {"type": "entity", "id": row["id"], "name": row.get("name", row["id"])}
