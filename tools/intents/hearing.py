"""What the installed sentences let a person say, as one tree of words for a recogniser. Knows no recogniser, runs nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from tools.device_matching import KINDS
from tools.devices._kinds import COLOURS
from tools.devices.base import Device
from tools.intents.book import Book
from tools.intents.slots import ALL_EN
from tools.intents.templates import NOTHING, Node, OneOf, Row, Slot, Word, parse

MOST = 400
"""Names of one kind that are listened for; more would cost time and confuse."""
_LONGEST = 5
"""Words of a name; longer ones are not said as a whole."""
_BEFORE = "[hey|okay] [please|can you|could you|would you|will you|i want you to|now] [please]"
_AFTER = "[please|now|thanks|thank you|for me]"


def sayable_commands(books: Sequence[Book], devices: Sequence[Device], numbers: Iterable[str], known: Collection[str]) -> Node | None:
    """All sentences of the English books with their slots filled, as far as every word is `known`; None when there are none.

    `numbers` are those that may be said, in words.
    """
    home = _home(devices, numbers, known)
    found: list[Node] = []
    for book in books:
        if book.language != "en":
            continue
        lists = {name: OneOf(tuple(parse(way, book.rules) for each in ways.values() for way in each)) for name, ways in book.lists.items()}
        trees = (parse(template, book.rules) for intent in book.intents.values() for template in intent.sentences)
        found += [said for tree in trees if (said := _said(tree, {**home, **lists}, known)) not in (None, NOTHING)]
    if not found:
        return None
    return Row((_phrase(_BEFORE, known), OneOf(tuple(found)), _phrase(_AFTER, known)))


def sayable_names(names: Iterable[str], known: Collection[str]) -> list[str]:
    """Names as they are spoken, each sound once (`livingroom` is `living room`): those whose every word is `known`."""
    spoken = (" ".join(re.sub(r"[^a-z' ]+", " ", name.lower()).split()) for name in names)
    fit = (name for name in spoken if name and len(words := name.split()) <= _LONGEST and all(word in known for word in words))
    heard: dict[str, str] = {}
    for name in fit:
        heard.setdefault(name.replace(" ", ""), name)
    return list(heard.values())[:MOST]


def one_of(names: Iterable[str]) -> Node:
    """Any of these."""
    return OneOf(tuple(Word(name) for name in names))


def _home(devices: Sequence[Device], numbers: Iterable[str], known: Collection[str]) -> dict[str, Node]:
    """The slots that every home has."""
    names = [name for device in devices for name in device.names.get("en", ())]
    names += [word for kind in {device.kind for device in devices} for word in KINDS.get(kind, ()) if word.isascii()]
    plain, areas = sayable_names(names, known), sayable_names((n for d in devices for n in d.area_names.get("en", ())), known)
    if not plain:
        return {}
    place = OneOf((Row((_phrase("(in|on|of) [the]", known), one_of(areas))), NOTHING)) if areas else NOTHING
    one = Row((_phrase("[all] [the|my]", known), one_of(plain)))
    several = OneOf((Row((one, OneOf((place, Row((Word("and"), one)))))), Row((one_of(ALL_EN), place, _but(areas, plain, known)))))
    slots: dict[str, Node] = {"devices": several, "colour": one_of(COLOURS)}
    if areas:
        slots["area"] = one_of(areas)
    if said := sayable_names(numbers, known):
        slots["value"] = one_of(said)
    return slots


def _but(areas: Sequence[str], names: Sequence[str], known: Collection[str]) -> Node:
    """ "except the hall"; or nothing."""
    return OneOf((Row((_phrase("(except|but not) [the]", known), one_of([*areas, *names]))), NOTHING))


def _phrase(template: str, known: Collection[str]) -> Node:
    return _said(parse(template), {}, known) or NOTHING


def _said(node: Node, slots: Mapping[str, Node], known: Collection[str]) -> Node | None:
    """The tree with its slots filled and without what cannot be said; None when nothing is left."""
    if isinstance(node, Word):
        words = re.sub(r"[^a-z' ]+", " ", node.text).split()
        return Word(" ".join(words)) if words and all(word in known for word in words) else None
    if isinstance(node, Slot):
        return _said(slots[node.name], {}, known) if node.name in slots else None
    if isinstance(node, Row):
        parts = [_said(part, slots, known) for part in node.parts]
        return Row(tuple(part for part in parts if part is not None)) if None not in parts else None
    choices = [said for choice in node.choices if (said := _said(choice, slots, known)) is not None]
    return OneOf(tuple(choices)) if choices else None
