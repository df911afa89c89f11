"""Glossing: a Chinese question in English words, so that what is written in English can be searched and read for it. Knows words only.

No translation: words one by one, in the order of the question, what asks first. The sentence encoder that ships knows hardly any Chinese.
"""

from __future__ import annotations

import re
from functools import lru_cache

from assistant.reflex.features import chinese
from retrieval.labels import labels
from retrieval.segmentation import segments
from retrieval.synonyms import english_words

UNDERSTOOD = 0.75
"""Least share of the Chinese characters that carry meaning which must be known: a guess at a few words would find anything."""
_LATIN = re.compile(r"[A-Za-z0-9]+(?:[.,'’-][A-Za-z0-9]+)*")
_ASKING = ("how much price", "how long", "how many", "what amount", "when", "where", "how", "why", "who", "which", "what")
_WISHING = ("do you have", "do you sell", "can I")
"""What asks only where nothing else does: 帐篷有几种 is no "do you have"."""
_BOUND = re.compile(r"(\d+(?:\.\d+)?)\s*(?:欧元|欧|块钱|块|元)?(以下|以内|以上)")
_YES_NO = re.compile(r"[吗么][?？]?\s*$")
_CHINESE = re.compile(r"[\u3400-\u9fff]")


@lru_cache(maxsize=1)
def _words() -> dict[str, str]:
    """Chinese -> English."""
    found = dict(english_words())
    for label in labels():
        for name in label.chinese:
            found.setdefault(name, label.english)
    return found


def _alone(text: str) -> set[int]:
    """Places of the characters that are words by themselves."""
    place, alone = 0, set()
    for word in segments(text):
        if len(word) == 1:
            alone.add(place)
        place += len(word)
    return alone


@lru_cache(maxsize=256)
def gloss(question: str) -> str:
    """The question in English words; empty when it has no Chinese, or too little of it is known."""
    if not chinese(question):
        return ""
    question = _BOUND.sub(lambda found: f" {'over' if found[2] == '以上' else 'under'} {found[1]} euro ", question)
    known, alone = _words(), _alone(question)
    said: list[str] = []
    understood = unknown = place = 0
    while place < len(question):
        latin = _LATIN.match(question, place)
        sizes = range(min(8, len(question) - place), 0, -1)
        size = next((n for n in sizes if question[place : place + n] in known and (n > 1 or place in alone)), 0)
        if latin:
            said.append(latin.group())
            size = len(latin.group())
        elif size:
            english = known[question[place : place + size]]
            understood += size if english else 0
            said += [english] if english else []
        elif _CHINESE.match(question[place]):
            unknown += 1
        place += size or 1
    words = list(dict.fromkeys(said))
    told = [word for word in words if word not in _ASKING and word not in _WISHING]
    if not told or understood < UNDERSTOOD * (understood + unknown):
        return ""
    asking = [word for word in words if word in _ASKING][:1] or [word for word in words if word in _WISHING][:1]
    return " ".join([*asking, *told]) + ("?" if asking or _YES_NO.search(question) else "")
