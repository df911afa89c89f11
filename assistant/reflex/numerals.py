"""Numbers written as digits or words, English and Chinese."""

from __future__ import annotations

import re

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = {word: 20 + 10 * place for place, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split())}
_WORDS = {word: value for value, word in enumerate(_UNITS)} | _TENS | {"half": 50, "dozen": 12, "couple": 2}
_ORDINALS = {word: place + 1 for place, word in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth".split())} | {
    "last": -1,
    "latest": -1,
    "newest": -1,
    "final": -1,
}
_HAN = {c: v for v, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0, "几": 3}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
NUMBER = (
    rf"(?:\d+(?:[.,]\d+)?|(?:{'|'.join([*_TENS])})[- ](?:{'|'.join(_UNITS[1:10])})|(?:{'|'.join([*_UNITS, *_TENS])})(?: hundred)?|"
    rf"an? hundred)"
)
"""Pattern of a number in English text, without groups."""
NUMBER_ZH = r"(?:\d+(?:\.\d+)?|[零〇一二三四五六七八九十百千万两]+)"
"""Pattern of a number in Chinese text, without groups."""
ORDINAL = rf"(?:{'|'.join(_ORDINALS)}|\d+(?:st|nd|rd|th))"
"""Pattern of an ordinal in English text, without groups."""


def number(text: str) -> float | None:
    """The value of a number in digits or words, `21`, `21.5`, `twenty-one`, `二十六`, `百分之三十`; None when it is none."""
    word = text.strip().lower().removeprefix("百分之").rstrip("%％")
    if re.fullmatch(r"\d+(?:[.,]\d+)?", word):
        return float(word.replace(",", "."))
    if word and all(c in _HAN or c in _HAN_UNITS for c in word):
        return _han(word)
    total, known = 0, False
    for part in re.split(r"[-\s]+", word):
        if part == "hundred":
            total, known = max(total, 1) * 100, True
        elif part in _WORDS:
            total, known = total + _WORDS[part], True
        elif part not in ("a", "an", "and"):
            return None
    return float(total) if known else None


def _han(word: str) -> float:
    if all(c in _HAN for c in word):
        return float("".join(str(_HAN[c]) for c in word))
    total, section, digit = 0, 0, 0
    for character in word:
        if character in _HAN:
            digit = _HAN[character]
        elif character == "万":
            total, section, digit = (total + section + digit) * 10_000, 0, 0
        else:
            section, digit = section + max(digit, 1) * _HAN_UNITS[character], 0
    return float(total + section + digit)


def ordinal(text: str) -> int | None:
    """`second` and `2nd` are 2, `last` is -1; None when it is no ordinal."""
    word = text.strip().lower()
    if word in _ORDINALS:
        return _ORDINALS[word]
    return int(word[:-2]) if re.fullmatch(r"\d+(?:st|nd|rd|th)", word) else None


def short(value: float) -> str:
    """`21`, `21.5`: without a needless point."""
    return f"{value:g}"
