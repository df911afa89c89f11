"""Asking: what would answer a question, a yes or something else, and whether two questions ask the same. Knows words, no evidence."""

from __future__ import annotations

import re

from assistant.reflex.sentences import answer_type
from retrieval.synonyms import meanings

_YES_NO = re.compile(
    r"^(?:and |so |but )?(?:am|is|are|can|could|may|do|does|did|will|would|must|should|have|has)\b|[吗么][？?]?\s*$"
    r"|可不可以|能不能|是否|行不行",
    re.IGNORECASE,
)
_OPEN = re.compile(r"^(?:and |so |but )?(?:which|what|who|where|when|how|why)\b|哪|什么|多少|几[个款种件]|怎么", re.IGNORECASE)
ASKING = frozenset("=price =when =where =who =why =how_long =how_many".split())
"""Concepts that ask, and name nothing: an answer shows something in their place."""


def is_yes_no(question: str) -> bool:
    """Whether a yes or a no would answer it."""
    return bool(_YES_NO.search(question.strip()))


def is_open(question: str) -> bool:
    """Whether no yes and no no can answer it: which, how, when."""
    return bool(_OPEN.search(question.strip()))


def same_question(question: str, entry: str) -> bool:
    """Whether both ask the same of the same, in other words: "Where are you located?" and "Where is the shop?"."""
    meant = set(meanings(question))
    alike = answer_type(question) == answer_type(entry) and is_yes_no(question) == is_yes_no(entry)
    return alike and bool(meant - ASKING) and meant == set(meanings(entry))
