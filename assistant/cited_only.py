"""Cited only: what is left of an answer when every sentence must be borne out by the source it cites. Knows no kind of question.

Stricter than `assistant/citations.py`, which only takes wrong marks out: here a sentence without a mark goes, and so does one whose source
lacks its numbers, says the opposite, or shares too few of its words. A dose must stand in the source as it stands in the answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.citations import quote, support, words
from assistant.citations import sentences as pieces
from retrieval.catalogue import language_of
from tools.base import Evidence

LEAST = 0.5
"""Share of a sentence's own words that one of its sources must contain."""
STEM = 5
"""Letters of a word that count when a question is compared with a source."""
_MARK = re.compile(r"\[(\d{1,3})\]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NOT = re.compile(
    r"\b(?:not|never|no|none|nor|without|avoid|cannot|neither|unsafe|unlikely|contraindicated)\b|n't\b|不|没|无|勿|忌|禁|未|别|非",
    re.IGNORECASE,
)


def cited_only(answer: str, evidence: Sequence[Evidence], question: str = "") -> str:
    """The sentences of `answer` that a source bears out, as they stand; empty when none is.

    A source that was searched for must also speak of what the `question` names: the dose of one medicine answers no question about another.
    """
    known = {piece.number: piece for piece in evidence if _on_the_matter(question, piece)}
    kept = [piece for piece in pieces(answer) if _borne_out(piece, known)]
    return "".join(kept).strip()


def _on_the_matter(question: str, piece: Evidence) -> bool:
    """Whether half of the question's own words stand in the source, endings aside. What the person attached, and another language, pass."""
    item, asked = piece.hit.item, words(question)
    text = f"{item.title}\n{item.text}"
    if not asked or not item.collection or language_of(question) != language_of(text):
        return True
    there = {word[:STEM] for word in words(text)}
    return sum(word[:STEM] in there for word in asked) >= LEAST * len(asked)


def _borne_out(sentence: str, known: dict[int, Evidence]) -> bool:
    sources = [known[int(number)] for number in _MARK.findall(sentence) if int(number) in known]
    bare = _MARK.sub("", sentence).strip(" -*#\n")
    return bool(bare) and any(bears_out(bare, f"{source.hit.item.title}\n{source.hit.item.text}") for source in sources)


def bears_out(sentence: str, source: str) -> bool:
    """Whether `source` says what `sentence` says: its numbers, its words, and no "not" on one side alone."""
    if not set(_NUMBER.findall(sentence)) <= set(_NUMBER.findall(source)) or support(sentence, source) < LEAST:
        return False
    closest = quote(source, sentence)
    return bool(_NOT.search(sentence)) == bool(_NOT.search(closest))
