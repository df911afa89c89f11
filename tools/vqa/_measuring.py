"""Measuring: answers that need no names of objects: colours, counts, plane figures, places, size, brightness. Reads no text."""

from __future__ import annotations

from retrieval.content import Content
from tools.phrasing import listed, tell
from tools.subject import Pixels
from tools.vqa._grammar import is_many
from tools.vqa._questions import Question
from tools.vqa._saying import article, colour_word, counted, figure_word, palette, place_words, region, thing_word, verdict
from tools.vqa._scene import Scene, Thing
from tools.vqa.base import Region, VisualAnswer


def measured(scene: Scene, asked: Question, language: str) -> VisualAnswer | None:
    """The answer that measuring gives; none when it does not tell."""
    if asked.kind == "colour":
        return colour(scene, asked, language)
    if asked.kind == "brightness":
        return brightness(scene, language)
    ways = {"count": _count, "where": _where, "yes_no": _yes_no, "shape": _shape, "describe": _describe, "other": _describe}
    return ways[asked.kind](scene, asked, language) if asked.kind in ways else None


def _count(scene: Scene, asked: Question, language: str) -> VisualAnswer | None:
    things = matching(scene, asked)
    if scene.calm < 0.5:
        return None
    regions = tuple(region(t, language) for t in things)
    if asked.generic or asked.figure or asked.colour:
        text = counted(len(things), asked.colour, figure_word(asked.figure, language), language)
        return VisualAnswer(text=text, confidence=round(0.45 + 0.45 * scene.calm, 3), kind="count", regions=regions, value=str(len(things)))
    text = tell(language, "vqa.count_unsure", count=len(things), noun=asked.noun)
    return VisualAnswer(text=text, confidence=0.4, kind="count", regions=regions, value=str(len(things)))


def _where(scene: Scene, asked: Question, language: str) -> VisualAnswer | None:
    things = matching(scene, asked)
    if not things or scene.calm < 0.5 or not (asked.colour or asked.figure or asked.generic or len(scene.things) == 1):
        return None
    first = things[0]
    place = place_words(first.box, language)
    text = tell(language, "vqa.where", thing=thing_word(first, language), place=place)
    return VisualAnswer(
        text=text, confidence=0.75 * scene.calm, kind="where", regions=tuple(region(t, language) for t in things[:4]), value=place
    )


def _yes_no(scene: Scene, asked: Question, language: str) -> VisualAnswer | None:
    if asked.colour and asked.of_background:
        return verdict(scene.background == asked.colour, asked, 0.7, (), language, colour_word(scene.background, language))
    if not (asked.colour or asked.figure) or (asked.noun and not asked.figure and not asked.colour):
        return None
    things = matching(scene, asked)
    if scene.calm >= 0.5 and scene.things:
        what = listed([thing_word(t, language) for t in scene.things[:3]], language)
        sure = max((t.figure_confidence for t in scene.things), default=0.4) if asked.figure else 0.8
        regions = [region(t, language) for t in (things or scene.things)[:4]]
        return verdict(bool(things), asked, sure * (0.5 + 0.5 * scene.calm), regions, language, what)
    if asked.colour and not asked.figure:
        share = dict(scene.colours).get(asked.colour, 0.0)
        return verdict(share > 0.08, asked, 0.55, (), language, palette(scene, language))
    return None


def _shape(scene: Scene, asked: Question, language: str) -> VisualAnswer | None:
    things = [t for t in matching(scene, asked) if t.figure]
    if not things or scene.calm < 0.4:
        return None
    first = things[0]
    return VisualAnswer(
        text=tell(language, "vqa.shape", thing=article(thing_word(first, language), language)), kind="object", value=first.figure,
        confidence=round(first.figure_confidence * (0.4 + 0.6 * scene.calm), 3), regions=tuple(region(t, language) for t in things[:4]),
    )  # fmt: skip


def _describe(scene: Scene, asked: Question, language: str) -> VisualAnswer | None:
    del asked
    figures = [t for t in scene.things if t.figure and t.figure_confidence > 0.65]
    if not (scene.calm > 0.6 and figures and len(figures) == len(scene.things)):
        return None
    names = listed((thing_word(t, language) for t in figures[:6]), language)
    told = listed((article(thing_word(t, language), language) for t in figures[:6]), language)
    text = tell(language, "vqa.figures", names=told, background=article(colour_word(scene.background, language), language))
    return VisualAnswer(text=text, confidence=0.75, kind="object", regions=tuple(region(t, language) for t in figures[:6]), value=names)


