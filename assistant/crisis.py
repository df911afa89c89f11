"""Crisis: whether a person plainly says that they want to die or hurt themselves, and the fixed text that answers it. Reads no emotion.

It looks for plain statements in the person's own words, in English and Chinese, and for nothing between the lines: what is quoted, sung,
denied or a figure of speech is passed over. It keeps no score and no record, and it says nothing about anybody's state.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from assistant.crisis_words import (
    CHINESE,
    CHINESE_NEAR,
    DEED,
    DENIED,
    DENIED_WITHIN,
    ENGLISH,
    ENGLISH_NEAR,
    HANDED_OVER,
    QUOTED,
    TOLD,
)
from retrieval.catalogue import say

LONGEST = 20_000
"""Characters that are looked at: more is a document, not a statement."""
_SENTENCE = re.compile(r"(?<=[.!?。！？;；])\s*|\n+")
_DENIAL_SAYS_IT = re.compile(r"^\bi (?:\w+ )*?(?:do not|don'?t|can(?:no|')?t) |\bnot wanting to |\band never (?:ever )?wake ")
"""As in "I don't want to live"."""


def signs(words: str) -> bool:
    """True when the words plainly say, in the first person or of somebody near, that a life is in danger."""
    text = _plain(words[:LONGEST])
    if HANDED_OVER.match(text):
        return False
    return any(_speaks(sentence.strip()) for sentence in _SENTENCE.split(text) if sentence)


def help_text(language: str) -> str:
    """What is said then: fixed, and the same for everybody."""
    return say("assistant", language, "crisis.help")


def _plain(words: str) -> str:
    """The words as the patterns expect them: one form of each character, lower case, quotations taken out unless they are all there is."""
    text = unicodedata.normalize("NFKC", words).replace("’", "'").replace("‘", "'").lower()
    text = "".join(c for c in text if unicodedata.category(c) != "Cf").strip()
    rest = QUOTED.sub(" … ", text).strip()
    return rest if rest.strip(" .…!?。！？") else text


def _speaks(sentence: str) -> bool:
    if _patterns("near").search(sentence):
        return True
    return any(not _of_others(sentence, found) for found in _patterns("own").finditer(sentence))


@cache
def _patterns(whose: str) -> re.Pattern[str]:
    rows = (*ENGLISH_NEAR, *CHINESE_NEAR) if whose == "near" else (*ENGLISH, *CHINESE)
    return re.compile("|".join(f"(?:{row})" for row in rows))


def _of_others(sentence: str, found: re.Match[str]) -> bool:
    """Whether a statement is somebody else's, or denied; a denial may stand inside it, before the deed."""
    before = sentence[: found.start()]
    if TOLD.search(before) or DENIED.search(before):
        return True
    deed = DEED.search(found[0])
    wish = _DENIAL_SAYS_IT.search(found[0])
    return deed is not None and wish is None and bool(DENIED_WITHIN.search(found[0][: deed.start()]))
