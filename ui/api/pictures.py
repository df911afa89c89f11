"""The pictures a person has: made here and found, narrowed by words, likeness and colour; and where each came from. Knows no HTTP."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from retrieval.descriptions import CHINESE, SIDE, main_colours
from retrieval.faults import Fault, InvalidInput
from retrieval.items import Hit
from retrieval.library import FileInfo, Library, Query
from tools import recipes
from ui.api.sent_pictures import MASK
from ui.api.words import refuse

COLOURS = {**{name: name for name in CHINESE}, **{chinese: name for name, chinese in CHINESE.items()}, "gray": "grey", "cyan": "teal"}
COLOURS |= {chinese.removesuffix("色"): name for name, chinese in CHINESE.items()}
"""What a colour may be called -> its name."""
PROBABLE = 0.25
"""Chance from which a picture is shown for words."""
LIKE = 0.02
"""And for likeness, of which there is more or less."""
MOST = 100


def shape(file: FileInfo) -> dict[str, Any]:
    """A picture as lists show it."""
    recipe = file.recipe
    return {
        "id": file.id, "file_id": file.id, "object": "image", "created_at": int(file.created_at), "filename": file.name,
        "media_type": file.media_type, "width": file.width, "height": file.height, "bytes": file.bytes, "generated": recipe is not None,
        "prompt": recipe.prompt if recipe else "", "operation": recipe.operation if recipe else None,
        "caption": str(file.metadata.get("prompt") or (recipe.prompt if recipe else "")),
        "recipe": recipe.model_dump(mode="json") if recipe else None, "score": file.metadata.get("score"),
        "doubtful": bool(file.metadata.get("doubtful", False)), "url": f"/v1/files/{file.id}/content",
        "thumbnail": f"/v1/files/{file.id}/thumbnail",
    }  # fmt: skip


def pictures(library: Library, owner: str, generated: bool | None = None) -> list[FileInfo]:
    """The owner's pictures, newest first, without masks; only those made here, or only the others, if told so."""
    found = (file for file in library.files(owner) if file.modality == "image" and file.purpose != MASK)
    return [file for file in found if generated is None or (file.recipe is not None) == generated]


def narrowed(library: Library, owner: str, files: list[FileInfo], words: str, like: str, colour: str) -> list[FileInfo]:
    """`files` that fit, the best first; in the order given where nothing ranks them. Raises NotFound, InvalidInput."""
    if like:
        files = _like(library, owner, files, picture(library, like, owner))
    if words.strip():
        files = _worded(library, owner, files, words)
    if colour:
        name = COLOURS.get(colour.strip().lower())
        if name is None:
            raise refuse(InvalidInput, "colour", param="colour", colour=colour[:40], known=", ".join(CHINESE))
        files = [file for file in files if name in _colours_of(library, file)]
    return files


def picture(library: Library, file_id: str, owner: str) -> FileInfo:
    """The owner's picture of that id. Raises NotFound, InvalidInput for a file that is none."""
    file = library.file(file_id, owner)
    if file.modality != "image":
        raise refuse(InvalidInput, "not_a_picture", param="file_id", given=file.media_type)
    return file


def story(library: Library, file: FileInfo) -> dict[str, Any]:
    """A picture with what it was made of (`chain`, oldest first) and what was made of it (`children`, oldest first)."""
    children = [f for f in library.files(file.owner) if f.recipe is not None and file.sha256 in f.recipe.parents and f.id != file.id]
    chain = recipes.chain(library, file.id, file.owner)[:-1]
    return shape(file) | {"chain": [shape(f) for f in chain], "children": [shape(f) for f in reversed(children)]}


def _worded(library: Library, owner: str, files: list[FileInfo], words: str) -> list[FileInfo]:
    """Those whose own words hold all of `words`, then those that show it."""
    wanted = words.casefold().split()
    literal = [file.id for file in files if all(word in _said(file) for word in wanted)]
    shown = _found(library.search(Query(owner=owner, text=words, modalities=("image",), k=MOST)), PROBABLE)
    return _ordered(files, [*literal, *shown])


def _said(file: FileInfo) -> str:
    """A picture's own words."""
    return f"{file.name} {file.metadata.get('prompt', '')} {file.recipe.prompt if file.recipe else ''}".casefold()


def _like(library: Library, owner: str, files: list[FileInfo], example: FileInfo) -> list[FileInfo]:
    content = library.open_file(example.id, owner)
    found = _found(library.search(Query(owner=owner, contents=(content,), modalities=("image",), k=MOST)), LIKE)
    return [file for file in _ordered(files, found) if file.id != example.id]


def _found(hits: Iterable[Hit], least: float) -> list[str]:
    return [hit.item.parent for hit in hits if hit.item.parent and hit.probability >= least]


def _ordered(files: list[FileInfo], ids: Iterable[str]) -> list[FileInfo]:
    by_id = {file.id: file for file in files}
    return [by_id[identity] for identity in dict.fromkeys(ids) if identity in by_id]


def _colours_of(library: Library, file: FileInfo) -> frozenset[str]:
    """Names of its main colours; none for a picture whose bytes are gone."""
    try:
        return _colours(_Seen(file.sha256, library, file.id, file.owner))
    except Fault:
        return frozenset()


@dataclass(frozen=True)
class _Seen:
    """A picture to look at: the same bytes are looked at once."""

    sha256: str
    library: Library = field(compare=False)
    file_id: str = field(compare=False)
    owner: str = field(compare=False)


@lru_cache(maxsize=4096)
def _colours(seen: _Seen) -> frozenset[str]:
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(seen.library.open_file(seen.file_id, seen.owner).data)) as opened:
        opened.draft("RGB", (SIDE, SIDE))
        opened.thumbnail((SIDE, SIDE))
        clear = opened.convert("RGBA")
    behind = Image.new("RGBA", clear.size, "white")
    behind.alpha_composite(clear)
    return frozenset(colour.name for colour in main_colours(np.asarray(behind.convert("RGB"))))
