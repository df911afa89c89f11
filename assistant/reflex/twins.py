"""Twins: the curated answer that says in one language what another one says in the other. Knows entries and words, no question."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.reflex.asking import ASKING
from assistant.reflex.features import chinese
from assistant.reflex.glossing import gloss
from assistant.reflex.hits import Hit
from retrieval.synonyms import meanings

ALIKE = 0.5
"""Least share of what two questions name that both name."""
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


def in_language(entry: Hit, hits: Sequence[Hit], language: str) -> Hit:
    """The entry, or its twin in the language of the answer, if that is among the hits."""
    if language != "zh" or chinese(entry.question):
        return entry
    others = [hit for hit in hits if hit.metadata.get("faq") and chinese(hit.question)]
    return next((hit for hit in others if _same(entry, hit)), entry)


def _same(english: Hit, other: Hit) -> bool:
    """Whether both are about the same, and the numbers of the one stand in the other."""
    one, two = _named(english.question), _named(gloss(other.question))
    told, said = set(_NUMBER.findall(english.answer)), set(_NUMBER.findall(other.answer))
    return bool(one & two) and len(one & two) >= ALIKE * len(one | two) and said <= told and bool(said) == bool(told)


def _named(question: str) -> set[str]:
    return set(meanings(question)) - ASKING
