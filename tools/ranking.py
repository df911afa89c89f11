"""Ranking: which passages of one document answer a question, by BM25 over stemmed and segmented words. Knows no store.

Robertson and Zaragoza (2009), k1 = 1.2, b = 0.6; a title counts as twice its words. Chinese is cut into words and character pairs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from retrieval.items import Draft
from retrieval.segmentation import query_words, terms

K1, B = 1.2, 0.6


def rank(question: str, drafts: Sequence[Draft]) -> list[tuple[int, float]]:
    """(place of the draft, score 0 to 1), best first, those without a common word left out.

    The score is the share of the question's information (inverse document frequency) that the passage covers.
    """
    query = list(dict.fromkeys(t for word in query_words(question) for t in terms(word)))
    bags = [Counter(terms(draft.text)) + Counter(terms(draft.title)) + Counter(terms(draft.title)) for draft in drafts]
    if not query or not bags:
        return []
    lengths = [sum(bag.values()) for bag in bags]
    mean = sum(lengths) / len(lengths) or 1.0
    weight = {t: math.log(1 + (len(bags) - n + 0.5) / (n + 0.5)) for t in query for n in [sum(t in bag for bag in bags)]}
    # A word that stands in no passage still weighs: a question whose main word is missing must not look answered.
    total = sum(weight.values()) or 1.0
    found = []
    for place, (bag, length) in enumerate(zip(bags, lengths, strict=True)):
        score = sum(weight[t] * bag[t] * (K1 + 1) / (bag[t] + K1 * (1 - B + B * length / mean)) for t in query if t in bag)
        if score > 0:
            covered = sum(weight[t] for t in query if t in bag) / total
            found.append((place, score, covered))
    best = max((s for _, s, _ in found), default=1.0)
    return sorted(((p, round(c * (0.5 + 0.5 * s / best), 4)) for p, s, c in found), key=lambda r: -r[1])
