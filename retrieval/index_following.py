"""Indexes of a database that several processes write: each has its own, and brings them up to what the feed tells.

A vector never changes under its key, so what is loaded differs from what is stored only by keys: those that came and those that went. That
is looked up for the keys the feed names, so it does not matter whether an index was loaded before or after the commit they come from.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.engine import ITEMS, VECTORS, Engine
from retrieval.faults import Fault
from retrieval.index_building import BLOCK, Stored
from retrieval.index_cache import Indexes
from retrieval.indexes import Index, Keys

Bits = NDArray[np.bool_]
_log = logging.getLogger(__name__)


class FollowedIndexes(Indexes):
    """Indexes by space, loaded at the first search and following the feed from then on."""

    def __init__(self, database: Engine, directory: Path) -> None:
        super().__init__(database, directory)
        self._held: dict[str, tuple[Index, Bits]] = {}
        """Which keys are in an index, of those that followed something."""
        database.feed.listen(ITEMS, self._heard)
        database.feed.listen(VECTORS, self._heard)

    def follow(self, space: str, generation: int, change: Callable[[Index], None]) -> None:
        """Nothing: the feed tells this process of its own commits too."""

    def _heard(self, keys: Sequence[int] | None) -> None:
        if keys is None:
            self._loaded.clear()
        self._empty.clear()
        changed = np.unique(np.fromiter(keys or (), np.int64))
        for space, index in list(self._loaded.items()):
            try:
                self._bring(space, index, changed)
            except (RuntimeError, MemoryError) as error:
                _log.warning("index of %s is built anew: %s", space, error)
                self._loaded.pop(space, None)

    def _bring(self, space: str, index: Index, changed: Keys) -> None:
        row = self._row(space)
        if row is None or not len(changed):
            return
        stored = Stored(self._database, row["id"], row["dimension"])
        known = self._held.get(space)
        bits = grown(known[1] if known is not None and known[0] is index else bits_of(index.keys()), int(changed[-1]) + 1)
        inside = bits[changed]
        gone = np.setdiff1d(changed[inside], stored.there(changed[inside])) if inside.any() else changed[:0]
        if len(gone):
            index.remove(gone)
            bits[gone] = False
        fresh = changed[~inside]
        for start in range(0, len(fresh), BLOCK):
            came, vectors = stored(fresh[start : start + BLOCK])
            index.add(came, vectors)
            bits[came] = True
        self._held[space] = (index, bits)
        self._outgrown(space, index)

    def _publish(self, space: str, index: Index) -> None:
        row = self._row(space)
        if row is None or self._files.status(space).get("generation") == row["generation"]:
            return  # another process was first
        index.generation = row["generation"]
        super()._publish(space, index)

    def close(self) -> None:
        """Stop building, publish the indexes that changed and forget them. While the database does not answer, nothing is published."""
        try:
            super().close()
        except Fault as fault:
            _log.warning("no index was saved: %s", fault)


def bits_of(keys: Keys) -> Bits:
    """An array that says of every key whether it is among `keys`."""
    bits = np.zeros(int(keys.max(initial=0)) + 1, np.bool_)
    bits[keys] = True
    return bits


def grown(bits: Bits, size: int) -> Bits:
    """The same with room for so many."""
    return bits if len(bits) >= size else np.concatenate([bits, np.zeros(max(size, len(bits) * 5 // 4) - len(bits), np.bool_)])
