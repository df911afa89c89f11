"""Likeness: the calibrated chance that two things of one joint space belong together, from the cosine of their vectors.

Cosines of two sentences, of a sentence and a picture, of two pictures lie on different scales, so each pair (what is asked with, what is
found) has its own logistic curve; `training/fit_likeness.py` fits them to pictures and sounds kept back, and writes the file beside
the weights. Where one side is words, it also counts whether they fit better than the best of the known everyday names.
"""

from __future__ import annotations

import hashlib
import json
import math
import threading
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.content import Modality
from retrieval.embedders.base import Vectors
from retrieval.labels import Label, asked

FILE = Path(__file__).parent / "embedders" / "senses_likeness.json"
SYNONYMS = 0.7
"""Cosine of two names from which on one is no rival of the other."""
REMEMBERED = 20_000
"""Vectors whose best name stays known: about 3 MB."""
Floats = NDArray[np.float32]

_lock = threading.Lock()
_best: OrderedDict[bytes, float] = OrderedDict()


@lru_cache(maxsize=1)
def fitted() -> dict[str, Any]:
    """The fitted curves: `pairs` (intercept, slope of the cosine, slope of the gap) and `names`."""
    loaded: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return loaded


@lru_cache(maxsize=1)
def _names() -> Vectors:
    return np.concatenate([asked("label")[1], asked("sound")[1]])


def best_name(vectors: Vectors) -> Floats:
    """Cosine of each vector, shape (n, 384), with the best of the known names, shape (n,). Safe for threads.

    The same stored pictures and sounds come up in every search, so what was computed lately is known by the vector's digest.
    """
    places = [hashlib.blake2b(np.ascontiguousarray(vector).data, digest_size=16).digest() for vector in vectors]
    with _lock:
        known = {place: _best[place] for place in places if place in _best}
    missing = [n for n, place in enumerate(places) if place not in known]
    if missing:
        computed = (vectors[missing] @ _names().T).max(1)
        known |= {places[n]: float(best) for n, best in zip(missing, computed, strict=True)}
        with _lock:
            _best.update(known)
            while len(_best) > REMEMBERED:
                _best.popitem(last=False)
    return np.array([known[place] for place in places], np.float32)


def chances(asked_with: Modality, found: Modality, cosines: Floats, gaps: Floats | float = 0.0) -> Floats:
    """Chance, 0 to 1, for the cosine of each hit; 0 for a pair of modalities without a curve.

    `gaps`: cosine less that of the best known name, where one side is words.
    """
    curve = fitted()["pairs"].get(f"{asked_with}-{found}")
    if curve is None:
        return np.zeros(len(cosines), np.float32)
    intercept, slope, of_gap = curve
    raised: Floats = 1 / (1 + np.exp(-np.clip(intercept + slope * cosines + of_gap * np.asarray(gaps), -60, 60)))
    return raised


def named(kind: str, vector: Vectors, most: int = 3) -> list[tuple[Label, float]]:
    """The names (of kind `label` or `sound`) that fit a vector best, with the chance that each is right; the best first."""
    names, vectors = asked(kind)
    cosines = vectors @ vector
    order = np.argsort(-cosines)
    intercept, slope, of_margin = fitted()["names"][kind]
    found: list[tuple[Label, float]] = []
    for n in order[:most]:
        rivals = cosines[(vectors @ vectors[n]) < SYNONYMS]
        margin = float(cosines[n] - rivals.max()) if len(rivals) else 0.0
        found.append((names[n], 1 / (1 + math.exp(-(intercept + slope * float(cosines[n]) + of_margin * margin)))))
    return sorted(found, key=lambda pair: -pair[1])
