"""Blocking work of a request: in a thread, within the slots, stopped when the client leaves. Knows no route."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, TypeVar

import anyio.to_thread
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
        async with self._shared.calls.one():
            return await until_gone(self._request, anyio.to_thread.run_sync(partial(function, *args, **named)), stop)

    async def drawing(self, function: Callable[..., T], *args: Any, stop: Callable[[], None] = lambda: None, **named: Any) -> T:
        """The result of a drawing, which waits in the studio's queue and takes no slot. `stop` is called when the client leaves."""
        run = anyio.to_thread.run_sync(partial(function, *args, **named), limiter=self._shared.drawers)
        return await until_gone(self._request, run, stop)

    async def light(self, function: Callable[..., T], *args: Any, **named: Any) -> T:
        """The result of light work (a look into a database), which takes none."""
        return await anyio.to_thread.run_sync(partial(function, *args, **named))


Worker = Annotated[Work, Depends(Work)]
