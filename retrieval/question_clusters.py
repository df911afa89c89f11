"""Clusters of questions: wordings that ask about the same put together, each named by its most central one. Pure arithmetic.

Greedy: the wording with the most (often asked) neighbours takes them, then the next. Wordings with other numbers, or of which one denies,
are never neighbours, because a cluster may be answered by one sentence.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.catalogue import language_of
from retrieval.contradiction import negated, numbers, opposed
from retrieval.embedders.base import Vectors
from retrieval.synonyms import concepts

COSINE_SHARE = {"en": 0.6, "zh": 0.15}
"""How much of the likeness of two questions is that of their vectors; the rest is that of their words."""
NEAR = {"en": 0.6, "zh": 0.45}
"""Likeness from which two wordings are neighbours."""


def likenesses(texts: Sequence[str], vectors: Vectors) -> NDArray[np.float32]:
    """Likeness, 0 to 1, of each two of `texts`; 0 between languages and between what cannot ask the same."""
    languages = [language_of(text) for text in texts]
    shares = np.array([COSINE_SHARE[language] for language in languages], np.float32)
    alike = shares[:, None] * np.maximum(vectors @ vectors.T, 0.0) + (1 - shares[:, None]) * _words_in_common(texts)
    signs = [(language, numbers(text), negated(text)) for language, text in zip(languages, texts, strict=True)]
    known: dict[object, int] = {}
    marks = np.array([known.setdefault(sign, len(known)) for sign in signs])
    alike[marks[:, None] != marks[None, :]] = 0.0
    return np.asarray(alike, np.float32)


def _words_in_common(texts: Sequence[str]) -> NDArray[np.float32]:
    """Twice the common words by the words of both."""
    words = [frozenset(concepts(text)) for text in texts]
    columns = {word: place for place, word in enumerate(sorted(frozenset().union(*words)))}
    table = np.zeros((len(texts), max(1, len(columns))), np.float32)
    for place, found in enumerate(words):
        table[place, [columns[word] for word in found]] = 1.0
    counts = table.sum(1)
    return np.asarray(2 * (table @ table.T) / np.maximum(counts[:, None] + counts[None, :], 1.0), np.float32)


def grouped(texts: Sequence[str], vectors: Vectors, counts: Sequence[int]) -> list[list[int]]:
    """Places in `texts` by cluster, the most central first. `counts` says how often each was asked; `vectors` (len(texts), d) are unit."""
    if not texts:
        return []
    alike = likenesses(texts, vectors)
    near = alike >= np.array([NEAR[language_of(text)] for text in texts], np.float32)[:, None]
    near |= np.eye(len(texts), dtype=bool)
    free = np.ones(len(texts), bool)
    asked = np.array(counts, np.float32)
    clusters: list[list[int]] = []
    while free.any():
        # How often its neighbours were asked; between equals the one that is nearest to them.
        weight = (near & free) @ asked + 0.5 * ((alike * near) @ (asked * free)) / max(1.0, float(asked.sum()))
        centre = int(np.argmax(np.where(free, weight, -1.0)))
        places = [int(place) for place in np.flatnonzero(near[centre] & free)]
        taken = [place for place in places if place != centre and not opposed(texts[centre], texts[place])]
        clusters.append([centre, *sorted(taken, key=lambda place: -alike[centre, place])])
        free[clusters[-1]] = False
    return clusters
