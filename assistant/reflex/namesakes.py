"""Namesakes: a row that bears nearly the name asked for is another thing, and its cells are no answer. Pure comparison of words.

"北京西苑饭店" is not "北京西单饭店", and an "Amber Trail Backpack" is not an "Amber Leather Backpack", though most of their words agree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from assistant.reflex.features import chinese
from assistant.reflex.matching import mentions, names
from assistant.reflex.sentences import terms

_WORD = re.compile(r"[\w'’-]+")
_FILLER = re.compile(r"[的了吗呢请问、，。？?！!\s]+")
_NO_NAME = re.compile(
    r"I['’]\w+|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?|January|February|March|April|May|June|July|August|September|October|November"
    r"|December|Christmas|Easter|English|Chinese|OK|FAQ|PDF|EUR|USD|GBP|CNY|RMB"
)
"""What is written with a capital and names nothing that a source would have to mention."""
_GAP = 2
"""English words that may stand between two words of a name; more of them are no name."""


def names_another(question: str, title: str, text: str) -> bool:
    """Whether `question` names something else than the row with this title; `text` is all that the row says.

    What stands between words of the title, and is neither in the title nor in the row, makes it another name; in English also a
    capitalised word or a number right before them, or another number right behind.
    """
    if chinese(title):
        between = _between(_FILLER.sub("", question), _FILLER.sub("", title))
        return any(set(gap) - set(text) for gap in between)
    asked, known = _WORD.findall(question), [word.lower() for word in _WORD.findall(title)]
    said = set(terms(f"{title} {text}"))
    lower = [word.lower() for word in asked]
    if any(len(gap) <= _GAP and set(terms(" ".join(gap))) - said for gap in _between(lower, known)):
        return True
    if _other_number(lower, known):
        return True
    first = next((place for place, word in enumerate(lower) if word in known), 0)
    return any(_is_name(asked[place]) and set(terms(asked[place])) - said for place in range(max(1, first - _GAP), first))


def leaves_out(question: str, text: str) -> bool:
    """Whether `text`, all that a source says as far as it was found, has none of the names that `question` has in it."""
    others = _WORD.findall(question)[1:]
    if 2 * sum(word[0].isupper() for word in others) > len(others):
        return False  # written in capitals: none of them makes a name
    asked = [name for name in names(question) if not name[0].isdigit() and not _NO_NAME.fullmatch(name)]
    return bool(asked) and not any(mentions(text, name) for name in asked)


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
