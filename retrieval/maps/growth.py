"""Growth: what is known of a map joined with what is new, which is put between its neighbours. Pure functions over arrays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from retrieval.embedders.base import Vectors
from retrieval.maps.cache import Laid
from retrieval.maps.layout import Floats, Indices, place
from retrieval.maps.points import Points


def rows(there: NDArray[np.bool_], fresh: NDArray[np.bool_]) -> tuple[Indices, tuple[Indices, Indices]]:
    """The order that brings known and new rows, one behind the other, back into the order of the keys; and the rows of each."""
    known, new = np.nonzero(there)[0], np.nonzero(fresh)[0]
    return np.argsort(np.concatenate([known, new])), (known, new)


def joined(kept: Laid, fresh: Points, spots: Floats, nearest: Indices, alike: NDArray[np.bool_], order: Indices) -> Laid:
    """The known points and the new ones, which take the region of their nearest, and its group where they are nearly the same."""
    duplicates = kept.duplicates.copy()
    mine = np.full(len(fresh.ids), -1, np.int32)
    for row in np.nonzero(alike)[0]:
        if duplicates[nearest[row]] < 0:
            duplicates[nearest[row]] = duplicates.max(initial=-1) + 1
        mine[row] = duplicates[nearest[row]]
    return replace(
        kept, keys=np.concatenate([kept.keys, fresh.keys])[order], kinds=np.concatenate([kept.kinds, fresh.kinds])[order],
        plane=np.concatenate([kept.plane, spots])[order], regions=np.concatenate([kept.regions, kept.regions[nearest]])[order],
        duplicates=np.concatenate([duplicates, mine])[order],
    )  # fmt: skip


def start_of(points: Points, before: Laid, moved: Vectors) -> Floats | None:
    """Where every point was, new ones between their neighbours; None when too little was known."""
    row = {int(key): n for n, key in enumerate(before.keys)}
    there = np.array([int(key) in row for key in points.keys], bool)
    if there.sum() < 2:
        return None
    start = np.zeros((len(points.ids), 2), np.float32)
    start[there] = before.plane[[row[int(key)] for key in points.keys[there]]]
    if not there.all():
        start[~there] = place(moved[~there], moved[there], start[there])[0]
    return start
