"""What asks for a table as a whole: the cheapest, all of a kind, one beside another. Knows words, no rows."""

from __future__ import annotations

import re

from assistant.reflex.comparisons import is_comparison
from assistant.reflex.conditions import asks_of_a_case
from assistant.reflex.extremes import is_extreme
from assistant.reflex.phrases import every

_SUPERLATIVE = re.compile(r"\b(?:newest|oldest)\b|最新", re.I)
_COUNTS = re.compile(
    r"\bhow many\b.*\b(?:do|are|have)\b|\bin stock\b|\b(?:out of stock|sold out|available)\b|\b(?:which|what) \w+s (?:do you|are|have)\b"
    r"|有哪些|有几[个款种件]|哪些|缺货|有货|现货|售罄", re.I,
)  # fmt: skip
_HOLDING = re.compile(r"\bfor (?:\w+) (?:people|persons?|adults?)\b|\b\w+[- ]person\b|[\d一二三四五六七八九十两]个?人", re.I)


def is_superlative(words: str) -> bool:
    """Whether the words name an end of a scale: the cheapest, the newest."""
    return is_extreme(words) or bool(_SUPERLATIVE.search(words))


def asks_of_rows(words: str) -> bool:
    """Whether an answer needs every row of a kind: the best hits of a search say nothing of the others."""
    whole = is_superlative(words) or is_comparison(words) or every(words) or asks_of_a_case(words)
    return whole or bool(_COUNTS.search(words) or _HOLDING.search(words))
