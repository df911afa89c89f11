"""Passages: text cut at paragraphs and sentences into pieces that one embedding can hold. Knows no file format.

Sizes are weighted: a Chinese character counts double, because one is a token of its own while an English token is four letters; both
kinds of passage then fill about the same part of a sentence encoder's window.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

TARGET = 600
"""A passage at least this heavy ends at the next paragraph."""
LIMIT = 900
"""No passage is heavier."""
_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
# Repeats are bounded so that a million dots or spaces cost linear time.
_BOUNDARY = re.compile(
    r"(?P<paragraph>\n(?:[ \t\r]{0,200}\n){1,200})"
    r"|(?P<list>\n(?=[ \t]{0,20}(?:[-*+•·●▪]|\(?\d{1,3}[.)、]|[一二三四五六七八九十]{1,3}、)\s?))"
    r"|(?P<stop>[.!?]{1,8}[\"'”’»)\]]{0,4}(?=\s))"
    r"|(?P<wide>[。！？；…]{1,8}[”’」』）】》\"']{0,4})"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|st|no|nos|vs|etc|fig|figs|al|e\.g|i\.e|eq|sec|approx|inc|ltd|co|dept|vol|pp?|u\.s|u\.k)|\b[A-Z])\.$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Passage:
    """A piece of a text: `text == source[start:end]`, never blank, no space at either end."""

    text: str
    start: int
    end: int


def weight(text: str) -> int:
    """Characters of `text`, each Chinese, Japanese or Korean one counted twice."""
    return len(text) + len(_WIDE.findall(text))


def _units(text: str) -> Iterator[tuple[int, int, bool]]:
    """(start, end, first of a paragraph) of each sentence or list line; together they cover the text."""
    start, opens = 0, True
    for match in _BOUNDARY.finditer(text):
        if match.lastgroup == "stop" and match.group().startswith(".") and not _ends_sentence(text, match):
            continue
        if match.end() > start:
            yield start, match.end(), opens
            opens = match.lastgroup == "paragraph"
            start = match.end()
    if start < len(text):
        yield start, len(text), opens


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    """Whether a full stop ends a sentence: not after an abbreviation or an initial, not before a small letter."""
    rest = text[match.end() : match.end() + 3].lstrip()
    if rest and rest[0].islower():
        return False
    return not (len(match.group()) == 1 and _ABBREVIATION.search(text[max(0, match.start() - 12) : match.end()]))


def _pieces(text: str, start: int, end: int, limit: int) -> Iterator[tuple[int, int]]:
    """A unit cut down to `limit`, at a space or a comma where there is one in the last third."""
    while weight(text[start:end]) > limit:
        window = text[start : start + limit]
        size = len(window)
        while weight(window[:size]) > limit:
            size -= max(1, (weight(window[:size]) - limit) // 2)
        best = max(window.rfind(mark, size * 2 // 3, size) for mark in " \n,，、;；")
        size = best + 1 if best > 0 else max(1, size)
        yield start, start + size
        start += size
    yield start, end


def spans(text: str, *, target: int = TARGET, limit: int = LIMIT) -> Iterator[tuple[int, int]]:
    """(start, end) of the passages of `text`, in order, not overlapping; only blanks lie between them."""
    begin, last, size = 0, 0, 0
    for unit_start, unit_end, opens in _units(text):
        for start, end in _pieces(text, unit_start, unit_end, limit):
            more = weight(text[start:end])
            if size and (size + more > limit or (opens and start == unit_start and size >= target)):
                yield begin, last
                begin, size = start, 0
            last, size = end, size + more
    if size:
        yield begin, last


def passages(text: str, *, offset: int = 0, target: int = TARGET, limit: int = LIMIT) -> Iterator[Passage]:
    """The passages of `text`. `offset` is added to the spans, for a text that is itself a part of a longer one.

    A passage weighs at most `limit`; it ends at a paragraph once it weighs `target`, at a sentence when the next would not fit.
    """
    for start, end in spans(text, target=target, limit=limit):
        piece = text[start:end]
        body = piece.strip()
        if body:
            first = start + len(piece) - len(piece.lstrip()) + offset
            yield Passage(body, first, first + len(body))


def title_path(headings: list[str], name: str) -> str:
    """The label of a passage below `headings` (outermost first): `Warranty › What is covered`, or the file name when there are none."""
    return " › ".join(heading for heading in headings if heading)[:300] or name


class Outline:
    """The headings above the current place of a document, as a reader walks down it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._headings: list[tuple[int, str]] = []

    def enter(self, level: int, heading: str) -> None:
        """A heading of `level` (1 is the outermost) begins here."""
        self._headings = [(depth, text) for depth, text in self._headings if depth < level]
        self._headings.append((level, " ".join(heading.split())[:200]))

    @property
    def title(self) -> str:
        """Label of what stands here."""
        return title_path([text for _, text in self._headings], self._name)
