"""What the router sees of a turn: hashed word and character pieces, and which media are at hand. Knows no classes and no weights.

The pieces carry Chinese (which the sentence embedding hardly knows), typing errors and set phrases; hashing keeps the table small and
means that no vocabulary ships (Weinberger et al. 2009, "Feature hashing for large scale multitask learning").
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

BUCKETS = 16384
"""Rows of the hashed weight table."""
FLAGS = ("image", "audio", "video", "file", "earlier:image", "earlier:audio", "earlier:video", "earlier:file", "nothing", "chinese")
"""Order of the flag weights; `nothing` means no medium now or earlier."""

_TOKEN = re.compile(r"[\u3400-\u9fff]+|[^\W\d_]+(?:['’][^\W\d_]+)?|\d+|[?？!！:：\"“”]")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_MARKS = {"？": "?", "！": "!", "：": ":", "“": '"', "”": '"'}


@dataclass(frozen=True)
class Piece:
    """One hashed piece of the words."""

    bucket: int
    shown: str
    """The words it stands for, to explain a choice; empty for pieces that explain nothing to a person."""


def chinese(text: str) -> bool:
    """True when the words are mostly Chinese, so that the English sentence embedding says nothing."""
    count = len(_CHINESE.findall(text))
    return count * 2 >= len(re.findall(r"[a-zA-Z]+", text)) and count > 0


def tokens(text: str) -> list[str]:
    """Lower-case words, numbers as `0`, runs of Chinese characters and a few marks."""
    folded = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    return ["0" if t.isdigit() else _MARKS.get(t, t) for t in _TOKEN.findall(folded)]


def _names(words: list[str]) -> list[tuple[str, str]]:
    """(name to hash, words to show) of every piece."""
    found: list[tuple[str, str]] = []
    for place, word in enumerate(words):
        if _CHINESE.match(word):
            edged = f"<{word}>" if len(words) == 1 else word
            for size in (1, 2, 3, 4):
                found += [(f"c{piece}", piece.strip("<>")) for piece in (edged[i : i + size] for i in range(len(edged) - size + 1))]
            if place == 0:
                found += [(f"^{word[:1]}", ""), (f"^{word[:2]}", word[:2])]
            found.append((f"${word[-2:]}", word[-2:]))
            continue
        found.append((f"w{word}", word if word.isalpha() else ""))
        if len(word) > 3:
            edged = f"<{word}>"
            found += [(f"g{edged[i : i + 4]}", "") for i in range(len(edged) - 3)]
    line = ["<", *words, ">"]
    found += [(f"b{a} {b}", f"{a} {b}".strip("<> ")) for a, b in pairwise(line)]
    found += [(f"t{a} {b} {c}", f"{a} {b} {c}".strip("<> ")) for a, b, c in zip(line, line[1:], line[2:], strict=False)]
    return found


def pieces(text: str, media: Sequence[str]) -> list[Piece]:
    """The hashed pieces of the words alone and together with each modality attached in this turn."""
    words = tokens(text)
    names = dict(_names(words))
    for kind in sorted(set(media)):
        for place, word in enumerate(words[:12]):
            names[f"m{kind} {word}"] = ""
            if place:
                names[f"m{kind} {words[place - 1]} {word}"] = ""
        names[f"m{kind} n{min(len(words), 6)}"] = ""
    names[f"n{min(len(words), 8)}"] = ""
    return [Piece(zlib.crc32(name.encode()) % BUCKETS, shown) for name, shown in names.items()]


def flags(text: str, media: Sequence[str], earlier: Sequence[str]) -> list[int]:
    """Places in FLAGS that hold."""
    on = [FLAGS.index(m) for m in dict.fromkeys(media) if m in FLAGS]
    on += [FLAGS.index(f"earlier:{m}") for m in dict.fromkeys(earlier) if f"earlier:{m}" in FLAGS]
    if not on:
        on.append(FLAGS.index("nothing"))
    if chinese(text):
        on.append(FLAGS.index("chinese"))
    return on
