"""Facets: which values the metadata of what was found have, and how often. Pure counting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from retrieval.items import Hit

COUNTED = 200
"""Best hits that facets are counted over."""
NEAR = 0.5
"""A hit with less than this share of the best score is no longer what was looked for, and not counted."""
MOST = 20
"""Values listed of one key."""
RANGED = 8
"""Different numbers from which on a key is told as a range too."""


class Value(BaseModel):
    """One value of a key."""

    model_config = ConfigDict(frozen=True)

    value: str | int | float | bool
    count: int


class Facet(BaseModel):
    """The values of one key among what was found, the most frequent first."""

    model_config = ConfigDict(frozen=True)

    values: tuple[Value, ...] = ()
    others: int = 0
    """Hits with values beyond those listed."""
    missing: int = 0
    """Hits without the key."""
    least: float | None = None
    """Of a key with many different numbers: the smallest and the largest."""
    most: float | None = None


def count(hits: Sequence[Hit], keys: Sequence[str]) -> dict[str, Facet]:
    """A Facet for each of `keys` (dots go into nested objects) over the hits that are near the best. A list counts once for each member."""
    near = [hit for hit in hits if hit.score >= NEAR * hits[0].score] if hits else []
    return {key: _facet([_values(hit.item.metadata, key) for hit in near]) for key in keys}


def _values(metadata: dict[str, Any], key: str) -> list[str | int | float | bool]:
    found: Any = metadata
    for part in [key] if key in metadata else key.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    members = found if isinstance(found, list) else [found]
    return [member for member in dict.fromkeys(m for m in members if isinstance(m, str | int | float)) if member != ""]


def _facet(found: Sequence[Sequence[str | int | float | bool]]) -> Facet:
    counted = Counter(value for values in found for value in values)
    order = sorted(counted.items(), key=lambda pair: (-pair[1], str(pair[0])))
    numbers = [value for value in counted if isinstance(value, int | float) and not isinstance(value, bool)]
    ranged = len(numbers) >= RANGED and len(numbers) == len(counted)
    return Facet(
        values=tuple(Value(value=value, count=times) for value, times in order[:MOST]),
        others=sum(times for _, times in order[MOST:]), missing=sum(not values for values in found),
        least=float(min(numbers)) if ranged else None, most=float(max(numbers)) if ranged else None,
    )  # fmt: skip
