"""Glossing: Chinese in English words: a question, so that what is written in English can be searched for it; a text, so that a reader of
English can read it. Knows words only.

No translation: words one by one, in the order of the question, what asks first. The sentence encoder that ships knows hardly any Chinese.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

from assistant.reflex.features import chinese
from assistant.reflex.numerals import number, short
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
_PUNCTUATION = str.maketrans("，。、；：？！（）【】《》〈〉「」『』“”‘’～—…·", ',.,;:?!()()""""""""""\'\'~-. ')
_RUN = re.compile(r"[\u3400-\u9fff]+")
_ONSETS, _RIMES = "b c d f g h j k l m n p r s t v w z".split(), "a ai an au e ei en i in o on u".split()


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
    known, alone = _listed() | _words(), _alone(question)
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


@lru_cache(maxsize=4096)
def in_words(text: str) -> str:
    """The text with its Chinese in English words, each in its place, so that a reader of English can compare it with a question.

    What is in no list is made of syllables, the same for the same characters: a name stays a name.
    """
    if not _RUN.search(text):
        return text
    return " ".join(_RUN.sub(lambda run: f" {' '.join(map(_word, segments(run.group())))} ", text.translate(_PUNCTUATION)).split())


@lru_cache(maxsize=1)
def _listed() -> dict[str, str]:
    """Chinese -> English: everyday and encyclopaedic words."""
    found: dict[str, str] = {}
    for line in files("assistant.reflex").joinpath("dictionary.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            word, english = line.split("\t")
            found[word] = english
    return found


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    """Chinese -> English: all words; what says nothing in a question to search for may say something to who reads it."""
    return _words() | _listed()


def _word(word: str) -> str:
    known = _known()
    if word in known:
        return known[word]
    if (value := number(word)) is not None:
        return short(value)
    found, place = [], 0
    while place < len(word):
        size = next((n for n in range(len(word) - place - (place == 0), 0, -1) if word[place : place + n] in known), 1)
        part = word[place : place + size]
        found.append(known[part] if part in known else _syllable(part))
        place += size
    return " ".join(one for one in found if one)


def _syllable(character: str) -> str:
    place = ord(character)
    return _ONSETS[place % len(_ONSETS)] + _RIMES[place // len(_ONSETS) % len(_RIMES)]
