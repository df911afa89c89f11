"""Answers that take time: server-sent events, and work that stops when the client leaves. Knows no turn."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import aclosing, suppress
from typing import Any, TypeVar

import anyio
from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from retrieval.faults import Cancelled

T = TypeVar("T")

SOON_SECONDS = 0.05
"""Work that takes longer is watched: whether its client is still there."""
HEARTBEAT_SECONDS = 10.0
"""Silence after which a comment keeps the connection open and shows whether anybody reads."""
BUFFER_BYTES = 256 * 1024
"""Written and not yet taken by the reader, where the settings of the app say nothing else."""
DONE = b"data: [DONE]\n\n"


def sse(data: Mapping[str, Any], event: str = "") -> bytes:
    """One server-sent event."""
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n".encode("utf-8", "replace")


async def until_gone(request: Request, work: Awaitable[T], stop: Callable[[], None] = lambda: None) -> T:
    """The result of `work`, which is cancelled (after `stop()`) when the client leaves. Raises Cancelled then."""
    task = asyncio.ensure_future(work)
    try:
        if not (await asyncio.wait({task}, timeout=SOON_SECONDS))[0]:
            await _first(task, _left(request))
        if not task.done():
            raise Cancelled("The client left.")
        return task.result()
    finally:
        if not task.done():
            stop()
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task


async def _first(task: asyncio.Future[Any], other: Coroutine[Any, Any, None]) -> None:
    """Wait until the task or the other is done. Raises what the other raises while the task still runs."""
    watch = asyncio.ensure_future(other)
    try:
        await asyncio.wait({task, watch}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            watch.result()
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await watch


async def _left(request: Request) -> None:
    """Wait until the client has left. It is told once: whoever asked again and again would cost more than a refusal does."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


class Buffer:
    """Pieces between one who writes and one who reads. A piece larger than the buffer goes through alone."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._ended = False
        self._changed = asyncio.Event()

    async def put(self, piece: bytes) -> None:
        """Waits while it is full."""
        while self._size and self._size + len(piece) > self._most:
            await self._next_change()
        self._pieces.append(piece)
        self._size += len(piece)
        self._changed.set()

    def end(self) -> None:
        """Nothing more comes."""
        self._ended = True
        self._changed.set()

    async def get(self) -> bytes:
        """All that is there, at least one piece; empty at the end."""
        while not self._pieces and not self._ended:
            await self._next_change()
        found = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        self._changed.set()
        return found

    async def _next_change(self) -> None:
        self._changed.clear()
        await self._changed.wait()


class EventStream(Response):
    """Sends what a generator yields as it comes, and closes the generator whenever the client leaves.

    The generator runs ahead of a slow reader as far as a buffer goes. When it has ended it is closed at once, with all that it held; the
    reader may take its time with the rest (see `ui.api.patience`).
    """

    media_type = "text/event-stream"

    def __init__(self, pieces: AsyncGenerator[bytes, None]) -> None:
        super().__init__(headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run until the generator ends or nobody reads."""
        beating, buffer = with_heartbeat(self._pieces), Buffer(_most(scope))
        async with aclosing(self._pieces), aclosing(beating), anyio.create_task_group() as group:

            async def leave_when_gone() -> None:
                while (await receive())["type"] != "http.disconnect":
                    pass
                group.cancel_scope.cancel()

            async def write() -> None:
                try:
                    async for piece in beating:
                        await buffer.put(piece)
                    await self._pieces.aclose()
                finally:
                    buffer.end()

            group.start_soon(leave_when_gone)
            group.start_soon(write)
            with suppress(OSError, ClientDisconnect):
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                while body := await buffer.get():
                    await send({"type": "http.response.body", "body": body, "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            group.cancel_scope.cancel()


def _most(scope: Scope) -> int:
    """Bytes that a buffer of this app may hold."""
    services = getattr(getattr(scope.get("app"), "state", None), "services", None)
    return int(services.settings.limits.stream_bytes) if services is not None else BUFFER_BYTES


async def with_heartbeat(pieces: AsyncGenerator[bytes, None], seconds: float = HEARTBEAT_SECONDS) -> AsyncGenerator[bytes, None]:
    """The same pieces, with a comment whenever none came for `seconds`."""
    coming: asyncio.Task[bytes] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(pieces))
            if not (await asyncio.wait({coming}, timeout=seconds))[0]:
                yield b": still working\n\n"
                continue
            try:
                piece = coming.result()
            except StopAsyncIteration:
                return
            coming = None
            yield piece
    finally:
        if coming is not None and not coming.done():
            coming.cancel()
            with suppress(asyncio.CancelledError, StopAsyncIteration):
                await coming