def colour(scene: Scene, asked: Question, language: str) -> VisualAnswer:
    """The colour of the background, of a named figure, or of the main thing."""
    if asked.of_background:
        text = tell(language, "vqa.background", colour=colour_word(scene.background, language))
        return VisualAnswer(text=text, confidence=0.4 + 0.5 * scene.calm, kind="colour", value=scene.background)
    things = matching(scene, asked) if asked.figure else list(scene.things)
    large = [t for t in things if t.area > 0.3 * things[0].area]
    if scene.calm >= 0.5 and not asked.figure and len({t.colour for t in large}) > 1:
        names = listed(dict.fromkeys(thing_word(t, language) for t in large[:6]), language)
        regions = tuple(region(t, language) for t in large[:6])
        text = tell(language, "vqa.colours_each", names=names)
        return VisualAnswer(text=text, confidence=0.4, kind="colour", regions=regions, value=large[0].colour)
    if things and scene.calm >= 0.5:
        return _colour_of(things[0], scene, asked, language)
    found = Region(box=scene.main_box, label=colour_word(scene.main_colour, language), confidence=scene.main_certainty)
    if scene.main_certainty >= 0.3:
        noun = asked.noun or tell(language, "vqa.main_thing")
        text = tell(
            language, "vqa.colour_likely", noun=noun, colour=colour_word(scene.main_colour, language), colours=palette(scene, language)
        )
        sure = round(0.3 + 0.4 * scene.main_certainty, 3)
        return VisualAnswer(text=text, confidence=sure, kind="colour", regions=(found,), value=scene.main_colour)
    text = tell(language, "vqa.palette", colours=palette(scene, language))
    return VisualAnswer(text=text, confidence=0.35, kind="colour", value=scene.colours[0][0] if scene.colours else "")


def _colour_of(first: Thing, scene: Scene, asked: Question, language: str) -> VisualAnswer:
    said = asked.figure or (first.figure if not asked.noun else "")
    noun = figure_word(said, language) or asked.noun or tell(language, "vqa.main_thing")
    key = "vqa.colour_many" if language != "zh" and is_many(noun) else "vqa.colour"
    return VisualAnswer(
        text=tell(language, key, noun=noun, colour=colour_word(first.colour, language)), kind="colour", value=first.colour,
        confidence=round(min(0.95, 0.3 + 0.6 * scene.calm * first.colour_share + 0.1), 3), regions=(region(first, language),),
    )  # fmt: skip


def size(image: Content, found: Pixels, language: str) -> VisualAnswer:
    """Width, height and orientation of the picture itself."""
    height, width = found.shape[:2]
    width, height = image.width or width, image.height or height
    shape = "square" if abs(width - height) <= 0.05 * max(width, height) else "landscape" if width > height else "portrait"
    text = tell(language, "vqa.size", width=width, height=height, shape=tell(language, f"vqa.{shape}"))
    return VisualAnswer(text=text, confidence=1.0, kind="object", value=f"{width}x{height}")


def brightness(scene: Scene, language: str) -> VisualAnswer:
    """How light the picture is."""
    word = "dark" if scene.brightness < 0.32 else "bright" if scene.brightness > 0.68 else "medium"
    text = tell(language, "vqa.brightness", word=tell(language, f"vqa.{word}"), percent=round(scene.brightness * 100))
    return VisualAnswer(text=text, confidence=0.9, kind="object", value=word)


def matching(scene: Scene, asked: Question) -> list[Thing]:
    """Things of the asked colour and figure; a square is a rectangle too."""
    alike = {"rectangle": ("rectangle", "square"), "ellipse": ("ellipse", "circle"), "square": ("square",)}
    figures = alike.get(asked.figure, (asked.figure,))
    return [
        t for t in scene.things if (not asked.colour or same_colour(asked.colour, t.colour)) and (not asked.figure or t.figure in figures)
    ]


def same_colour(asked: str, seen: str) -> bool:
    """Whether people would call what was seen by the asked name."""
    return asked == seen or (asked, seen) in _NEAR


_NEAR = frozenset(
    {("cyan", "teal"), ("gold", "yellow"), ("navy", "blue"), ("yellow", "gold"), ("blue", "cyan"), ("brown", "beige"), ("green", "teal")}
)
