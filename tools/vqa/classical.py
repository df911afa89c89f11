"""Classical visual question answering: printed text, colours, counts, plane figures, places. No learned vision model.

It answers what can be measured and says when a question needs a model that knows objects. Text comes from the recogniser it is given.
"""

from __future__ import annotations

import re

from retrieval.content import Content
from retrieval.decoding import pixels
from retrieval.items import Box, ModelCard
from retrieval.recognition import Line, TextRecognizer
from tools.phrasing import listed, tell, together
from tools.subject import Pixels
from tools.vqa._lines import ABOUT_PRICE, PRICE, asked_lines, is_text
from tools.vqa._questions import Question, understand
from tools.vqa._scene import Scene, Thing, see
from tools.vqa.base import Region, VisualAnswer

CARD = ModelCard(
    name="classical-vqa-1",
    role="vqa",
    kind="classical",
    source="OpenCV contours and colours, RapidOCR text",
    licence="Apache-2.0",
    modalities=("image",),
    scores={"easy_vqa_dev": 1.0},
    limits="Reads printed text and measures colours, counts, plane figures and places; it does not know objects, people or scenes.",
)


class ClassicalVqa:
    """Answers by measuring."""

    card = CARD

    def __init__(self, recognizer: TextRecognizer) -> None:
        self._recognizer = recognizer

    def answer(self, image: Content, question: str, language: str) -> VisualAnswer:
        """The answer with its regions; kind `unknown` when measuring does not tell."""
        asked = understand(question)
        found = pixels(image)
        if asked.kind == "text":
            return self._text(found, asked, language)
        scene = see(found)
        if asked.kind == "colour":
            return _colour(scene, asked, language)
        if asked.kind == "count":
            return self._count(scene, found, asked, language)
        if asked.kind == "where":
            return self._where(scene, found, asked, language)
        if asked.kind == "yes_no":
            return self._yes_no(scene, found, asked, language)
        if asked.kind == "shape":
            return self._shape(scene, found, asked, language)
        if asked.kind == "size":
            return _size(image, found, language)
        if asked.kind == "brightness":
            return _brightness(scene, language)
        return self._describe(scene, found, image, language)

    def _lines(self, found: Pixels) -> list[Line]:
        return [line for line in self._recognizer.read(found) if is_text(line)]

    def _text(self, found: Pixels, asked: Question, language: str) -> VisualAnswer:
        lines = self._lines(found)
        if not lines:
            return VisualAnswer(text=tell(language, "vqa.no_text"), confidence=0.2, kind="unknown")
        chosen = asked_lines(lines, asked)
        value = " ".join(line.text for line in chosen) if len(chosen) == 1 else " / ".join(line.text for line in chosen)
        key = "vqa.price" if ABOUT_PRICE.search(asked.words) and PRICE.search(value) else "vqa.text"
        return VisualAnswer(
            text=tell(language, key, value=value), confidence=round(min(line.confidence for line in chosen), 3), kind="text",
            regions=tuple(Region(box=line.box, label=line.text, confidence=round(line.confidence, 3)) for line in chosen), value=value,
        )  # fmt: skip

    def _count(self, scene: Scene, found: Pixels, asked: Question, language: str) -> VisualAnswer:
        things = _matching(scene, asked)
        if scene.calm < 0.5:
            return self._unknown(scene, found, language)
        regions = tuple(_region(t, language) for t in things)
        named = " ".join(part for part in (_colour_word(asked.colour, language), _figure_word(asked.figure, language)) if part)
        if asked.generic or asked.figure or asked.colour:
            text = tell(language, "vqa.count_named" if named else "vqa.count", count=len(things), named=named)
            return VisualAnswer(
                text=text, confidence=round(0.45 + 0.45 * scene.calm, 3), kind="count", regions=regions, value=str(len(things))
            )
        text = tell(language, "vqa.count_unsure", count=len(things), noun=asked.noun)
        return VisualAnswer(text=text, confidence=0.4, kind="count", regions=regions, value=str(len(things)))

    def _where(self, scene: Scene, found: Pixels, asked: Question, language: str) -> VisualAnswer:
        if asked.quoted or re.search(r"\b(text|word|words|writing|sign|price)\b|文字|字|价格", asked.words, re.I):
            lines = self._lines(found)
            hits = [line for line in lines if asked.quoted.lower() in line.text.lower()] if asked.quoted else lines
            if hits:
                place = place_words(hits[0].box, language)
                regions = tuple(Region(box=line.box, label=line.text, confidence=line.confidence) for line in hits)
                text = tell(language, "vqa.where_text", value=hits[0].text, place=place)
                return VisualAnswer(text=text, confidence=hits[0].confidence, kind="where", regions=regions, value=place)
        things = _matching(scene, asked)
        if not things or scene.calm < 0.5 or not (asked.colour or asked.figure or asked.generic or len(scene.things) == 1):
            return self._unknown(scene, found, language)
        first = things[0]
        place = place_words(first.box, language)
        text = tell(language, "vqa.where", thing=_thing_word(first, language), place=place)
        return VisualAnswer(
            text=text, confidence=0.75 * scene.calm, kind="where", regions=tuple(_region(t, language) for t in things[:4]), value=place
        )

    def _yes_no(self, scene: Scene, found: Pixels, asked: Question, language: str) -> VisualAnswer:
        if asked.quoted or re.search(r"\b(text|writing|written|words?|say|says|sign|price)\b|文字|字|写", asked.words, re.I):
            lines = self._lines(found)
            wanted = asked.quoted.lower()
            hits = [line for line in lines if not wanted or wanted in line.text.lower()]
            regions = tuple(Region(box=line.box, label=line.text, confidence=line.confidence) for line in hits)
            return _verdict(bool(hits), asked, 0.8, regions, language, " / ".join(line.text for line in hits))
        if asked.colour and asked.of_background:
            return _verdict(scene.background == asked.colour, asked, 0.7, (), language, _colour_word(scene.background, language))
        if not (asked.colour or asked.figure) or (asked.noun and not asked.figure and not asked.colour):
            return self._unknown(scene, found, language)
        things = _matching(scene, asked)
        if scene.calm >= 0.5 and scene.things:
            what = listed([_thing_word(t, language) for t in scene.things[:3]], language)
            sure = max((t.figure_confidence for t in scene.things), default=0.4) if asked.figure else 0.8
            return _verdict(
                bool(things),
                asked,
                round(sure * (0.5 + 0.5 * scene.calm), 3),
                tuple(_region(t, language) for t in (things or scene.things)[:4]),
                language,
                what,
            )
        if asked.colour and not asked.figure:
            share = dict(scene.colours).get(asked.colour, 0.0)
            return _verdict(share > 0.08, asked, 0.55, (), language, _palette(scene, language))
        return self._unknown(scene, found, language)

    def _shape(self, scene: Scene, found: Pixels, asked: Question, language: str) -> VisualAnswer:
        things = [t for t in _matching(scene, asked) if t.figure]
        if not things or scene.calm < 0.4:
            return self._unknown(scene, found, language)
        first = things[0]
        text = tell(language, "vqa.shape", thing=_thing_word(first, language))
        return VisualAnswer(
            text=text,
            confidence=round(first.figure_confidence * (0.4 + 0.6 * scene.calm), 3),
            kind="object",
            regions=tuple(_region(t, language) for t in things[:4]),
            value=first.figure,
        )

    def _describe(self, scene: Scene, found: Pixels, image: Content, language: str) -> VisualAnswer:
        figures = [t for t in scene.things if t.figure and t.figure_confidence > 0.65]
        if scene.calm > 0.6 and figures and len(figures) == len(scene.things):
            names = listed((_thing_word(t, language) for t in figures[:6]), language)
            text = tell(language, "vqa.figures", names=names, background=_colour_word(scene.background, language))
            return VisualAnswer(
                text=text, confidence=0.75, kind="object", regions=tuple(_region(t, language) for t in figures[:6]), value=names
            )
        return self._unknown(scene, found, language)

    def _unknown(self, scene: Scene, found: Pixels, language: str) -> VisualAnswer:
        """Honest: what the picture shows needs a model that knows objects; what was measured is told."""
        lines = self._lines(found)
        parts = [tell(language, "vqa.unsure"), tell(language, "vqa.sees_colours", colours=_palette(scene, language))]
        if lines:
            parts.append(tell(language, "vqa.sees_text", value=" / ".join(line.text for line in lines[:6])))
        if scene.calm > 0.6 and scene.things:
            parts.append(tell(language, "vqa.sees_things", count=len(scene.things)))
        regions = tuple(Region(box=line.box, label=line.text, confidence=round(line.confidence, 3)) for line in lines[:6])
        return VisualAnswer(text=together(parts, language), confidence=0.1, kind="unknown", regions=regions)


