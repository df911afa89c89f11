"""Request bodies of `/v1/images`: OpenAI's fields and ours, and the bounds of this server on them. Draws nothing."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.limits import Limits
from retrieval.faults import InvalidInput
from ui.api.words import refuse

_SIZE = re.compile(r"(\d{1,6})x(\d{1,6})$")
SMALLEST = 64
"""Pixels of a side."""
LONGEST_PROMPT = 2000
Format = Literal["png", "jpeg", "webp"]


class _Wanted(BaseModel):
    """What every request may say; fields of OpenAI's that change nothing here are accepted."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    model: str | None = Field(default=None, max_length=200)
    n: int | None = Field(default=None, ge=1)
    size: str | None = Field(default=None, max_length=40)
    response_format: Literal["b64_json", "url"] | None = None
    output_format: Format | None = None
    output_compression: int | None = Field(default=None, ge=0, le=100)
    """Quality of a JPEG or WebP, 100 for the best."""
    seed: int | None = Field(default=None, ge=0, lt=2**32)
    steps: int | None = Field(default=None, ge=1)
    guidance: float | None = Field(default=None, ge=0, le=30)
    stream: bool | None = None
    partial_images: int | None = Field(default=None, ge=0, le=3)
    progress: bool = False
    """With `stream`: also say how far it is (`*.progress`), which OpenAI's stream does not."""
    user: str | None = Field(default=None, max_length=512)
    safety_identifier: str | None = Field(default=None, max_length=512)
    quality: Literal["low", "medium", "high", "xhigh", "max", "auto", "standard", "hd"] | None = None
    background: Literal["transparent", "opaque", "auto"] | None = None
    moderation: Literal["low", "auto"] | None = None

    def check(self, limits: Limits) -> None:
        """Hold the request to the limits of the settings. Raises InvalidInput that names the field and the bound."""
        if self.n is not None and self.n > limits.drawn_pictures:
            raise refuse(InvalidInput, "drawn_pictures", param="n", n=self.n, limit=limits.drawn_pictures)
        if self.steps is not None and self.steps > limits.drawn_steps:
            raise refuse(InvalidInput, "drawn_steps", param="steps", steps=self.steps, limit=limits.drawn_steps)
        self.sides(limits)
        if self.background == "transparent":
            raise _unsupported("background", "transparent_how")
        if self.response_format == "url" and self.output_format not in (None, "png"):
            raise _unsupported("response_format", "url_how")
        if self.response_format == "url" and self.stream:
            raise _unsupported("response_format", "stream_how")
        if self.partial_images and not self.stream:
            raise _unsupported("partial_images", "partial_how")

    def sides(self, limits: Limits) -> tuple[int, int]:
        """Width and height in pixels; (0, 0) when the request leaves them open. Raises InvalidInput."""
        if self.size in (None, "", "auto"):
            return 0, 0
        match = _SIZE.match(str(self.size))
        found = (int(match[1]), int(match[2])) if match else (0, 0)
        if min(found) < SMALLEST or max(found) > limits.drawn_side:
            raise refuse(InvalidInput, "size", param="size", size=str(self.size)[:20], low=SMALLEST, high=limits.drawn_side)
        return found


class ImageRequest(_Wanted):
    """A picture to make. `negative_prompt`, `seed`, `steps`, `guidance`, `about` and `progress` are ours."""

    prompt: str = ""
    negative_prompt: str = Field(default="", max_length=LONGEST_PROMPT)
    about: str = Field(default="", max_length=200)
    """Item, file or words of a product of the library that is drawn from its own description."""
    style: Literal["vivid", "natural"] | None = None

    def check(self, limits: Limits) -> None:
        """Also the words. Raises InvalidInput."""
        super().check(limits)
        check_words(self.prompt, needed=not self.about.strip())


class EditFields(_Wanted):
    """The fields of an edit form beside the picture and the mask. `operation`, `strength` and those above are ours."""

    prompt: str = ""
    operation: Literal["change", "variation", "upscale"] = "change"
    strength: float | None = Field(default=None, gt=0, le=1)
    input_fidelity: Literal["high", "low"] | None = None

    def check(self, limits: Limits) -> None:
        """Also the words, which only a change needs. Raises InvalidInput."""
        super().check(limits)
        check_words(self.prompt, needed=self.operation == "change")


def check_words(prompt: str, *, needed: bool) -> None:
    """Raise InvalidInput for a prompt that says nothing, or too much."""
    if needed and not prompt.strip():
        raise refuse(InvalidInput, "prompt_empty", param="prompt")
    if len(prompt) > LONGEST_PROMPT:
        raise refuse(InvalidInput, "prompt_long", param="prompt", count=len(prompt), limit=LONGEST_PROMPT)


def _unsupported(field: str, how: str) -> InvalidInput:
    return refuse(InvalidInput, how, param=field, code="unsupported_parameter")
