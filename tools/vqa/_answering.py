"""Answering: sentences about the named things of a scene, one function a kind of question, each with the regions it rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from tools.phrasing import listed, tell
from tools.vqa._grammar import is_many, is_mass, plural
from tools.vqa._names import names
from tools.vqa._objects import MEANT, PRESENT, Named, Objects, is_on
from tools.vqa._questions import Question
from tools.vqa._saying import colour_word, counted, place_words, several, verdict
from tools.vqa._seeing import Seen
from tools.vqa.base import Region, VisualAnswer

_SHOWN = 6
_COLOURED = 0.45
"""Share of a thing from which a colour is its colour."""


def answered(objects: Objects, asked: Question, language: str) -> VisualAnswer | None:
    """The answer from named things; none where they do not tell."""
    ways: dict[str, Callable[[Objects, Question, str], VisualAnswer | None]] = {
        "count": count,
        "where": where,
        "colour": colour,
        "yes_no": whether,
        "describe": describe,
        "which": which,
        "other": describe,
        "shape": describe,
    }
    return ways[asked.kind](objects, asked, language) if asked.kind in ways else None


def word_of(noun: str, asked: Question, language: str) -> str:
    """How a noun is said in an answer."""
    known = names().get(noun)
    return known.said(language) if known else noun or asked.noun


def thing_of(named: Named, language: str) -> str:
    """`red car`, or `red thing` where the name is not sure."""
    return named.name.said(language) if named.name else tell(language, "figure.thing")


def _regions(objects: Objects, things: Iterable[Seen], language: str, label: str = "") -> tuple[Region, ...]:
    found = []
    for thing in list(things)[:_SHOWN]:
        said = label or thing_of(objects.name_of(thing), language)
        found.append(Region(box=thing.box, label=_coloured(thing, said, language), confidence=round(min(1.0, thing.score), 3)))
    return tuple(found)


def _coloured(thing: Seen, said: str, language: str) -> str:
    if thing.colour_share < _COLOURED:
        return said
    return f"{colour_word(thing.colour, language)}{'' if language == 'zh' else ' '}{said}"


def _asked_things(objects: Objects, asked: Question, least: float = MEANT) -> list[Seen]:
    """The things that a question is about: of its noun, colour, place, or beside another thing."""
    nouns = asked.nouns
    things = list(objects.things)
    if asked.side:
        anchors = objects.meant(nouns[-1])
        if not anchors:
            return []
        others = things if len(nouns) == 1 else objects.meant(nouns[0], least)
        things = objects.beside(others, anchors[0], asked.side)
    elif nouns or objects.extra:
        things = objects.meant(nouns[0] if nouns else objects.extra, least)
    if asked.place:
        inside = objects.at(asked.place)
        things = [t for t in inside if t in things] or things
    return objects.of_colour(things, asked.colour) if asked.colour and asked.kind != "colour" else things


def count(objects: Objects, asked: Question, language: str) -> VisualAnswer | None:
    """How many things of a noun, a kind or a colour."""
    if not objects.view.drawn:
        return None
    if asked.groups and not asked.nouns:
        things = [n.seen for n in objects.named if n.likely and _of_group(objects, n, asked)]
        noun = ""
    elif asked.generic and not asked.nouns:
        things, noun = list(objects.things), ""
        things = objects.of_colour(things, asked.colour) if asked.colour else things
    else:
        noun = asked.nouns[0] if asked.nouns else objects.extra
        if objects.fit(noun) is None:
            return None
        things = _asked_things(objects, asked)
    said = word_of(noun, asked, language) if noun else ""
    text = counted(len(things), asked.colour, said, language)
    sure = min([t.score for t in things] or [0.5]) * (objects.certainty(noun) if noun else 0.9)
    return VisualAnswer(
        text=text,
        confidence=round(max(0.35, sure), 3),
        kind="count",
        value=str(len(things)),
        regions=_regions(objects, things, language, said),
    )


def _of_group(objects: Objects, named: Named, asked: Question) -> bool:
    """Whether the best of all names of a thing belongs to the kind asked for."""
    row = objects.logits[objects.things.index(named.seen)]
    return list(names().values())[int(row[: len(names())].argmax())].group in asked.groups


def where(objects: Objects, asked: Question, language: str) -> VisualAnswer | None:
    """The field of the picture in which a thing lies."""
    if not objects.view.drawn or (asked.figure and not asked.nouns):
        return None
    things = _asked_things(objects, asked)
    if not things:
        return _absent(objects, asked, language)
    noun = asked.nouns[0] if asked.nouns else objects.extra
    place = place_words(things[0].box, language)
    said = word_of(noun, asked, language) if noun else thing_of(objects.name_of(things[0]), language)
    places = list(dict.fromkeys(place_words(t.box, language) for t in things[:_SHOWN]))
    thing, many = _in_number(said, len(things) if noun else 1, language)
    text = tell(language, "vqa.where_many" if many else "vqa.where", thing=thing, place=listed(places if noun else [place], language))
    return VisualAnswer(
        text=text,
        confidence=round(objects.certainty(noun) if noun else 0.6, 3),
        kind="where",
        value=place,
        regions=_regions(objects, things, language, said),
    )


def colour(objects: Objects, asked: Question, language: str) -> VisualAnswer | None:
    """The colour of a named thing, of what lies somewhere, or of the only thing."""
    if asked.of_background or not objects.view.drawn or asked.figure:
        return None
    noun = "" if asked.side and len(asked.nouns) == 1 else asked.nouns[0] if asked.nouns else objects.extra
    if not noun and not asked.place and not asked.side and len(objects.things) > 1:
        return None
    things = _asked_things(objects, asked)
    if not things:
        return None
    first = things[0]
    said = word_of(noun, asked, language) if noun else thing_of(objects.name_of(first), language)
    alike = len(things) if noun and len({t.colour for t in things}) == 1 else 1
    thing, many = _in_number(said, alike, language)
    text = tell(language, "vqa.colour_many" if many else "vqa.colour", noun=thing, colour=colour_word(first.colour, language))
    sure = (0.45 + 0.5 * first.colour_share) * (objects.certainty(noun) if noun else 0.9)
    return VisualAnswer(
        text=text, confidence=round(sure, 3), kind="colour", value=first.colour, regions=_regions(objects, things[:1], language, said)
    )


def _in_number(said: str, count: int, language: str) -> tuple[str, bool]:
    """A noun for one or for several, and whether the verb must be a plural."""
    if language == "zh" or is_mass(said):
        return said, False
    return (plural(said) if count > 1 and not is_many(said) else said), count > 1 or is_many(said)


def whether(objects: Objects, asked: Question, language: str) -> VisualAnswer | None:
    """Whether something is there, has a colour, lies beside something, is as many or more."""
    nouns = asked.nouns
    if asked.of_background or (asked.figure and not nouns) or not (nouns or asked.groups or objects.extra):
        return None
    if asked.compared and len(nouns) >= 2:
        first, second = (len(objects.meant(n, PRESENT)) for n in nouns[:2])
        yes = first > second if asked.compared == "more" else first < second
        return _verdict(objects, asked, yes, 0.6, [*objects.meant(nouns[0], PRESENT), *objects.meant(nouns[1], PRESENT)], language)
    if asked.side and len(nouns) >= 2:
        pair = _pair(objects, nouns[0], nouns[-1])
        if pair is None:
            return _absent(objects, asked, language)
        return _verdict(objects, asked, is_on(pair[0].box, pair[1].box, asked.side), 0.75, pair, language)
    if asked.groups and not nouns:
        things = [n.seen for n in objects.named if _of_group(objects, n, asked)]
        return _verdict(objects, asked, bool(things), 0.6, things or objects.things, language)
    noun = nouns[0] if nouns else objects.extra
    if objects.fit(noun) is None:
        return None
    things = objects.meant(noun, MEANT if asked.place or (asked.colour and not _asks_presence(asked)) else PRESENT)
    if asked.place:
        things = [t for t in objects.at(asked.place) if t in things]
    if asked.colour:
        things = objects.of_colour(things, asked.colour)
    yes = len(things) == asked.number if asked.number is not None and asked.number > 1 else bool(things)
    sure = abs(objects.certainty(noun) - 0.5) + 0.4
    return _verdict(objects, asked, yes, sure, things or objects.things, language)


def _asks_presence(asked: Question) -> bool:
    low = asked.words.lower()
    return "there" in low.split() or "see" in low or "contain" in low or "有" in low


def _pair(objects: Objects, first: str, second: str) -> tuple[Seen, Seen] | None:
    """The two different things that fit two nouns best together."""
    a, b = objects.fit(first), objects.fit(second)
    if a is None or b is None or len(a) < 2:
        return None
    best = max(((a[i] + b[j], i, j) for i in range(len(a)) for j in range(len(b)) if i != j), key=lambda found: found[0])
    if min(a[best[1]], b[best[2]]) < 2 * MEANT:
        return None
    return objects.things[best[1]], objects.things[best[2]]


def _verdict(objects: Objects, asked: Question, yes: bool, sure: float, things: Iterable[Seen], language: str) -> VisualAnswer:
    shown = list(things)[:_SHOWN]
    what = _list(objects, objects.things, language)
    return verdict(yes, asked, min(0.95, max(0.3, sure)), _regions(objects, shown, language), language, what)


def _list(objects: Objects, things: Iterable[Seen], language: str) -> str:
    """`2 dogs, a red car`."""
    said = Counter((t.colour if t.colour_share >= _COLOURED else "", thing_of(objects.name_of(t), language)) for t in things)
    return listed([several(n, colour, noun, language) for (colour, noun), n in said.most_common(_SHOWN)], language)


def which(objects: Objects, asked: Question, language: str) -> VisualAnswer | None:
    """Which of two things is further to a side."""
    pair = _pair(objects, *asked.nouns[:2]) if len(asked.nouns) >= 2 and objects.view.drawn else None
    if pair is None:
        return describe(objects, asked, language)
    (a, b), low = pair, asked.words.lower()
    x = a.box[0] + a.box[2] - b.box[0] - b.box[2]
    y = a.box[1] + a.box[3] - b.box[1] - b.box[3]
    size = (a.box[2] - a.box[0]) * (a.box[3] - a.box[1]) - (b.box[2] - b.box[0]) * (b.box[3] - b.box[1])
    first = next(
        (
            truth
            for words, truth in (
                (("left", "左"), x < 0),
                (("right", "右"), x > 0),
                (("higher", "top", "above", "上", "高"), y < 0),
                (("lower", "bottom", "below", "下", "低"), y > 0),
                (("bigger", "larger", "biggest", "大"), size > 0),
                (("smaller", "smallest", "小"), size < 0),
            )
            if any(w in low for w in words)
        ),
        None,
    )
    if first is None:
        return describe(objects, asked, language)
    noun = asked.nouns[0] if first else asked.nouns[1]
    said = word_of(noun, asked, language)
    text = tell(language, "vqa.which", thing=said)
    return VisualAnswer(
        text=text, confidence=0.7, kind="object", value=noun, regions=_regions(objects, [a if first else b], language, said)
    )


def describe(objects: Objects, asked: Question, language: str) -> VisualAnswer | None:
    """What a thing is: the one that is meant, or all of them."""
    things = _asked_things(objects, asked) if asked.side or asked.place else objects.things
    if asked.colour:
        things = objects.of_colour(things, asked.colour) or things
    if not things:
        return None
    if asked.side and not asked.groups:
        things = things[:1]
    chosen = [objects.name_of(t) for t in things]
    sure = [n for n in chosen if n.name]
    if not sure:
        return _guess(objects, chosen, language)
    text = tell(language, "vqa.what", names=_list(objects, things, language))
    value = listed(dict.fromkeys(n.name.said(language) for n in sure if n.name), language)
    return VisualAnswer(
        text=text,
        confidence=round(sum(n.share for n in sure) / len(chosen), 3),
        kind="scene" if things is objects.things else "object",
        value=value,
        regions=_regions(objects, things, language),
    )


def _guess(objects: Objects, chosen: list[Named], language: str) -> VisualAnswer:
    """Honest: the names that come nearest, none of them sure."""
    likely = listed((name.said(language) for name in chosen[0].likely), language)
    regions = _regions(objects, [n.seen for n in chosen], language) if objects.view.drawn else ()
    return VisualAnswer(
        text=tell(language, "vqa.perhaps", names=likely), confidence=round(min(0.25, chosen[0].share), 3), kind="unknown", regions=regions
    )


def _absent(objects: Objects, asked: Question, language: str) -> VisualAnswer:
    """The asked-for thing was not found; what was found is said."""
    noun = next((n for n in asked.nouns if not objects.meant(n)), asked.nouns[0] if asked.nouns else objects.extra)
    text = tell(language, "vqa.not_found", noun=word_of(noun, asked, language), names=_list(objects, objects.things, language))
    return VisualAnswer(text=text, confidence=0.25, kind="unknown", regions=_regions(objects, objects.things, language))
