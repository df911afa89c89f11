"""ImageGenerator: a prompt in, pictures with their recipes out. One file per back-end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from retrieval.content import Content
from retrieval.faults import Cancelled
from retrieval.items import ModelCard, Recipe


class ImageRequest(BaseModel):
    """What to make. The same request with the same seed gives the same bytes."""

    model_config = ConfigDict(frozen=True)

    prompt: str = Field(min_length=1, max_length=2000)
    negative_prompt: str = Field(default="", max_length=2000)
    n: int = Field(default=1, ge=1, le=8)
    width: int = Field(default=512, ge=64, le=2048)
    height: int = Field(default=512, ge=64, le=2048)
    seed: int | None = Field(default=None, ge=0, lt=2**32)
    """None picks one and writes it into the recipe; 0 is a seed like any other."""
    steps: int | None = Field(default=None, ge=1, le=150)
    guidance: float | None = Field(default=None, ge=0, le=30)


class EditRequest(BaseModel):
    """How to change a picture."""

    model_config = ConfigDict(frozen=True)

    instruction: str = Field(min_length=1, max_length=2000)
    operation: Literal["change", "variation", "upscale"] = "change"
    """`change` does what the instruction says; `variation` draws the same thing another way; `upscale` doubles the sides, or as told."""
    seed: int | None = Field(default=None, ge=0, lt=2**32)
    mask: Content | None = None
    """White where the picture may change, of the picture's own size; None means everywhere."""
    strength: float | None = Field(default=None, gt=0, le=1)
    """How far the picture is taken apart; None leaves it to the back-end."""
    steps: int | None = Field(default=None, ge=1, le=150)
    guidance: float | None = Field(default=None, ge=0, le=30)


class Picture(BaseModel):
    """A made picture (PNG) and how to make it again."""

    model_config = ConfigDict(frozen=True)

    content: Content
    recipe: Recipe
    note: str = ""
    """What the back-end could not follow, in words a person understands; empty when it followed the prompt."""


@dataclass(frozen=True)
class Watch:
    """Who follows a drawing while it is made, and may stop it."""

    progress: Callable[[float], None] = lambda share: None
    """Told the share that is done, 0 to 1."""
    preview: Callable[[int, Content], None] | None = None
    """Gets (number of the picture from 0, what is to be seen of it so far) a few times; None when nobody looks, and then none is made."""
    cancel: threading.Event = field(default_factory=threading.Event)
    """Once set, Cancelled is raised within one step."""

    def check(self) -> None:
        """Raises Cancelled once `cancel` is set: between two steps of any work that lasts."""
        if self.cancel.is_set():
            raise Cancelled("Drawing was stopped.")


UNWATCHED = Watch()
"""Nobody follows, nobody stops it."""


@contextmanager
def held(lock: threading.Lock, watch: Watch) -> Iterator[None]:
    """With `lock`, which may be long in coming: who waits can be stopped. Raises Cancelled."""
    watch.check()
    while not lock.acquire(timeout=0.05):
        watch.check()
    try:
        yield
    finally:
        lock.release()


class ImageGenerator(Protocol):
    """Makes and changes pictures."""

    card: ModelCard

    def identity(self) -> tuple[str, str]:
        """(model, model_sha256) that stand in its recipes: one with the same pair is made again byte for byte. Raises NotInstalled."""
        ...

    def generate(self, request: ImageRequest, watch: Watch = UNWATCHED) -> list[Picture]:
        """`request.n` pictures, in the order of their seeds. Raises Cancelled, InvalidInput."""
        ...

    def edit(self, image: Content, parent: Recipe | None, request: EditRequest, watch: Watch = UNWATCHED) -> Picture:
        """A changed copy. `parent` is the recipe of `image` when it was made here. Raises Cancelled.

        Raises InvalidInput when the instruction is beyond the back-end; the hint says what it can do.
        """
        ...
