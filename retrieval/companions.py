"""Companions: words that were given with a picture, a sound or a video, so that it is found by them: its attributes, or a table's row.

A row belongs to a medium when one of its cells is the name of the file, as in the catalogue of a shop (`name, description, price, image`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from retrieval.content import Modality
from retrieval.items import Item
from retrieval.stores.base import Scope, Store

MEDIA: tuple[Modality, ...] = ("image", "audio", "video")
TELLING = (
    "name", "title", "caption", "alt", "alt_text", "description", "summary", "keywords", "tags", "category", "colour", "color", "material",
    "名称", "名字", "标题", "说明", "描述", "简介", "关键词", "标签", "类别", "分类", "颜色", "材质",
)  # fmt: skip
"""Keys whose values say in words what a medium shows, in the order they are told."""
OWN = frozenset({"faq", "question", "answer"})
"""Keys of a row that speak of the row itself."""
CONSIDERED = 5
MOST = 4000
"""Characters told of a medium."""


def told(metadata: Mapping[str, Any]) -> str:
    """What the metadata says in words, one line a key; empty when nothing."""
    lowered = {key.strip().lower(): value for key, value in metadata.items()}
    lines = []
    for key in TELLING:
        value = lowered.get(key)
        words = ", ".join(str(member) for member in value if isinstance(member, str)) if isinstance(value, list) else value
        if isinstance(words, str) and words.strip():
            lines.append(" ".join(words.split()))
    return "\n".join(dict.fromkeys(lines))[:MOST]


def row_for(store: Store, name: str, collection: str, owner: str) -> dict[str, Any]:
    """The columns of the row that names this file, without those that only speak of the row; empty when there is none."""
    if not name:
        return {}
    scope = Scope(owner, (collection,), ("text",))
    hits = store.lexical(PurePosixPath(name).stem.replace("_", " ").replace("-", " "), CONSIDERED, scope)
    for item in store.get([hit.item_id for hit in hits], owner):
        if item.locator.row is not None and _names(item, name):
            return {key: value for key, value in item.metadata.items() if key not in OWN}
    return {}


def _names(item: Item, name: str) -> bool:
    """Whether a cell of the row is the file's name, alone, at the end of a path, or in a list."""
    wanted = name.casefold()
    for value in item.metadata.values():
        for cell in value if isinstance(value, list) else str(value).replace(";", "|").replace(",", "|").split("|"):
            if PurePosixPath(str(cell).strip().replace("\\", "/")).name.casefold() == wanted:
                return True
    return False
