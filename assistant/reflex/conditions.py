"""Cases: "can I return the tent after 20 days?" asks whether an entry about returns holds for a thing, a time, a sum or a state.

The entry is quoted with its own terms; whether the case is inside them is left to whoever reads it. Knows words, no hits.
"""

from __future__ import annotations

import re
from collections.abc import Set

from assistant.reflex.asking import is_yes_no
from assistant.reflex.features import chinese
from assistant.reflex.numerals import NUMBER, NUMBER_ZH
from retrieval.contradiction import negated, opposed
from retrieval.labels import named_in
from retrieval.synonyms import meanings, usual

_CASES: dict[str, re.Pattern[str]] = {
    "time": re.compile(
        r"\b(?:(?:even |only )?(?:after|within|in|for|before|of)\s+)?(?:more than |less than |about |over )?"
        rf"{NUMBER}[\s-]*(?:hours?|days?|weeks?|months?|years?)\b(?: (?:later|ago|old))?"
        rf"|(?:过了|买了|用了|超过|已经)?{NUMBER_ZH}\s*个?(?:小时|天|日|周|星期|月|年)(?:了|后|之后|以后|前|内|以内)?",
        re.IGNORECASE,
    ),
    "money": re.compile(
        r"\b(?:(?:for|over|under|above|below|of|worth)\s+)*(?:more than |less than |an? )?"
        rf"(?:[€$£]\s*{NUMBER}|{NUMBER}\s*(?:€|\$|£|eur\b|euros?\b|dollars?\b|pounds?\b))"
        rf"|(?:满|超过|不到)?{NUMBER_ZH}\s*(?:欧元?|美元|元|块钱?)",
        re.IGNORECASE,
    ),
    "state": re.compile(
        r"\b(?:that |which )?(?:i(?:'ve| have)? |have |has |been |was |is |already )*"
        r"(?:unused|used|unworn|worn|wore|opened|unopened|unpacked|washed|tried on)\b"
        r"|(?:已经)?(?:未使用|没用过|用过|使用过|穿过|没穿过|洗过|拆封|开封|拆开|试穿)(?:的|了|过)?",
        re.IGNORECASE,
    ),
}
"""What a case may be about, in a question and in the terms of an entry."""
_MODAL = re.compile(
    r"\b(?:am i|are we|is one) (?:still )?allowed to\b|\bis it (?:still )?(?:possible|ok|okay|allowed) (?:for me )?to\b"
    r"|\b(?:still|already|even|if|once|when|under)\b|还|仍然?|已经",
    re.IGNORECASE,
)
GENERIC = frozenset(("=order", "=buy", "thing", "someth", "anyth", "good", "item", "product", "get", "=limit", "order", "bought"))
"""Concepts that stand for whatever is meant."""


def cases(text: str) -> set[str]:
    """Kinds of cases that a text speaks of: time, money, state."""
    return {kind for kind, pattern in _CASES.items() if pattern.search(text)}


def asks_of_a_case(question: str) -> bool:
    """Whether a yes or no is wanted for a case."""
    return is_yes_no(question) and bool(cases(question))


def general(question: str) -> str:
    """What to search for: the question without its case, in Chinese with the usual names of what it asks."""
    plain = without_case(question)
    return " ".join((plain, *usual(plain)))


def without_case(question: str) -> str:
    """The question in general: `can I return the tent after 20 days` -> `can I return the tent`."""
    plain = question
    for pattern in _CASES.values():
        plain = pattern.sub(" ", plain)
    return " ".join(_MODAL.sub(" ", plain).split()).strip(" ,，?？") or question


def things_of(text: str) -> frozenset[str]:
    """The concepts of the names of things, in English."""
    return frozenset(meanings(" ".join(named_in(text)[0]) if chinese(text) else text))


def holds_for(question: str, entry: str, answer: str, things: Set[str]) -> bool:
    """Whether the entry with this question and answer has the terms that decide the case; `things` are what goods are called here."""
    if not cases(question) & cases(answer):
        return False
    plain = without_case(question)
    if negated(plain) != negated(entry) or opposed(plain, entry):
        return False
    asked = set(meanings(plain)) - GENERIC
    meant = set(meanings(entry)) - GENERIC
    known = set(meanings(f"{entry} {answer}"))
    if not asked & meant or any(is_thing(word, things) for word in meant - asked):
        return False  # it is about something else, or about another thing
    return all(is_thing(word, things) for word in asked - known)


def is_thing(word: str, things: Set[str]) -> bool:
    """Whether a concept is what one of the things is called."""
    return word in things or bool(not word.isascii() and things_of(word) & things)
