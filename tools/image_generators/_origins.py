"""Origins: what a recipe says of the picture that was changed. Knows no pixel."""

from __future__ import annotations

from typing import Any

from retrieval.content import Content
from retrieval.items import Recipe


def shows(recipe: Recipe | None) -> str:
    """What the picture of a recipe shows, in words; empty for a picture that nobody described.

    The prompt of a picture that was only turned or filled in is the instruction; what it shows was said before.
    """
    if recipe is None:
        return ""
    if "shows" in recipe.parameters:
        return str(recipe.parameters["shows"])
    edits = recipe.parameters.get("edits", ())
    return ", ".join((recipe.prompt, *map(str, edits if isinstance(edits, list) else ())))


def origin(image: Content, parent: Recipe | None, mask: Content | None = None, more: str = "") -> dict[str, Any]:
    """The parameters that every change of `image` has: `of` names it, `shows` says what the changed picture shows, `mask` its mask.

    `more` is what the change adds to what it shows.
    """
    before = shows(parent)
    said = ", ".join(words for words in (before, more) if words)
    return {"of": before or image.name, "shows": said} | ({"mask": mask.sha256} if mask is not None else {})
