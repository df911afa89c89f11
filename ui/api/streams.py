"""Answers that take time: server-sent events, and work that stops when the client leaves. Knows no turn."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from typing import Any, TypeVar

import anyio
from fastapi import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from retrieval.faults import Cancelled

T = TypeVar("T")

POLL_SECONDS = 0.1
"""How often a waiting request looks whether its client is still there."""
HEARTBEAT_SECONDS = 10.0
"""Silence after which a comment keeps the connection open and shows whether anybody reads."""
STALLED_SECONDS = 60.0
"""A client that takes no byte for so long is gone."""
DONE = b"data: [DONE]\n\n"


def sse(data: Mapping[str, Any], event: str = "") -> bytes:
    """One server-sent event."""
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n".encode("utf-8", "replace")


async def until_gone(request: Request, work: Awaitable[T], stop: Callable[[], None] = lambda: None) -> T:
    """The result of `work`, which is cancelled (after `stop()`) when the client leaves. Raises Cancelled then."""
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({task}, timeout=POLL_SECONDS))[0]:
            if await request.is_disconnected():
                raise Cancelled("The client left.")
        return task.result()
    finally:
        if not task.done():
            stop()
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task


class EventStream(Response):
    """Sends what a generator yields as it comes, and closes the generator whenever the client leaves or stalls."""

    media_type = "text/event-stream"

    def __init__(self, pieces: AsyncGenerator[bytes, None]) -> None:
        super().__init__(headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run until the generator ends or nobody reads."""
        beating = with_heartbeat(self._pieces)
        async with aclosing(self._pieces), aclosing(beating), anyio.create_task_group() as group:

            async def leave_when_gone() -> None:
                while (await receive())["type"] != "http.disconnect":
                    pass
                group.cancel_scope.cancel()

            group.start_soon(leave_when_gone)
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            with suppress(OSError, TimeoutError):
                async for piece in beating:
                    with anyio.fail_after(STALLED_SECONDS):
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            group.cancel_scope.cancel()


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
