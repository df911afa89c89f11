"""Folding: items that are the same thing under several names become one hit. Knows no scores."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from retrieval.items import Item


@dataclass(frozen=True)
class Folded:
    """An item and the ids of those that are the same, in the order found."""

    item: Item
    duplicates: tuple[str, ...] = ()


def sameness(item: Item) -> str:
    """Equal for items that are the same thing: the bytes of the medium, or the words whatever their case and spaces."""
    if item.blob:
        return f"{item.modality}:{item.blob}:{item.locator.time_span}"
    words = " ".join(item.text.split()).casefold()
    return f"text:{hashlib.sha256(words.encode()).hexdigest()}" if words else item.id


def fold(ids: Sequence[str], k: int, get: Callable[[Sequence[str]], list[Item]]) -> list[Folded]:
    """The first `k` different items of `ids` (best first); those that are the same as one of them are its duplicates.

    `get` loads items by id in that order, and leaves out what is gone. Only as many are loaded as are needed.
    """
    groups: dict[str, list[Item]] = {}
    for start in range(0, len(ids), step := max(2 * k, 16)):
        for item in get(ids[start : start + step]):
            groups.setdefault(sameness(item), []).append(item)
        if len(groups) >= k:
            break
    return [Folded(first, tuple(item.id for item in rest)) for first, *rest in list(groups.values())[:k]]
