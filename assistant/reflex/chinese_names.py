"""Chinese names, which stand in a question without marks around them: whether it names a thing, or another that is called nearly so.

Words of a question that ask are barriers; what is left between two of them is held against the name. Pure comparison of characters.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple

_BARRIER = re.compile(
    r"请问|麻烦|帮[我忙]|告诉我?|我?想(?:知道|问|了解|要|去|看)?|查(?:一下|询|找|查)?|搜索?|找(?:一下|找)?|知道|了解|介绍|一下|给我|给出|你们|我们|你知道"
    r"|多少钱?|什么时候|什么|为什么|怎么样?|如何|怎样|哪[里儿些个家种款]?|有没有|是不是|能不能|可以|是否|几[点个楼号分]|多[久长大高远重]"
    r"|具体|大概|一般|通常|一共|总共|现在|今天|明天|一晚|每晚|一天"
    r"|[的了吗呢吧啊呀在是有这那我你您它他她谁几要住去到从？?！!，,。；;：:“”\"'\s]"
)
"""Words that ask, and those that lead to a name or on from it."""
_JOINT = re.compile("[和跟与或及、]")
"""What joins names, and is in some of them."""
_INSIDE = re.compile(r"[·•.\-_'’《》「」]")
"""Marks within a name that people leave out."""
_BRANCH = re.compile(r"\(([^()]+)\)")
LEAST = 2
"""Characters that a question and a name must have in common at one place."""


class _Stretch(NamedTuple):
    """What two names share."""

    asked: int
    known: int
    size: int


def pieces(question: str) -> list[str]:
    """What of a question may be a name: its stretches of two characters or more between words that ask."""
    return [piece for piece in _BARRIER.sub("\n", _plain(question)).split("\n") if len(piece) >= LEAST]


def names_another(question: str, title: str, said: str) -> bool:
    """Whether `question` names something else than what is called `title`; `said` is what is said of that, but not what it is near to.

    It does where it has other characters in the place of those of the title, or before it, that stand nowhere in `said`; another branch in
    brackets; or, where it names something, nothing in common with either.
    """
    known, said = _plain(title), _plain(said)
    asked = pieces(question)
    each = [one for piece in asked for one in _JOINT.split(piece)]
    if any(2 * len(one) >= len(known) and one in known for one in each) or (len(known) < LEAST and known in question):
        return False
    shared = [(piece, found) for piece in asked if (found := _stretches(piece, known))]
    if not shared:
        return bool(asked) and not any(_stretches(piece, said) for piece in asked)
    return any(_another_branch(piece, known, said) or _replaced(piece, known, found, said) for piece, found in shared)


def _plain(text: str) -> str:
    return _INSIDE.sub("", unicodedata.normalize("NFKC", text).lower())


def _stretches(asked: str, known: str) -> list[_Stretch]:
    """What both have in the same order, without single characters."""
    blocks = SequenceMatcher(None, asked, known, autojunk=False).get_matching_blocks()
    return [_Stretch(*block) for block in blocks if block.size >= LEAST]


def _another_branch(asked: str, known: str, said: str) -> bool:
    """Whether both name a branch in brackets, and not the same; or only the question does, and nothing is said of that one."""
    wanted, there = _BRANCH.search(asked), _BRANCH.search(known)
    if wanted is None:
        return False
    return wanted[1] != there[1] if there else wanted[1] not in said


def _replaced(asked: str, known: str, found: list[_Stretch], said: str) -> bool:
    """Whether other characters stand before what both share, between it, or behind it where the name goes on in another way."""
    first, last = found[0], found[-1]
    if _unsaid(asked[: first.asked], known[: first.known], said):
        return True
    gaps = ((asked[a.asked + a.size : b.asked], known[a.known + a.size : b.known]) for a, b in pairwise(found))
    if any(_unsaid(gap, instead, said) for gap, instead in gaps):
        return True
    rest, instead = asked[last.asked + last.size :], _BRANCH.sub("", known[last.known + last.size :])
    return bool(instead) and _unsaid(rest, instead, said)


def _unsaid(gap: str, instead: str, said: str) -> bool:
    """Whether `gap` says something that is said nowhere; a single character does where others stand in its place."""
    gap = _BRANCH.sub("", gap).strip("()")
    return bool(gap) and (bool(instead) if len(gap) < LEAST else gap not in said)
