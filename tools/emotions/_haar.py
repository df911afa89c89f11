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
_TOGETHER = 400_000
"""Numbers read at once: what a small cache holds."""


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
        import cv2

        boxes, margins = [np.zeros((0, 4))], [np.zeros(0)]
        scale = max(1.0, least / self.width)
        while self.width * scale <= most:
            size = (round(grey.shape[1] / scale), round(grey.shape[0] / scale))
            if size[0] < self.width or size[1] < self.height:
                break
            x, y, margin = self._pass(cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR), 1 if scale > 2 else 2)
            boxes.append(np.stack([x, y, x + self.width, y + self.height], 1) * scale)
            margins.append(margin)
            scale *= factor
        return Hits(np.concatenate(boxes), np.concatenate(margins))

    def _pass(self, small: Grey, step: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Corners and margins of the windows of one size that pass."""
        import cv2

        sums, squares, tilted = cv2.integral3(small, sdepth=cv2.CV_32S, sqdepth=cv2.CV_64F)
        row = sums.shape[1]
        y, x = np.mgrid[0 : small.shape[0] - self.height + 1 : step, 0 : small.shape[1] - self.width + 1 : step]
        at = (y * row + x).ravel()
        inner = (1, 1, self.width - 2, self.height - 2)
        area = inner[2] * inner[3]
        flat = np.concatenate([sums.ravel(), tilted.ravel()]).astype(np.float64)
        spread = area * _sum(squares.ravel(), at, inner, row) - _sum(flat, at, inner, row) ** 2
        at, norm = at[spread > 0], 1 / np.sqrt(spread[spread > 0])
        passed = np.zeros(len(at))
        for stage in self._stages:
            total = stage.total(flat, at, norm, row)
            kept = total >= stage.limit
            at, norm, passed = at[kept], norm[kept], total[kept] - stage.limit
            if not len(at):
                break
        return at % row, at // row, passed


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

    def total(self, flat: Floats, at: NDArray[np.int64], norm: Floats, row: int) -> Floats:
        """What the trees add up to for each window; `flat` holds the upright sums, then the leaning ones."""
        places = self.across + row * self.down + (len(flat) // 2) * self.tilted[..., None, None]
        totals = []
        for some in np.array_split(np.arange(len(at)), max(1, len(at) * places.size // _TOGETHER)):
            read = flat[at[some, None, None, None, None] + places]
            sums = read[..., 0] - read[..., 1] - read[..., 2] + read[..., 3]
            small = (sums * self.weights).sum(-1) * norm[some, None, None] < self.thresholds
            place = np.where(small, self.left, self.right)
            leaf = np.where(place[..., 0] > 0, place[..., 1], place[..., 0])
            totals.append(self.leaves[np.arange(len(self.leaves)), -leaf].sum(-1))
        return np.concatenate(totals)


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


def _sum(flat: Floats, at: NDArray[np.int64], rect: tuple[int, int, int, int], row: int) -> Floats:
    """Sum of the pixels of an upright rectangle (x, y, width, height) in each window that begins at `at`."""
    x, y, width, height = rect
    corner = at + (x + row * y)
    below = corner + row * height
    return np.asarray(flat[corner] - flat[corner + width] - flat[below] + flat[below + width])
