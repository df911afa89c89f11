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

from retrieval.faults import InvalidInput, TooLarge, UnsupportedType
from ui.api.errors import from_pydantic, response
from ui.api.strict import loads
from ui.api.words import refuse

M = TypeVar("M", bound=BaseModel)

DRAIN_BYTES = 256 * 2**20
"""An oversized body is read on and dropped up to here, so that the client gets its answer instead of a reset connection."""
DRAIN_SECONDS = 20.0
THREAD_BYTES = 256 * 1024
"""A larger JSON body is parsed in a thread, so that others are answered meanwhile."""
FORM_FILES, FORM_FIELDS = 16, 64


class BodyLimit:
    """ASGI middleware: refuses a body over the limit, declared or not, without keeping it."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app, self._limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what is received."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self._limit:
            if not any(k == b"expect" for k, _ in scope["headers"]):  # such a client waits for a yes before it sends
                await _drain(receive)
            return await response(self._fault())(scope, receive, send)
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if message["type"] == "http.request" and read > self._limit:
                if message.get("more_body", False):
                    await _drain(receive)
                raise self._fault()
            return message

        await self._app(scope, counted, send)

    def _fault(self) -> TooLarge:
        return refuse(TooLarge, "body_too_large", limit=self._limit)


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
