"""Relevance: the calibrated chance that an item answers a query, from what the search saw of it. Knows no store.

Logistic regression on the features of `Evidence`; coefficients fitted and measured by `training/fit_relevance.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from retrieval.segmentation import query_words, terms

SAME = 0.5
"""Share of common words from which on two texts count as saying the same."""


@dataclass(frozen=True)
class Evidence:
    """What speaks for an item; each 0 to 1 except where said."""

    cosine: float
    """Of query and item in the text space, negative as 0."""
    coverage: float
    """Share of the query's words that the item has, weighed by how rare each is."""
    rarest: float
    """Whether the item has the rarest word of the query: 1 or 0."""
    lexical: float
    """BM25 over the ideal, at most 1."""
    margin: float
    """Fused score minus that of the best other item that does not say the same; negative below the first place."""
    both: float
    """cosine * coverage: agreement of meaning and words."""


@lru_cache(maxsize=4096)
def _terms(text: str) -> frozenset[str]:
    return frozenset(terms(text))


def same(one: str, other: str, share: float = SAME) -> bool:
    """Whether two texts share most of their words, as rows of one product or copies of a page do: they support each other."""
    a, b = _terms(one), _terms(other)
    common = len(a & b)
    return common >= share * (len(a) + len(b) - common)


def query_terms(text: str) -> list[str]:
    """The distinct words of a query that carry meaning, as the index holds them."""
    return list(dict.fromkeys(terms(" ".join(query_words(text)))))


def weights(query: Sequence[str], total: int, frequencies: Mapping[str, int]) -> dict[str, float]:
    """Weight of each word of a query by rarity; smoothed so that it also means something in a store of three items."""
    return {term: math.log(1 + (total - frequencies.get(term, 0) + 0.5) / (frequencies.get(term, 0) + 0.5)) for term in query}


def evidence(weight: Mapping[str, float], text: str, cosine: float, lexical: float, margin: float) -> Evidence:
    """The features of one item with words `text` (title and text)."""
    found = _terms(text)
    whole = sum(weight.values())
    coverage = sum(w for term, w in weight.items() if term in found) / whole if whole else 0.0
    rarest = float(max(weight, key=lambda term: weight[term]) in found) if weight else 0.0
    cosine = max(0.0, cosine)
    return Evidence(cosine, coverage, rarest, min(1.0, lexical), margin, cosine * coverage)


COEFFICIENTS: dict[str, tuple[float, ...]] = {
    "en": (-6.67, 6.07, 5.60, -0.52, 0.13, 8.66, -5.06),
    "zh": (-6.02, 1.60, 4.01, -0.76, 2.29, 7.38, 1.62),
}
"""Intercept, then one for each field of Evidence, by language of the query.

Fitted on XQuAD, MedQuAD and CMRC2018, whose figures stand on the left.

First hit at `LIKELY`, half of the questions that have no answer being about the very subject of the store:

                                                     fitted on    never seen (COVID-QA, DRCD)
    English: of those answered, right                0.78         0.59 (its answers often fit several questions)
    English: of those without an answer, refused     0.90         0.86
    Chinese: of those answered, right                0.91         0.98
    Chinese: of those without an answer, refused     0.93         0.99
    expected calibration error, English | Chinese    0.03 | 0.02  0.04 | 0.13 (too modest on traditional characters)
"""
LIKELY = 0.4
"""Probability of the best hit below which nothing in the store should be taken for an answer."""


def probability(seen: Evidence, language: str) -> float:
    """Chance, 0 to 1, that the item answers the query."""
    intercept, *slopes = COEFFICIENTS[language]
    features = (seen.cosine, seen.coverage, seen.rarest, seen.lexical, seen.margin, seen.both)
    return 1 / (1 + math.exp(-(intercept + sum(a * b for a, b in zip(slopes, features, strict=True)))))


def likeness(score: float) -> float:
    """Chance, 0 to 1, that two media show the same kind of thing, from the cosine of descriptors without a curve
    of their own (`retrieval.likeness` has those of the joint space).

    Read off the five nearest pictures by `colour_layout` in two development sets (98 classes of Caltech-101, 81 of grocery photos): of
    those with a cosine of 0.85 to 0.9 a tenth are of the same class, of 0.9 to 0.95 a quarter, above that half to all.
    """
    return 1 / (1 + math.exp(-(score - 0.955) * 50))
