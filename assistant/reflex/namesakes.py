"""Namesakes: a row that bears nearly the name asked for is another thing, and its cells are no answer. Pure comparison of words.

"北京西苑饭店" is not "北京西单饭店", and an "Amber Trail Backpack" is not an "Amber Leather Backpack", though most of their words agree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from difflib import SequenceMatcher, get_close_matches
from itertools import pairwise

from assistant.reflex import chinese_names
from assistant.reflex.features import chinese
from assistant.reflex.matching import mentions, names
from assistant.reflex.sentences import terms
from retrieval.synonyms import meanings

_WORD = re.compile(r"[\w'’-]+")
_NO_NAME = re.compile(
    r"I['’]\w+|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?|January|February|March|April|May|June|July|August|September|October|November"
    r"|December|Christmas|Easter|English|Chinese|OK|FAQ|PDF|EUR|USD|GBP|CNY|RMB"
)
"""What is written with a capital and names nothing that a source would have to mention."""
_CAPITALISED = re.compile(r"(\b\w+\W+)((?:[A-Z][\w'’-]*|&)(?: (?:[A-Z\d][\w'’-]*|&))+)")
"""Words with capitals one behind another, and the word before them."""
_PLACED = re.compile(r"\b(?:at|from|in|by|on|with)(?: the)? $", re.IGNORECASE)
_OWNER = re.compile(r"['’]s\b")
_THING = re.compile(
    r"(?:\bthe|(?:^|,) *of) ((?:[\w&'’-]+ )*?[\w&'’-]+)(?=[ ,]*(?:[.?!;,]|$|\b(?:costs?|made|for|in|ha[sd]|have|comes?|weighs?|belongs?"
    r"|please|with|of|from|on|at|to|by|is|are|was|were|do|does|can|and|or|that|which|who|you|we|i|they|it|right|now|today|if|when|than|as|then|get"
    r"|goe?s?|sell|sold|need|be|available|again)\b))", re.IGNORECASE,
)  # fmt: skip
"""What stands behind "the", up to what is said of it."""
_MISSPELT = 0.86
"""Least likeness of a word and what it was meant to be: "kangaroo" for "Kangeroo"."""
_GAP = 2
"""English words that may stand between two words of a name; more of them are no name."""


def names_another(question: str, title: str, text: str) -> bool:
    """Whether `question` names something else than the row with this title; `text` is what the row says of it.

    What stands between words of the title, and is neither in the title nor in the row, makes it another name; in English also a
    capitalised word or a number right before them, or another number right behind.
    """
    if chinese(title):
        return chinese_names.names_another(question, title, text)
    asked, known = _WORD.findall(question), [word.lower() for word in _WORD.findall(title)]
    said = set(terms(f"{title} {text}"))
    lower = [word.lower() for word in asked]
    if any(len(gap) <= _GAP and _unsaid(set(terms(" ".join(gap))), said) for gap in _between(lower, known)):
        return True
    if _other_number(lower, known):
        return True
    first = next((place for place, word in enumerate(lower) if word in known), 0)
    return any(_is_name(asked[place]) and set(terms(asked[place])) - said for place in range(max(1, first - _GAP), first))


def leaves_out(question: str, text: str) -> bool:
    """Whether `text`, all that a source says as far as it was found, has none of the names that `question` has in it."""
    if _in_capitals(question):
        return False
    asked = [name for name in names(question) if not name[0].isdigit() and not _NO_NAME.fullmatch(name)]
    return bool(asked) and not any(mentions(text, name) for name in asked)


def lacks_of_name(question: str, called: str) -> bool:
    """Whether a row that is `called` so lacks a word of the name that `question` writes with capitals: "the Sleek Casual Belt".

    Of several names that one counts which has most in common with the row. Where somebody is, or buys, names nothing that a row is called.
    """
    if _in_capitals(question):
        return False
    said = set(terms(_OWNER.sub("", called)))
    asked = [
        set(terms(_OWNER.sub("", name[2]))) for name in _CAPITALISED.finditer(question) if not _PLACED.search(question[: name.start(2)])
    ]
    wanted: set[str] = max(asked, key=lambda name: (len(name & said), len(name - said)), default=set())
    return bool(wanted - said)


def lacks_of_thing(question: str, title: str, said: str) -> bool:
    """Whether a row lacks a word of the one thing that is asked about, "the plush urban backpack"; `said` is all that the row says.

    Words that mean the same count as said, and what is misspelt in the title does. One word alone names a kind, not a thing.
    """
    there, called = set(meanings(said)), terms(title)
    asked = [words for thing in _THING.findall(question) if len(words := set(meanings(_OWNER.sub("", thing)))) > 1]
    wanted: set[str] = max(asked, key=lambda words: len(words & there), default=set())
    return _unsaid(wanted, there | set(called))


def _unsaid(words: Set[str], said: Set[str]) -> bool:
    """Whether one of `words` is not in `said`, however it is spelt."""
    return any(not get_close_matches(word, said, 1, _MISSPELT) for word in words - said)


def _in_capitals(question: str) -> bool:
    """Whether words that name nothing are written with a capital, or, where there are none, most are: then none of them makes a name."""
    others: list[str] = _WORD.findall(question)[1:]
    plain = [word for word in others if not terms(word)] or others
    return 2 * sum(word[0].isupper() for word in plain) > len(plain)


def _is_name(word: str) -> bool:
    return word[0].isupper() or any(c.isdigit() for c in word)


def _other_number(asked: Sequence[str], known: Sequence[str]) -> bool:
    """Whether another number follows the words that both have: the tent 6 is not the tent 2."""
    blocks = [block for block in SequenceMatcher(None, asked, known, autojunk=False).get_matching_blocks() if block.size]
    ends = ((asked[block.a + block.size :][:1], known[block.b + block.size :][:1]) for block in blocks)
    return any(one and other and one[0].isdigit() and other[0].isdigit() and one != other for one, other in ends)


def _between(asked: Sequence[str], known: Sequence[str]) -> list[Sequence[str]]:
    """What stands in `asked` between the stretches that it shares with `known`."""
    blocks = [block for block in SequenceMatcher(None, asked, known, autojunk=False).get_matching_blocks() if block.size]
    return [asked[before.a + before.size : after.a] for before, after in pairwise(blocks) if after.a > before.a + before.size]
