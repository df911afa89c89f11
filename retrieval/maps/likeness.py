"""Which neighbours on a map are nearly the same thing. Knows vectors, reads words and looks, lays nothing out."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from retrieval.embedders.base import Embedder, Vectors
from retrieval.engine import Engine
from retrieval.maps.layout import Indices
from retrieval.maps.points import Points
from retrieval.segmentation import words

NEARLY = (0.95, 0.92, 0.97)
"""Cosine of two passages, pictures, sounds from which they are nearly the same."""
LOOKS_ALIKE = 0.95
"""The looks of two pictures must be this near too. Of 300 photographs saved again in worse quality, and of those cut by a twentieth at each
side, 95 % or more are within either bound; of the 319,600 pairs among 800 different photographs fewer than 25 are within both."""
SHARED = 0.5
"""Two passages must share this part of their words too: a text embedder for English takes any two short Chinese sentences for the same."""
_LOOKS = "image_likeness"
_BLOCK = 20_000


class Alike:
    """Judges pairs."""

    def __init__(self, database: Engine, embedders: Mapping[str, Embedder]) -> None:
        self._database = database
        self._looks = embedders[_LOOKS].space if _LOOKS in embedders else ""

    def pairs(self, points: Points, vectors: Vectors, here: Indices, there: Indices) -> NDArray[np.bool_]:
        """For each pair of rows whether both are of one sort and nearly the same."""
        bounds = np.array(NEARLY, np.float32)[points.kinds]
        close = points.kinds[here] == points.kinds[there]
        for start in range(0, len(here), _BLOCK):
            part = slice(start, start + _BLOCK)
            cosines = np.einsum("ij,ij->i", vectors[here[part]], vectors[there[part]])
            close[part] &= cosines >= bounds[here[part]]
        passages = close & (points.kinds[here] == 0)
        if passages.any():
            close[passages] = self._say_the_same(points.keys[here[passages]], points.keys[there[passages]])
        pictures = close & (points.kinds[here] == 1)
        if self._looks and pictures.any():
            close[pictures] = self._look_alike(points.keys[here[pictures]], points.keys[there[pictures]])
        found: NDArray[np.bool_] = close
        return found

    def _say_the_same(self, ones: Indices, others: Indices) -> NDArray[np.bool_]:
        rows = self._database.all(
            "SELECT key, title || ' ' || substr(text, 1, 2000) AS told FROM items WHERE key IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted({*ones.tolist(), *others.tolist()})),),
        )
        told = {int(row["key"]): set(words(str(row["told"]))) for row in rows}
        pairs = [(told.get(a, set()), told.get(b, set())) for a, b in zip(ones.tolist(), others.tolist(), strict=True)]
        return np.array([len(a & b) >= SHARED * len(a | b) for a, b in pairs], bool)

    def _look_alike(self, ones: Indices, others: Indices) -> NDArray[np.bool_]:
        keys = sorted({*ones.tolist(), *others.tolist()})
        rows = self._database.all(
            "SELECT item, vector FROM vectors WHERE space = (SELECT id FROM spaces WHERE name = ?)"
            " AND item IN (SELECT value FROM json_each(?))", (self._looks, json.dumps(keys)),
        )  # fmt: skip
        seen = {int(row["item"]): np.frombuffer(row["vector"], np.float16).astype(np.float32) for row in rows}
        pairs = zip(ones.tolist(), others.tolist(), strict=True)
        return np.array([a not in seen or b not in seen or float(seen[a] @ seen[b]) >= LOOKS_ALIKE for a, b in pairs], bool)
