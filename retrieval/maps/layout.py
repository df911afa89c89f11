"""Layout: positions in the plane for vectors, so that neighbours stay neighbours. Knows arrays, no items.

The objective is UMAP's (McInnes et al. 2018): a graph of the nearest neighbours, pulled together along its edges, pushed apart elsewhere.
The neighbours come from FAISS, exactly, and the descent is whole-array numpy. Measured on 7746 vectors (3000 photographs, 4746 passages),
two busy cores: 11 s, and of 15 true neighbours 33 % are among the 15 nearest in the plane; umap-learn 113 s after 30 s of import, 31 %;
openTSNE 57 s, 39 %; PCA 4 s, 2 %. umap-learn brings 210 MB (numba, LLVM), openTSNE needs scikit-learn and SciPy; this needs no more.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retrieval.embedders.base import Vectors

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]
NEIGHBOURS = 15
ROUNDS = 300
PUSHES = 5
"""Points that each end of an edge is pushed away from in a round."""
CURVE = (1.577, 0.895)
"""a and b of 1 / (1 + a d^2b): UMAP's, for a least distance of 0.1."""
FURTHEST = 4.0
"""Largest step along one axis, as in UMAP."""
SPREAD = 10.0
"""Half the width of the plane that a layout starts on."""
ANCHORS = 5
"""Placed points between which a new one is put."""
_SEED = 20


def nearest(vectors: Vectors, among: Vectors, k: int) -> tuple[Indices, Floats]:
    """The `k` nearest rows of `among` for each row of `vectors`, best first: (places, cosines), each of shape (len(vectors), k)."""
    import faiss

    index = faiss.IndexFlatIP(among.shape[1])
    index.add(np.ascontiguousarray(among, np.float32))
    cosines, places = index.search(np.ascontiguousarray(vectors, np.float32), min(k, len(among)))
    return places, cosines


def neighbours(vectors: Vectors, k: int = NEIGHBOURS) -> tuple[Indices, Floats]:
    """The `k` nearest other rows of each row: (places, cosines). Fewer when there are not that many."""
    count = len(vectors)
    places, cosines = nearest(vectors, vectors, min(k + 1, count))
    own = places == np.arange(count)[:, None]
    own[~own.any(1), -1] = True  # among many equal vectors a row may not find itself: then its last neighbour goes
    shape = (count, places.shape[1] - 1)
    return places[~own].reshape(shape), cosines[~own].reshape(shape)


def _edges(places: Indices, cosines: Floats) -> tuple[Indices, Indices, Floats]:
    """The fuzzy graph: each pair once with its weight, 0 to 1. Every row's weights sum to log2 k, dense regions count as loose ones."""
    count, k = places.shape
    away = np.maximum(0, 1 - cosines)
    away = away - away[:, :1]
    low, high = np.full(count, 1e-6), np.full(count, 10.0)
    for _ in range(32):
        scale = (low + high) / 2
        enough = np.exp(-away / scale[:, None]).sum(1) > np.log2(max(k, 2))
        low, high = np.where(enough, low, scale), np.where(enough, scale, high)
    weights: Floats = np.exp(-away / ((low + high) / 2)[:, None]).ravel()
    here, there = np.repeat(np.arange(count), k), places.ravel()
    pairs, which = np.unique(np.minimum(here, there) * count + np.maximum(here, there), return_inverse=True)
    missing = np.bincount(which, np.log1p(-np.minimum(weights, 1 - 1e-9)), len(pairs))  # either says so: 1 - (1 - p)(1 - q)
    return pairs // count, pairs % count, (1 - np.exp(missing)).astype(np.float32)


def flat(vectors: Vectors) -> Floats:
    """The two directions of greatest variance (PCA), scaled to the plane: a start, and all there is to say about a handful."""
    centred = vectors - vectors.mean(0)
    if len(centred) < centred.shape[1]:  # the same plane from the smaller matrix
        squares, sides = np.linalg.eigh(centred @ centred.T)
        plane: Floats = (sides[:, :-3:-1] * np.sqrt(np.maximum(squares[:-3:-1], 0))).astype(np.float32)
    else:
        _, axes = np.linalg.eigh(centred.T @ centred)
        plane = (centred @ axes[:, :-3:-1]).astype(np.float32)
    signs = np.sign(plane[np.abs(plane).argmax(0), np.arange(plane.shape[1])])
    plane = plane * np.where(signs == 0, np.float32(1), signs)
    plane = np.pad(plane, ((0, 0), (0, 2 - plane.shape[1])))
    scaled: Floats = plane / max(float(np.abs(plane).max()), 1e-9) * SPREAD
    return scaled


def layout(vectors: Vectors, graph: tuple[Indices, Floats], start: Floats | None = None, rounds: int = ROUNDS) -> Floats:
    """Positions, shape (n, 2), the same every time. `graph` is what `neighbours` found; `start` keeps an earlier map's shape."""
    count = len(vectors)
    plane = flat(vectors) if start is None else start / max(float(np.abs(start).max()), 1e-9) * SPREAD
    if count < 4:
        return plane
    random = np.random.default_rng(_SEED)
    here, there, weights = _edges(*graph)
    plane = (plane + random.normal(0, 1e-2, plane.shape)).astype(np.float32)  # equal points must be able to part
    likely = weights / weights.max()
    for done in range(rounds):
        drawn = random.random(len(likely)) < likely
        plane += (1 - done / rounds) * _move(plane, here[drawn], there[drawn], random)
    return plane


def _move(plane: Floats, here: Indices, there: Indices, random: np.random.Generator) -> Floats:
    """One round's step of every point."""
    a, b = CURVE
    count = len(plane)
    gap = plane[here] - plane[there]
    square = np.maximum((gap * gap).sum(1), 1e-8)
    pull = np.clip((-2 * a * b * square ** (b - 1) / (1 + a * square**b))[:, None] * gap, -FURTHEST, FURTHEST)
    pushed = np.repeat(np.concatenate([here, there]), PUSHES)
    others = random.integers(0, count, len(pushed))
    gap = plane[pushed] - plane[others]
    square = (gap * gap).sum(1)
    push = np.clip((2 * b / ((1e-3 + square) * (1 + a * square**b)))[:, None] * gap, -FURTHEST, FURTHEST)
    step = np.empty_like(plane)
    for axis in (0, 1):
        towards = np.bincount(here, pull[:, axis], count) - np.bincount(there, pull[:, axis], count)
        step[:, axis] = towards + np.bincount(pushed, push[:, axis], count)
    moved: Floats = np.clip(step, -FURTHEST, FURTHEST)
    return moved


def between(cosines: Floats, positions: Floats) -> Floats:
    """The place of a point among placed ones: the mean of their positions, shape (..., k, 2), weighed steeply by cosine, shape (..., k)."""
    weights = np.exp(20 * (cosines - cosines.max(-1, keepdims=True)))
    weights /= weights.sum(-1, keepdims=True)
    placed: Floats = (weights[..., None] * positions).sum(-2).astype(np.float32)
    return placed


def place(vectors: Vectors, among: Vectors, plane: Floats) -> tuple[Floats, Indices]:
    """Positions for new vectors among placed ones, which stay where they are, and the nearest placed row of each."""
    places, cosines = nearest(vectors, among, ANCHORS)
    return between(cosines, plane[places]), places[:, 0]
