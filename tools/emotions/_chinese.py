"""The emotion of a Chinese sentence by its words, their negation and degree. Rules, not learned: no free set has more than stars."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tools.emotions._emoji import emoji
from tools.emotions._words_zh import DEGREES, NEGATIONS, TURNED, WORDS
from tools.emotions.base import LABELS

_WEIGHT = 2.0
_STRONG = dict.fromkeys("哭恨怒臭怕", 1.3)
"""Single characters that are a feeling by themselves; others are mostly parts of longer words."""
_AFTER = ("死了", "极了", "坏了", "得要命", "得要死", "得不得了", "得很")
"""Degrees that follow their word: 臭得要命."""


@lru_cache
def _table() -> tuple[dict[str, str], int]:
    table: dict[str, str] = {}
    for label, listed in WORDS.items():
        for word in listed.split():
            table.setdefault(word, label)
    return table, max(map(len, table))


def read(sentence: str) -> tuple[NDArray[np.float64], int, list[str]]:
    """Logits over LABELS, how many words of feeling there were, and which.

    Longest words first, each with the negation and degree before it.
    """
    table, longest = _table()
    logits = np.zeros(len(LABELS))
    logits[LABELS.index("neutral")] = 1.2
    found: list[str] = []
    i = 0
    while i < len(sentence):
        word = next((sentence[i : i + n] for n in range(min(longest, len(sentence) - i), 0, -1) if sentence[i : i + n] in table), "")
        if not word:
            i += 1
            continue
        before = sentence[max(0, i - 4) : i]
        label, weight = table[word], _WEIGHT if len(word) > 1 else _STRONG.get(word, 0.6)
        weight *= next((DEGREES[d] for d in sorted(DEGREES, key=len, reverse=True) if before.endswith(d)), 1.0)
        if sentence.startswith(_AFTER, i + len(word)):
            weight *= 1.6
        if _negated(before):
            label = TURNED[label]
            weight *= 0.9
        logits[LABELS.index(label)] += weight
        found.append(word)
        i += len(word)
    for label, count in emoji(sentence).items():
        logits[LABELS.index(label)] += 1.6 * min(count, 3)
        found.append("emoji")
    if re.search(r"[！!]{2,}", sentence):
        logits *= 1.15
    return logits, len(found), found


def _negated(before: str) -> bool:
    """True when a negation stands right before, or before one degree word (不太好吃). The 别 of 特别 is none."""
    degree = next((d for d in sorted(DEGREES, key=len, reverse=True) if before.endswith(d)), "")
    return before[: len(before) - len(degree)].endswith(NEGATIONS)
