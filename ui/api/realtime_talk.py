"""One connection of `/v1/realtime`, from first to last: what comes in is read in a thread, what goes out is sent in order by one task.

Knows sockets and time; what the events mean is in `realtime_asked.py` (in) and `realtime_wire.py` (out).
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from collections.abc import Iterable
from typing import Any

import anyio
import anyio.to_thread
from fastapi import WebSocket
from starlette.websockets import WebSocketDisconnect

from assistant.live.events import TurnEvent
from retrieval.faults import Busy, Cancelled, Fault
from ui.api.in_turn import in_turn
from ui.api.realtime_asked import Client
from ui.api.realtime_door import Talker
from ui.api.realtime_session import Session
from ui.api.realtime_wire import Event, Wire, error, for_beta
from ui.api.services import Assistant, Services
from ui.api.words import refuse

log = logging.getLogger(__name__)
MOST_WAITING = 5000
"""Events that wait for a client who does not read them: of sound, more than eight minutes."""
EXPIRED, SLOW = 1000, 1008
"""Codes with which the server closes a socket: the time is over, the client reads too slowly. A message too large is 1009 (the protocol's
own), the end of the server 1012."""


class Outbox:
    """What is to be sent. `put` may be called from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Any] = asyncio.Queue()
        self.full = asyncio.Event()

    def put(self, event: Any) -> None:
        """A live event, or a server event without its id."""
        try:
            self._loop.call_soon_threadsafe(self._put, event)
        except RuntimeError:  # the loop has ended, and the client with it
            log.debug("an event came after the end")

    def _put(self, event: Any) -> None:
        if self._queue.qsize() < MOST_WAITING:
            self._queue.put_nowait(event)
        else:
            self.full.set()

    async def next(self) -> Any:
        """The oldest one."""
        return await self._queue.get()


class Talk:
    """A session."""

    def __init__(self, websocket: WebSocket, talker: Talker, shared: Services, assistant: Assistant) -> None:
        from assistant.live.session import LiveSession

        self._socket, self._talker, self._shared = websocket, talker, shared
        self._id = f"sess_{uuid.uuid4().hex}"
        self._seconds = shared.settings.limits.realtime_seconds
        self._expires_at = int(time.time() + self._seconds)
        self._out = Outbox()
        self._wire = Wire(talker.session, talker.language)
        options = talker.session.options(tuple(assistant.voice.synthesizer.voices))
        self._live = LiveSession(in_turn(assistant, shared.turns), talker.owner, options, self._out.put)
        self._client = Client(self._wire, self._live, assistant, talker.owner, self._out.put)

    async def run(self) -> None:
        """Talk until one side ends it. Whatever ends it, the turn is stopped and the session closed."""
        self._out.put({"type": "session.created", "session": self._wire.session})
        end: Fault = Cancelled("")
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._until, self._sending, tasks.cancel_scope)
                tasks.start_soon(self._until, self._out.full.wait, tasks.cancel_scope)
                with anyio.move_on_after(self._seconds) as clock:
                    await self._until(self._receiving, tasks.cancel_scope)
                if clock.cancelled_caught:
                    end = refuse(Cancelled, "realtime_expired", code="session_expired", seconds=int(self._seconds))
                tasks.cancel_scope.cancel()
            if self._out.full.is_set():
                end = refuse(Busy, "realtime_too_slow", code="too_slow")
            if end.message:
                await self._farewell(end)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(self._live.close)

    @staticmethod
    async def _until(work: Any, scope: anyio.CancelScope) -> None:
        """Do it; when it is over, so is all the rest."""
        try:
            await work()
        except (WebSocketDisconnect, RuntimeError) as gone:  # RuntimeError: the socket was closed while something was being sent
            log.debug("a live session ended: %r", gone)
        scope.cancel()

    async def _receiving(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            await anyio.to_thread.run_sync(self._client.take, message.get("text"), limiter=self._shared.talks.threads)

    async def _sending(self) -> None:
        while True:
            for event in self._translated(await self._out.next()):
                await self._send(event)

    def _translated(self, event: Any) -> Iterable[Event]:
        if isinstance(event, dict):
            return [event]
        if isinstance(event, TurnEvent):
            self._shared.metrics.turn(event.event)
        try:
            return list(self._wire.events(event))
        except Fault as fault:
            return [error(fault, None, self._talker.language)]

    async def _send(self, event: Event) -> None:
        if isinstance(session := event.get("session"), Session):
            event = event | {"session": session.shape(self._id, self._expires_at)}
        shown = for_beta(event) if self._talker.beta else event
        if shown is not None:
            numbered = {"type": shown["type"], "event_id": f"event_{uuid.uuid4().hex}"} | shown
            await self._socket.send_text(json.dumps(numbered, ensure_ascii=False, separators=(",", ":")))

    async def _farewell(self, fault: Fault) -> None:
        """Say why, and close; a client that reads nothing does not hold this up."""
        with anyio.move_on_after(5):
            try:
                await self._send(error(fault, None, self._talker.language))
                await self._socket.close(SLOW if isinstance(fault, Busy) else EXPIRED, fault.code)
            except (WebSocketDisconnect, RuntimeError):
                log.debug("the client had gone already")
