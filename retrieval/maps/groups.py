"""Groups on a map: things that are nearly the same, and regions with the words that tell them apart. Knows arrays and texts, no table."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.maps.layout import Floats, Indices
from retrieval.segmentation import STOP_WORDS, words

GRID = 48
"""Cells along a side of the plane in which points are counted."""
BLUR = 2.0
"""Width of the blur in cells: how far apart two heaps must lie to be two."""
LEAST = 4
"""Points of the smallest region that gets a label."""
MOST = 24
TELLING = 3
"""Words in a label."""
_MEASURED = re.compile(
    r"(Colours 颜色: [^.]*\.|Picture 图片: [^.]*\.|Shows 画面: |Sounds like 听起来像: |\(likely 很可能\)\.?|\.[A-Za-z][A-Za-z0-9]{1,4}\b)"
)
"""What every picture's description says in the same words, and the endings of file names."""
_LETTERS = re.compile(r"[a-z]{3,}|[\u3400-\u9fff]{2,}")


def same(places: Indices, alike: NDArray[np.bool_]) -> NDArray[np.int32]:
    """For each row the number of its group of near-duplicates, -1 for none; groups are numbered from 0 in the order of the rows.

    `places` are its neighbours, `alike` which of them are near enough. Chains join: a like b, b like c.
    """
    count = len(places)
    parent = np.arange(count)

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = int(parent[row])
        return row

    for here, column in zip(*np.nonzero(alike), strict=True):
        one, other = root(int(here)), root(int(places[here, column]))
        parent[max(one, other)] = min(one, other)
    roots = np.array([root(row) for row in range(count)], np.int64)
    sizes = np.bincount(roots, minlength=count)
    numbers = {int(found): number for number, found in enumerate(dict.fromkeys(roots[sizes[roots] > 1].tolist()))}
    return np.array([numbers.get(int(found), -1) for found in roots], np.int32)


def regions(plane: Floats) -> NDArray[np.int32]:
    """For each point the number of its heap, -1 for one in the open; the fullest heap is 0.

    Points are counted on a grid and blurred; from every cell one climbs to the fullest neighbour until a top is reached, and points that
    reach the same top are one region.
    """
    if len(plane) < LEAST:
        return np.full(len(plane), -1, np.int32)
    low, width = plane.min(0), max(float((plane.max(0) - plane.min(0)).max()), 1e-9)
    cells = np.minimum(((plane - low) / width * GRID).astype(int), GRID - 1)
    counted = np.zeros((GRID, GRID), np.float64)
    np.add.at(counted, (cells[:, 0], cells[:, 1]), 1)
    top = _tops(_blurred(counted))[cells[:, 0], cells[:, 1]]
    sizes = Counter(top.tolist())
    kept = [found for found, size in sizes.most_common(MOST) if size >= LEAST]
    numbers = {found: number for number, found in enumerate(kept)}
    return np.array([numbers.get(int(found), -1) for found in top], np.int32)


def _blurred(counted: NDArray[np.float64]) -> NDArray[np.float64]:
    reach = int(3 * BLUR)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / BLUR) ** 2)
    for axis in (0, 1):
        counted = np.apply_along_axis(lambda line: np.convolve(line, kernel, "same"), axis, counted)
    return counted


def _tops(heights: NDArray[np.float64]) -> NDArray[np.int64]:
    """For each cell the number of the cell that climbing ends at."""
    side = len(heights)
    padded = np.pad(heights, 1, constant_values=-1.0)
    steps = [(down, across) for down in (-1, 0, 1) for across in (-1, 0, 1)]
    around = np.stack([padded[1 + down : 1 + down + side, 1 + across : 1 + across + side] for down, across in steps])
    best = around.argmax(0)
    offsets = np.array([down * side + across for down, across in steps])
    climb: NDArray[np.int64] = (np.arange(side * side).reshape(side, side) + offsets[best]).ravel()
    for _ in range(2 * side):
        further = climb[climb]
        if (further == climb).all():
            break
        climb = further
    return climb.reshape(side, side)


def told(text: str) -> str:
    """The words of an item without those that every picture's description has."""
    return _MEASURED.sub(" ", text)


def labels(texts: Sequence[str], groups: NDArray[np.int32]) -> list[list[str]]:
    """For each group, 0 up, the words that tell it from the others: frequent in its items, rare in the rest; best first."""
    inside: dict[int, Counter[str]] = {}
    everywhere: Counter[str] = Counter()
    for text, group in zip(texts, groups.tolist(), strict=True):
        known = {word for word in words(told(text)[:600]) if word not in STOP_WORDS and _LETTERS.fullmatch(word)}
        everywhere.update(known)
        if group >= 0:
            inside.setdefault(group, Counter()).update(known)
    found = []
    for group in range(int(groups.max(initial=-1)) + 1):
        counts, size = inside.get(group, Counter()), int((groups == group).sum())
        least = min(2, max(counts.values(), default=1))
        weights = {word: _telling(count, size, everywhere[word], len(texts)) for word, count in counts.items() if count >= least}
        found.append(_distinct(sorted(weights, key=lambda word: (-weights[word], word))))
    return found


def _telling(here: int, size: int, everywhere: int, total: int) -> float:
    """Share of the group that has the word, weighed by how much likelier it is there than anywhere."""
    share = here / size
    return share * math.log((share + 1e-3) / (everywhere / total + 1e-3))


def _distinct(ranked: Sequence[str]) -> list[str]:
    """The first few that are not forms of one another."""
    kept: list[str] = []
    for word in ranked:
        if not any(word[:5] == other[:5] or word in other or other in word for other in kept):
            kept.append(word)
        if len(kept) == TELLING:
            break
    return kept
