"""Parts that many answers have, and how an operation says what it answers. For the documentation: nothing is validated while serving.

A field with a default may be absent; further fields may come with later versions. `tests/ui/conforming.py` holds every answer of the
tests to these shapes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import UnionType
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, Field, JsonValue

T = TypeVar("T")
Facts = dict[str, JsonValue]
"""Names and values that belong to whoever sent them."""
Seconds = int
"""Since the epoch."""


class ErrorDetails(BaseModel):
    """What went wrong, and what to do next."""

    message: str = Field(min_length=1)
    type: str
    param: str | None
    """The field it is about."""
    code: str
    """Stable, for programs."""
    hint: str


class Error(BaseModel):
    """The one shape of every error."""

    error: ErrorDetails


class Listed(BaseModel, Generic[T]):
    """A list in OpenAI's shape."""

    object: Literal["list"]
    data: list[T]
    first_id: str | int | None
    last_id: str | int | None
    has_more: bool


class Counted(Listed[T], Generic[T]):
    """A part of a list with the number of all."""

    total: int


class Deleted(BaseModel):
    """It is gone."""

    id: str
    object: str
    deleted: Literal[True]
    count: int = 0


class DeletedAll(BaseModel):
    """So many are gone."""

    object: str
    deleted: Literal[True]
    count: int


Shape = Callable[..., object] | UnionType
"""A model, a generic alias of one, or one of several."""


@dataclass(frozen=True)
class Says:
    """What an operation answers with when all is well."""

    json: Shape | None = None
    """Model of the JSON body."""
    media: tuple[str, ...] = ()
    """Other media types it may answer with; `*/*` for the bytes of whatever was stored."""
    events: Shape | None = None
    """Model of the JSON of each `data:` line of a stream of events; the stream may come instead of the body."""
    also: dict[int, Shape | None] = field(default_factory=dict)
    """Further statuses that are no errors of the one shape; without a model the body is empty, or of another protocol."""
    errors: tuple[int, ...] = ()
    """Statuses of errors beyond those that follow from its method, path and body."""
