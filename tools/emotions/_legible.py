"""Legible: whether the letters of a text are words, and whether the words stand in an order that people write. Knows no feeling.

Random letters, text that was opened in a wrong encoding and languages that are not known have hardly a word that is known as a whole; words
thrown together have hardly a pair that belongs together. A fluent sentence is legible, whatever it says.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Sequence

_WORDS, _LETTERS = 3, 25
"""Words or letters from which it can be judged whether they are any: a name alone is no other language."""
_KNOWN, _NUMBER = 0.3, 0.45
"""Share of the letters that stand in known words, and of the words, below both of which a text has none. One in 5000 held-back comments is,
95 in 100 in random letters are, and so are sentences in Polish, Swedish, Turkish, Malay, Vietnamese and Finnish."""
_PAIRS = 4
"""Neighbouring words from which their order can be judged."""
_ORDERED = 0.35
"""Share of known pairs from which the order is that of a sentence: nine in ten held-back comments have it, words of
several comments thrown together three in ten."""
_LEAST = 0.3
"""What a text without any order is worth: its words may still tell something."""
_REPEATED = re.compile(r"(\w{1,3}?)\1{2,}")
_ODD = 4
"""Letters outside ASCII from which an encoding can be judged."""


def wrong_encoding(text: str) -> bool:
    """Whether a text looks as if its bytes were read in another encoding than they were written in.

    UTF-8 read as Latin-1 or Windows-1252, UTF-16 with its bytes swapped, or signs of what could not be read.
    """
    odd = [c for c in text if ord(c) > 0x7F]
    if len(odd) < _ODD or len(odd) < 0.2 * len(text):
        return False
    lost, swapped = sum(c == "\ufffd" for c in odd), sum(ord(c) < 0x10000 and not ord(c) & 0xFF for c in odd)
    return max(lost, swapped) > 0.6 * len(text) or any(_is_utf8(text, encoding) for encoding in ("latin-1", "cp1252"))


def _is_utf8(text: str, encoding: str) -> bool:
    """Whether nearly all of a text can be written in `encoding`, and its bytes then are letters of several bytes in UTF-8."""
    data = text.encode(encoding, "ignore")
    kept = data.decode("utf-8", "ignore")
    return len(data) > 0.7 * len(text) and len(kept.encode("utf-8")) > 0.8 * len(data) and sum(c > "\x7f" for c in kept) > 1


def are_words(text: str, known: Callable[[str], bool]) -> bool:
    """Whether enough of a text that is meant to be English are known words, by letters or by number; a word or two may be names."""
    found = re.findall(r"[^\W\d_]+", _REPEATED.sub(r"\1\1", text.lower()))
    letters = sum(map(len, found))
    if len(found) < _WORDS and letters < _LETTERS:
        return True
    whole = [word for word in found if known(word)]
    return sum(map(len, whole)) >= _KNOWN * letters or len(whole) >= _NUMBER * len(found)


def order(pieces: Sequence[str], met: Collection[str]) -> float:
    """What a row of words is worth by its order, `_LEAST` to 1; `met` has the words and the pairs, as `one_other`, that are known.

    Pairs with a word that is not known, a name say, tell nothing.
    """
    pairs = [pair for pair in itertools.pairwise(pieces) if all(word in met or f"not_{word}" in met for word in pair)]
    if len(pairs) < _PAIRS:
        return 1.0
    return min(1.0, _LEAST + (1 - _LEAST) * sum("_".join(pair) in met for pair in pairs) / len(pairs) / _ORDERED)
