"""Haar cascades: boosted trees over sums of rectangles, as Viola and Jones (2001) made them. Knows how one is run, not what it finds.

OpenCV 5 no longer runs these. The numbers (`haar.safetensors`, packed by `training/pack_haar.py`) are those of OpenCV's own files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Floats = NDArray[np.float64]
Whole = NDArray[np.int32]
Places = NDArray[np.int64]
_TOGETHER = 400_000
"""Numbers read at once: what a small cache holds."""
_MANY = 300
"""Windows from which trees are run one after the other, each on all windows; fewer windows are run on all trees of a stage at once."""


@dataclass(frozen=True)
class Hits:
    """Windows that passed all stages."""

    boxes: NDArray[np.float64]
    """(n, 4): x0, y0, x1, y1 in pixels of the picture looked at."""
    margins: NDArray[np.float64]
    """(n,): by how much the last stage was passed."""


class Cascade:
    """One cascade. Holds no state besides its numbers."""

    def __init__(self, tensors: dict[str, NDArray[Any]], name: str) -> None:
        """`tensors` holds `name.*`: size (width, height), rects (features, 3, 4), weights (features, 3), tilted (features: whether its
        rectangles stand on a corner), nodes (trees, 2, 3) of left, right and feature, thresholds (trees, 2), leaves (trees, 3), stages
        (trees in each), limits (least sum of each)."""
        of = {key.removeprefix(f"{name}."): value for key, value in tensors.items() if key.startswith(f"{name}.")}
        self.width, self.height = (int(v) for v in of["size"])
        self._stages = _stages(of)

    def hits(self, grey: Grey, *, least: float, most: float, factor: float = 1.1) -> Hits:
        """Every window that passes, `least` to `most` pixels wide. A window moves by two pixels of the shrunken picture, by one from twice
        its own size, as in OpenCV."""
        scales, sizes = [], []
        scale = max(1.0, least / self.width)
        while self.width * scale <= most:
            size = (round(grey.shape[1] / scale), round(grey.shape[0] / scale))
            if size[0] < self.width or size[1] < self.height:
                break
            scales.append(scale)
            sizes.append(size)
            scale *= factor
        if not scales:
            return Hits(np.zeros((0, 4)), np.zeros(0))
        sheet = _sheet(grey, sizes)
        at, level = self._windows(sheet, np.asarray(scales))
        at, level, passed = self._passed(sheet, at, level)
        x, y = at % sheet.row, at // sheet.row - sheet.tops[level]
        return Hits(np.stack([x, y, x + self.width, y + self.height], 1) * np.asarray(scales)[level, None], passed)

    def _windows(self, sheet: _Sheet, scales: Floats) -> tuple[Places, Places]:
        """Where each window begins in the sheet, and its size's number."""
        at, level = [], []
        for n, ((wide, high), top, scale) in enumerate(zip(sheet.sizes, sheet.tops, scales, strict=True)):
            step = 1 if scale > 2 else 2
            y, x = np.mgrid[0 : high - self.height + 1 : step, 0 : wide - self.width + 1 : step]
            at.append(((y + top) * sheet.row + x).ravel())
            level.append(np.full(at[-1].size, n))
        return np.concatenate(at), np.concatenate(level)

    def _passed(self, sheet: _Sheet, at: Places, level: Places) -> tuple[Places, Places, Floats]:
        """The windows that pass all stages, and by how much the last."""
        inner = (1, 1, self.width - 2, self.height - 2)
        whole = _sum(sheet.flat, at, inner, sheet.row).astype(np.float64)
        spread = inner[2] * inner[3] * _sum(sheet.squares, at, inner, sheet.row) - whole**2
        kept = spread > 0
        at, level, norm, passed = at[kept], level[kept], 1 / np.sqrt(spread[kept]), np.zeros(int(kept.sum()))
        for stage in self._stages:
            if not len(at):
                break
            total = stage.total(sheet.flat, at, norm, sheet.row)
            kept = total >= stage.limit
            at, level, norm, passed = at[kept], level[kept], norm[kept], total[kept] - stage.limit
        return at, level, passed


@dataclass(frozen=True)
class _Sheet:
    """A picture in several sizes, one below the other, as sums: so that all windows of all sizes are looked at together."""

    row: int
    """Numbers in a row."""
    sizes: list[tuple[int, int]]
    tops: NDArray[np.int64]
    """First row of each size."""
    flat: Whole
    """The upright sums, then the leaning ones."""
    squares: Floats


def _sheet(grey: Grey, sizes: list[tuple[int, int]]) -> _Sheet:
    import cv2

    tops = np.cumsum([0, *(high + 1 for _, high in sizes)])
    row = max(wide for wide, _ in sizes) + 1
    sums, tilted = np.zeros((2, tops[-1], row), np.int32)
    squares = np.zeros((tops[-1], row))
    for (wide, high), top in zip(sizes, tops[:-1], strict=True):
        place = (slice(top, top + high + 1), slice(wide + 1))
        sums[place], squares[place], tilted[place] = cv2.integral3(
            cv2.resize(grey, (wide, high), interpolation=cv2.INTER_LINEAR), sdepth=cv2.CV_32S, sqdepth=cv2.CV_64F
        )
    return _Sheet(row, sizes, tops[:-1], np.concatenate([sums.ravel(), tilted.ravel()]), squares.ravel())


