"""Grammars for the recogniser: what the installed sentences and the names of a home and of the collections allow. Knows no decoder.

A grammar hears far better than free dictation what it contains, and nothing else; the recogniser therefore compares both. It is written as
Sphinx writes finite-state grammars, because the same sentences in JSGF take the decoder minutes: it copies a rule wherever it stands.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache

from assistant.speech import number_words, spelled_out
from assistant.transcribers.base import Expected
from tools.intents.automaton import Machine, machine
from tools.intents.hearing import one_of, sayable_commands, sayable_names
from tools.intents.templates import Node, OneOf, Row, parse

COLOURS = "red|orange|yellow|green|blue|purple|pink|brown|black|white|grey"
NUMBERS = tuple(number_words(n) for n in (*range(31), *range(35, 101, 5)))
"""Those that are said to a home: every degree, and every twentieth of a whole."""
_BEFORE, _AFTER = "[please|can you|could you]", "[please|now]"
_FIND = "(show me|find|find me|search for|look for|show|i am looking for|do you have|show me (pictures|photos|sounds) of)"
_DRAW = "(draw|paint|make|sketch) [me] [a (picture|drawing) of]"
_ASK = "(how much is|what is|where is|tell me about|what is the price of|how many)"
_THING = f"[a|an|the|some|my] [{COLOURS}]"


def sayable(names: Sequence[str], known: Collection[str]) -> list[str]:
    """Names as they are spoken, each sound once, their numbers in words: those whose every word is in the dictionary `known`."""
    return sayable_names([spelled_out(name) for name in names], known)


def choice(sentences: Sequence[str]) -> str:
    """A grammar of whole sentences, in JSGF."""
    return "#JSGF V1.0; grammar choice; public <one> = " + " | ".join(sentences) + ";"


def requests(expected: Expected, known: Collection[str]) -> str:
    """A grammar of what can be asked of the devices and of the collections; empty when nothing can be said."""
    kinds: list[Node] = []
    if expected.home and (commands := sayable_commands(expected.books, expected.home, NUMBERS, known)):
        kinds.append(commands)
    if things := sayable(expected.things, known):
        thing = Row((OneOf(tuple(parse(one) for one in (_FIND, _DRAW, _ASK))), parse(_THING), one_of(things)))
        kinds.append(Row((parse(_BEFORE), thing, parse(_AFTER))))
    return written(machine(OneOf(tuple(kinds)))) if kinds else ""


def written(found: Machine) -> str:
    """A machine in Sphinx's own format."""
    last = found.states
    steps = [f"TRANSITION {start} {end} 1.0 {word}" for start, end, word in found.steps]
    ends = [f"TRANSITION {end} {last} 1.0" for end in sorted(found.ends)]
    head = ["FSG_BEGIN requests", f"NUM_STATES {last + 1}", "START_STATE 0", f"FINAL_STATE {last}"]
    return "\n".join([*head, *steps, *ends, "FSG_END"])


@lru_cache(maxsize=4)
def read(text: str) -> Machine:
    """What `written` wrote."""
    lines = [line.split() for line in text.splitlines() if line.startswith("TRANSITION")]
    steps = tuple((int(start), int(end), word) for _, start, end, _, word in (line for line in lines if len(line) == 5))
    return Machine(len({s for a, b, _ in steps for s in (a, b)}), steps, frozenset(int(line[1]) for line in lines if len(line) == 4))
