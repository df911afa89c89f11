"""ImageGenerator: a prompt in, pictures with their recipes out. One file per back-end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from retrieval.content import Content
from retrieval.items import ModelCard, Recipe


class ImageRequest(BaseModel):
    """What to make. The same request with the same seed gives the same bytes."""

    model_config = ConfigDict(frozen=True)

    prompt: str = Field(min_length=1, max_length=2000)
    negative_prompt: str = Field(default="", max_length=2000)
    n: int = Field(default=1, ge=1, le=8)
    width: int = Field(default=512, ge=64, le=1024)
    height: int = Field(default=512, ge=64, le=1024)
    seed: int | None = Field(default=None, ge=0, lt=2**32)
    """None picks one and writes it into the recipe."""
    steps: int | None = Field(default=None, ge=1, le=100)
    guidance: float | None = Field(default=None, ge=0, le=30)


class EditRequest(BaseModel):
    """How to change a picture."""

    model_config = ConfigDict(frozen=True)

    instruction: str = Field(min_length=1, max_length=2000)
    seed: int | None = Field(default=None, ge=0, lt=2**32)
    mask: Content | None = None
    """White where the picture may change; None means everywhere."""


class Picture(BaseModel):
    """A made picture (PNG) and how to make it again."""

    model_config = ConfigDict(frozen=True)

    content: Content
    recipe: Recipe
    note: str = ""
    """What the back-end could not follow, in words a person understands; empty when it followed the prompt."""


class ImageGenerator(Protocol):
    """Makes and changes pictures."""

    card: ModelCard

    def generate(self, request: ImageRequest, progress: Callable[[float], None], cancel: threading.Event) -> list[Picture]:
        """`request.n` pictures. Calls `progress(0..1)`; raises Cancelled soon after `cancel` is set."""
        ...

    def edit(self, image: Content, parent: Recipe | None, request: EditRequest) -> Picture:
        """A changed copy. `parent` is the recipe of `image` when it was made here.

        Raises InvalidInput when the instruction is beyond the back-end; the hint says what it can do.
        """
        ...
