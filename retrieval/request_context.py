"""Which request a piece of work is for: its id, how much was logged about it, and spans around its parts. Knows no exporter and no log.

A context variable: tasks and threads that are started through asyncio, anyio or LangChain carry it along by themselves.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

_GIVEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}\Z")

Attribute = str | int | float | bool


class Span(Protocol):
    """A part of the work that is being timed."""

    def note(self, **attributes: Attribute) -> None:
        """Add numbers, names of our own and ids; never what a person sent."""


class Tracer(Protocol):
    """What times spans."""

    def span(self, name: str, traceparent: str = "", **attributes: Attribute) -> AbstractContextManager[Span]:
        """A span around a block; it nests in the one that is open, or in one of a caller that `traceparent` (W3C) names."""


class _NoSpan:
    def note(self, **attributes: Attribute) -> None:
        """Nobody asked."""


@dataclass
class RequestContext:
    """One request, live session or job."""

    id: str
    tracer: Tracer | None = None
    logged: int = 0
    """Bytes of the log that were spent on it."""
    bounded: bool = True
    """Whether they are limited; not for a live session, which lasts."""


_current: ContextVar[RequestContext | None] = ContextVar("request", default=None)


def request_id(given: str = "") -> str:
    """The id that a proxy or client gave, if it is one (8 to 64 letters, digits, `.`, `_`, `-`), else a new one."""
    return given if _GIVEN.match(given) else f"req_{uuid.uuid4().hex}"


def current() -> RequestContext | None:
    """The request that this work is for; None for work of our own."""
    return _current.get()


@contextmanager
def working_for(request: RequestContext | None) -> Iterator[None]:
    """What runs inside the block, and the tasks and threads it starts, work for this request."""
    token = _current.set(request)
    try:
        yield
    finally:
        _current.reset(token)


def span(name: str, traceparent: str = "", **attributes: Attribute) -> AbstractContextManager[Span]:
    """Time a part of the current request's work; free when nobody traces. Not around a `yield` of a generator."""
    request = _current.get()
    if request is None or request.tracer is None:
        return nullcontext(_NoSpan())
    return request.tracer.span(name, traceparent, **attributes)
