"""Grounding: whether a text stands in what a person said, give or take grammar. Pure; knows words, no tool."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

_PIECE = re.compile(r"[\u3400-\u9fff]|\d+(?:[.,]\d+)?|[^\W\d_]+(?:'[^\W\d_]+)?")
_GRAMMAR = frozenset(
    "a an and any at be by can could do for from have i i'd i'm in is it its me mine my of off on one our ours out over"
    " please person person's so some that the their them then they this those to up user user's was we with would you your"
    " 的 了 吧 把 请 在 个 盏 这 那 一 下 里".split()
)
"""Words that carry nothing that could be smuggled in."""


def pieces(text: str) -> list[str]:
    """What a text says: words in their simplest form, numbers, and Chinese characters, without grammar."""
    found = _PIECE.findall(unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'"))
    return [_stem(piece) for piece in found if piece not in _GRAMMAR]


def _stem(word: str) -> str:
    word = word.removesuffix("'s")
    for ending in ("ing", "es", "ed", "s"):
        if word.isascii() and word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def stands_in(text: str, words: str) -> bool:
    """Whether everything that `text` says is in `words`. A text that says nothing stands in any words."""
    said = set(pieces(words))
    joined = "".join(pieces(words))
    return all(piece in said or (len(piece) > 5 and piece in joined) for piece in pieces(text))


def texts(value: Any) -> Iterator[str]:
    """Every text and number inside a value of JSON, names of fields left out."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
