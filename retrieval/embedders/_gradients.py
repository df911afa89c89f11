"""Edges, textures and colours of pictures as numbers, and the perceptron that reads them.

Histograms of oriented gradients (Dalal and Triggs 2005) and of local binary patterns (Ojala, Pietikäinen and Mäenpää 2002) at three sizes
of the picture, on grids of 8 x 8 and 4 x 4 cells; mean colours and histograms of colours. A network that learns from a few ten thousand
pictures finds worse ones by itself. Plain arithmetic: a few milliseconds a picture.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.faults import Unavailable

SIDE = 128
SIZES = (128, 64, 32)
FINE, COARSE = 8, 4
"""Cells on a side of the grids."""
DIRECTIONS, PATTERNS, LEVELS = 16, 10, 4
PATTERN_STEP = 0.008
"""How much brighter a neighbour must be to count as brighter: less is noise."""
LIGHT = np.array([0.299, 0.587, 0.114], np.float32)
AROUND = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))
Array = NDArray[np.float32]
Whole = NDArray[np.intp]


@cache
def _cells(side: int, grid: int) -> Whole:
    """The number of the cell that each pixel lies in, shape (side, side); the same for a picture and its mirror image."""
    place = ((np.arange(side) + 0.5) * grid / side).astype(np.intp)
    cells: Whole = place[:, None] * grid + place[None, :]
    return cells


def _counted(codes: Whole, weights: Array | None, bins: int) -> Array:
    """Histograms of `codes` (n, ...) below `bins`, weighted or not: shape (n, bins)."""
    count = len(codes)
    flat = (codes.reshape(count, -1) + np.arange(count)[:, None] * bins).ravel()
    found: Array = np.bincount(flat, None if weights is None else weights.ravel(), count * bins).reshape(count, bins).astype(np.float32)
    return found


def _even(histograms: Array) -> Array:
    """Histograms (n, grid, grid, bins) over the strength of their neighbourhood, so that faint lines count like strong ones."""
    grid = histograms.shape[1]
    energy = np.pad((histograms**2).sum(3), ((0, 0), (1, 1), (1, 1)), mode="edge")
    around = np.mean([energy[:, down : down + grid, across : across + grid] for down in range(3) for across in range(3)], axis=0)
    even: Array = np.sqrt(np.minimum(histograms / np.sqrt(around[..., None] + 1e-5), 1.0))
    return even


class _Directions:
    """Where the light grows in a grey picture (n, side, side), and how much: shared out between the two nearest of DIRECTIONS."""

    def __init__(self, grey: Array) -> None:
        bordered = np.pad(grey, ((0, 0), (1, 1), (1, 1)), mode="edge")
        across, down = bordered[:, 1:-1, 2:] - bordered[:, 1:-1, :-2], bordered[:, 2:, 1:-1] - bordered[:, :-2, 1:-1]
        strength, turn = np.hypot(across, down), (np.arctan2(down, across) / (2 * np.pi) % 1.0) * DIRECTIONS
        whole = np.floor(turn)
        self._side, share = grey.shape[1], (turn - whole).astype(np.float32)
        self._low = whole.astype(np.intp) % DIRECTIONS
        self._lower, self._higher = strength * (1 - share), strength * share

    def on(self, grid: int) -> Array:
        """Mean strength in each cell and direction, shape (n, grid, grid, DIRECTIONS)."""
        cells, bins = _cells(self._side, grid)[None] * DIRECTIONS, grid * grid * DIRECTIONS
        found = _counted(cells + self._low, self._lower, bins) + _counted(cells + (self._low + 1) % DIRECTIONS, self._higher, bins)
        return found.reshape(-1, grid, grid, DIRECTIONS) * np.float32((grid / self._side) ** 2)


def _unsigned(histograms: Array) -> Array:
    """Light to dark counted like dark to light."""
    return histograms[..., : DIRECTIONS // 2] + histograms[..., DIRECTIONS // 2 :]


@cache
def _patterns() -> Whole:
    """The pattern of each of 256 codes: how many neighbours are brighter, if they lie together, else the last pattern."""
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    changes = (bits != np.roll(bits, 1, axis=1)).sum(1)
    found: Whole = np.where(changes <= 2, bits.sum(1), PATTERNS - 1).astype(np.intp)
    return found


def _textures(grey: Array) -> Array:
    """How often each pattern of brighter neighbours is found in each cell, shape (n, FINE, FINE, PATTERNS)."""
    count, side = grey.shape[:2]
    bordered = np.pad(grey, ((0, 0), (1, 1), (1, 1)), mode="edge")
    codes, floor = np.zeros(grey.shape, np.uint8), grey + np.float32(PATTERN_STEP)
    for bit, (down, across) in enumerate(AROUND):
        codes |= (bordered[:, 1 + down : 1 + down + side, 1 + across : 1 + across + side] >= floor).astype(np.uint8) << bit
    places = _cells(side, FINE)[None] * PATTERNS + _patterns()[codes]
    found: Array = np.sqrt(_counted(places, None, FINE * FINE * PATTERNS) * np.float32((FINE / side) ** 2))
    return found.reshape(count, FINE, FINE, PATTERNS)


def _colours(rgb: Array) -> tuple[Array, Array]:
    """Mean colour on the fine grid, and how often each of 64 colours is found in each quarter, shape (n, 2, 2, 64)."""
    side = rgb.shape[1]
    step = side // FINE
    means = rgb.reshape(-1, FINE, step, FINE, step, 3).mean((2, 4))
    levels = np.minimum((rgb * LEVELS).astype(np.intp), LEVELS - 1)
    codes = (levels[..., 0] * LEVELS + levels[..., 1]) * LEVELS + levels[..., 2]
    quarters = _counted(codes + _cells(side, 2)[None] * LEVELS**3, None, 4 * LEVELS**3)
    return means, quarters.reshape(-1, 2, 2, LEVELS**3) * np.float32(4 / side**2)


def _halved(rgb: Array) -> Array:
    count, side = rgb.shape[:2]
    halved: Array = rgb.reshape(count, side // 2, 2, side // 2, 2, -1).mean((2, 4))
    return halved


def _parts(rgb: Array) -> list[Array]:
    """All histograms of pictures (n, SIDE, SIDE, 3), each (n, grid, grid, bins)."""
    found: list[Array] = []
    for size in SIZES:
        grey = rgb @ LIGHT
        directions = _Directions(grey)
        fine = directions.on(FINE)
        found += [_even(_unsigned(fine)), _even(directions.on(COARSE))]
        if size > SIZES[-1]:
            found.append(_textures(grey))
        if size == SIZES[1]:
            means, quarters = _colours(rgb)
            found += [np.log1p(fine.sum(3, keepdims=True) * size), means, np.sqrt(quarters), np.sqrt(quarters.mean((1, 2), keepdims=True))]
        rgb = _halved(rgb)
    return found


def described(rgb: Array) -> Array:
    """Numbers for pictures of shape (n, SIDE, SIDE, 3), 0 to 1: shape (n, DIMENSION)."""
    joined: Array = np.concatenate([part.reshape(len(rgb), -1) for part in _parts(rgb)], 1).astype(np.float32)
    return joined


@cache
def mirror() -> Whole:
    """Where each number of the mirror image stands among those of the picture: `described(flipped) == described(plain)[:, mirror()]`."""
    signed = (DIRECTIONS // 2 - np.arange(DIRECTIONS)) % DIRECTIONS
    unsigned = signed[: DIRECTIONS // 2] % (DIRECTIONS // 2)
    turned = {DIRECTIONS: signed, DIRECTIONS // 2: unsigned}
    start, order = 0, []
    for part in _parts(np.zeros((1, SIDE, SIDE, 3), np.float32)):
        places = np.arange(part.size).reshape(part.shape[1:])[:, ::-1]
        bins = part.shape[3]
        order.append(start + (places[..., turned[bins]] if bins in turned else places).ravel())
        start += part.size
    found: Whole = np.concatenate(order)
    return found


class Perceptron:
    """One hidden layer over the numbers of a picture, its weights kept in float32."""

    def __init__(self, path: Path) -> None:
        """Raises Unavailable for a damaged file."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(str(path), "numpy") as file:
                known: dict[str, Array] = {key: file.get_tensor(key).astype(np.float32) for key in file.keys()}  # noqa: SIM118 - not a dict
            self._hidden = (known["hidden.weight"].T, known["hidden.bias"])
            self._head = (known["head.weight"].T, known["head.bias"])
        except (OSError, SafetensorError, ValueError, KeyError) as error:
            raise Unavailable(f"The weights {path.name} cannot be read: {error}.", hint="Install this program again.") from error

    def run(self, rgb: Array) -> Array:
        """Unit vectors (n, 384) of pictures of shape (n, SIDE, SIDE, 3), 0 to 1: the mean of a picture and its mirror image."""
        numbers = described(rgb)
        seen = self._vectors(numbers) + self._vectors(numbers[:, mirror()])
        unit: Array = seen / np.linalg.norm(seen, axis=1, keepdims=True)
        return unit

    def _vectors(self, numbers: Array) -> Array:
        vectors: Array = np.maximum(numbers @ self._hidden[0] + self._hidden[1], 0) @ self._head[0] + self._head[1]
        unit: Array = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit
