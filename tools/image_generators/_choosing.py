"""Choosing: which pipeline makes a change, and with which words. Knows kinds of pipelines, draws nothing.

What pixels do better than a model that draws is not chosen here: `exact` finds it first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from retrieval.items import Recipe
from tools.image_generators._editing import Edit
from tools.image_generators._exact import added
from tools.image_generators._families import STRENGTH, edits, upscales, variant
from tools.image_generators._instructions import Operation, understand
from tools.image_generators._origins import shows
from tools.image_generators.base import EditRequest
from tools.subject import find_subject

_EMPTY = "empty background"
"""What is asked for where something is to go away: words that name it would draw it again."""


def chosen(pipeline: Any, source: Image.Image, mask: Image.Image | None, parent: Recipe | None, request: EditRequest) -> Edit | None:
    """How `pipeline`, or another of the same parts, makes the change; None when it cannot."""
    before, asked = shows(parent), request.instruction
    described = f"{before}, {asked}" if before and before != asked else asked
    if upscales(type(pipeline).__name__):
        return Edit(pipeline, "upscale", before) if request.operation == "upscale" else None
    if request.operation == "variation":
        return _variation(pipeline, before, request)
    understood = understand(asked)
    if mask is not None:
        gone = understood is not None and understood.name in ("erase", "remove_text")
        return _inpainting(pipeline, _EMPTY if gone else asked, mask, request)
    if edits(pipeline.__call__):
        return Edit(pipeline, "instruct", asked)
    ground = _background(pipeline, source, before, understood, request)
    if ground is not None:
        return ground
    anew = variant(pipeline, "Image2Image")
    return Edit(anew, "redraw", described, strength=request.strength or STRENGTH) if anew is not None else None


def _variation(pipeline: Any, before: str, request: EditRequest) -> Edit | None:
    """The same thing another way; the words are those of the picture, and what the wish adds to them."""
    words = ", ".join(part for part in (before, added(request.instruction)) if part) or request.instruction
    anew = variant(pipeline, "Image2Image")
    if anew is not None:
        return Edit(anew, "variation", words, strength=request.strength or STRENGTH)
    return Edit(pipeline, "variation", words) if edits(pipeline.__call__) else None


def _inpainting(pipeline: Any, words: str, mask: Image.Image, request: EditRequest) -> Edit | None:
    inpainting = variant(pipeline, "Inpainting")
    return Edit(inpainting, "inpaint", words, mask, request.strength or 1.0) if inpainting is not None else None


def _background(pipeline: Any, source: Image.Image, before: str, understood: Operation | None, request: EditRequest) -> Edit | None:
    """Another place or background for the main thing: all but it is drawn anew, so that it stays what it is."""
    if understood is None or understood.name not in ("scene", "background"):
        return None
    where = understood.text or f"{understood.colour} background"
    rest = Image.fromarray((~find_subject(np.asarray(source)).mask).astype(np.uint8) * 255)
    if rest.getbbox() is None:
        return None
    edit = _inpainting(pipeline, ", ".join(part for part in (before, where) if part), rest, request)
    return edit and Edit(edit.pipeline, "background", edit.prompt, edit.mask, edit.strength)
