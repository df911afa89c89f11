"""Fusion: lists from several indexes become one order. Pure arithmetic over scores; knows no store.

Words: `w * cosine + (1 - w) * bm25 / ideal`, where `ideal` is the sum of the query's inverse document frequencies, about what a passage
scores that has each word once (never less than the best BM25 of the list). Dividing by the ideal instead of by the best keeps a chance
match of one common word from counting in full. MRR@5 on development sets, each with its own best single list:

    set (queries)                          BM25   dense  RRF    this
    XQuAD en + 600 medical answers (500)   0.947  0.934  0.954  0.967
    COVID paraphrased questions (183)      0.635  0.834         0.839
    COVID questions -> answers (151)       0.552  0.633         0.693
    MedQuAD questions -> answers (300)     0.770  0.843         0.847
    CMRC2018 zh (500)                      0.983  0.206  0.646  0.983
    DRCD zh, traditional (500)             0.961  0.183  0.591  0.960
    XQuAD zh (500)                         0.951  0.191  0.633  0.955

MiniLM hardly knows Chinese, so the words carry a Chinese query.

Where an encoder hardly tells the passages apart, `w` shrinks (`trusted`): of 400 questions about 2000 generated passages of one form, MRR@5
is 0.80 so, and was 0.59 with a fixed `w` (BM25 alone 0.97); the sets above stay as they are, within 0.003.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median

from retrieval.stores.base import Scored

DENSE_WEIGHT = {"en": 0.7, "zh": 0.15}
"""Share of the cosine in the score of a query in that language."""
TELLING = 0.15
"""How far the best cosine stands above the middle of the nearest, where an encoder tells the passages of a collection apart."""
FEW = 10
"""Cosines among which there is no middle to speak of."""


LIFT = 0.75
"""What a picture or sound that certainly shows what was asked for scores without any words: about what a passage scores that answers."""


def inverse_frequency(total: int, containing: int) -> float:
    """Robertson's weight of a word as FTS5 computes it, which is also the scale of its BM25 scores."""
    return max(1e-6, math.log((total - containing + 0.5) / (containing + 0.5)))


def trusted(dense_weight: float, cosines: Sequence[float]) -> float:
    """The share that the cosines of the nearest passages get: all of `dense_weight`, or less where they hardly differ.

    Rows of a table, entries of a log and sentences of one form lie so close together for an encoder that their words must decide.
    """
    if len(cosines) < FEW:
        return dense_weight
    return dense_weight * min(1.0, (max(cosines) - median(cosines)) / TELLING)


def hybrid(lexical: Sequence[Scored], cosines: Mapping[str, float], ideal: float, dense_weight: float) -> dict[str, float]:
    """Score, 0 to 1, of every item in `lexical` or `cosines`; an item without a vector has cosine 0."""
    best = max([ideal, 1e-9, *(hit.score for hit in lexical)])
    words = {hit.item_id: hit.score / best for hit in lexical}
    return {
        item_id: dense_weight * max(0.0, cosines.get(item_id, 0.0)) + (1 - dense_weight) * words.get(item_id, 0.0)
        for item_id in {*cosines, *words}
    }


def lifted(by_text: Mapping[str, float], chances: Mapping[str, float]) -> dict[str, float]:
    """Scores by words, and those of pictures and sounds raised by the chance that they show it: its words and its looks support each other.

    A chance below a half raises little, because most of what is near to a query in a large store does not show it.
    """
    return {
        item_id: (score := by_text.get(item_id, 0.0)) + (1 - score) * LIFT * chances.get(item_id, 0.0) for item_id in {*by_text, *chances}
    }


def either(one: float, other: float) -> float:
    """Chance that at least one of two independent signs is right."""
    return 1 - (1 - one) * (1 - other)


def spread(scores: Mapping[str, float]) -> dict[str, float]:
    """The same order on a scale from 0 (worst of the list) to 1 (best), so that lists of different measure can be added."""
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    return {item_id: (score - low) / (high - low) if high > low else 1.0 for item_id, score in scores.items()}


def blend(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Score over the parts of a query (its words, each picture, each sound): half the mean of the spread scores, half the best of them.

    Spread, because measures differ: cosines of picture descriptors lie between 0.6 and 1, of sentences between 0 and 0.8. The best counts
    beside the mean because a passage has no likeness to a picture at all: what fits one part in full stands beside what fits all in part.
    """
    if len(parts) == 1:
        return dict(parts[0])
    blended = {}
    scaled = [spread(part) for part in parts]
    for item_id in set().union(*scaled):
        scores = [part.get(item_id, 0.0) for part in scaled]
        blended[item_id] = (sum(scores) / len(scores) + max(scores)) / 2
    return blended


def ranked(scores: Mapping[str, float]) -> list[str]:
    """Item ids, best first; ties in a fixed order."""
    return sorted(scores, key=lambda item_id: (-scores[item_id], item_id))
