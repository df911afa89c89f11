"""Answers for the ear: a sentence or two without what only the eye can use, and an offer of the rest. Knows words, no voice."""

from __future__ import annotations

import re

from assistant.speech import for_the_ear, sentences, without_marks
from retrieval.catalogue import language_of, say

MOST = 2
"""Sentences that are spoken at once."""
LONGEST = 280
"""Characters that are spoken at once, where a sentence ends in time; Chinese ones count three times."""
REST = 60
"""Characters that are worth offering; less is simply spoken along."""
_PASSES = 4
_ON = re.compile(
    r"(?:(?:yes|yeah|yep|ok|okay|sure|please|go on|go ahead|carry on|continue|read on|keep going|tell me more|more)[\s,.!]*){1,3}"
    r"|(?:(?:是的?|好的?|嗯|可以|行|请|继续|继续说|接着说|说下去|往下说)[吧，。！、\s]*){1,3}",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W_]+")
_SOURCE = re.compile(r"\n+\s*(?:sources?|references?|来源|出处|参考)\s*[:：].*\Z", re.IGNORECASE | re.DOTALL)


def spoken(text: str, language: str = "", source: str = "") -> str:
    """What is said of `text`: its first one or two sentences as words for the ear, and "Shall I go on?" where much is left.

    `language` ("en", "zh") is that of the offer; empty means the answer's own. Each sentence is read in its own language. Empty only for
    text without any letter or digit. Applying it twice changes nothing. `source` is the title of what the answer rests on, named once.
    """
    language = language if language in ("en", "zh") else language_of(text)
    heard = _begun(text, language, source)
    for _ in range(_PASSES):
        # A sign may only stand before its number once another one is gone.
        again = _begun(heard, language, "")
        if again == heard:
            break
        heard = again
    return heard


def _begun(text: str, language: str, source: str) -> str:
    parts = heard_sentences(text)
    if not parts:
        return ""
    offers = {say("assistant", one, "live.go_on") for one in ("en", "zh")}
    if parts[-1] in offers and len(parts) > 1:
        return _joined(parts)
    first = _enough(parts)
    named = [say("assistant", language, "live.source", source=for_the_ear(source, language))] if _worded(source) else []
    if sum(_length(part) for part in parts[len(first) :]) < REST:
        return _joined([*parts, *named])
    return _joined([*first, *named, say("assistant", language, "live.go_on")])


def offers(said: str) -> bool:
    """Whether `said` ends with the offer to go on."""
    return any(said.endswith(say("assistant", one, "live.go_on")) for one in ("en", "zh"))


def left(text: str) -> str:
    """What `spoken` leaves out of `text` when it offers to go on."""
    parts = heard_sentences(text)
    return "\n".join(parts[len(_enough(parts)) :]) if parts else ""


def accepts(words: str) -> bool:
    """Whether words say nothing but that one shall go on."""
    return bool(_ON.fullmatch(words.strip()))


def heard_sentences(text: str) -> list[str]:
    """All sentences of `text` as words for the ear, each read in its own language."""
    plain = _SOURCE.sub("", text) if _worded(_SOURCE.sub("", text)) else text
    parts = (part for part in sentences(without_marks(plain)) if _worded(part))
    heard = (" ".join(for_the_ear(part, language_of(part)).split()) for part in parts)
    found = [part for part in heard if part]
    return found or ([" ".join(_LETTERS.findall(text))] if _LETTERS.search(text) else [])  # "[1]" alone: there is nothing else to say


def _enough(parts: list[str]) -> list[str]:
    taken, long = [parts[0]], _length(parts[0])
    for part in parts[1:MOST]:
        if long + _length(part) > LONGEST:
            break
        taken.append(part)
        long += _length(part)
    return taken


def _length(part: str) -> int:
    return sum(3 if "\u3400" <= c <= "\u9fff" else 1 for c in part)


def _worded(text: str) -> bool:
    return any(c.isalnum() for c in text)


def _joined(parts: list[str]) -> str:
    """One line; Chinese sentences stand without a blank between them."""
    out = parts[0]
    for part in parts[1:]:
        out += part if out[-1] in "。！？；…" else f" {part}"
    return out
