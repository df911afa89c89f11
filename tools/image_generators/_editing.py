"""Editing: how a picture goes into a pipeline that changes it and comes out again at its own size. Knows no model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from PIL import Image

from tools.image_generators._families import takes


@dataclass(frozen=True)
class Edit:
    """A change, and the pipeline that makes it."""

    pipeline: Any
    operation: str
    """inpaint | instruct | redraw | variation | background | upscale."""
    prompt: str
    mask: Image.Image | None = None
    """White where the picture may change, at its size."""
    strength: float = 0.0
    """How far the picture is taken apart, 0 to 1; 0 where the pipeline has no such notion."""


def prepared(edit: Edit, source: Image.Image, size: tuple[int, int], steps: int) -> dict[str, Any]:
    """What the pipeline is given for `source`, drawn at `size` (width, height)."""
    call = edit.pipeline.__call__
    given: dict[str, Any] = {"image": source.resize(size, Image.Resampling.LANCZOS)}
    if takes(call, "height"):
        given |= {"width": size[0], "height": size[1]}
    if edit.mask is not None:
        given["mask_image"] = edit.mask.resize(size)
    if edit.strength and takes(call, "strength"):
        # A pipeline runs only the part of its steps that the strength leaves: enough are asked for that as many run.
        given |= {"strength": edit.strength, "num_inference_steps": math.ceil(steps / edit.strength)}
    return given


def finished(edit: Edit, source: Image.Image, made: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The changed picture at `size`; outside the mask it is the source itself."""
    whole = made.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    return whole if edit.mask is None else Image.composite(whole, source, edit.mask)
