"""FAISS indexes of one space, searched within a set of allowed keys. Knows keys and vectors, no items, no owners and no files.

`Index` compares with every vector; `retrieval.inverted` has the kind for more of them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from retrieval.embedders.base import Vectors

Keys = NDArray[np.int64]
FLAT_MOST = 50_000
"""Vectors that are searched one by one: 2.2 ms a query on one core, exact, nothing to train. For more an inverted index is quicker."""


def load_faiss() -> Any:
    """The library, imported when it is needed first; in this thread it works alone.

    One query gives a second thread nothing to do, but it spins at the barrier: three times the processor time (25 ms against 8.5 at
    100,000 vectors), and waiting when another program is busy. FAISS carries an OpenMP of its own, so nothing else is held back.
    """
    import faiss

    faiss.omp_set_num_threads(1)
    return faiss


def allow(keys: Keys) -> NDArray[np.uint8]:
    """A bitmap over keys, for `Index.search`."""
    if not len(keys):
        return np.zeros(1, np.uint8)
    bits = np.zeros(int(keys.max()) + 1, np.bool_)
    bits[keys] = True
    return np.packbits(bits, bitorder="little")


class Shared:
    """A lock that many may share to read and one has alone to change: FAISS tears when it is searched while it grows."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._readers = 0
        self._waiting = 0

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Together with others."""
        with self._free:
            self._free.wait_for(lambda: not self._waiting)  # or a stream of searches would keep every change out
            self._readers += 1
        try:
            yield
        finally:
            with self._free:
                self._readers -= 1
                if not self._readers:
                    self._free.notify_all()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Alone; readers that come meanwhile wait."""
        with self._free:
            self._waiting += 1
            try:
                self._free.wait_for(lambda: not self._readers)
                yield
            finally:
                self._waiting -= 1
                self._free.notify_all()


class Index:
    """Vectors of one space under int64 keys; searched exhaustively, so deletions leave nothing behind and nothing is trained.

    The codes are float16, exactly what SQLite keeps: half the memory of float32 and, at 100,000 vectors, 4.4 ms a query against
    10.6 (one core), with identical results.
    """

    kind: ClassVar[str] = "flat"

    def __init__(self, dimension: int, generation: int, faiss_index: Any = None) -> None:
        self.dimension = dimension
        self.generation = generation
        self.changes = 0
        """Changes since the index was built, loaded or published."""
        self.most = FLAT_MOST
        """Vectors beyond which another index should take its place."""
        self._lock = Shared()
        self._faiss = self._empty() if faiss_index is None else self.checked(faiss_index, dimension)

    def _empty(self) -> Any:
        faiss = load_faiss()
        codes = faiss.IndexScalarQuantizer(self.dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        return faiss.IndexIDMap(codes)

    @staticmethod
    def checked(found: Any, dimension: int) -> Any:
        """A FAISS index that was read back. Raises ValueError when it is not the kind of index made here."""
        faiss = load_faiss()
        if type(found) is not faiss.IndexIDMap or found.d != dimension or found.metric_type != faiss.METRIC_INNER_PRODUCT:
            raise ValueError("another kind of index")
        return found

    def __len__(self) -> int:
        return int(self._faiss.ntotal)

    def keys(self) -> Keys:
        """What is in it, in no order."""
        found: Keys = load_faiss().vector_to_array(self._faiss.id_map)
        return found

    @property
    def raw(self) -> Any:
        """The FAISS index, to be written while nothing changes it."""
        return self._faiss

    def add(self, keys: Keys, vectors: Vectors) -> None:
        """Put `vectors`, shape (len(keys), dimension), under `keys`, none of which is there."""
        if len(keys):
            with self._lock.changing():
                self._faiss.add_with_ids(np.ascontiguousarray(vectors, np.float32), np.ascontiguousarray(keys, np.int64))
            self.changes += len(keys)

    def remove(self, keys: Keys) -> None:
        """Forget `keys`; unknown ones do no harm."""
        with self._lock.changing():
            self._faiss.remove_ids(np.ascontiguousarray(keys, np.int64))
        self.changes += len(keys)

    def search(self, vector: Vectors, k: int, allowed: NDArray[np.uint8]) -> list[tuple[int, float]]:
        """(key, cosine) of the `k` nearest among the keys in `allowed`, best first; k of them whenever there are k."""
        faiss = load_faiss()
        query = np.ascontiguousarray(vector, np.float32).reshape(1, -1)
        with self._lock.reading():
            if not len(self):
                return []
            selector = faiss.IDSelectorBitmap(allowed)
            scores, keys = self._faiss.search(query, min(k, len(self)), params=faiss.SearchParameters(sel=selector))
        return [(int(key), float(score)) for key, score in zip(keys[0], scores[0], strict=True) if key >= 0]
