"""Where a question points: a side of the picture, or a side of another thing. English and Chinese; sees no picture."""

# ruff: noqa: E501 - a pattern is one string, however long

from __future__ import annotations

import re
from typing import Literal

Side = Literal["left", "right", "above", "below", "beside", "near", ""]
Place = Literal["left", "right", "top", "bottom", "middle", "top_left", "top_right", "bottom_left", "bottom_right", ""]

_SIDES: tuple[tuple[Side, str], ...] = (
    ("left", r"\b(?:to |on |at )?(?:the )?left(?:[- ]hand)?(?: side)? of\b|\bleft from\b|\bleftward of\b|的?(?:左边|左侧|左面|左方)"),
    ("right", r"\b(?:to |on |at )?(?:the )?right(?:[- ]hand)?(?: side)? of\b|\bright from\b|的?(?:右边|右侧|右面|右方)"),
    ("above", r"\b(?:above|over|on top of|higher (?:up )?than|atop)\b|的?(?:上面|上方|上边|上头)|高于|比.{1,8}高"),
    ("below", r"\b(?:below|under|underneath|beneath|lower (?:down )?than)\b|的?(?:下面|下方|下边|底下)|低于|比.{1,8}低"),
    ("beside", r"\b(?:next to|beside|near(?:est)?(?: to)?|close(?:st)? to|adjacent to|by the side of|alongside)\b|的?(?:旁边|边上|附近)|挨着|靠近"),
)  # fmt: skip
_COMPILED_SIDES = tuple((name, re.compile(pattern, re.I)) for name, pattern in _SIDES)
_PLACES: tuple[tuple[Place, str], ...] = (
    ("top_left", r"\b(?:top|upper)[- ]left\b|左上"),
    ("top_right", r"\b(?:top|upper)[- ]right\b|右上"),
    ("bottom_left", r"\b(?:bottom|lower)[- ]left\b|左下"),
    ("bottom_right", r"\b(?:bottom|lower)[- ]right\b|右下"),
    ("left", r"\bleft(?:most)?\b|左边|左侧|左面|左手|最左"),
    ("right", r"\bright(?:most)?\b|右边|右侧|右面|右手|最右"),
    ("top", r"\b(?:top|upper (?:part|half|edge)|topmost|highest)\b|上方|上面|上边|顶部|顶端|最上|最高"),
    ("bottom", r"\b(?:bottom|lower (?:part|half|edge)|lowest)\b|下方|下面|下边|底部|底端|最下|最低"),
    ("middle", r"\b(?:middle|cent(?:er|re)|central)\b|中间|中央|中心|正中"),
)  # fmt: skip
_COMPILED_PLACES = tuple((name, re.compile(pattern, re.I)) for name, pattern in _PLACES)


def side_in(text: str) -> tuple[Side, int, int]:
    """Which side of another thing a text names, with where it is said; nothing when it names none."""
    for name, pattern in _COMPILED_SIDES:
        found = pattern.search(text)
        if found:
            return name, found.start(), found.end()
    return "", 0, 0


def place_in(text: str) -> Place:
    """Which part of the picture a text names."""
    return next((name for name, pattern in _COMPILED_PLACES if pattern.search(text)), "")
