"""Slots: what the words in braces may be in one home, as patterns: its devices, its areas, numbers and colours. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from tools.device_matching import KINDS
from tools.devices.base import Device
from tools.intents import numbers
from tools.intents.book import Book
from tools.intents.templates import parse, pattern

ALL_EN = ("everything", "all devices", "all the devices", "all of it", "every device")
_ALL_ZH = ("所有设备", "全部设备", "所有的设备", "所有东西", "所有的东西", "全部东西", "一切", "全部", "所有", "全屋")
COLOURS_EN = "warm white|cold white|white|red|orange|yellow|green|turquoise|blue|purple|pink"
COLOURS_ZH = "(?:暖白|冷白|白|红|橙|黄|绿|青|蓝|紫|粉)色?"


PATTERNS = {
    "en": {"devices": ".+? ", "area": ".+? ", "value": f"{numbers.ENGLISH} ", "colour": f"(?:{COLOURS_EN}) "},
    "zh": {"devices": ".+?", "area": ".+?", "value": numbers.CHINESE, "colour": COLOURS_ZH},
}
"""Language -> slot -> what it may be at first sight; `Names` then says whether a home has it."""
APART = {"en": "(?:except|but not|apart from|other than|excluding) .+?", "zh": "除.+?"}
"""Language -> "except the hall", which may stand at the end of a sentence, in Chinese also at its beginning."""


_BRACKET = re.compile(r"[(\[<]")


class Lists:
    """The slots that one book has of its own, and the rules that its sentences are written with."""

    def __init__(self, book: Book) -> None:
        """Raises InvalidInput for a way to say something that cannot be read."""
        self.rules = book.rules
        self.language = book.language
        self._ways = {
            name: {value: re.compile(_either(ways, book)) for value, ways in values.items()} for name, values in book.lists.items()
        }
        self.patterns = {name: f"(?:{'|'.join(way.pattern for way in ways.values())})" for name, ways in self._ways.items()}

    def values(self, found: Mapping[str, str]) -> dict[str, str]:
        """Slot -> the value of what was said there; what was said itself where the file gives a template and no value."""
        ends = "" if self.language == "zh" else " "
        return {
            name: next((v for v, way in self._ways[name].items() if way.fullmatch(text + ends) and not _BRACKET.search(v)), text)
            for name, text in found.items()
            if name in self._ways
        }


def _either(ways: Iterable[str], book: Book) -> str:
    return f"(?:{'|'.join(pattern(parse(way, book.rules), {}, book.language) for way in ways)})"


class Names:
    """What the devices and the areas of one home may be called in a sentence: one, several, all, and all but some."""

    def __init__(self, devices: Sequence[Device], language: str) -> None:
        areas = _any(name for device in devices for name in device.area_names.get(language, ()))
        names = {name for device in devices for name in device.names.get(language, ())} | _kind_words(devices, language)
        listed, apart = _chinese(names, areas) if language == "zh" else _english(names, areas)
        self._tests = {"devices": re.compile(listed), "apart": re.compile(apart), "later": re.compile(apart), "area": re.compile(areas)}

    def fit(self, found: Mapping[str, str | None]) -> bool:
        """True when every slot that was found names something of this home."""
        return all(test.fullmatch(text) for name, test in self._tests.items() if (text := found.get(name)))


def _english(names: set[str], areas: str) -> tuple[str, str]:
    plain = _any({*names, *(f"{name}s" for name in names if not name.endswith("s"))})
    place = f"(?:the |my |our )?(?:{areas})"
    article = "(?:the |my |our |a |an |some |that |this |these |those )?"
    one = (
        f"(?:(?:all |all of |every |each |both )?{article}(?:(?:{areas})(?:'s)? )?(?:{plain})(?: (?:in|of|on|at) {place})?"
        f"|(?:{'|'.join(ALL_EN)})(?: (?:in|of|on|at) {place})?)"
    )
    apart = f"(?:except|but not|apart from|other than|excluding)(?: for)? (?:{one}|{place})(?: (?:and|or) (?:{one}|{place}))*"
    return f"{one}(?: and {one})*(?: {apart})?", apart


def _chinese(names: set[str], areas: str) -> tuple[str, str]:
    inside = f"(?:{areas})(?:里面|里边|里|中)?的?"
    one = f"(?:(?:所有|全部|每个|每盏)?的?(?:{inside})?(?:所有|全部)?的?(?:{_any(names)})|(?:{inside})?(?:{'|'.join(_ALL_ZH)}))"
    apart = f"除了?(?:{one}|{areas})(?:[和跟与、](?:{one}|{areas}))*(?:以外|之外|外)?的?[，,]?(?:其他|其余)?的?"
    return f"(?:{apart})?{one}(?:(?:[和跟与、]|以及|还有){one})*都?", apart


def _kind_words(devices: Sequence[Device], language: str) -> set[str]:
    """Words for the kinds that this home has."""
    kinds = {device.kind for device in devices}
    return {word for kind in kinds for word in KINDS.get(kind, ()) if word.isascii() == (language != "zh")}


def _any(names: Iterable[str]) -> str:
    """One of these, the longest first; something that never matches when there are none."""
    found = sorted({name.lower() for name in names if name}, key=lambda name: (-len(name), name))
    return "|".join(re.escape(name).replace(r"\ ", " ") for name in found) or "(?!)"
