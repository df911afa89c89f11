"""Tokens: the phrases of a prompt with what each means, English and Chinese, the longest known phrase first. Knows no grammar."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict

from tools.shapes import words as w
from tools.shapes.palette import NAMES
from tools.shapes.vocabulary import names

_QUOTED = re.compile(r"[\"“”「『](.+?)[\"“”」』]|(?<![A-Za-z])['‘]([^'’]+)['’](?![A-Za-z])")
_PIECES = re.compile(r"[A-Za-z][A-Za-z'-]*|\d+|[\u3400-\u9fff]|[,.;，。；、!?]|\x00\d+\x00")
_STYLE = re.compile(r",?\s*\b(?:in\s+(?:the\s+|a\s+)?)?(3d|flat|noto)(?:\s+style)?\b", re.I)
_STOPS = frozenset(",.;，。；、!?")
Kind = Literal[
    "thing", "colour", "count", "size", "relation", "after", "place", "scene", "background", "part", "text", "filler", "stop", "unknown"
]


class Token(BaseModel):
    """A phrase with what it means."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    value: str
    words: str
    chinese: bool = False


def _meaning(phrase: str) -> tuple[Kind, str] | None:
    """What a phrase means; the order settles phrases that could mean two things."""
    tables: tuple[tuple[Kind, dict[str, str]], ...] = (
        ("place", w.PLACES),
        ("thing", names()),
        ("colour", NAMES),
        ("scene", w.SCENES),
        ("relation", w.RELATIONS),
        ("after", w.RELATIONS_ZH),
    )
    for kind, table in tables:
        if phrase in table:
            return kind, table[phrase]
    if phrase in w.COUNTS:
        return "count", str(w.COUNTS[phrase])
    if phrase.isdigit():
        return "count", phrase
    if phrase in w.SIZES:
        return "size", phrase
    if phrase in w.PARTS:
        return "part", w.PARTS[phrase]
    if phrase in w.BACKGROUND:
        return "background", phrase
    if phrase in w.FILLERS or phrase in w.FILLERS_ZH:
        return "filler", phrase
    return None


def style_of(prompt: str) -> str:
    """The drawing style named in `prompt` (3d, flat or noto), in lower case; empty when none is. No token stands for it."""
    match = _STYLE.search(_QUOTED.sub(" ", prompt))
    return match[1].lower() if match else ""


def tokens(prompt: str) -> list[Token]:
    """Phrases of the prompt, longest match first."""
    quotes: list[str] = []

    def keep(match: re.Match[str]) -> str:
        quotes.append(match.group(1) or match.group(2))
        return f" \x00{len(quotes) - 1}\x00 "

    pieces = _PIECES.findall(_STYLE.sub(" ", _QUOTED.sub(keep, prompt)))
    found: list[Token] = []
    i = 0
    while i < len(pieces):
        piece = pieces[i]
        if piece.startswith("\x00"):
            found.append(Token(kind="text", value=quotes[int(piece.strip("\x00"))], words=piece))
            i += 1
            continue
        if piece in _STOPS:
            found.append(Token(kind="stop", value=piece, words=piece))
            i += 1
            continue
        token, used = _longest(pieces, i)
        found.append(token)
        i += used
    return _join_unknown(found)


def _longest(pieces: list[str], start: int) -> tuple[Token, int]:
    """The longest known phrase at `start` and how many pieces it took."""
    for length in range(min(6, len(pieces) - start), 0, -1):
        part = pieces[start : start + length]
        if any(p in _STOPS or p.startswith("\x00") for p in part):
            continue
        chinese = all("\u3400" <= p <= "\u9fff" for p in part)
        phrase = "".join(part) if chinese or not any(p.isascii() for p in part) else " ".join(part).lower()
        meaning = _meaning(phrase) or (_meaning("".join(part)) if any(not p.isascii() for p in part) else None)
        if meaning:
            return Token(kind=meaning[0], value=meaning[1], words=phrase, chinese=chinese), length
    piece = pieces[start]
    if piece in w.CLASSIFIERS:
        return Token(kind="filler", value=piece, words=piece, chinese=True), 1
    return Token(kind="unknown", value=piece.lower(), words=piece, chinese="\u3400" <= piece <= "\u9fff"), 1


def _join_unknown(found: list[Token]) -> list[Token]:
    """Neighbouring unknown Chinese characters are one word to a reader."""
    joined: list[Token] = []
    for token in found:
        if token.kind == "unknown" and token.chinese and joined and joined[-1].kind == "unknown" and joined[-1].chinese:
            joined[-1] = joined[-1].model_copy(update={"value": joined[-1].value + token.value, "words": joined[-1].words + token.words})
        else:
            joined.append(token)
    return joined
