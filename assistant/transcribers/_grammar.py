"""Grammars for the recogniser: the few sentences that a closed set of names allows, in JSGF. Knows no decoder.

A grammar hears far better than free dictation what it contains, and nothing else; the recogniser therefore compares both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from assistant.speech import number_words, spelled_out
from assistant.transcribers.base import Expected

MOST = 400
"""Names of one kind that a grammar holds; more would cost time and confuse."""
_LONGEST = 5
"""Words of a name; longer ones are not said as a whole."""
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "grey")


def sayable(names: Iterable[str], known: Collection[str]) -> list[str]:
    """Names as they are spoken, each sound once (`livingroom` is `living room`): those whose every word is in the dictionary `known`."""
    spoken = (spelled_out(name) for name in names)
    fit = (name for name in spoken if name and len(words := name.split()) <= _LONGEST and all(word in known for word in words))
    heard: dict[str, str] = {}
    for name in fit:
        heard.setdefault(name.replace(" ", ""), name)
    return list(heard.values())[:MOST]


def choice(sentences: Sequence[str]) -> str:
    """A grammar of whole sentences."""
    return "#JSGF V1.0; grammar choice; public <one> = " + " | ".join(sentences) + ";"


def requests(expected: Expected, known: Collection[str]) -> str:
    """A grammar of what can be asked of the devices and of the collections; empty when no name can be said."""
    devices, areas, things = (sayable(names, known) for names in (expected.devices, expected.areas, expected.things))
    rules: list[str] = []
    kinds: list[str] = []
    if devices:
        rules.append(f"<device> = [the] ( {' | '.join(devices)} ) {'[in the ( ' + ' | '.join(areas) + ' )]' if areas else ''};")
        rules += _DEVICE_RULES
        kinds += ["<power>", "<value>", "<cover>", "<state>"]
    if things:
        rules.append(f"<thing> = [a | an | the | some | my] [{' | '.join(COLOURS)}] ( {' | '.join(things)} );")
        rules += _THING_RULES
        kinds += ["<find>", "<draw>", "<ask>"]
    if not kinds:
        return ""
    numbers = " | ".join(number_words(n) for n in range(101))
    return "\n".join([
        "#JSGF V1.0; grammar requests;", f"<number> = {numbers};", *rules,
        f"public <request> = [please | can you | could you] ( {' | '.join(kinds)} ) [please | now];",
    ])  # fmt: skip


_DEVICE_RULES = (
    "<power> = ( turn | switch ) ( on | off ) <device> | ( turn | switch ) <device> ( on | off ) | ( start | stop ) <device>;",
    "<value> = ( set | turn | dim | change ) <device> [up | down] to <number> [percent | degrees]"
    " | ( turn up | turn down | dim | brighten | raise | lower ) <device> | turn <device> ( up | down );",
    "<cover> = ( open | close | lock | unlock ) <device>;",
    "<state> = is <device> ( on | off | open | closed | locked ) | what is <device> set to;",
)
_THING_RULES = (
    "<find> = ( show me | find | find me | search for | look for | show | i am looking for | do you have ) <thing>"
    " | show me ( pictures | photos | sounds ) of <thing>;",
    "<draw> = ( draw | paint | make | sketch ) [me] [a ( picture | drawing ) of] <thing>;",
    "<ask> = ( how much is | what is | where is | tell me about | what is the price of | how many ) <thing>;",
)
