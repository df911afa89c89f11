"""Saying: colours, figures, things and places in the words of the answer's language. Sees no picture."""

from __future__ import annotations

from collections.abc import Iterable

from retrieval.items import Box
from tools.phrasing import listed, tell
from tools.vqa._scene import Scene, Thing
from tools.vqa.base import Region, VisualAnswer


def colour_word(name: str, language: str) -> str:
    """`red`, `红色`."""
    return tell(language, f"colour.{name}") if name else ""


def figure_word(name: str, language: str) -> str:
    """`circle`, `圆形`."""
    return tell(language, f"figure.{name}") if name else ""


def thing_word(thing: Thing, language: str) -> str:
    """`red circle`, `红色圆形`."""
    figure = figure_word(thing.figure, language) if thing.figure and thing.figure_confidence > 0.5 else tell(language, "figure.thing")
    return f"{colour_word(thing.colour, language)}{'' if language == 'zh' else ' '}{figure}"


def palette(scene: Scene, language: str) -> str:
    """The main colours of a picture."""
    return listed([colour_word(name, language) for name, _ in scene.colours[:4]], language)


def place_words(box: Box, language: str) -> str:
    """The place of a box in words: one of nine fields."""
    return tell(language, f"where.{field(box)}")


def field(box: Box) -> str:
    """`top_left` to `bottom_right`."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    column = "left" if x < 0.36 else "right" if x > 0.64 else "middle"
    row = "top" if y < 0.36 else "bottom" if y > 0.64 else "middle"
    return f"{row}_{column}"


def region(thing: Thing, language: str) -> Region:
    """A figure as evidence."""
    return Region(box=thing.box, label=thing_word(thing, language), confidence=round(max(thing.figure_confidence, 0.4), 3))


def verdict(found: bool, negated: bool, sure: float, regions: Iterable[Region], language: str, what: str) -> VisualAnswer:
    """Yes or no; "is there no ...?" turns it round."""
    yes = found != negated
    text = tell(language, "vqa.yes" if yes else "vqa.no", what=what) if what else tell(language, "vqa.bare_yes" if yes else "vqa.bare_no")
    return VisualAnswer(text=text, confidence=round(sure, 3), kind="yes_no", regions=tuple(regions), value="yes" if yes else "no")
