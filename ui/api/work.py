"""Blocking work of a request: in a thread, within the slots, stopped when the client leaves. Knows no route."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Annotated, Any, TypeVar

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import Depends, Request

from ui.api.services import Shared
from ui.api.streams import until_gone

T = TypeVar("T")


class Work:
    """Runs functions for one request."""

    def __init__(self, request: Request, shared: Shared) -> None:
        self._request, self._shared = request, shared

    async def __call__(self, function: Callable[..., T], *args: Any, stop: Callable[[], None] = lambda: None, **named: Any) -> T:
        """The result of heavy work (models, decoders), which takes a slot. `stop` is called when the client leaves."""

        async def run() -> T:
            async with self._shared.calls.one(owner_of(self._request)):
                return await to_its_end(partial(function, *args, **named))

        return await until_gone(self._request, run(), stop)

    async def drawing(self, function: Callable[..., T], *args: Any, stop: Callable[[], None] = lambda: None, **named: Any) -> T:
        """The result of a drawing, which waits in the studio's queue and takes no slot. `stop` is called when the client leaves."""
        self._shared.memory.check()
        return await until_gone(self._request, to_its_end(partial(function, *args, **named), self._shared.drawers), stop)

    async def light(self, function: Callable[..., T], *args: Any, **named: Any) -> T:
        """The result of light work (a look into a database), which takes none."""
        return await anyio.to_thread.run_sync(partial(function, *args, **named))


def owner_of(request: Request) -> str:
    """Whose turn a request takes in a queue: whom the policy of its route found."""
    return str(getattr(request.state, "owner", ""))


async def to_its_end(job: Callable[[], T], limiter: CapacityLimiter | None = None) -> T:
    """The result of `job`, from a thread. A thread cannot be stopped from outside: when this is cancelled it still waits for its end.

    So whatever is held around it, a slot above all, is held as long as somebody works, and there are never more at work than slots.
    """
    work = asyncio.ensure_future(anyio.to_thread.run_sync(job, limiter=limiter))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        with suppress(asyncio.CancelledError):
            await asyncio.wait({work})
        if work.done() and not work.cancelled():
            work.exception()  # taken, or else asyncio complains where nobody is left to hear of it
        raise


async def working(request: Request, shared: Shared) -> Work:
    """Dependency: what runs the work of this request."""
    return Work(request, shared)


Worker = Annotated[Work, Depends(working)]
