"""Who may open `/v1/realtime`. Knows no event.

A key comes in the header `Authorization`, or, from a page, as the subprotocol `openai-insecure-api-key.KEY`. Which names and pages a
server without keys answers to is decided for every request in `ui/api/envelope.py`: else any page could open a microphone's socket here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, WebSocket

from ui.api.auth import admitted, bearer_of, unauthorized
from ui.api.realtime_secrets import PREFIX
from ui.api.realtime_session import Session
from ui.api.scopes import TALKING
from ui.api.turns import MODEL

SUBPROTOCOL = "realtime"
_KEY = "openai-insecure-api-key."
_BETA = ("realtime=v1", "openai-beta.realtime-v1")


@dataclass(frozen=True)
class Talker:
    """Who opened a socket, and what they asked for in the address."""

    owner: str
    session: Session
    beta: bool
    """The client speaks the beta's names of events."""
    subprotocol: str | None
    language: str
    """Of error messages."""


def talker(websocket: WebSocket) -> Talker:
    """Policy of a socket: whoever has a key or a client secret, or this machine when there are none. Raises NotAllowed, InvalidInput."""
    offered: list[str] = websocket.scope.get("subprotocols", [])
    sent = bearer_of(websocket) or next((p.removeprefix(_KEY) for p in offered if p.startswith(_KEY)), "")
    services = websocket.app.state.services
    granted = services.talks.secrets.check(sent) if sent.startswith(PREFIX) else None
    if granted is None:
        owner = admitted(websocket, sent, TALKING).owner
    else:
        owner = granted.owner
        if not services.doorkeeper.holds(granted.by):
            raise unauthorized("bad_key")
        websocket.state.credential = granted.by
    session = _from_address(websocket, granted.session if granted else Session())
    beta = websocket.headers.get("openai-beta", "").startswith(_BETA[0]) or _BETA[1] in offered
    chinese = websocket.headers.get("accept-language", "").strip().lower().startswith("zh")
    return Talker(owner, session, beta, SUBPROTOCOL if SUBPROTOCOL in offered else None, "zh" if chinese else "en")


def _from_address(websocket: WebSocket, session: Session) -> Session:
    given: dict[str, object] = {"model": websocket.query_params.get("model", MODEL)}
    if websocket.query_params.get("intent") == "transcription":
        given["type"] = "transcription"
    collection = websocket.headers.get("x-collection", "")
    return session.updated(given | ({"assistant": {"collection": collection}} if collection else {}))


Talking = Annotated[Talker, Depends(talker)]
