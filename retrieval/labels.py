"""Names of everyday things, English and Chinese, with their vectors: what a picture can be asked about, and how a Chinese query for
pictures becomes English, word by word. Knows no picture.

The names of emoji are Unicode CLDR's; see the first line of the file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from retrieval.embedders.base import Vectors
from retrieval.segmentation import segments

FILE = Path(__file__).parent / "embedders" / "senses_labels.tsv"
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z][A-Za-z'’-]*|\d+")
_COLOUR_OF_GROUND = re.compile(r"\b(red|yellow|green|teal|blue|purple|pink|brown|black|white|grey|orange coloured) background\b")
_IDLE = re.compile(
    "的|了|吗|呢|吧|啊|我|你|请|帮|给|找|想|要|看|看看|显示|搜索|一下|一张|一些|几张|所有|图片|照片|图像|图|声音|录音|音频|里面|里|上|中|有|是|在|和|与|什么|哪"
)
MEANT = 0.5


@dataclass(frozen=True)
class Label:
    """One name. `kind`: label (asked of pictures), sound (asked of sounds), word (only to translate)."""

    kind: str
    english: str
    chinese: tuple[str, ...]
    """The first is said; all are understood."""

    @property
    def both(self) -> str:
        """`cat 猫`."""
        return f"{self.english} {self.chinese[0]}" if self.chinese else self.english


@lru_cache(maxsize=1)
def labels() -> tuple[Label, ...]:
    """All names, in the order of the file."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE)
        return tuple(Label(row["kind"], row["en"], tuple(row["zh"].split(",")) if row["zh"] else ()) for row in rows)


@lru_cache(maxsize=1)
def _all_vectors() -> Vectors:
    from safetensors.numpy import load_file

    return load_file(FILE.with_suffix(".safetensors"))["vectors"].astype(np.float32)


@lru_cache(maxsize=4)
def asked(kind: str) -> tuple[tuple[Label, ...], Vectors]:
    """The names of a kind (label or sound) and their unit vectors in the space of the text embedder, shape (names, 384)."""
    named = [label for label in labels() if label.kind != "word"]
    places = [n for n, label in enumerate(named) if label.kind == kind]
    return tuple(named[n] for n in places), _all_vectors()[places]


@lru_cache(maxsize=1)
def _english() -> tuple[dict[str, str], int]:
    found: dict[str, str] = {}
    for label in labels():
        for name in label.chinese:
            found.setdefault(name, label.english)
    return found, max(map(len, found))


def _tokens(text: str) -> set[int]:
    """Places of single characters that are words by themselves."""
    place, alone = 0, set()
    for word in segments(text):
        if len(word) == 1:
            alone.add(place)
        place += len(word)
    return alone


def named_in(text: str) -> tuple[list[str], str]:
    """The English names of the things that a text names, with its English words, in order, and the Chinese that names nothing:
    `哪款帐篷最轻` has `tent` and `哪款最轻`."""
    pieces = list(_named(text))
    return [word for word, size, _ in pieces if word], "".join(said for _, size, said in pieces if not size and _CHINESE.match(said))


def _named(text: str) -> Iterator[tuple[str, int, str]]:
    """What a text is made of: (English name, how many characters count for it, what was said); the name of other characters is empty."""
    known, longest = _english()
    alone, place = _tokens(text), 0
    while place < len(text):
        size = next((n for n in range(min(longest, len(text) - place), 1, -1) if text[place : place + n] in known), 0)
        if not size and place in alone and text[place] in known:
            size = 1
        latin = None if size else _LATIN.match(text, place)
        end = place + size if size else latin.end() if latin else place + 1
        said = text[place:end]
        yield (known[said], size, said) if size else (said, 1, said) if latin else ("", 0, said)
        place = end


def translated(text: str) -> str:
    """`text` in English, as far as the names go: `红色的狗` becomes `red dog`. Without Chinese it stays as it is.

    The longest name counts at each place; one of a single character only where it is a word by itself. English words and numbers are
    kept. Empty when less than half of what carries meaning is known: a guess at a few words would find anything.
    """
    if not _CHINESE.search(text):
        return text
    named = list(_named(text))
    words, understood = [word for word, _, _ in named if word], sum(size for _, size, _ in named)
    if understood < MEANT * len(_CHINESE.findall(_IDLE.sub("", text))):
        return ""
    said = " ".join(words)
    ground = _COLOUR_OF_GROUND.search(said)
    return f"{(said[: ground.start()] + said[ground.end() :]).strip()} on a {ground[0]}".strip() if ground else said
