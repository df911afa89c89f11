"""Numbers as people say them, from 0 to 300, in English and Chinese words and in digits. Pure."""

from __future__ import annotations

import re

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_EXTREMES = {
    "full": "100", "maximum": "100", "max": "100", "the maximum": "100", "half": "50", "minimum": "1", "min": "1", "the minimum": "1",
    "最亮": "100", "最大": "100", "最高": "100", "一半": "50", "最暗": "1", "最小": "1", "最低": "1",
}  # fmt: skip
_DIGITS_ZH = {letter: value for value, letter in enumerate("零一二三四五六七八九")} | {"两": 2}
_ONE = rf"(?:{'|'.join(sorted(_ONES, key=len, reverse=True))})"
_TEN = rf"(?:{'|'.join(_TENS)})(?:[ -]{_ONE})?"
_SMALL = rf"(?:{_TEN}|{_ONE})"
ENGLISH = (
    rf"(?:\d{{1,3}}(?:\.\d)?|(?:{_SMALL} )?hundred(?: and)?(?: {_SMALL})?|{_SMALL}(?: point {_ONE})?|"
    r"(?:the )?(?:maximum|minimum)|full|max|half|min)"
)
CHINESE = r"(?:百分之)?(?:\d{1,3}(?:\.\d)?|[零一二两三四五六七八九十百]{1,6}(?:点[零一二三四五六七八九])?|一半)|最[亮大高暗小低]"


def number(text: str) -> str:
    """Digits for a number in words; empty when it is none."""
    text = text.strip().lower().removeprefix("百分之")
    if text in _EXTREMES:
        return _EXTREMES[text]
    if re.fullmatch(r"\d{1,3}(?:\.\d)?", text):
        return text
    whole, _, part = text.replace(" point ", "点").partition("点")
    value = _chinese(whole) if re.search(r"[\u3400-\u9fff]", whole) else _english(whole)
    if value is None:
        return ""
    tenth = (_DIGITS_ZH.get(part) if part in _DIGITS_ZH else _ONES.index(part) if part in _ONES[:10] else None) if part else None
    return f"{value}.{tenth}" if tenth is not None else str(value)


def _english(text: str) -> int | None:
    total = 0
    for word in re.split(r"[ -]+", text):
        if word == "hundred":
            total = max(total, 1) * 100
        elif word in _ONES:
            total += _ONES.index(word)
        elif word in _TENS:
            total += (_TENS.index(word) + 2) * 10
        elif word != "and":
            return None
    return total


def _chinese(text: str) -> int | None:
    if not text or any(letter not in _DIGITS_ZH and letter not in "十百" for letter in text):
        return None
    total, digit = 0, 0
    for letter in text:
        if letter == "百":
            total, digit = total + (digit or 1) * 100, 0
        elif letter == "十":
            total, digit = total + (digit or 1) * 10, 0
        else:
            digit = _DIGITS_ZH[letter]
    return total + digit
