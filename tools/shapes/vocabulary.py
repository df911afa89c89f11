"""Vocabulary: what can be drawn, under which English and Chinese names, and how each thing sits in a scene.

Knows no picture: a drawing registers itself with `drawing(...)`; importing this module's `things()` collects them all.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from tools.shapes.palette import RGB, TONES, Tone
from tools.shapes.pen import Pen

Place = Literal["ground", "sky", "water", "float", "figure", "backdrop"]
"""Where a thing naturally is; `float` stands on whatever there is, a `figure` is flat and casts no shadow."""
Setting = Literal["outdoor", "indoor", "plain"]

Painter = Callable[[Pen, Tone], None]


@dataclass(frozen=True)
class Thing:
    """One drawable thing."""

    name: str
    """English singular, the key."""
    words: tuple[str, ...]
    """All names, English (singular) and Chinese."""
    paint: Painter
    place: Place
    setting: Setting
    size: float
    """Natural height as a share of the picture when it stands alone among others: a house 0.5, a flower 0.25."""
    aspect: float
    """Width over height."""
    main: RGB
    accent: RGB
    head: tuple[float, float, float] | None
    """Where a hat goes: middle x, top y and width, in the unit square; None where a hat makes no sense."""
    top: float
    """Height, in the unit square, on which another thing can stand."""
    eyes: float | None
    """Height of the eyes, in the unit square, for glasses."""


_KNOWN: dict[str, Thing] = {}


def drawing(
    names: str, place: Place = "float", setting: Setting = "plain", *, size: float = 0.36, aspect: float = 1.0,
    main: str | RGB = "blue", accent: str | RGB = "white", head: tuple[float, float, float] | None = None, top: float = 0.0,
    eyes: float | None = None,
) -> Callable[[Painter], Painter]:  # fmt: skip
    """Register a painter under `names`: all its names separated by `|`, the key first."""
    words = tuple(w.strip() for w in names.split("|"))

    def register(paint: Painter) -> Painter:
        colours = [TONES[c] if isinstance(c, str) else c for c in (main, accent)]
        _KNOWN[words[0]] = Thing(words[0], words, paint, place, setting, size, aspect, colours[0], colours[1], head, top, eyes)
        return paint

    return register


@lru_cache
def things() -> dict[str, Thing]:
    """All drawable things by key."""
    for module in ("geometry", "nature", "animals", "wildlife", "people", "food", "treats", "home", "desk", "town", "play"):
        importlib.import_module(f"tools.shapes.{module}")
    return dict(_KNOWN)


@lru_cache
def names() -> dict[str, str]:
    """Every name, lower case, plural forms included -> key."""
    found: dict[str, str] = {}
    for thing in things().values():
        for word in thing.words:
            found[word.lower()] = thing.name
            if word.isascii():
                for form in plurals(word.lower()):
                    found.setdefault(form, thing.name)
    return found


def plurals(word: str) -> tuple[str, ...]:
    """English plural forms of `word` (a wrong one does no harm: nobody says it)."""
    if word.endswith(("s", "x", "ch", "sh", "o")):
        return (word + "es", word + "s")
    if word.endswith("y") and word[-2] not in "aeiou":
        return (word[:-1] + "ies",)
    if word.endswith("f"):
        return (word[:-1] + "ves", word + "s")
    if word.endswith("fe"):
        return (word[:-2] + "ves",)
    if word.endswith("man"):
        return (word[:-3] + "men",)
    return (word + "s",)
