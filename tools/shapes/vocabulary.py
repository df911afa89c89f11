"""Vocabulary: what can be drawn, under which English and Chinese names, and how each thing sits in a scene.

Knows no picture: a drawing registers itself with `drawing(...)`; importing this module's `things()` collects them all.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from tools.shapes import words as w
from tools.shapes.palette import NAMES, RGB, TONES, Tone
from tools.shapes.pen import Pen

Place = Literal["ground", "sky", "water", "float", "figure", "backdrop"]
"""Where a thing naturally is; `float` stands on whatever there is, a `figure` is flat and casts no shadow."""
Setting = Literal["outdoor", "indoor", "plain"]

_TAUGHT = Path(__file__).parent.parent / "image_generators/drawing_model/concepts.json"
"""What the trained model was taught: name, other words, place and size of each concept."""

Painter = Callable[[Pen, Tone], None]


@dataclass(frozen=True)
class Thing:
    """One drawable thing."""

    name: str
    """English singular, the key."""
    words: tuple[str, ...]
    """All names, English (singular) and Chinese."""
    paint: Painter | None
    """Draws it by hand; None for a thing that only the trained model draws."""
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
    taught: str = ""
    """The concept under which the trained model knows it; empty when it was not taught."""


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
    return _with_taught(dict(_KNOWN))


def _with_taught(known: dict[str, Thing]) -> dict[str, Thing]:
    """The things drawn by hand and those that the trained model was taught; the same word names one thing."""
    if not _TAUGHT.is_file():
        return known
    listed = json.loads(_TAUGHT.read_text("utf-8"))
    taken = {word for c in listed for word in c["words"]} | {word for thing in known.values() for word in thing.words}
    concepts = [c for c in (_plain(c, taken) for c in listed) if c["words"]]
    own = {c["words"][0] for c in concepts}
    # a word that is the very name of a concept is not a second name of a drawing by hand
    known = {k: replace(t, words=tuple(w for w in t.words if w == k or w.lower() not in own)) for k, t in known.items()}
    owner = {word.lower(): thing.name for thing in known.values() for word in thing.words}
    for concept in concepts:
        first, *others = concept["words"]
        same = first if first in known else next((w for w in others if w in known and w not in own and known[w].place != "figure"), None)
        free = tuple(w for w in concept["words"] if w.lower() not in owner)
        if same is None and free:
            known[first] = Thing(
                first, free, None, concept["place"], "plain", concept["size"], 1.0, TONES["gray"], TONES["white"], None, 0.1, None,
                concept["name"],
            )  # fmt: skip
        elif same is not None and known[same].place != "figure":
            known[same] = replace(known[same], words=(*known[same].words, *free), taught=known[same].taught or concept["name"])
        owner |= {w.lower(): same or first for w in free}
    return known


def _plain(concept: dict[str, Any], taken: set[str]) -> dict[str, Any]:
    """The concept without words that mean something else in a prompt.

    "a black circle" is a circle, painted black, and a house "at night" is no drawing of the night.
    """
    colour, _, rest = concept["words"][0].partition(" ")
    if colour in NAMES and rest:
        more = [word for word in concept["words"][1:] if word.isascii() and word.split(" ")[0] not in NAMES]
        return {**concept, "words": more or [word for word in (rest,) if word not in taken]}
    other = (w.SCENES, w.RELATIONS, w.RELATIONS_ZH, w.SIZES, w.COUNTS, w.PLACES, w.PARTS, w.FILLERS, w.FILLERS_ZH)
    return {**concept, "words": [word for word in concept["words"] if not any(word in table for table in other)]}


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
