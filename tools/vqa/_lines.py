"""Lines of text in a picture: which are text at all, and which of them a question is about. Knows no colours and no figures."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.recognition import Line, rows
from retrieval.segmentation import query_words, words
from tools.vqa._questions import Question

_SURE = 0.6
PRICE = re.compile(r"(?:[$€£¥￥]\s?\d[\d.,]*|\d[\d.,]*\s?(?:[$€£¥￥元块]|EUR|USD|RMB|CNY|dollars?|euros?))|\d+[.,]\d{2}\b", re.IGNORECASE)
ABOUT_PRICE = re.compile(r"\b(prices?|costs?|how much|expensive|pay)\b|价格|多少钱|几块|价钱", re.IGNORECASE)


def is_text(line: Line) -> bool:
    """Sure enough to be quoted. Wheels and windows of drawings are taken for an 8 or an O: few, loose characters need more."""
    solid = max((len(w) for w in re.findall(r"\w+", line.text)), default=0)
    return line.confidence >= (_SURE if solid > 2 or re.search(r"[\u3400-\u9fff]{2}", line.text) else 0.9 if solid == 2 else 0.97)


def asked_lines(lines: Sequence[Line], asked: Question) -> list[Line]:
    """The lines that the question is about: prices, the row with a word of the question, or all of them."""
    if ABOUT_PRICE.search(asked.words):
        priced = [line for line in lines if PRICE.search(line.text)]
        row = _row_with(lines, asked.words)
        both = [line for line in row if line in priced] or (
            [line for line in row] if row and any(PRICE.search(x.text) for x in row) else []
        )
        if both:
            return row
        if priced:
            return priced[:6]
    row = _row_with(lines, asked.words)
    return row or list(lines[:20])


_ASKING = frozenset(
    """
    sign say says read written text word words picture image photo label title price cost much price's board screen display plate menu
    图片 图 牌子 文字 写 字 价格 钱 标志
    """.split()
)


def _row_with(lines: Sequence[Line], question: str) -> list[Line]:
    """The row of the picture that shares the most words with the question, none when no word is shared."""
    wanted = {w for w in query_words(question) if w not in _ASKING and len(w) > 1}
    best: list[Line] = []
    score = 0
    for row in rows(lines):
        shared = len(wanted & set(words(" ".join(line.text for line in row))))
        if shared > score:
            best, score = list(row), shared
    return best
