"""Request bodies: bounded while they are read, parsed strictly, after the caller is known. Knows no route.

FastAPI would parse a body before it asks who sends it; a dependency that stands after the policy does not.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.limits import Limits
from retrieval.faults import InvalidInput, TimedOut, TooLarge, Unavailable, UnsupportedType
from ui.api.errors import from_pydantic, response
from ui.api.patience import Patience, TooSlow
from ui.api.strict import loads
from ui.api.words import refuse

M = TypeVar("M", bound=BaseModel)

DRAIN_BYTES = 256 * 2**20
"""An oversized body is read on and dropped up to here, so that the client gets its answer instead of a reset connection."""
DRAIN_SECONDS = 20.0
THREAD_BYTES = 256 * 1024
"""A larger JSON body is parsed in a thread, so that others are answered meanwhile."""
FORM_FILES, FORM_FIELDS = 16, 64


class Bodies:
    """Bytes of all bodies that are held at one time. For one event loop."""

    RETRY_SECONDS = 5

    def __init__(self, most: int, check: Callable[[], None] = lambda: None) -> None:
        """`check` raises when the memory has no room for a large body."""
        self.most, self._check = most, check
        self.held = 0

    def take(self, size: int, before: int) -> None:
        """Count `size` more of a body of which `before` are here. Raises Unavailable (503, with Retry-After)."""
        if before + size > THREAD_BYTES >= before:
            self._check()
        if size and self.held + size > self.most:
            fault = refuse(Unavailable, "bodies_full", code="bodies_full", seconds=self.RETRY_SECONDS)
            fault.retry_after = self.RETRY_SECONDS  # type: ignore[attr-defined]
            raise fault
        self.held += size


class BodyLimit:
    """ASGI middleware: refuses a body that is too large, declared or not, too slow, or one too many, without keeping it."""

    def __init__(self, app: ASGIApp, limits: Limits, bodies: Bodies) -> None:
        self._app, self._limits, self._bodies = app, limits, bodies
        self._limit = limits.body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what is received, and for how long it is waited for."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self._limit:
            if not any(k == b"expect" for k, _ in scope["headers"]):  # such a client waits for a yes before it sends
                await _drain(receive)
            return await response(self._fault())(scope, receive, send)
        patience = Patience(self._limits.stalled_seconds, self._limits.slowest_bytes, self._limits.body_seconds)
        read, complete = 0, False

        async def counted() -> Message:
            nonlocal read, complete
            if complete:
                return await receive()  # waits for the client to leave
            try:
                message = await patience.wait(receive())
            except TooSlow:
                raise _too_slow() from None
            size = len(message.get("body", b""))
            patience.got(size)
            complete = not message.get("more_body", False)
            if read + size > self._limit:
                if not complete:
                    await _drain(receive)
                raise self._fault()
            self._bodies.take(size, read)
            read += size
            return message

        try:
            await self._app(scope, counted, send)
        finally:
            self._bodies.held -= read

    def _fault(self) -> TooLarge:
        return refuse(TooLarge, "body_too_large", limit=self._limit)


def _too_slow() -> TimedOut:
    fault = refuse(TimedOut, "body_too_slow", code="body_too_slow")
    fault.status = 408
    return fault


async def _drain(receive: Receive) -> None:
    dropped = 0
    with anyio.move_on_after(DRAIN_SECONDS):
        while dropped < DRAIN_BYTES:
            message = await receive()
            dropped += len(message.get("body", b"")) or 1
            if not message.get("more_body", False):
                return


def json_body(model: type[M]) -> Callable[[Request], Coroutine[Any, Any, M]]:
    """A dependency that reads the body as `model`. Raises InvalidInput (400) or UnsupportedType (415)."""

    async def read(request: Request) -> M:
        given = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        if given != "application/json" and not given.endswith("+json"):
            raise refuse(UnsupportedType, "content_type", given=given[:60], wanted="application/json")
        data = await request.body()
        if len(data) > THREAD_BYTES:
            return await anyio.to_thread.run_sync(parsed, data)
        return parsed(data)

    def parsed(data: bytes) -> M:
        value = loads(data)
        if not isinstance(value, dict):
            raise refuse(InvalidInput, "json_object")
        try:
            return model.model_validate(value)
        except ValidationError as error:
            raise from_pydantic(error) from error

    setattr(read, "model", model)  # noqa: B010 - read by ui/api/reference.py for the documentation
    return read


def multipart(required: str, **fields: str) -> dict[str, Any]:
    """What the documentation says of a form: the name of its file field and what its other fields are."""
    properties: dict[str, Any] = {required: {"type": "string", "format": "binary"}}
    properties |= {name: {"type": "string", "description": words} for name, words in fields.items()}
    schema = {"type": "object", "required": [required], "properties": properties}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


async def form(request: Request) -> AsyncIterator[FormData]:
    """A dependency that reads a multipart form; files spool to disk and are closed at the end. Raises InvalidInput."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != "multipart/form-data":
        raise refuse(UnsupportedType, "content_type", given=given[:60], wanted="multipart/form-data")
    parser = MultiPartParser(request.headers, request.stream(), max_files=FORM_FILES, max_fields=FORM_FIELDS)
    try:
        try:
            fields = await parser.parse()
        except (MultiPartException, ValueError, LookupError) as error:
            raise refuse(InvalidInput, "form", files=FORM_FILES, fields=FORM_FIELDS) from error
        yield fields
    finally:
        for spooled in parser._files_to_close_on_error:  # every file of the form, also one that was cut off and is in no field
            spooled.close()
