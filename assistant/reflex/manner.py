"""The manner of an answer of the bundled chat model: an opening sentence that fits, and shorter, plainer answers. Knows no emotion.

Evidence stays word for word: sentences with a mark `[n]` are left out or kept whole, never changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.catalogue import say

QUIET = ("gentle", "steady")
"""Manners in which answers are short and raise no voice."""
TELLING = ("search", "read_document", "look")
"""Tools whose answers tell something."""
MOST = 2
"""Sentences of a quiet answer."""
_SENTENCE = re.compile(r".+?(?:[.!?。！？]+[\"”』」]*(?:\s*\[\d{1,3}\])*[.。]?(?=\s|$|[^\s\]\d.])|$)", re.DOTALL)
_MARK = re.compile(r"\[\d{1,3}\]")


def opens(manner: str, tools: Sequence[str], *, refused: bool) -> bool:
    """Whether an opening sentence fits: before what was found out. Small talk and a switched lamp have words of their own."""
    return bool(tools) and set(tools) <= set(TELLING) and not (manner == "warm" and refused)


def mannered(text: str, manner: str, language: str, *, opened: bool) -> str:
    """An answer in a manner (`gentle`, `steady`, `warm`, or empty for as it is), with an opening sentence if it is to be `opened`."""
    if not manner or not text.strip():
        return text
    body = plainer(text) if manner in QUIET else text
    if not opened:
        return body
    opening = say("assistant", language, f"manner.{manner}")
    return f"{opening}{'' if language == 'zh' else ' '}{body}"


def plainer(text: str) -> str:
    """The answer without exclamation, and cut to its first sentences where pieces of evidence follow each other in a paragraph."""
    return "\n".join(_plainer(line) for line in text.split("\n"))


def _plainer(line: str) -> str:
    sentences = _SENTENCE.findall(line)
    if len(sentences) > MOST and all(_MARK.search(s) for s in sentences if s.strip()):
        sentences = sentences[:MOST]
    return "".join(s if _MARK.search(s) else _calm(s) for s in sentences).rstrip()


def _calm(sentence: str) -> str:
    return re.sub(r"!+", ".", re.sub(r"！+", "。", sentence))
