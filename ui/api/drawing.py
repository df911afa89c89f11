"""A drawing under way: runs one picture tool in a thread and tells what happens as it happens. Knows no wire format.

Drawings wait in the studio's own queue, so they hold none of the slots of other calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass

import anyio.to_thread
from fastapi import Request

from retrieval.content import Content
from tools.base import ToolContext, ToolResult
from ui.api.services import Services
from ui.api.streams import until_gone


@dataclass(frozen=True)
class Step:
    """How far it is: words for a person, and the share that is done, 0 to 1."""

    message: str
    fraction: float


@dataclass(frozen=True)
class Partial:
    """What is to be seen so far of the picture `number`, counted from 0."""

    number: int
    content: Content


Happening = Step | Partial | ToolResult


async def happenings(shared: Services, draw: Callable[[], ToolResult], context: ToolContext) -> AsyncGenerator[Happening, None]:
    """Steps and partial pictures, then the result. Closing it stops the drawing. Raises what the tool raises."""
    loop, told = asyncio.get_running_loop(), asyncio.Queue[Happening | None]()

    def tell(happening: Happening | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(told.put_nowait, happening)

    context.progress = lambda message, fraction: tell(Step(message, fraction))
    if context.preview is not None:
        context.preview = lambda number, content: tell(Partial(number, content))

    def run() -> ToolResult:
        try:
            return draw()
        finally:
            tell(None)

    task = asyncio.ensure_future(anyio.to_thread.run_sync(run, limiter=shared.drawers))
    task.add_done_callback(lambda done: done.cancelled() or done.exception())  # looked at here, also when nobody waits any more
    try:
        while (happening := await told.get()) is not None:
            yield happening
        yield await task
    finally:
        context.cancel.set()


async def begun(
    request: Request, shared: Services, draw: Callable[[], ToolResult], context: ToolContext
) -> tuple[AsyncExitStack, AsyncIterator[Happening]]:
    """The drawing once something happened, so that what is refused at once is an error status and not a broken stream."""
    stack = AsyncExitStack()
    try:
        events = await stack.enter_async_context(aclosing(happenings(shared, draw, context)))
        first = await until_gone(request, anext(events))
    except BaseException:
        await stack.aclose()
        raise
    return stack, _again(first, events)


async def _again(first: Happening, rest: AsyncIterator[Happening]) -> AsyncIterator[Happening]:
    yield first
    async for happening in rest:
        yield happening
