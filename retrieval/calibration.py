"""Calibration: from which probability on an item answers, fitted for each collection on questions that it cannot answer.

A flat cut-off fails: among a thousand entries on one disease the best wrong one looks as good as the right one of a mixed folder. So a
collection is asked what its own items would answer (an FAQ's question, a sentence of a passage, a row's name and one of its columns),
with that item and all that says the same left out. What then comes first is wrong by construction, and a quarter of those may look more
than `LIKELY`. The difference in log-odds is taken off every probability in that collection, so one threshold holds for all.

Eight collections made of public sets, English and Chinese, threshold against what real questions needed (mean of the share answered
rightly and the share refused rightly of what was left out): 0.776 with one threshold for all, 0.796 with these, 0.821 with the best
threshold of each.
"""

from __future__ import annotations

import logging
import math
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from retrieval.catalogue import language_of
from retrieval.items import Item
from retrieval.relevance import LIKELY
from retrieval.searching import Searcher
from retrieval.stores.base import Scope

LEAST, MOST = 30, 150
"""Items from which on a collection is calibrated, and items that it is asked about."""
PASSES = 0.25
"""Share of wrong first hits that may look likely."""
TRUST = 30
"""Negatives that count as much as the threshold of all collections."""
GROWTH = 1.5
"""Refit when the collection has so many times the items."""
_WORDS, _CHARACTERS = 12, 20
"""Of a sentence, at most so many words (English) or characters (Chinese) are asked."""
_SENTENCE = re.compile(r"(?<=[.!?。！？；])\s*|\n")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Calibration:
    """What is taken off the log-odds of a text's probability in one collection, by language of the query."""

    shifts: dict[str, float]
    negatives: dict[str, int]
    """Questions that it was fitted on, by language."""
    items: int
    """Text items of the collection then."""
    created_at: float
    """Seconds since the epoch."""
    space: str = ""
    """Of the words then: cosines of another encoder need another calibration. Empty for one of before this was kept."""

    def outgrown(self, items: int) -> bool:
        """Whether the collection has changed too much since."""
        return items >= GROWTH * self.items or items * GROWTH <= self.items


def log_odds(probability: float) -> float:
    """Of a probability, kept away from 0 and 1."""
    inside = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(inside / (1 - inside))


def shifted(probability: float, shift: float) -> float:
    """The probability with `shift` taken off its log-odds; what is certain stays so."""
    return 1 / (1 + math.exp(shift - log_odds(probability))) if shift and 0 < probability < 1 else probability


def question_of(item: Item, chance: random.Random) -> str:
    """Something that this item would answer: its question, its name and a column, or a stretch of one of its sentences."""
    asked = item.metadata.get("question")
    if isinstance(asked, str) and asked:
        return asked
    if item.locator.row is not None:
        cells = {key: str(value) for key, value in item.metadata.items() if isinstance(value, str | int | float)}
        columns = [key for key, value in cells.items() if 0 < len(value) < 200 and value != item.title]
        return f"{item.title} {chance.choice(columns)}" if columns else item.title
    chinese = language_of(item.text) == "zh"
    shortest = 8 if chinese else 25
    sentences = [part.strip() for part in _SENTENCE.split(item.text) if len(part.strip()) > shortest] or [item.text]
    sentence = chance.choice(sentences)
    if chinese:
        start = chance.randrange(max(1, len(sentence) - _CHARACTERS))
        return sentence[start : start + _CHARACTERS]
    words = sentence.split()
    start = chance.randrange(max(1, len(words) - _WORDS))
    return " ".join(words[start : start + _WORDS])


def fit(
    searcher: Searcher, items: Sequence[Item], count: int, scope: Scope, stop: Callable[[], bool] = lambda: False
) -> Calibration | None:
    """Fit on `items`, some of the `count` text items of the collection in `scope`; None when there are too few, or `stop` said so.

    The same items give the same calibration.
    """
    if count < LEAST:
        return None
    chance = random.Random(0)  # noqa: S311 - a sample, no secret
    wrong: dict[str, list[float]] = {}
    for item in chance.sample(list(items), min(MOST, len(items))):
        if stop():
            return None
        question = question_of(item, chance).strip()
        if not question:
            continue
        found = searcher.probability_without(question, item, scope)
        if found is not None:
            wrong.setdefault(language_of(question), []).append(log_odds(found))
    shifts = {language: _shift(values) for language, values in wrong.items()}
    return Calibration(shifts, {language: len(values) for language, values in wrong.items()}, count, time.time())


def _shift(wrong: Sequence[float]) -> float:
    """How far the threshold of this collection lies above that of all, in log-odds; few negatives are trusted little."""
    ordered = sorted(wrong)
    threshold = ordered[min(len(ordered) - 1, int((1 - PASSES) * len(ordered)))]
    return (threshold - log_odds(LIKELY)) * len(ordered) / (len(ordered) + TRUST)
