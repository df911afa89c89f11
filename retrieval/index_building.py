"""Building indexes from SQLite, block by block, so that memory stays small. Also measures how many lists a search must read.

A vector never changes under its key: items that are replaced get new keys. So an index is brought up to date by comparing keys.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from retrieval.embedders.base import Vectors
from retrieval.engine import Engine, Row
from retrieval.faults import Cancelled
from retrieval.indexes import Index, Keys
from retrieval.inverted import GROWTH, OVERFETCH, Inverted, lists_for

BLOCK = 10_000
SAMPLE_OF_LIST = 48
"""Vectors of the training sample for each list; FAISS asks for 39."""
QUESTIONS, NEAREST = 100, 10
RECALL = 0.995
"""Share of the true nearest that the measured number of lists must find: the goal is 0.99, and real questions differ from the sample."""
CLOSENESS = 0.7
"""Cosine of a trial question and the stored vector it is made of: about what a question and its answer have."""
_SEED = 20_250_101


class Stored:
    """The vectors of one space in SQLite."""

    def __init__(self, database: Engine, space: int, dimension: int) -> None:
        """`space` is the id of its row."""
        self._database, self._space, self.dimension = database, space, dimension

    def __call__(self, keys: Keys) -> tuple[Keys, Vectors]:
        """Those of `keys` that are stored, ascending, and their vectors."""
        rows = self._database.all(
            "SELECT item, vector FROM vectors WHERE space = ? AND item IN (SELECT value FROM json_each(?)) ORDER BY item",
            (self._space, json.dumps(keys.tolist())),
        )
        return self._table(rows)

    def _table(self, rows: Sequence[Row]) -> tuple[Keys, Vectors]:
        table = np.frombuffer(b"".join([row[1] for row in rows]), np.float16).reshape(len(rows), self.dimension)
        return np.fromiter((row[0] for row in rows), np.int64, len(rows)), table.astype(np.float32)

    def keys(self) -> Keys:
        """Every key, ascending."""
        return self._database.numbers("SELECT item FROM vectors WHERE space = ? ORDER BY item", (self._space,))

    def there(self, keys: Keys) -> Keys:
        """Those of `keys` that are stored."""
        return self._database.numbers(
            "SELECT item FROM vectors WHERE space = ? AND item IN (SELECT value FROM json_each(?))",
            (self._space, json.dumps(keys.tolist())),
        )

    def blocks(self, after: int = 0) -> Iterator[tuple[Keys, Vectors]]:
        """Everything behind the key `after`, each block as of when it is read."""
        while rows := self._database.all(
            "SELECT item, vector FROM vectors WHERE space = ? AND item > ? ORDER BY item LIMIT ?", (self._space, after, BLOCK)
        ):
            after = rows[-1][0]
            yield self._table(rows)


class Truth:
    """Trial questions and their true nearest vectors, found while the blocks go by."""

    def __init__(self, sample: Vectors, chance: np.random.Generator) -> None:
        start = sample[chance.permutation(len(sample))[:QUESTIONS]]
        noise = chance.normal(size=start.shape)
        noise /= np.linalg.norm(noise, axis=1, keepdims=True)
        mixed = CLOSENESS * start + np.sqrt(1 - CLOSENESS**2) * noise
        self.questions: Vectors = (mixed / np.linalg.norm(mixed, axis=1, keepdims=True)).astype(np.float32)
        self._keys = np.full((len(start), NEAREST), -1, np.int64)
        self._scores = np.full((len(start), NEAREST), -2.0, np.float32)

    def see(self, keys: Keys, vectors: Vectors) -> None:
        """Take a block into account."""
        scores = np.concatenate([self._scores, self.questions @ vectors.T], axis=1)
        names = np.concatenate([self._keys, np.broadcast_to(keys, (len(self.questions), len(keys)))], axis=1)
        best = np.argpartition(-scores, NEAREST - 1, axis=1)[:, :NEAREST]
        self._scores, self._keys = np.take_along_axis(scores, best, 1), np.take_along_axis(names, best, 1)

    def recall(self, index: Inverted, probes: int) -> float:
        """Share of the true nearest that a search in `probes` lists finds, 0 to 1."""
        found = 0
        for question, true in zip(self.questions, self._keys, strict=True):
            candidates = index.candidates(question, OVERFETCH * NEAREST, probes)
            best = [key for key, _ in index.scored(question, candidates, NEAREST)]
            found += len(np.intersect1d(best, true))
        return found / max(1, int((self._keys >= 0).sum()))


def flat(stored: Stored, generation: int) -> Index:
    """An exhaustive index of all vectors. Only while nothing is written."""
    index = Index(stored.dimension, generation)
    for keys, vectors in stored.blocks():
        index.add(keys, vectors)
    return index


def compact(stored: Stored, generation: int) -> Inverted:
    """An exhaustive index in half the memory, quickly made: what answers until `inverted` is done. Only while nothing is written."""
    index = Inverted.trained(_sample(stored, stored.keys(), BLOCK, np.random.default_rng(_SEED)), 1, stored)
    for keys, vectors in stored.blocks():
        index.add(keys, vectors)
    index.generation = generation
    return index


def inverted(stored: Stored, stop: Callable[[], bool]) -> tuple[Inverted, Keys]:
    """An inverted index of all vectors, its keys, and in it how many lists a search reads; then call `catch_up`. Raises Cancelled."""
    chance = np.random.default_rng(_SEED)
    all_keys = stored.keys()
    lists = lists_for(len(all_keys))
    sample = _sample(stored, all_keys, lists * SAMPLE_OF_LIST, chance)
    truth = Truth(sample, chance)
    index = Inverted.trained(sample, min(lists, len(sample)), stored)
    del sample
    seen: list[Keys] = []
    for keys, vectors in stored.blocks():
        if stop():
            raise Cancelled("The library is being closed.")
        index.add(keys, vectors)
        truth.see(keys, vectors)
        seen.append(keys)
    while index.probes < index.lists and truth.recall(index, index.probes) < RECALL:
        index.probes *= 2
    index.built = len(index)
    index.most = GROWTH * index.built
    return index, np.concatenate(seen) if seen else np.empty(0, np.int64)


def catch_up(index: Index, stored: Stored, known: Keys) -> tuple[Keys, int]:
    """Bring an index with the keys `known` to what is stored; its keys now, and how many changes that took."""
    now = stored.keys()
    gone, new = np.setdiff1d(known, now, assume_unique=True), np.setdiff1d(now, known, assume_unique=True)
    if len(gone):
        index.remove(gone)
    for start in range(0, len(new), BLOCK):
        index.add(*stored(new[start : start + BLOCK]))
    return now, len(gone) + len(new)


def _sample(stored: Stored, keys: Keys, count: int, chance: np.random.Generator) -> Vectors:
    """About `count` of the vectors, evenly drawn."""
    chosen = np.sort(chance.permutation(keys)[:count])
    parts = [stored(chosen[start : start + BLOCK])[1] for start in range(0, len(chosen), BLOCK)]
    return np.concatenate(parts) if parts else np.empty((0, stored.dimension), np.float32)
