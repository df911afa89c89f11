"""Covering: whether a curated entry with another question speaks of what is asked, or of another thing. Knows words, no evidence."""

from __future__ import annotations

import re
from collections.abc import Set

from assistant.reflex.asking import ASKING
from assistant.reflex.conditions import GENERIC, is_thing
from assistant.reflex.sentences import answer_type, shows, split_sentences
from retrieval.contradiction import contradicts, negated
from retrieval.synonyms import meanings

_PLAIN = ASKING | frozenset(
    "go goe come get take make use need want possibl thing someth =common =name offer give sell do find tell".split()
)
"""Concepts that tell no question from another."""
_EXTENT = re.compile(r"\bhow (?:big|large|small|high|low|old|far|near|heavy|tall|wide|deep|bright)\b", re.IGNORECASE)
"""Asks for an amount: "how big is the deposit" names nothing big."""
_CLOSING = re.compile(r"\b(?:close[ds]?|closing|shuts?)\b", re.IGNORECASE)
"""When a shop closes is told by its opening hours."""
LEAST = 2
"""Concepts that a question must name: one alone is in too many entries, unless it asks when or where."""
LONGEST = 400
"""Characters of an answer; in a longer one stands a word of everything."""


def covers(question: str, entry: str, answer: str, things: Set[str]) -> bool:
    """Whether the entry with this question, and one sentence of its answer, speak of all that `question` names and show what it asks for.

    An entry about whatever was ordered speaks of each of the `things` that are sold.
    """
    if answer_type(question) == "when":
        question = _CLOSING.sub("open", question)
    asked = set(meanings(_EXTENT.sub(" ", question))) - _PLAIN
    least = 1 if answer_type(question) in ("when", "where") else LEAST
    if len(asked) < least or len(answer) > LONGEST or contradicts(question, entry) or negated(question) != negated(entry):
        return False
    return any(_covers(question, asked, set(meanings(entry)), sentence.text, things) for sentence in split_sentences(answer))


def _covers(question: str, asked: Set[str], meant: Set[str], sentence: str, things: Set[str]) -> bool:
    missing = asked - meant - set(meanings(sentence))
    if missing and not (meant & GENERIC and len(asked - missing) and all(is_thing(word, things) for word in missing)):
        return False
    kind = answer_type(question)
    return not kind or shows(kind, sentence, question)


def covering(question: str, title: str, text: str) -> str:
    """The sentence of a passage that, with its title, speaks of all that `question` names and shows what it asks for; or empty."""
    asked, kind = set(meanings(_EXTENT.sub(" ", question))) - _PLAIN, answer_type(question)
    if len(asked) < LEAST or not kind:
        return ""
    above = set(meanings(title))
    for sentence in split_sentences(text):
        told = set(meanings(sentence.text))
        of_all = asked <= told | above and bool(asked & told) and len(sentence.text) <= LONGEST
        if of_all and negated(question) == negated(sentence.text) and shows(kind, sentence.text, question):
            return sentence.text
    return ""


def of_another(question: str, entry: str, answer: str, elsewhere: Set[str]) -> bool:
    """Whether the entry is about another thing than `question`: "Do you rent out tents?" for "Do you rent out jackets?".

    It is where one thing stands in the place of another: the entry says it in question and answer, and of the one that is asked about
    others speak; `elsewhere` has their concepts.
    """
    plain = _PLAIN | GENERIC
    asked, meant, told = set(meanings(question)) - plain, set(meanings(entry)) - plain, set(meanings(answer))
    own, unsaid = meant - asked, asked - meant - told
    return len(own) == len(unsaid) == 1 and own <= told and unsaid <= elsewhere