def _colour(scene: Scene, asked: Question, language: str) -> VisualAnswer:
    """The colour of the background, of a named figure, or of the main thing."""
    if asked.of_background:
        name = _colour_word(scene.background, language)
        return VisualAnswer(
            text=tell(language, "vqa.background", colour=name),
            confidence=0.4 + 0.5 * scene.calm,
            kind="colour",
            value=scene.background,
        )
    things = _matching(scene, asked) if asked.figure else list(scene.things)
    large = [t for t in things if t.area > 0.3 * things[0].area]
    if scene.calm >= 0.5 and not asked.figure and len({t.colour for t in large}) > 1:
        names = listed(dict.fromkeys(_thing_word(t, language) for t in large[:6]), language)
        regions = tuple(_region(t, language) for t in large[:6])
        text = tell(language, "vqa.colours_each", names=names)
        return VisualAnswer(text=text, confidence=0.4, kind="colour", regions=regions, value=large[0].colour)
    if things and scene.calm >= 0.5:
        first = things[0]
        noun = (
            _figure_word(asked.figure or (first.figure if not asked.noun else ""), language)
            or asked.noun
            or tell(language, "vqa.main_thing")
        )
        text = tell(language, "vqa.colour", noun=noun, colour=_colour_word(first.colour, language))
        return VisualAnswer(
            text=text,
            confidence=round(min(0.95, 0.3 + 0.6 * scene.calm * first.colour_share + 0.1), 3),
            kind="colour",
            regions=(_region(first, language),),
            value=first.colour,
        )
    region = Region(box=scene.main_box, label=_colour_word(scene.main_colour, language), confidence=scene.main_certainty)
    if scene.main_certainty >= 0.3:
        noun = asked.noun or tell(language, "vqa.main_thing")
        text = tell(
            language,
            "vqa.colour_likely",
            noun=noun,
            colour=_colour_word(scene.main_colour, language),
            colours=_palette(scene, language),
        )
        return VisualAnswer(
            text=text, confidence=round(0.3 + 0.4 * scene.main_certainty, 3), kind="colour", regions=(region,), value=scene.main_colour
        )
    text = tell(language, "vqa.palette", colours=_palette(scene, language))
    return VisualAnswer(text=text, confidence=0.35, kind="colour", value=scene.colours[0][0] if scene.colours else "")


