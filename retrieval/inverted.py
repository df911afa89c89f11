"""The index for many vectors: an inverted file of 8-bit codes finds candidates, and what SQLite keeps of them decides.

One byte a number instead of two, and only the lists near to the query are read. Of what they hold, four times as many as were asked for are
scored again with the stored vectors, so that the order and the cosines are those of an exhaustive search; what can be missed is a
neighbour in a list that was not read. How many lists to read is measured when the index is built (`index_building`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from retrieval.embedders.base import Vectors
from retrieval.indexes import Index, Keys, load_faiss

Stored = Callable[[Keys], tuple[Keys, Vectors]]
"""Gives those of the keys that are stored, and their vectors in that order."""
OVERFETCH = 4
MOST_MORE = 1000
"""At most so many more candidates than were asked for are scored again."""
ROOM = 4
"""How many times the lists that would just hold the candidates are read."""
FEW = 500
"""So few allowed keys are all scored with what is stored: exact, and quicker than looking for them in the lists."""
GROWTH = 3
"""An index that has grown to so many times the vectors it was trained for is built anew, with more lists."""


def lists_for(count: int) -> int:
    """Number of lists for so many vectors: the power of two nearest to the square root, 1024 for a million."""
    return int(2 ** max(0, round(np.log2(max(1, count)) / 2)))


class Inverted(Index):
    """Vectors in lists of neighbours. With one list it is an exhaustive search in half the memory, which needs hardly any training."""

    kind: ClassVar[str] = "ivf"

    def __init__(self, dimension: int, generation: int, stored: Stored, faiss_index: Any, probes: int = 1, built: int = 0) -> None:
        """`probes` lists are read for a query among all vectors; it was trained for `built` vectors."""
        super().__init__(dimension, generation, faiss_index)
        self.stored = stored
        self.probes, self.built = probes, built
        self.most = GROWTH * built

    @classmethod
    def trained(cls, sample: Vectors, lists: int, stored: Stored) -> Inverted:
        """An empty index with `lists` lists, made for vectors like those in `sample`, at least one for each list."""
        faiss, dimension = load_faiss(), sample.shape[1]
        index = faiss.index_factory(dimension, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
        index.cp.spherical = True
        index.cp.min_points_per_centroid = 1
        index.train(np.ascontiguousarray(sample, np.float32))
        return cls(dimension, 0, stored, index)

    @staticmethod
    def checked(found: Any, dimension: int) -> Any:
        """A FAISS index that was read back. Raises ValueError when it is not the kind of index made here."""
        faiss = load_faiss()
        right = type(found) is faiss.IndexIVFScalarQuantizer and found.sq.qtype == faiss.ScalarQuantizer.QT_8bit
        if not right or found.d != dimension or found.metric_type != faiss.METRIC_INNER_PRODUCT or not found.is_trained:
            raise ValueError("another kind of index")
        return found

    def keys(self) -> Keys:
        """What is in it, in no order."""
        faiss, lists = load_faiss(), self._faiss.invlists
        parts = [np.empty(0, np.int64)]
        for number in range(self.lists):
            if size := lists.list_size(number):
                parts.append(faiss.rev_swig_ptr(lists.get_ids(number), size).copy())
        return np.concatenate(parts)

    @property
    def lists(self) -> int:
        """Number of lists."""
        return int(self._faiss.nlist)

    def search(self, vector: Vectors, k: int, allowed: NDArray[np.uint8]) -> list[tuple[int, float]]:
        """(key, cosine) of the `k` nearest among the keys in `allowed`, best first; k of them whenever there are k."""
        query = np.ascontiguousarray(vector, np.float32).reshape(-1)
        count = int(np.bitwise_count(allowed).sum(dtype=np.int64))
        if not count or not len(self) or k < 1:
            return []
        if count <= FEW:
            return self.scored(query, np.flatnonzero(np.unpackbits(allowed, bitorder="little")), k)
        wanted = min(OVERFETCH * k, k + MOST_MORE)
        probes = self._probes(wanted, count)
        found = self.candidates(query, wanted, probes, allowed)
        if len(found) < min(wanted, count, len(self)) and probes < self.lists:
            found = self.candidates(query, wanted, self.lists, allowed)
        return self.scored(query, found, k)

    def _probes(self, wanted: int, allowed: int) -> int:
        """Lists to read for so many candidates when so many keys are allowed.

        Where a hundredth is allowed, 40 candidates are among the 4000 nearest of all: as many lists as hold those several times over.
        """
        spread = ROOM * wanted * self.lists / allowed
        return min(self.lists, self.probes + int(spread))

    def candidates(self, query: Vectors, count: int, probes: int, allowed: NDArray[np.uint8] | None = None) -> Keys:
        """Keys of the nearest by their codes, at most `count`, in the `probes` nearest lists."""
        faiss = load_faiss()
        with self._lock.reading():
            selector = faiss.IDSelectorBitmap(allowed) if allowed is not None else None
            parameters = faiss.SearchParametersIVF(sel=selector, nprobe=probes)
            _, keys = self._faiss.search(query.reshape(1, -1), min(count, len(self)), params=parameters)
        found: Keys = keys[0][keys[0] >= 0]
        return found

    def scored(self, query: Vectors, keys: Keys, k: int) -> list[tuple[int, float]]:
        """(key, cosine) of the `k` nearest of `keys` by the stored vectors, best first."""
        there, vectors = self.stored(keys)
        scores = vectors @ query
        best = np.lexsort((there, -scores))[:k]
        return [(int(there[place]), float(scores[place])) for place in best]
