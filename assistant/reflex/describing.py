"""Pictures named by what they show: "the blue one", "the dog", "蓝色的那张". Knows the words they were made from, sees no picture.

A colour counts as the picture's own when it is the last one its words name: "a blue dog", made red, is the red one.
"""

# ruff: noqa: E501 - a pattern is one string, however long

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.reflex.sentences import terms
from assistant.reflex.situation import Thing
from tools.shapes.palette import NAMES

_PLAIN = (
    "other|last|first|second|third|next|previous|same|new|old|original|whole|best|nice|latest|newest|one|right|left|middle|top|bottom|wrong|"
    "earlier|current|attached|above|following|fourth|fifth|sixth|seventh|eighth|final"
)
_ONE = re.compile(
    rf"\bthe ((?!(?:{_PLAIN})\b)[a-z]+(?: (?!(?:{_PLAIN})\b)[a-z]+)?) (?:one|picture|image|drawing|photo|version)\b", re.IGNORECASE
)
_OF = re.compile(
    r"\bthe (?:one|picture|image|drawing|photo) (?:of|with|showing) (?:an? |the )?([a-z]+(?: [a-z]+)?)(?= (?:a bit|and|to|in|on|by|more|less|bigger|darker|"
    r"brighter)\b|[,.!?]|$)",
    re.IGNORECASE,
)
_THING = re.compile(
    rf"^(?:now |please |and |can you |could you )*(?:make|turn|rotate|flip|crop|colou?r|recolou?r|paint|change|enlarge|brighten|darken|show(?: me)?|blur|give)"
    rf" the ((?!(?:{_PLAIN})\b)[a-z]+(?: [a-z]+)?)(?='s\b| (?:a|an|one|into|to|darker|brighter|bigger|smaller|left|right|again|upside|more|less|black|[a-z]+)\b|[,.!?]|$)",
    re.IGNORECASE,
)
_ONE_ZH = re.compile(
    r"(?:把|将|给|要|用|选|看)?([\u3400-\u9fff]{1,6}?)的?那[一]?[张只个幅条匹头]|那[一]?[张只个幅条匹头]([\u3400-\u9fff]{1,4}?)(?:的|换|改|变|调|放|加|戴|$)"
)
_NOTHING_ZH = re.compile(r"刚才?|之前|最后|上面|前面|原来|另外?|你画|我发|第|这|最初|上|前")


def described(text: str, media: Sequence[Thing], at: str | None) -> str | None:
    """Handle of the picture whose words hold what `text` calls it: where the conversation is `at`, what that was before, else the newest.

    None when the text describes none; empty when it describes one that is not there.
    """
    strict = [found[1] for pattern in (_ONE, _OF) for found in pattern.finditer(text)]
    strict += [found[1] or found[2] for found in _ONE_ZH.finditer(text) if not _NOTHING_ZH.search(found[1] or found[2])]
    loose = [name for found in _THING.finditer(text) for name in _readings(found[1])] if not strict else []
    line = ancestry(at, media)
    order = sorted(media, key=lambda thing: -line.index(thing.handle) if thing.handle in line else -len(media) - 1)
    for name in (*strict, *loose):
        if chosen := next((thing.handle for thing in reversed(order) if shows(thing, name)), None):
            return chosen
    return "" if any(_last_colour(name) for name in strict) else None


def ancestry(handle: str | None, media: Sequence[Thing]) -> list[str]:
    """The picture and what it was changed from, newest first."""
    before = {thing.handle: thing.before for thing in media}
    found: list[str] = []
    while handle and handle in before and handle not in found:
        found.append(handle)
        handle = before[handle]
    return found


def _readings(words: str) -> list[str]:
    """What "the car green" may name: the words behind a thing may say how it shall become."""
    first, _, second = words.partition(" ")
    alone = [first] if first.lower() not in NAMES else []
    return alone if second.lower() in NAMES else [words, *alone]


def shows(thing: Thing, name: str) -> bool:
    """Whether the words of a picture say that it is what `name` calls it."""
    words = thing.about or thing.name
    colour = _last_colour(name)
    if colour and colour != _last_colour(words):
        return False
    if re.search(r"[\u3400-\u9fff]", name):
        rest = _without_colours(name).strip("的色")
        return bool(colour or rest) and rest in words
    wanted = {t for t in terms(name) if t not in NAMES}
    return bool(colour or wanted) and wanted <= set(terms(words))


def _without_colours(text: str) -> str:
    for word in sorted(NAMES, key=len, reverse=True):
        if not word.isascii():
            text = text.replace(word, "")
    return text


def _last_colour(text: str) -> str:
    """The palette's name of the last colour that `text` names; empty for none."""
    low = text.lower()
    found = ("", -1, 0)
    for word, name in NAMES.items():
        ends = [m.end() for m in re.finditer(rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word), low)]
        if len(word) == 1:  # a character alone is a colour behind "becomes", and may be half of a name elsewhere
            ends = [m.end() for m in re.finditer(rf"(?:[变成染涂改换是点]|^){word}(?!鱼|蛙)", low)]
        if ends and (ends[-1], len(word)) > found[1:]:
            found = (name, ends[-1], len(word))
    return found[0]
