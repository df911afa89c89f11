"""How far the words of a reading are to be trusted: the chance that one of them is right. Knows no decoder.

A logistic curve over two clues: the mean chance that the search gives its words, and how far another model of language reads the same
words. Its numbers were set by hand. On 95 recordings its four parts, from least to most sure, are .47 .62 .74 .87 sure and .51 .54 .75 .88
right. Fitting the numbers to half of the recordings was no better on the others, nor did length, pace, the fit of the sounds or the chance
of the sentence help.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from difflib import SequenceMatcher

from assistant.transcribers.base import Word

_CALIBRATION = (-1.5, 2.2, 2.0)
"""Log odds that a word is right: a constant, per mean chance of the words, per share of words on which two models agree."""


def agreement(one: Sequence[str], other: Sequence[str]) -> float:
    """Share of words that two readings have in common, in order; 1 when they are the same."""
    return SequenceMatcher(None, one, other, autojunk=False).ratio() if one or other else 0.0


def confidence(words: Sequence[Word], agreed: float) -> float:
    """The chance that a word is right; 0 without words."""
    if not words:
        return 0.0
    constant, chance, alike = _CALIBRATION
    odds = constant + chance * sum(word.probability for word in words) / len(words) + alike * agreed
    return round(1 / (1 + math.exp(-odds)), 4)
