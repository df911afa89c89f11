"""Recipes of pictures: put into a picture and read out of one, looked up, and followed from a picture to what it was made of."""

from __future__ import annotations

from retrieval import recipe_chunk
from retrieval.content import Content
from retrieval.faults import NotFound
from retrieval.items import Recipe
from retrieval.library import Library
from retrieval.records import FileInfo

_LONGEST_CHAIN = 200


def embed(content: Content, recipe: Recipe) -> Content:
    """The PNG with `recipe` in it, in place of one that is there; any other content as it is. The same in gives the same bytes."""
    return content.model_copy(update={"data": recipe_chunk.written(content.data, recipe)})


def extract(data: bytes) -> Recipe | None:
    """The recipe inside a PNG; None where there is none, it is damaged, too large, or no recipe. Raises nothing, whatever the bytes are."""
    return recipe_chunk.read(data)


def chain(library: Library, file_id: str, owner: str) -> list[FileInfo]:
    """The picture and what it was made of, oldest first; it ends where a parent is gone or was made of nothing. Raises NotFound."""
    found = [library.file(file_id, owner)]
    seen = {found[0].sha256}
    while len(found) < _LONGEST_CHAIN:
        recipe = found[-1].recipe
        parent = next((file for sha256 in (recipe.parents if recipe else ()) if (file := stored(library, sha256, owner))), None)
        if parent is None or parent.sha256 in seen:
            break
        seen.add(parent.sha256)
        found.append(parent)
    return found[::-1]


def stored(library: Library, sha256: str, owner: str) -> FileInfo | None:
    """The owner's file with these bytes, one with a recipe first; None when they hold none."""
    files = library.files_of(sha256, owner)
    return next((file for file in files if file.recipe is not None), files[0] if files else None)


def file_of(library: Library, identity: str, owner: str) -> str:
    """Id of the file that is, or holds, what `identity` (file or item) names; of a copy sent back in, the one with the recipe.

    Raises NotFound.
    """
    parent = identity if identity.startswith("file-") else library.item(identity, owner).parent
    if not parent:
        raise NotFound(f"'{identity[:80]}' comes from no file.", hint="Name a picture.", param="image")
    file = library.file(parent, owner)
    made = file if file.recipe else stored(library, file.sha256, owner)
    return made.id if made else file.id


def recipe_of(library: Library, identity: str, owner: str) -> Recipe | None:
    """How the file or item was made; None for what was not made here, and for what is not there."""
    try:
        return library.file(file_of(library, identity, owner), owner).recipe
    except NotFound:
        return None
