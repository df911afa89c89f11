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


_ALIKE = 0.5
"""What a grammar's words weigh that were heard without it, too, in nats a frame."""
_EVEN, _STEEP = 0.02, 6.0
"""Support at which a grammar's words are as likely right as wrong, and how fast that changes. On the first half of 300 spoken orders
(people, 60 clips) 85 % lie above it, on the other half (70 clips) 91 %, of 96 stretches of other speech, most of them seen when
this was set, none."""


def support(alike: float, fit: float, free: float) -> float:
    """What speaks for a grammar's words, in nats a frame: how much better they `fit` the sounds than `free` words do, and the share of
    words on which both agree. -inf where the free words cannot be aligned, because that proves nothing."""
    return fit - free + _ALIKE * alike if math.isfinite(free) else -math.inf


def commanded(for_it: float) -> float:
    """The chance that a grammar's words are right, by their `support`."""
    return round(1 / (1 + math.exp(-min(50.0, max(-50.0, _STEEP * (for_it - _EVEN))))), 4)


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
