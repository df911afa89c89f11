"""Names of everyday things, English and Chinese: which noun a word means, and how a noun is said. Sees no picture."""

# ruff: noqa: E501 - a table is one line a noun

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("nouns.toml")
IRREGULAR = {"mice": "mouse", "geese": "goose", "wolves": "wolf", "leaves": "leaf", "knives": "knife", "men": "man", "women": "woman", "people": "person",
            "scarves": "scarf", "feet": "foot", "children": "child", "buses": "bus", "boxes": "box", "puppies": "puppy"}  # fmt: skip
"""Plural -> noun, where the endings do not tell."""


@dataclass(frozen=True)
class Name:
    """A thing that can be named."""

    noun: str
    """English, singular where that is said."""
    drawn: tuple[str, ...]
    """What drawing sets call it."""
    also: tuple[str, ...]
    """Other English words for it."""
    chinese: tuple[str, ...]
    """The first is said."""
    group: str
    """animals, food, nature, vehicles, places, things, photographs."""

    def said(self, language: str) -> str:
        """In the language of the answer."""
        return self.chinese[0] if language == "zh" and self.chinese else self.noun


@cache
def names() -> dict[str, Name]:
    """Noun -> name, of everything in nouns.toml."""
    found = {}
    for group, lines in tomllib.loads(_FILE.read_text("utf-8")).items():
        for noun, line in lines.items():
            drawn, also, chinese = (tuple(w.strip() for w in part.split(",") if w.strip()) for part in line.split(";"))
            found[noun] = Name(noun, drawn, also, chinese, group)
    return found


@cache
def _english() -> dict[str, str]:
    """English word, lower case -> noun. What a thing is mostly called wins over its other words."""
    found: dict[str, str] = {}
    for name in names().values():
        for word in name.also:
            found.setdefault(word.lower(), name.noun)
    for name in names().values():
        if name.group != "photographs" or name.noun.lower() not in found:
            found[name.noun.lower()] = name.noun
    return found


@cache
def _chinese() -> list[tuple[str, str]]:
    """Chinese word -> noun, longest first."""
    found = {word: name.noun for name in reversed(list(names().values())) for word in name.chinese}
    return sorted(found.items(), key=lambda pair: -len(pair[0]))


def singular(word: str) -> str:
    """An English noun without its plural."""
    low = word.lower()
    if low in _english() or low in IRREGULAR:
        return IRREGULAR.get(low, low)
    could = _singulars(low)
    return next((one for one in could if one in _english()), could[0] if could else low)


_ENDINGS = (("ies", "y"), ("ies", "ie"), ("ses", "s"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("oes", "o"), ("s", ""))


def _singulars(plural: str) -> list[str]:
    """What a plural may be the plural of: `suitcases` ends like `buses`, `canoes` like `potatoes`."""
    return [
        plural[: -len(ending)] + instead
        for ending, instead in _ENDINGS
        if plural.endswith(ending) and len(plural) > len(ending) + 2 and not plural.endswith("ss")
    ]


def noun_of(word: str) -> str:
    """The noun that one English word or phrase means; empty when it is none of these."""
    low = " ".join(word.lower().split())
    table = _english()
    if low in table:
        return table[low]
    *before, last = low.split() or [""]
    return table.get(" ".join([*before, singular(last)]), "")


def nouns_in(text: str) -> list[tuple[int, str]]:
    """Every known noun of a text with the place where it starts: longest words first, no letter used twice."""
    found: list[tuple[int, str]] = []
    words = [(m.start(), m[0]) for m in re.finditer(r"[A-Za-z][A-Za-z'-]*", text)]
    n = 0
    while n < len(words):
        for length in (3, 2, 1):
            part = words[n : n + length]
            noun = noun_of(" ".join(w for _, w in part)) if len(part) == length else ""
            if noun:
                found.append((part[0][0], noun))
                n += length
                break
        else:
            n += 1
    taken = [False] * len(text)
    for word, noun in _chinese():
        for m in re.finditer(re.escape(word), text):
            if not any(taken[m.start() : m.end()]):
                taken[m.start() : m.end()] = [True] * len(word)
                found.append((m.start(), noun))
    return sorted(found)


KIN: dict[str, tuple[str, ...]] = {
    "bird": ("chicken", "rooster", "chick", "duck", "goose", "swan", "owl", "eagle", "penguin", "flamingo", "peacock", "parrot", "dove", "turkey", "ibis", "emu"),
    "tree": ("palm tree", "christmas tree", "bonsai"), "flower": ("rose", "sunflower", "tulip", "daisy", "dandelion", "lotus", "water lily"),
    "car": ("taxi", "police car", "racing car"), "boat": ("ship", "canoe", "schooner"), "ship": ("boat", "schooner"), "fish": ("blowfish", "shark"),
    "ball": ("basketball", "baseball", "tennis", "volleyball"), "person": ("man", "woman", "baby"), "dog": ("dalmatian",), "cat": ("wild cat",),
    "train": ("tram",), "truck": ("fire engine",), "clock": ("watch",), "phone": ("telephone",), "plant": ("tree", "flower", "clover", "cactus", "leaf"),
    "shoe": ("boot",), "cup": ("coffee",), "cake": ("cupcake", "pie"), "hat": ("crown",), "lamp": ("candle", "flashlight"), "scooter": ("motorcycle",),
}  # fmt: skip
"""Noun -> narrower ones that it may be said of."""
