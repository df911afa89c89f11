"""Patience: how slowly a client may send or take. One budget of waiting, whichever way the bytes go. Knows no socket and no request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Iterator
from typing import TypeVar

import anyio
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

T = TypeVar("T")


class TooSlow(TimeoutError):
    """The client used up the patience there was for it."""


class Patience:
    """For one direction of one request. Only waiting for the client counts, never the time that the answer takes to come about."""

    def __init__(self, stalled: float, slowest: int, longest: float = float("inf")) -> None:
        """`stalled`: seconds of waiting that are free, and the most at once. Beyond them `slowest` bytes a second must get through; all of
        it within `longest` seconds from now."""
        self._stalled, self._slowest = stalled, slowest
        self._end = time.monotonic() + longest
        self._waited = 0.0
        self._bytes = 0

    def got(self, size: int) -> None:
        """So many bytes have come through."""
        self._bytes += size

    async def wait(self, transfer: Awaitable[T]) -> T:
        """Its result. Raises TooSlow."""
        began = time.monotonic()
        left = self._stalled + self._bytes / self._slowest - self._waited
        try:
            async with asyncio.timeout(min(self._stalled, left, self._end - began)):  # a third of what a scope of anyio costs
                return await transfer
        except TimeoutError:
            raise TooSlow from None
        finally:
            self._waited += time.monotonic() - began


class SlowReaders:
    """ASGI middleware: gives up on a client that takes its answer too slowly, and closes its connection."""

    PIECE = 64 * 1024
    """Bytes sent at once, so that each piece shows whether anybody reads."""

    def __init__(self, app: ASGIApp, stalled: float, slowest: int) -> None:
        """As `Patience` takes them."""
        self._app, self._stalled, self._slowest = app, stalled, slowest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        patience = Patience(self._stalled, self._slowest)

        async def patiently(message: Message) -> None:
            try:
                for piece in _pieces(message, self.PIECE):
                    await patience.wait(send(piece))
                    patience.got(len(piece.get("body", b"")))
            except TooSlow:
                abort = scope.get("state", {}).get("abort")
                if abort is not None:
                    abort()
                    await anyio.sleep(0.01)  # until the server has noticed: it complains of an answer that is not complete
                raise ClientDisconnect from None

        await self._app(scope, receive, patiently)


def _pieces(message: Message, size: int) -> Iterator[Message]:
    """The same message, a large body cut."""
    body = message.get("body", b"")
    if len(body) <= size:
        yield message
        return
    for start in range(0, len(body), size):
        more = message.get("more_body", False) or start + size < len(body)
        yield {**message, "body": bytes(body[start : start + size]), "more_body": more}
