"""Ways to reach somebody: "What is your phone number?" is answered by the sentence that has one. Knows words and passages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.reflex.features import chinese
from assistant.reflex.hits import Hit
from assistant.reflex.sentences import split_sentences
from retrieval.catalogue import say
from retrieval.synonyms import meanings

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(
    r"(?:(?:\b(?:call|ring|dial|phone|tel(?:ephone)?|mobile|hotline|fax)\b\.?|电话|拨打|致电|热线|手机)\s*[:：]?\s*|(?<![\w.,@-])(?=[+(0]))"
    r"(?!\d{1,4}[-/]\d{1,2}[-/]\d{1,4}\b)\+?\(?\d[\d ()/-]{5,18}\d(?![\w@])", re.I,
)  # fmt: skip
"""Seven digits or more that begin as a number to dial does, or stand behind a word for one; no date."""
_WAYS = (
    (
        re.compile(
            r"\b(?:e-?)?mail address(?:es)?\b|\b(?:your|by|via) e-?mail\b|\be-?mail (?:of|for)\b|邮箱(?:地址)?|(?:电子)?邮件地址|电邮", re.I
        ),
        _MAIL,
    ),
    (
        re.compile(
            r"\b(?:(?:tele|mobile )?phone|mobile|fax) numbers?\b|\b(?:your|by|via) (?:tele)?phone\b|\bhotline\b"
            r"|\bnumber (?:can|do|should|to) (?:(?:i|we) )?(?:call|ring)\b|电话(?:号码)?|热线", re.I,
        ),
        _PHONE,
    ),
)  # fmt: skip
"""How each way is asked for, and what its value looks like."""
_ASKS = re.compile(
    r"^(?:what(?:'s| is| are)|give me|tell me|can i (?:have|get)|do you have|is there|(?:may|could) i have|how (?:can|do) (?:i|we))\b"
    r"|\bnumber (?:can|do|should)\b|多少|是什么|吗|给我|告诉我|怎么|有没有|哪",
    re.I,
)
_ANYBODY = frozenset(
    ("=contact", "=support", "=location", "=phone", "=email", "=address", "number", "custom", "servic", "=shop", "compani", "offic", "team")
)
"""Whoever is behind the collection, in whatever words."""


def way(question: str) -> re.Pattern[str] | None:
    """What the wanted value looks like, when a phone number or an e-mail address is asked for."""
    plain = question.strip().rstrip("?？.。!！ ")
    return next((value for named, value in _WAYS if named.search(plain) and _ASKS.search(plain)), None)


def general(question: str) -> str:
    """What to search for: whoever keeps an address files it under contact."""
    return f"{question} {'联系' if chinese(question) else 'contact'}"


def reached(question: str, hits: Sequence[Hit], language: str) -> str:
    """The sentence with what is asked for, of the first of `hits` that speaks of all that the question names; empty when none does."""
    value = way(question)
    if value is None:
        return ""
    named = set(meanings(question)) - _ANYBODY
    for hit in hits:
        if hit.item["modality"] != "text" or not value.search(hit.answer) or not named <= set(meanings(f"{hit.title} {hit.text}")):
            continue
        sentence = next((s.text for s in split_sentences(hit.answer) if value.search(s.text)), hit.answer)
        return say("assistant", language, "found.quote", text=" ".join(sentence.split()), number=hit.number)
    return ""
