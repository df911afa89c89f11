"""Edges and colours of small pictures as numbers: what a tiny network has too little training to find by itself.

Histograms of oriented gradients (Dalal and Triggs 2005) on two grids, colour means and histograms, and the perceptron that reads them.
Plain arithmetic: 3 ms a picture.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.faults import Unavailable

SIDE, FINE, COARSE, DIRECTIONS = 64, 8, 4, 16
LEVELS = 4
DIMENSION = FINE**2 * DIRECTIONS // 2 + COARSE**2 * DIRECTIONS + FINE**2 * 4 + 5 * LEVELS**3
LIGHT = np.array([0.299, 0.587, 0.114], np.float32)
Array = NDArray[np.float32]


def _cells(grid: int) -> NDArray[np.intp]:
    """The number of the cell that each pixel lies in, shape (SIDE, SIDE)."""
    place = np.arange(SIDE) * grid // SIDE
    cells: NDArray[np.intp] = place[:, None] * grid + place[None, :]
    return cells


def _counted(codes: NDArray[np.intp], weights: Array, bins: int) -> Array:
    """Weighted histograms: `codes` (n, ...) below `bins`, shape (n, bins)."""
    count = len(codes)
    flat = (codes.reshape(count, -1) + np.arange(count)[:, None] * bins).ravel()
    found: Array = np.bincount(flat, weights.ravel(), count * bins).reshape(count, bins).astype(np.float32)
    return found


def _even(histograms: Array, grid: int) -> Array:
    """Histograms (n, grid, grid, bins) over the strength of their neighbourhood, so that faint lines count like strong ones."""
    energy = np.pad((histograms**2).sum(3), ((0, 0), (1, 1), (1, 1)), mode="edge")
    around = np.mean([energy[:, down : down + grid, across : across + grid] for down in range(3) for across in range(3)], axis=0)
    even: Array = np.sqrt(np.minimum(histograms / np.sqrt(around[..., None] + 1e-3), 1.0))
    return even


def _edges(rgb: Array) -> tuple[Array, Array, Array]:
    """Directions on the fine grid (light to dark is as dark to light), on the coarse grid (it is not), and strength on the fine grid."""
    grey = np.pad(rgb @ LIGHT, ((0, 0), (1, 1), (1, 1)), mode="edge")
    across, down = grey[:, 1:-1, 2:] - grey[:, 1:-1, :-2], grey[:, 2:, 1:-1] - grey[:, :-2, 1:-1]
    strength = np.hypot(across, down)
    turn = (np.arctan2(down, across) / (2 * np.pi) % 1.0) * DIRECTIONS
    low = turn.astype(np.intp) % DIRECTIONS
    share = (turn - np.floor(turn)).astype(np.float32)
    cells = _cells(FINE)[None] * DIRECTIONS
    bins = FINE**2 * DIRECTIONS
    signed = _counted(cells + low, strength * (1 - share), bins) + _counted(cells + (low + 1) % DIRECTIONS, strength * share, bins)
    fine = signed.reshape(-1, FINE, FINE, DIRECTIONS)
    step = FINE // COARSE
    coarse = fine.reshape(-1, COARSE, step, COARSE, step, DIRECTIONS).sum((2, 4))
    unsigned = fine[..., : DIRECTIONS // 2] + fine[..., DIRECTIONS // 2 :]
    return _even(unsigned, FINE), _even(coarse, COARSE), np.log1p(fine.sum(3))


def _colours(rgb: Array) -> tuple[Array, Array]:
    """Mean colour on the fine grid, and how often each of 64 colours is found in the whole picture and in each quarter."""
    step = SIDE // FINE
    means = rgb.reshape(-1, FINE, step, FINE, step, 3).mean((2, 4))
    levels = np.minimum((rgb * LEVELS).astype(np.intp), LEVELS - 1)
    codes = (levels[..., 0] * LEVELS + levels[..., 1]) * LEVELS + levels[..., 2]
    ones = np.full(codes.shape, 1 / codes[0].size, np.float32)
    quarters = _counted(codes + _cells(2)[None] * LEVELS**3, ones, 4 * LEVELS**3)
    whole = quarters.reshape(len(rgb), 4, -1).sum(1)
    return means, np.sqrt(np.concatenate([quarters * 4, whole], 1))


def described(rgb: Array) -> Array:
    """Numbers for pictures of shape (n, SIDE, SIDE, 3), 0 to 1: shape (n, DIMENSION)."""
    parts = (*_edges(rgb), *_colours(rgb))
    joined: Array = np.concatenate([part.reshape(len(rgb), -1) for part in parts], 1).astype(np.float32)
    return joined


class Perceptron:
    """One hidden layer over the numbers of a picture, its weights kept in float32."""

    def __init__(self, path: Path) -> None:
        """Raises Unavailable for a damaged file."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(str(path), "numpy") as file:
                self._weights: dict[str, Array] = {key: file.get_tensor(key).astype(np.float32) for key in file.keys()}  # noqa: SIM118 - not a dict
        except (OSError, SafetensorError, ValueError) as error:
            raise Unavailable(f"The weights {path.name} cannot be read: {error}.", hint="Install this program again.") from error

    def run(self, rgb: Array) -> Array:
        """Vectors of pictures of shape (n, SIDE, SIDE, 3), 0 to 1: shape (n, 384), not of unit length."""
        known = self._weights
        hidden = np.maximum(described(rgb) @ known["hidden.weight"].T + known["hidden.bias"], 0)
        vectors: Array = hidden @ known["head.weight"].T + known["head.bias"]
        return vectors
