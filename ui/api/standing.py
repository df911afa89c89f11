"""Ends what goes on after its key was revoked: a stream, a long answer, a live session. Knows connections, not what they carry."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import anyio
import anyio.to_thread
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from retrieval.faults import NotAllowed
from ui.api.errors import response
from ui.api.streams import sse
from ui.api.words import refuse

LOOK_SECONDS = 1.0
"""How often the credentials of open connections are looked at."""
POLICY_VIOLATION = 1008
"""Code of a closed WebSocket."""


@dataclass(eq=False)
class _Open:
    scope: Scope
    cancel: anyio.CancelScope
    started: bool = False
    over: bool = False
    events: bool = False
    """It is a stream of events."""

    def note(self, message: Message) -> None:
        """Remember how far the answer has come."""
        kind = message["type"]
        if kind in ("http.response.start", "websocket.accept"):
            self.started = True
            self.events = Headers(raw=list(message.get("headers") or ())).get("content-type", "").startswith("text/event-stream")
        elif kind == "websocket.close" or (kind == "http.response.body" and not message.get("more_body")):
            self.over = True

    @property
    def credential(self) -> str:
        return str(self.scope["state"].get("credential", ""))


class Standing:
    """ASGI middleware. One task looks at all connections that have been open for a while; a short request costs a set entry."""

    def __init__(self, app: ASGIApp, holds: Callable[[str], bool], look_seconds: float = LOOK_SECONDS) -> None:
        """`holds` says whether a credential still opens anything; it may block."""
        self._app, self._holds, self._seconds = app, holds, look_seconds
        self._open: set[_Open] = set()
        self._watch: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection, as long as its credential holds."""
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        scope.setdefault("state", {})
        with anyio.CancelScope() as cancel:
            here = _Open(scope, cancel)

            async def noting(message: Message) -> None:
                here.note(message)
                await send(message)

            self._open.add(here)
            if self._watch is None or self._watch.done():
                self._watch = asyncio.create_task(self._watching())
            try:
                await self._app(scope, receive, noting)
            finally:
                self._open.discard(here)
        if cancel.cancelled_caught and not here.over:
            await _end(here, scope, receive, send)

    async def _watching(self) -> None:
        """Until nothing is open."""
        while self._open:
            before = set(self._open)
            await asyncio.sleep(self._seconds)
            stayed = [here for here in before & self._open if here.credential]
            dead: set[str] = set()
            if stayed:
                dead = await anyio.to_thread.run_sync(self._dead, {here.credential for here in stayed})
            for here in stayed:
                if here.credential in dead and here in self._open:
                    here.cancel.cancel()

    def _dead(self, credentials: set[str]) -> set[str]:
        return {credential for credential in credentials if not self._holds(credential)}


async def _end(here: _Open, scope: Scope, receive: Receive, send: Send) -> None:
    """Say no, where that can still be said, and hang up."""
    fault = refuse(NotAllowed, "bad_key", code="invalid_api_key")
    fault.status = 401
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": fault.code})
    elif not here.started:
        await response(fault)(scope, receive, send)
    elif here.events:
        await send({"type": "http.response.body", "body": sse({"error": fault.to_dict()}), "more_body": False})
