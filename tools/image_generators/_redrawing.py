"""Redrawing: the recipe of a drawing made here -> the recipe of a changed one. Knows plans and recipes, no pixel.

A recipe with `edits` among its parameters is whole: it holds all that the drawing is, and needs no picture to be drawn from.
"""

from __future__ import annotations

import secrets
from typing import Any

from retrieval.content import Content
from retrieval.items import Recipe
from tools.image_generators._exact import added, exact
from tools.image_generators._pixels import enlarged_size
from tools.image_generators._retouch import larger
from tools.image_generators.base import EditRequest
from tools.shapes.prompt import Plan, read
from tools.shapes.replan import change
from tools.shapes.tokens import style_of

LARGEST = 2048
"""Longest side that is drawn; above it pixels are enlarged."""
_DERIVED = ("style", "agreement")
"""Parameters that follow from the others and are found anew."""


def whole(recipe: Recipe | None, model: str) -> bool:
    """Whether the recipe alone makes the drawing."""
    return recipe is not None and recipe.model == model and isinstance(recipe.parameters.get("edits"), list)


def plan_of(recipe: Recipe) -> Plan:
    """The plan of a picture made here: its prompt, what was not wanted, and its edits one after another."""
    plan = _wanted(read(recipe.prompt), recipe.negative_prompt)
    for instruction in recipe.parameters.get("edits", ()):
        result = change(plan, str(instruction))
        if result is not None:
            plan = result[0]
    return plan


def _wanted(plan: Plan, negative: str) -> Plan:
    """The plan without the things that the negative prompt names."""
    unwanted = {g.thing for g in read(negative).groups}
    for name in unwanted & {g.thing for g in plan.groups}:
        result = change(plan, f"remove the {name}")
        plan = result[0] if result else plan
    return plan


def redrawn(parent: Recipe, image: Content, request: EditRequest, digest: str, *, styles: bool) -> Recipe | None:
    """What to draw for `request` about `image`; None when it is not about the things of the drawing.

    `digest` is the generator's now; with `styles` a style may be named.
    """
    asked: dict[str, Any] = {"parents": (image.sha256,), "model_sha256": digest}
    asked |= {name: value for name in ("seed", "steps", "guidance") if (value := getattr(request, name)) is not None}
    more: dict[str, Any] | None
    if request.operation == "variation":
        more = _varied(parent, request)
    elif request.operation == "upscale":
        more = _enlarged(parent, request)
    else:
        more = _changed(parent, request, styles) or _enlarged(parent, request)
    if more is None:
        return None
    parameters = {name: value for name, value in (parent.parameters | more.pop("parameters", {})).items() if name not in _DERIVED}
    return parent.model_copy(update={**asked, **more, "parameters": parameters})


def _changed(parent: Recipe, request: EditRequest, styles: bool) -> dict[str, Any] | None:
    words = request.instruction
    operation = "restyle" if styles and style_of(words) and not read(words).groups else ""
    if not operation:
        result = change(plan_of(parent), words)
        operation = result[1] if result else ""
    return {"operation": operation, "parameters": {"edits": [*parent.parameters["edits"], words]}} if operation else None


def _varied(parent: Recipe, request: EditRequest) -> dict[str, Any]:
    """Another seed, and a looser layout; the style stays, unless another is named."""
    edits = list(parent.parameters["edits"])
    style = str(parent.parameters.get("style", ""))
    if style and not any(style_of(str(words)) for words in (parent.prompt, *edits)):
        edits.append(f"{style} style")
    extra = added(request.instruction)
    if extra and (style_of(extra) or change(plan_of(parent), extra)):
        edits.append(extra)
    seed = {} if request.seed is not None else {"seed": (parent.seed + 1 + secrets.randbelow(2**31)) % 2**32}
    return {"operation": "variation", "parameters": {"edits": edits, "loose": True}} | seed


def _enlarged(parent: Recipe, request: EditRequest) -> dict[str, Any] | None:
    """The same drawing on more pixels: real detail, as far as it is drawn and not stored. None where that is not asked for or too large."""
    understood = exact(request.instruction)
    if request.operation == "upscale":
        understood = larger(request.instruction, understood)
    if understood is None or understood.name not in ("upscale", "resize"):
        return None
    width, height = enlarged_size((parent.width, parent.height), understood)
    same = abs(width / height - parent.width / parent.height) < 0.02 * parent.width / parent.height if height else False
    if not same or width <= parent.width or max(width, height) > LARGEST:
        return None
    return {"operation": "upscale", "width": width, "height": height}
