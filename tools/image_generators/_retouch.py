"""Retouch: a change done on pixels, with the recipe that repeats it. The same on every back-end; knows no model."""

from __future__ import annotations

import numpy as np
from pydantic import ValidationError

from retrieval.catalogue import language_of
from retrieval.content import Content
from retrieval.faults import InvalidInput
from retrieval.items import Recipe
from tools.image_generators import _pixels
from tools.image_generators._digests import changes
from tools.image_generators._images import marked, opened, picture_content
from tools.image_generators._instructions import Operation, enlarged
from tools.image_generators._origins import origin
from tools.image_generators.base import EditRequest, Picture, Watch
from tools.phrasing import tell
from tools.shapes.paint import can_write

MODEL = "pixels-1"
"""Stands in the recipe of every picture that was changed this way, whichever back-end was asked."""


def identity() -> tuple[str, str]:
    """(model, model_sha256) of these changes."""
    return MODEL, changes()


def retouched(image: Content, parent: Recipe | None, request: EditRequest, operation: Operation, watch: Watch) -> Picture:
    """`image` with `operation` done. Raises Cancelled, InvalidInput, Unreadable."""
    watch.check()
    language = language_of(request.instruction)
    source = opened(image)
    mask = marked(request.mask, source.size, language)
    if operation.name == "caption" and not can_write(operation.text):
        raise InvalidInput(tell(language, "shapes.no_font"), hint=tell(language, "shapes.no_font_hint"), param="instruction")
    changed = _pixels.apply(source, operation, None if mask is None else np.asarray(mask) > 0, language)
    watch.check()
    recipe = Recipe(
        prompt=request.instruction, seed=0 if request.seed is None else request.seed, width=changed.width, height=changed.height,
        model=MODEL, model_sha256=changes(), parents=(image.sha256,), operation=operation.name,
        parameters={**operation.model_dump(exclude_defaults=True, exclude={"name"}), **origin(image, parent, request.mask)},
    )  # fmt: skip
    watch.progress(1.0)
    return Picture(content=picture_content(changed), recipe=recipe, note=_note(operation, source.size, changed.size, language))


def recorded(recipe: Recipe) -> Operation:
    """The operation of a recipe made by `retouched`. Raises InvalidInput for one that nobody could have made."""
    known = {name: recipe.parameters[name] for name in Operation.model_fields if name in recipe.parameters}
    language, what = language_of(recipe.prompt), ""
    try:
        operation = Operation(**{**known, "name": recipe.operation})
        if operation.name in _pixels.NAMES:
            return operation
        what = operation.name
    except ValidationError as error:
        what = str(error.errors()[0]["msg"])
    raise InvalidInput(
        tell(language, "repeating.bad_recipe", what=what[:100]), hint=tell(language, "repeating.bad_recipe_hint"), param="recipe",
        code="bad_recipe",
    )  # fmt: skip


def larger(instruction: str, understood: Operation | None) -> Operation:
    """The operation of a wish for an enlarged picture: as it was understood, else twice as large, or as told."""
    if understood is not None and understood.name == "upscale":
        return understood
    return enlarged(instruction)


def _note(operation: Operation, before: tuple[int, int], after: tuple[int, int], language: str) -> str:
    """What a person should know of the result."""
    if operation.name in _pixels.CUTS:
        return tell(language, "shapes.classical_cut")
    grown = operation.name in ("upscale", "resize") and after[0] > before[0]
    return tell(language, "shapes.lanczos") if grown else ""
