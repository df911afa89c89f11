"""Saying: colours, figures, things and places in the words of the answer's language. Sees no picture."""

from __future__ import annotations

from collections.abc import Iterable

from retrieval.items import Box
from tools.phrasing import listed, tell, together
from tools.vqa._grammar import is_mass, one_of, plural, with_article
from tools.vqa._questions import Question
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


def counted(count: int, colour: str, noun: str, language: str) -> str:
    """`I count 3 red cars.` The noun is in the words of the language; none for things of any kind."""
    shade = colour_word(colour, language)
    if not noun and not shade:
        return tell(language, {0: "vqa.count_none", 1: "vqa.count_one"}.get(count, "vqa.count"), count=count)
    if language == "zh":
        return tell(
            language,
            "vqa.count_named" if count else "vqa.count_none_named",
            count=count,
            named=shade + (noun or tell(language, "figure.thing")),
        )
    noun = noun or tell(language, "figure.thing")
    if is_mass(noun):
        key = {0: "vqa.count_none_named", 1: "vqa.count_mass_one"}.get(count, "vqa.count_mass")
        return tell(language, key, count=count, named=_after(shade, noun))
    said = _after(shade, one_of(noun) if count == 1 else plural(noun))
    return tell(language, "vqa.count_named" if count else "vqa.count_none_named", count=count, named=said)


def several(count: int, colour: str, noun: str, language: str) -> str:
    """`a red car`, `3 dogs`, `bread`; in Chinese `3个` before what there are several of."""
    shade = colour_word(colour, language)
    if language == "zh":
        return f"{f'{count}个' if count > 1 else ''}{shade}{noun}"
    if count == 1 or is_mass(noun):
        return with_article(_after(shade, noun), noun)
    return f"{count} {_after(shade, plural(noun))}"


def _after(shade: str, noun: str) -> str:
    return f"{shade} {noun}" if shade else noun


def article(said: str, language: str) -> str:
    """With its article, where the language has one."""
    return said if language == "zh" else with_article(said)


def verdict(found: bool, asked: Question, sure: float, regions: Iterable[Region], language: str, what: str) -> VisualAnswer:
    """Yes or no; "is there no ...?" turns it round."""
    yes = found != asked.negated
    key = f"{'yes' if yes else 'no'}{'_there' if '有' in asked.words else ''}"  # 有 is affirmed and denied by other words than 是
    text = together([tell(language, f"vqa.{key}"), tell(language, "vqa.what", names=what) if what else ""], language)
    return VisualAnswer(text=text, confidence=round(sure, 3), kind="yes_no", regions=tuple(regions), value="yes" if yes else "no")
