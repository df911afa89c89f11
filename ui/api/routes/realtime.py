"""`/v1/realtime`: talk with the assistant over a WebSocket in OpenAI's Realtime events, and the secrets that open it from a page."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, WebSocket
from pydantic import BaseModel, ConfigDict, Field

from ui.api.auth import User, user
from ui.api.body import json_body
from ui.api.errors import Body
from ui.api.realtime_door import Talking
from ui.api.realtime_session import Session
from ui.api.services import Running, Services, Shared

router = APIRouter(prefix="/v1/realtime", tags=["realtime"])


class ExpiresAfter(BaseModel):
    """When a secret no longer opens a session; one that was opened goes on."""

    model_config = ConfigDict(extra="forbid")

    anchor: Literal["created_at"] = "created_at"
    seconds: int = Field(default=600, ge=10, le=7200)


class SecretRequest(BaseModel):
    """A client secret: how long it holds and what sessions begin with."""

    model_config = ConfigDict(extra="forbid")

    expires_after: ExpiresAfter = ExpiresAfter()
    session: dict[str, Any] = {}


@router.websocket("")
async def talk(websocket: WebSocket, talker: Talking) -> None:
    """A live session. What is wrong before it begins is an HTTP error, afterwards an event."""
    shared: Services = websocket.app.state.services
    assistant = shared.standing()
    from ui.api.realtime_talk import Talk  # brings LangChain along, and the server must not wait for it when it starts

    with shared.talks.one():
        await websocket.accept(subprotocol=talker.subprotocol)
        await Talk(websocket, talker, shared, assistant).run()


@router.post("/client_secrets", dependencies=[Depends(user)])
async def secret(
    caller: User, shared: Shared, assistant: Running, body: Annotated[SecretRequest, Depends(json_body(SecretRequest))]
) -> Body:
    """A short-lived key that opens live sessions in the caller's name and nothing else: for pages, which cannot keep a real one."""
    session = Session().updated(body.session)
    session.options()
    value, granted = shared.talks.secrets.create(caller.owner, session, body.expires_after.seconds, caller.credential)
    return Body({"value": value, "expires_at": granted.expires_at, "session": session.shape("", granted.expires_at)})
