"""BM25 as an inner product: the words of an item and of a query as sparse vectors, for engines that search such vectors.

The arithmetic is that of the text index in SQLite (`retrieval.lexical`), with one difference: how long an item is, is measured against a
mean that was fixed when the vectors were made. So a vector never changes, and scores do not depend on how an engine parts its data.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import blake2b

from retrieval.engine import TITLE_WEIGHT
from retrieval.lexical import K1, MAX_QUERY_WORDS, B
from retrieval.segmentation import query_words, terms
from retrieval.stemming import stem

MEAN = 60.0
"""Words of an item, where nothing was measured yet."""
PRESENT = 0
"""A dimension that every item has and no query asks for: an item without words is a vector too."""
_LAST = 2**32 - 2


def dimension(term: str) -> int:
    """The dimension of a word: two of a million words share one with a chance of one in four thousand."""
    return 1 + int.from_bytes(blake2b(term.encode("utf-8", "replace"), digest_size=8).digest(), "big") % _LAST


def document(title: str, text: str, mean: float) -> dict[int, float]:
    """The vector of an item; `mean` is how many words an item has on average."""
    of_title, of_text = terms(title), terms(text)
    norm = K1 * (1 - B + B * (len(of_title) + len(of_text)) / max(mean, 1.0))
    counts: dict[str, float] = dict(Counter(of_text))
    for term in of_title:
        counts[term] = counts.get(term, 0.0) + TITLE_WEIGHT
    return {PRESENT: 1.0} | {dimension(term): count * (K1 + 1) / (count + norm) for term, count in counts.items()}


def asked(text: str) -> list[str]:
    """The words of a query as an item has them; the same stem twice counts twice."""
    return [stem(word) if word.isascii() else word for word in query_words(text)[:MAX_QUERY_WORDS]]


def query(words: Sequence[str], total: int, frequencies: Mapping[str, int]) -> dict[int, float]:
    """The vector of a query: each word weighs what it is rare; `total` is the number of items. Empty when no item has any of them."""
    found: dict[int, float] = {}
    for word in words:
        containing = frequencies.get(word, 0)
        if containing:
            weight = max(1e-6, math.log((total - containing + 0.5) / (containing + 0.5)) if total > containing else 0.0)
            found[dimension(word)] = found.get(dimension(word), 0.0) + weight
    return found