def _size(image: Content, found: Pixels, language: str) -> VisualAnswer:
    height, width = found.shape[:2]
    width, height = image.width or width, image.height or height
    shape = "square" if abs(width - height) <= 0.05 * max(width, height) else "landscape" if width > height else "portrait"
    text = tell(language, "vqa.size", width=width, height=height, shape=tell(language, f"vqa.{shape}"))
    return VisualAnswer(text=text, confidence=1.0, kind="object", value=f"{width}x{height}")


def _brightness(scene: Scene, language: str) -> VisualAnswer:
    word = "dark" if scene.brightness < 0.32 else "bright" if scene.brightness > 0.68 else "medium"
    text = tell(language, "vqa.brightness", word=tell(language, f"vqa.{word}"), percent=round(scene.brightness * 100))
    return VisualAnswer(text=text, confidence=0.9, kind="object", value=word)


def _matching(scene: Scene, asked: Question) -> list[Thing]:
    """Things of the asked colour and figure; a square is a rectangle too."""
    alike = {"rectangle": ("rectangle", "square"), "ellipse": ("ellipse", "circle"), "square": ("square",)}
    figures = alike.get(asked.figure, (asked.figure,))
    return [
        t
        for t in scene.things
        if (
            not asked.colour
            or t.colour == asked.colour
            or (asked.colour, t.colour) in (("cyan", "teal"), ("gold", "yellow"), ("navy", "blue"))
        )
        and (not asked.figure or t.figure in figures)
    ]


def _verdict(found: bool, asked: Question, sure: float, regions: tuple[Region, ...], language: str, what: str) -> VisualAnswer:
    """Yes or no; "is there no ...?" turns it round."""
    yes = found != asked.negated
    text = tell(language, "vqa.yes" if yes else "vqa.no", what=what) if what else tell(language, "vqa.bare_yes" if yes else "vqa.bare_no")
    return VisualAnswer(text=text, confidence=sure, kind="yes_no", regions=regions, value="yes" if yes else "no")


def _region(thing: Thing, language: str) -> Region:
    return Region(box=thing.box, label=_thing_word(thing, language), confidence=round(max(thing.figure_confidence, 0.4), 3))


def _colour_word(name: str, language: str) -> str:
    return tell(language, f"colour.{name}") if name else ""


def _figure_word(name: str, language: str) -> str:
    return tell(language, f"figure.{name}") if name else ""


def _thing_word(thing: Thing, language: str) -> str:
    figure = _figure_word(thing.figure, language) if thing.figure and thing.figure_confidence > 0.5 else tell(language, "figure.thing")
    return f"{_colour_word(thing.colour, language)}{'' if language == 'zh' else ' '}{figure}"


def _palette(scene: Scene, language: str) -> str:
    names = [_colour_word(name, language) for name, _ in scene.colours[:4]]
    return listed(names, language)


def place_words(box: Box, language: str) -> str:
    """The place of a box in words: one of nine fields."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    column = "left" if x < 0.36 else "right" if x > 0.64 else "middle"
    row = "top" if y < 0.36 else "bottom" if y > 0.64 else "middle"
    return tell(language, f"where.{row}_{column}")


def create(reference: str = "", *, recognizer: TextRecognizer) -> ClassicalVqa:
    """The answerer; it has no model to refer to."""
    return ClassicalVqa(recognizer)
