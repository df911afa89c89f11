"""Outlines: a drawing as the directions of its edges, whatever its colours, and the nouns that such outlines stand for. Knows no region.

Histograms of oriented gradients (Dalal and Triggs 2005) of how far each pixel is from the ground, and of light and shade inside, with a
linear discriminant for every noun, learned from rendered cut-outs by `training/train_vqa_names.py`. Colour is left out on purpose: a blue
dog is a dog. 1 ms a cut-out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.subject import Pixels

WEIGHTS = Path(__file__).with_name("names.safetensors")
_SIDE, _CELL, _TURNS, _SILHOUETTE = 40, 5, 8, 14
Array = NDArray[np.float32]


@dataclass(frozen=True)
class Outlines:
    """The learned discriminants."""

    nouns: tuple[str, ...]
    weight: Array
    """(features, nouns)."""
    bias: Array
    heat: float
    """Divides the scores before the soft maximum, so that shares are as often right as they say."""

    def scores(self, seen: Array) -> Array:
        """How well each noun fits each cut-out whose `features` are given, shape (cut-outs, nouns)."""
        found: Array = ((seen @ self.weight + self.bias) / self.heat).astype(np.float32)
        return found


@lru_cache(maxsize=1)
def outlines() -> Outlines | None:
    """The discriminants; none before they were learned."""
    if not WEIGHTS.is_file():
        return None
    from safetensors import safe_open

    with safe_open(str(WEIGHTS), "np") as file:
        about = file.metadata() or {}
        weight, bias = (file.get_tensor(key).astype(np.float32) for key in ("weight", "bias"))
    return Outlines(tuple(about["nouns"].split("|")), weight, bias, float(about["heat"]))


def features(crops: list[Pixels]) -> Array:
    """Edge directions and silhouettes, shape (len(crops), 1220)."""
    import cv2

    maps = np.stack([_maps(crop) for crop in crops])
    parts = [_directions(maps[:, channel]) * share for channel, share in ((0, 1.0), (1, 0.5))]
    shapes = np.stack([cv2.resize(m[0], (_SILHOUETTE, _SILHOUETTE), interpolation=cv2.INTER_AREA) for m in maps]).reshape(len(maps), -1)
    parts.append(shapes / (np.linalg.norm(shapes, axis=1, keepdims=True) + 1e-6) * 0.7)
    return np.concatenate(parts, 1).astype(np.float32)


def _maps(crop: Pixels) -> Array:
    """Distance from the colour of the rim (0 to 1) and light against its mean (-2 to 2), each fitted into a square: (2, side, side)."""
    import cv2

    height, width = crop.shape[:2]
    scale = _SIDE / max(height, width)
    h, w = max(2, round(height * scale)), max(2, round(width * scale))
    small = cv2.resize(np.ascontiguousarray(crop), (w, h), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    rim = np.median(np.concatenate([lab[0], lab[-1], lab[:, 0], lab[:, -1]]), 0)
    distance = np.sqrt(((lab - rim) ** 2).sum(-1))
    out = np.zeros((2, _SIDE, _SIDE), np.float32)
    window = (slice((_SIDE - h) // 2, (_SIDE - h) // 2 + h), slice((_SIDE - w) // 2, (_SIDE - w) // 2 + w))
    out[(0, *window)] = np.minimum(1, distance / max(20, float(np.percentile(distance, 92))))
    inside = distance > 0.3 * np.percentile(distance, 95)
    if inside.sum() > 4:
        light = lab[..., 0]
        shade = np.clip((light - light[inside].mean()) / max(8, float(light[inside].std())), -2, 2)
        out[(1, *window)] = shade * np.minimum(1, distance / 20)
    return out


def _directions(maps: Array) -> Array:
    """Root of the strength of edges by direction in each cell, unit length."""
    import cv2

    smooth = np.stack([cv2.GaussianBlur(m, (3, 3), 0.8) for m in maps])
    across, down = np.zeros_like(smooth), np.zeros_like(smooth)
    across[:, :, 1:-1], down[:, 1:-1] = smooth[:, :, 2:] - smooth[:, :, :-2], smooth[:, 2:] - smooth[:, :-2]
    strength, turn = np.hypot(across, down), (np.arctan2(down, across) % np.pi) / np.pi * _TURNS
    low, part = np.floor(turn).astype(int) % _TURNS, turn - np.floor(turn)
    bins, more = np.zeros((2, len(maps), _TURNS, _SIDE, _SIDE), np.float32)
    np.put_along_axis(bins, low[:, None], (strength * (1 - part))[:, None], 1)
    np.put_along_axis(more, ((low + 1) % _TURNS)[:, None], (strength * part)[:, None], 1)
    cells = _SIDE // _CELL
    sums = np.sqrt((bins + more).reshape(len(maps), _TURNS, cells, _CELL, cells, _CELL).sum((3, 5))).reshape(len(maps), -1)
    unit: Array = (sums / (np.linalg.norm(sums, axis=1, keepdims=True) + 1e-6)).astype(np.float32)
    return unit
