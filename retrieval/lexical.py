"""Search by words over the text index of the database: BM25 within a bitmap of allowed items. Knows keys, no owners.

SQLite's FTS5 scores every row that has one of the words, 2 to 3 microseconds each; beyond some thousand items that is most of a search.
So there the lists of rows are read from the index (`fts5vocab`, a quarter of a microsecond an occurrence), kept, and scored here, with the
arithmetic of FTS5's `bm25()` and the same results. An engine that ranks nothing itself has this way only.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.changes import Changes
from retrieval.engine import Engine
from retrieval.indexes import Keys
from retrieval.scopes import Bitmap, among
from retrieval.segmentation import query_words
from retrieval.stemming import stem

Rank = Callable[[Sequence[str], int], list[tuple[int, float]]]
MAX_QUERY_WORDS = 64
MANY = 2_000
"""Items from which on the scores are computed here."""
K1, B = 1.2, 0.75
KEPT = 4_000_000
"""Entries of the lists that are kept until something changes, 16 bytes each; the word not asked for the longest makes room."""


class Lexical:
    """The search by words. Safe for threads."""

    def __init__(self, database: Engine, changes: Changes) -> None:
        self._database, self._index, self._changes = database, database.text, changes
        self._lock = threading.Lock()
        self._lengths: NDArray[np.int32] = np.empty(0, np.int32)
        """Words of each item by key, -1 where there is none."""
        self._rows, self._mean = 0, 0.0
        self._at = -1
        self._lists: OrderedDict[str, tuple[int, Keys, NDArray[np.float64]]] = OrderedDict()
        self._kept = 0

    def search(self, query: str, k: int, allowed: Bitmap) -> list[tuple[int, float]]:
        """(key, score) of the `k` best among the allowed, best first; words without meaning are left out."""
        words = query_words(query)[:MAX_QUERY_WORDS]
        if not words or k < 1:
            return []
        rank = self._index.ranked
        # Plain words are cut and stemmed here just as the index does it.
        found = (
            self._scored(words, k, allowed) if rank is None or (self._many() and _plain(words)) else self._ranked(rank, words, k, allowed)
        )
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]

    def _ranked(self, rank: Rank, words: Sequence[str], k: int, allowed: Bitmap) -> list[tuple[int, float]]:
        # The index ranks without knowing owners; asking it for more until k are allowed is far cheaper than joining every match.
        limit = 4 * k
        while True:
            rows = rank(words, limit)
            found = [(key, score) for key, score in rows if key < 8 * len(allowed) and allowed[key >> 3] >> (key & 7) & 1]
            if len(found) >= k or len(rows) < limit:
                return found
            limit *= 16

    def _scored(self, words: Sequence[str], k: int, allowed: Bitmap) -> list[tuple[int, float]]:
        lengths, rows, mean = self._brought_up()
        lists = [
            self._occurrences(stem(word) if word.isascii() else word) for word in words
        ]  # the same stem twice counts twice, as in FTS5
        keys = np.concatenate([found for found, _ in lists])
        kept = among(keys, allowed) & (keys < len(lengths))
        places, inverse = np.unique(keys[kept], return_inverse=True)
        if not len(places):
            return []
        norm = K1 * (1 - B + B * lengths[places] / max(mean, 1e-9))
        weights = np.concatenate([np.full(len(found), _inverse_frequency(rows, len(found))) for found, _ in lists])[kept]
        counts = np.concatenate([count for _, count in lists])[kept]
        scores = np.bincount(inverse, weights * counts * (K1 + 1) / (counts + norm[inverse])).astype(np.float64)
        best = np.lexsort((places, -scores))[:k] if len(places) <= 4 * k else _largest(scores, places, k)
        return [(int(places[n]), float(scores[n])) for n in best]

    def _occurrences(self, term: str) -> tuple[Keys, NDArray[np.float64]]:
        """Keys of the items with a word, ascending, and how often it is there, a title counting `TITLE_WEIGHT`."""
        now = self._changes.now
        with self._lock:
            known = self._lists.get(term)
            if known is not None and known[0] == now:
                self._lists.move_to_end(term)
                return known[1:]
        keys, counts = self._index.occurrences(term)
        with self._lock:
            known = self._lists.pop(term, None)
            self._lists[term] = (now, keys, counts)
            self._kept += len(keys) - (len(known[1]) if known is not None else 0)
            while self._kept > KEPT and len(self._lists) > 1:
                self._kept -= len(self._lists.popitem(last=False)[1][1])
        return keys, counts

    def frequencies(self, terms: Sequence[str]) -> tuple[int, dict[str, int]] | None:
        """Number of items, and in how many each term occurs; None where there are so few that the database counts as fast."""
        if not self._many():
            return None
        counted = {term: len(self._occurrences(term)[0]) for term in terms}
        return max([self._brought_up()[1], *counted.values()]), counted

    def _many(self) -> bool:
        if self._index.ranked is None:
            return True
        if self._at < 0:
            row = self._database.one("SELECT max(key) FROM items")
            if not row or (row[0] or 0) < MANY:
                return False
        return self._brought_up()[1] >= MANY

    def _brought_up(self) -> tuple[NDArray[np.int32], int, float]:
        """Words of each item, how many items there are, and words of one on average."""
        with self._lock:
            if self._at == self._changes.now:
                return self._lengths, self._rows, self._mean
            now, changed = self._changes.since(self._at)
            if self._at < 0 or changed is None:
                row = self._database.one("SELECT coalesce(max(key), 0) FROM items")
                self._lengths = np.full((row[0] if row else 0) + 1, -1, np.int32)
                self._read(None)
            elif len(changed):
                grown = max(len(self._lengths), int(changed[-1]) + 1)
                lengths = np.full(max(grown, len(self._lengths) * 5 // 4 if grown > len(self._lengths) else 0), -1, np.int32)
                lengths[: len(self._lengths)] = self._lengths  # a copy: another thread may be reading the old one
                self._lengths = lengths
                self._lengths[changed] = -1
                self._read(changed)
            there = self._lengths >= 0
            self._rows, self._at = int(there.sum()), now
            self._mean = float(self._lengths[there].mean(dtype=np.float64)) if self._rows else 0.0
            return self._lengths, self._rows, self._mean

    def _read(self, chosen: Keys | None) -> None:
        for keys, lengths in self._index.lengths(chosen):
            inside = keys < len(self._lengths)
            self._lengths[keys[inside]] = lengths[inside]


def _inverse_frequency(rows: int, containing: int) -> float:
    rows = max(rows, containing)  # items may have come since they were counted
    return max(1e-6, float(np.log((rows - containing + 0.5) / (containing + 0.5)))) if containing else 0.0


def _largest(scores: NDArray[np.float64], keys: Keys, k: int) -> NDArray[np.int64]:
    """Places of the `k` largest, best first; ties go to the smaller key."""
    least = np.partition(scores, len(scores) - k)[len(scores) - k]
    chosen = np.flatnonzero(scores >= least)
    best: NDArray[np.int64] = chosen[np.lexsort((keys[chosen], -scores[chosen]))][:k]
    return best


def _plain(words: Sequence[str]) -> bool:
    """Whether FTS5 cuts and stems each of the words just as it is done here: ASCII and Chinese ones."""
    return all(word.isascii() or all("\u3400" <= letter <= "\u9fff" for letter in word) for word in words)
