"""Repeating: a recipe of any back-end -> the same picture, byte for byte. Knows recipes and requests, draws nothing and stores nothing."""

from __future__ import annotations

from typing import Any, NoReturn

from pydantic import ValidationError

from retrieval.catalogue import language_of
from retrieval.content import Content
from retrieval.faults import Conflict, Fault, InvalidInput, NotFound
from retrieval.items import Recipe
from tools.image_generators import _retouch
from tools.image_generators._redrawing import whole
from tools.image_generators.base import UNWATCHED, EditRequest, ImageGenerator, ImageRequest, Picture, Watch
from tools.phrasing import tell


def repeat(
    generator: ImageGenerator, recipe: Recipe, source: Content | None, parent: Recipe | None, mask: Content | None,
    watch: Watch = UNWATCHED,
) -> Picture:  # fmt: skip
    """The picture of `recipe`, with the same bytes and the same recipe, as long as the machine and its libraries are the same.

    `source` is the picture that it was made from and `parent` the recipe of that one, `mask` the mask that was used; None where there
    was none. A drawing whose recipe is whole needs none of them. Raises Cancelled; Conflict (`other_model`) when the recipe is that of
    another model or version; NotFound (`missing_source`, `missing_mask`); InvalidInput for a recipe that nobody could have made.
    """
    language = language_of(recipe.prompt)
    pixels = recipe.model == _retouch.MODEL
    _same_model(recipe, _retouch.identity() if pixels else generator.identity(), language)
    draws: Any = generator  # one that draws from a recipe alone says so by `make`, wherever it runs
    if hasattr(draws, "make") and whole(recipe, draws.model):
        _image_request(recipe)
        made: Picture = draws.make(recipe, watch)
        return made
    if recipe.operation == "generate":
        return generator.generate(_image_request(recipe), watch)[0]
    source = _checked(source, recipe.parents[0] if recipe.parents else "", "source", language)
    wanted = str(recipe.parameters.get("mask", ""))
    mask = _checked(mask, wanted, "mask", language) if wanted else None
    source = source.model_copy(update={"name": str(recipe.parameters.get("of", source.name))})
    request, parent = _edit_request(recipe, mask), parent or _described(recipe)
    if pixels:
        return _retouch.retouched(source, parent, request, _retouch.recorded(recipe), watch)
    return generator.edit(source, parent, request, watch)


def _same_model(recipe: Recipe, here: tuple[str, str], language: str) -> None:
    if recipe.model != here[0]:
        raise Conflict(
            tell(language, "repeating.other_model", made=recipe.model, here=here[0]), hint=tell(language, "repeating.other_model_hint"),
            param="recipe", code="other_model",
        )  # fmt: skip
    if recipe.model_sha256 != here[1]:
        raise Conflict(
            tell(language, "repeating.other_version", made=recipe.model), hint=tell(language, "repeating.other_version_hint"),
            param="recipe", code="other_model",
        )  # fmt: skip


def _checked(content: Content | None, sha256: str, kind: str, language: str) -> Content:
    """The very bytes that were used."""
    fault: Fault
    if content is None:
        fault = NotFound(
            tell(language, f"repeating.no_{kind}"), hint=tell(language, "repeating.no_source_hint"), param=kind, code=f"missing_{kind}"
        )
        raise fault
    if content.sha256 != sha256:
        raise Conflict(
            tell(language, f"repeating.other_{kind}"), hint=tell(language, "repeating.no_source_hint"), param=kind, code=f"other_{kind}"
        )
    return content


def _described(recipe: Recipe) -> Recipe | None:
    """What stands for the recipe of the source where that is gone: the words of what it showed; None when nobody had described it."""
    before, shows = str(recipe.parameters.get("of", "")), str(recipe.parameters.get("shows", ""))
    return recipe.model_copy(update={"prompt": before, "parameters": {}}) if before and shows.startswith(before) else None


def _image_request(recipe: Recipe) -> ImageRequest:
    """The request that a recipe of a new picture comes from. Raises InvalidInput when it is out of bounds."""
    try:
        return ImageRequest(
            prompt=recipe.prompt, negative_prompt=recipe.negative_prompt, width=recipe.width, height=recipe.height, seed=recipe.seed,
            steps=recipe.steps, guidance=recipe.guidance,
        )  # fmt: skip
    except ValidationError as error:
        _damaged(recipe, error)


def _edit_request(recipe: Recipe, mask: Content | None) -> EditRequest:
    """The request that a recipe of a changed picture comes from. Raises InvalidInput when it is out of bounds."""
    known: Any = recipe.operation if recipe.operation in ("variation", "upscale") else "change"
    try:
        return EditRequest(
            instruction=str(recipe.parameters.get("instruction", recipe.prompt)), operation=known, seed=recipe.seed, mask=mask,
            strength=recipe.parameters.get("strength") or None, steps=recipe.steps, guidance=recipe.guidance,
        )  # fmt: skip
    except ValidationError as error:
        _damaged(recipe, error)


def _damaged(recipe: Recipe, error: ValidationError) -> NoReturn:
    language, first = language_of(recipe.prompt), error.errors()[0]
    what = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    raise InvalidInput(
        tell(language, "repeating.bad_recipe", what=what[:120]), hint=tell(language, "repeating.bad_recipe_hint"), param="recipe",
        code="bad_recipe",
    ) from error  # fmt: skip
