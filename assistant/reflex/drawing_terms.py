"""How to draw, as words say it: how many, how large, with which seed, steps and guidance, without what. Knows words, not generators."""

# ruff: noqa: E501 - a pattern is one string, however long

from __future__ import annotations

import re
from typing import Any

from assistant.reflex.numerals import NUMBER, NUMBER_ZH, number

PICTURE = r"(?:pictures?|images?|pics?|photos?|drawings?|illustrations?|paintings?|sketch(?:es)?|artworks?|art|graphics?|visuals?|scenes?)"
CHOICES = r"(?:versions?|variants?|variations?|options?|candidates?|choices|alternatives?|takes)"
SIDES = (64, 2048)
"""Pixels of a side."""
MOST = 8
"""Pictures of one request."""
_SIZE = re.compile(
    r"(?:\b(?:at|in|of size|size|sized)\s+|[，,]?(?:尺寸|大小)(?:为|是)?)?(?<![\d.])(\d{1,6})\s?(?:x|×|by|乘)\s?(\d{1,6})(?:\s?(?:px|pixels|像素))?(?![\d.])",
    re.IGNORECASE,
)
_SEED = re.compile(
    r"(?:\b(?:and )?(?:with |using )?(?:the )?seed(?: number)?|[，,]?(?:用)?种子)\s*(?:=|:|of|为|是)?\s*(\d{1,10})", re.IGNORECASE
)
_STEPS = re.compile(
    rf"[,，]?\s*(?:\b(?:and )?(?:with|in|using|at|for) )?\b(\d{{1,6}}|{NUMBER}) (?:diffusion |sampling |inference |denoising )?steps?\b"
    rf"|\bsteps\s*[=:]\s*(\d{{1,6}})|[，,]?(?:用|走|迭代)?({NUMBER_ZH})步|步数\s*(?:=|:|为|是)?\s*(\d{{1,6}})",
    re.IGNORECASE,
)
_STAIRS = re.compile(
    r"\b(?:stairs?|staircase|stairway|ladder|dance|pyramid|temple|terrace|porch)\b|楼梯|台阶|阶梯|梯子|跳舞", re.IGNORECASE
)
_GUIDANCE = re.compile(
    r"[,，]?\s*(?:\b(?:and )?(?:with |at |using )?(?:a )?(?:guidance(?: scale)?|cfg(?: scale)?)|引导(?:强度|系数)?)\s*(?:=|:|of|为|是)?\s*(\d{1,4}(?:\.\d+)?)",
    re.IGNORECASE,
)
_WITHOUT = re.compile(
    r"[,\s]*\b(?:without|with no|but no|no)\b (?:any )?([\w ]+?)(?=$|,|\.| and | but | at | with | in \d)|[，,]?(?:不要有?|没有)([\u3400-\u9fff]{1,8})",
    re.IGNORECASE,
)
_COUNT = re.compile(rf"\b({NUMBER})\s+(?:\w+ )?(?:{PICTURE}|{CHOICES})\b|\b({NUMBER}) more\b(?! steps)", re.IGNORECASE)
_COUNT_ZH = re.compile(rf"(?<![第零一二三四五六七八九十百\d])({NUMBER_ZH})(?:[张幅]|个(?:方案|候选|选项|版本|不同的))")
_COUNT_TAIL = re.compile(
    rf"[,;.]\s*(?:in |as |give me |i want |make it |show me )?{NUMBER}\s+(?:different )?(?:{PICTURE}|{CHOICES})\b[\s.!]*$"
    rf"|\s+in {NUMBER} (?:{CHOICES})\b[\s.!]*$|[，,；。]\s*(?:要|来|给我)?{NUMBER_ZH}(?:[张幅]|个(?:方案|候选|选项|版本))[。！]?$",
    re.IGNORECASE,
)
_SHAPES = (
    (re.compile(r"\b(?:wide|landscape format|panorama|panoramic|banner|horizontal)\b|横幅|横版|横的|宽屏|宽幅|全景", re.I), (768, 432)),
    (re.compile(r"\b(?:tall|portrait format|vertical|upright|poster)\b|竖版|竖的|竖幅|海报", re.I), (432, 768)),
)


def how(text: str) -> dict[str, Any]:
    """The arguments of a drawing that the words give, beside what it shows: negative_prompt, n, width, height, seed, steps, guidance.

    Steps and guidance are as said, in range or not: who draws says what is possible. See `beyond` for sizes and numbers.
    """
    found: dict[str, Any] = {}
    if unwanted := _WITHOUT.search(text):
        found["negative_prompt"] = (unwanted[1] or unwanted[2]).strip()
    if (count := _count(text)) > 1:
        found["n"] = min(count, MOST)
    if size := _size(text):
        found["width"], found["height"] = size
    if seed := _SEED.search(text):
        found["seed"] = int(seed[1]) % 2**32
    if (steps := _steps(text)) is not None:
        found["steps"] = steps
    if guidance := _GUIDANCE.search(text):
        found["guidance"] = float(guidance[1])
    return found


def without_terms(text: str) -> str:
    """`text` without the words that `how` reads, except those that also say what is to be seen ("three cats", "a wide banner")."""
    rest = text
    if found := _WITHOUT.search(rest):
        rest = rest[: found.start()] + rest[found.end() :]
    patterns = [_SEED, _SIZE, _GUIDANCE, *([] if _STAIRS.search(text) else [_STEPS]), _COUNT_TAIL]
    for pattern in patterns:
        rest = pattern.sub("", rest)
    return rest


def beyond(text: str) -> str:
    """The key of the question for a size or a number of pictures that nothing can be drawn in; empty when they can."""
    size = _SIZE.search(text)
    if size and not all(SIDES[0] <= int(size[side]) <= SIDES[1] for side in (1, 2)):
        return "drawing_size"
    return "drawing_count" if _count(text) > MOST else ""


def _count(text: str) -> int:
    found = _COUNT.search(text)
    in_chinese = _COUNT_ZH.search(text)
    said = (found[1] or found[2]) if found else in_chinese[1] if in_chinese else ""
    value = number(said) if said else None
    return max(1, int(value)) if value else 1


def _steps(text: str) -> int | None:
    found = None if _STAIRS.search(text) else _STEPS.search(text)
    said = next((group for group in found.groups() if group), "") if found else ""
    value = number(said) if said else None
    return int(value) if value is not None else None


def _size(text: str) -> tuple[int, int] | None:
    found = _SIZE.search(text)
    if found:
        width, height = (max(SIDES[0], min(SIDES[1], int(found[i]))) for i in (1, 2))
        return width, height
    return next((size for pattern, size in _SHAPES if pattern.search(text)), None)