@dataclass(frozen=True)
class _Stage:
    """A sum of trees of one or two nodes, ready to be run on many windows at once."""

    across: NDArray[np.int64]
    """(trees, 2 nodes, 3 rectangles, 4 corners): columns from the window's beginning."""
    down: NDArray[np.int64]
    """The same for rows."""
    tilted: NDArray[np.int64]
    """(trees, 2): 1 for sums of leaning rectangles."""
    weights: Floats
    """(trees, 2, 3)."""
    thresholds: Floats
    """(trees, 2)."""
    left: NDArray[np.int64]
    """(trees, 2): where a smaller value goes; the other way is `right`. Above 0 to the second node, else to the leaf of that number."""
    right: NDArray[np.int64]
    leaves: Floats
    """(trees, 3)."""
    limit: float

    def total(self, flat: Whole, at: Places, norm: Floats, row: int) -> Floats:
        """What the trees add up to for each window; `flat` holds the upright sums, then the leaning ones."""
        places = self.across + row * self.down + (len(flat) // 2) * self.tilted[..., None, None]
        if len(at) >= _MANY:
            return self._each(flat, at, norm, places)
        parts = np.array_split(np.arange(len(at)), max(1, len(at) * places.size // _TOGETHER))
        return np.concatenate([self._all(flat, at[some], norm[some], places) for some in parts])

    def _all(self, flat: Whole, at: Places, norm: Floats, places: Places) -> Floats:
        """All trees at once."""
        read = flat[at[:, None, None, None, None] + places].astype(np.float64)
        sums = read[..., 0] - read[..., 1] - read[..., 2] + read[..., 3]
        small = (sums * self.weights).sum(-1) * norm[:, None, None] < self.thresholds
        place = np.where(small, self.left, self.right)
        leaf = np.where(place[..., 0] > 0, place[..., 1], place[..., 0])
        return np.asarray(self.leaves[np.arange(len(self.leaves)), -leaf].sum(-1), np.float64)

    def _each(self, flat: Whole, at: Places, norm: Floats, places: Places) -> Floats:
        """Tree by tree: what is not used, empty rectangles and second nodes, is not read."""
        found = np.zeros((len(at), len(self.leaves)))
        for tree, (left, right, leaves) in enumerate(zip(self.left, self.right, self.leaves, strict=True)):
            small = self._small(flat, at, norm, places, tree, 0)
            place = np.where(small, left[0], right[0])
            if left[0] > 0 or right[0] > 0:
                place = np.where(place > 0, np.where(self._small(flat, at, norm, places, tree, 1), left[1], right[1]), place)
            found[:, tree] = leaves[-place]
        return np.asarray(found.sum(-1))

    def _small(
        self, flat: Whole, at: NDArray[np.int64], norm: Floats, places: NDArray[np.int64], tree: int, node: int
    ) -> NDArray[np.bool_]:
        """Whether the rectangles of a node add up to less than its threshold, in each window."""
        value = np.zeros(len(at))
        for weight, (a, b, c, d) in zip(self.weights[tree, node], places[tree, node], strict=True):
            if weight:
                value += weight * (flat[a:].take(at) - flat[b:].take(at) - flat[c:].take(at) + flat[d:].take(at))
        return np.asarray(value * norm < self.thresholds[tree, node])


def _stages(of: dict[str, NDArray[Any]]) -> list[_Stage]:
    x, y, width, height = np.moveaxis(of["rects"].astype(np.int64), -1, 0)
    leans = of["tilted"].astype(bool)[:, None, None]
    across = np.where(leans, np.stack([x, x - height, x + width, x + width - height], -1), np.stack([x, x + width, x, x + width], -1))
    down = np.where(
        leans, np.stack([y, y + height, y + width, y + width + height], -1), np.stack([y, y, y + height, y + height], -1)
    )  # fmt: skip
    made, start = [], 0
    for count, limit in zip(of["stages"].astype(int), of["limits"], strict=True):
        part = slice(start, start + count)
        nodes = of["nodes"][part].astype(np.int64)
        feature = nodes[..., 2]
        made.append(_Stage(
            across[feature], down[feature], of["tilted"].astype(np.int64)[feature], of["weights"].astype(np.float64)[feature],
            of["thresholds"][part].astype(np.float64), nodes[..., 0], nodes[..., 1], of["leaves"][part].astype(np.float64), float(limit),
        ))  # fmt: skip
        start += count
    return made


def _sum(flat: NDArray[Any], at: NDArray[np.int64], rect: tuple[int, int, int, int], row: int) -> NDArray[Any]:
    """Sum of the pixels of an upright rectangle (x, y, width, height) in each window that begins at `at`."""
    x, y, width, height = rect
    corner = at + (x + row * y)
    below = corner + row * height
    return np.asarray(flat[corner] - flat[corner + width] - flat[below] + flat[below + width])
