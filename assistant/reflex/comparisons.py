"""Things compared: "which is cheaper, A or B?" answered with the value of each, and with which has the least only where that is plain.

Knows rows, no search. What is compared is named as two sides, or as one kind: "compare the jackets by price".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from assistant.reflex.extremes import MANY, best_of, is_extreme
from assistant.reflex.measures import amount
from assistant.reflex.rows import (
    HIDDEN,
    LESS,
    MORE,
    ORDERING,
    Row,
    Weigh,
    asked_column,
    asked_terms,
    label,
    matching,
    named,
    plain_of,
    said,
    shown_value,
    told,
)
from assistant.reflex.sentences import terms
from retrieval.catalogue import say

_COMPARES = re.compile(
    r"\bcompar(?:e|ing|ison)\b|\bversus\b|\bvs\b|\bdifferences?\b.{0,20}\bbetween\b|\b(?:which|what|who)\b.*\bor\b|\b\w+er than\b"
    r"|比较|对比|相比|区别|差别|哪[个款件种一]?.{0,4}更|.[和与跟或].*哪[个款件种]|还是.+[？?]|比.+[更贵便轻重大小高低]", re.IGNORECASE,
)  # fmt: skip
_JOINED = r"(?P<a>.+?)\s+(?:and|with|to|versus|vs\.?|or)\s+(?P<b>.+?)"
_SIDES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:between|compar(?:e|ing|ison(?: of)?))\s+{_JOINED}(?:\s+(?:by|in|on|for)\s+[\w ]+)?$",
        r"^(?:which|what)\b.*?[,:]\s*(?P<a>.+?)\s+or\s+(?P<b>.+)$",
        r"^(?:which|what)\b.*?\b\w+er\b,?\s+(?P<a>.+?)\s+or\s+(?P<b>.+)$",
        r"^(?:is|are)\s+(?P<a>.+?)\s+(?:more |less )?\w+\s+than\s+(?P<b>.+)$",
        r"^(?P<a>.+?)\s+(?:versus|vs\.?|or)\s+(?P<b>.+?)(?:[,:].*)?$",
        r"^(?:比较|对比)?(?:一下)?(?P<a>.+?)[和与跟或](?P<b>.+?)"
        r"(?:的(?!.*的).*|(?:之间)?(?:有什么)?(?:区别|差别).*|相比.*|[，,]?哪.*|谁.*)?$",
        r"^(?P<a>.+?)比(?P<b>.+?)更?[贵便轻重大小高低].*$",
        r"^(?P<a>.+?)还是(?P<b>.+?)[更贵便轻重大小高低]?.*$",
    )
)
"""How two things are named, the most telling way first."""
_LISTED = re.compile(r"\s*[,，、]\s*(?:the |your )?")
_ARTICLE = re.compile(r"^(?:the|a|an|your|our|my|both|of)\s+|^(?:是|一下)", re.IGNORECASE)
_PRICE_OF = re.compile(r"^(?:the )?(?:prices?|weights?|sizes?|colou?rs?)\s+of\s+", re.IGNORECASE)
COLUMNS, _SHORT = 5, 20
"""Columns that are told of things compared in all, and the characters of a cell."""


def is_comparison(question: str) -> bool:
    """Whether things are to be compared with one another."""
    return bool(_COMPARES.search(question) or ORDERING.search(question)) and not is_extreme(question)


def sides(question: str) -> tuple[str, ...]:
    """The things that are named, two or more; none when there are not two."""
    plain = question.strip(" ?？.。!！")
    for pattern in _SIDES:
        if found := pattern.search(plain):
            one, other = (_ARTICLE.sub("", _PRICE_OF.sub("", found[side].strip(" ,，"))) for side in "ab")
            found_all = (*_LISTED.split(one), other)
            return found_all if all(map(terms, found_all)) else ()
    return ()


def compared(question: str, rows: Sequence[Row], weigh: Weigh, language: str, *, whole: bool = True) -> str | None:
    """The values of all that is compared, each with its mark; empty when a side is not among the rows, None when these rows are not what
    is compared."""
    column = asked_column(question, rows)
    named_sides = sides(question)
    groups = _of_sides(named_sides, rows, weigh) if named_sides else []
    if named_sides and not all(groups):
        return "" if any(groups) else None
    if not named_sides:
        kind = sorted(matching(question, column, rows, weigh), key=lambda row: amount(row.columns.get(column)) or 0.0)
        groups = [kind] if len(kind) > 1 else []
    shown = list({row.number: row for group in groups for row in group}.values())
    if len(shown) < 2 or (column and any(row.columns.get(column) in (None, "") for row in shown)):
        return None
    few = [row for group in groups for row in group[: MANY // len(groups)]]
    lines = [told(row, column, few, language) for row in few] if column else _sheets(few, language)
    verdict = _verdict(question, column, groups, few, language) if column and len(groups) > 1 else ""
    if len(few) < len(shown) or not (whole or named_sides):
        lines.append(say("assistant", language, "found.compared_some", count=len(few)))
    return ("" if language == "zh" else " ").join([*lines, *([verdict] if verdict else [])])


def _of_sides(named_sides: Sequence[str], rows: Sequence[Row], weigh: Weigh) -> list[list[Row]]:
    """The rows of each side, which have every word of its name. What both are may stand once: "the red or the blue jacket"."""
    kind = named_sides[-1].split()[-1]
    groups = [_called(side, rows, weigh) for side in named_sides]
    for place, side in enumerate(named_sides[:-1]):
        if kind.isascii() and kind.isalpha() and len(side.split()) == 1:
            groups[place] = _called(f"{side} {kind}", rows, weigh) or groups[place]
    often = Counter(row.number for group in groups for row in group)
    return [[row for row in group if often[row.number] == 1] for group in groups]


def _called(side: str, rows: Sequence[Row], weigh: Weigh) -> list[Row]:
    wanted = set(asked_terms(plain_of(side), rows) or ())
    return [row for row in matching(side, "", rows, weigh) if wanted <= set(terms(said(row)))]


def _verdict(question: str, column: str, groups: Sequence[Sequence[Row]], shown: Sequence[Row], language: str) -> str:
    """Which side has the least, or the most, when the words ask for it and each side has one value."""
    values = [{amount(row.columns[column]) for row in group} for group in groups]
    asked = MORE.search(question) or LESS.search(question) or "便宜" in question
    known = [value for found in values for value in found if len(found) == 1 and value is not None]
    if not asked or len(known) < len(groups):
        return ""
    if len(set(known)) == 1:
        return say("assistant", language, "found.same", column=label(column, language))
    least = not MORE.search(question)
    first = (min if least else max)(known)
    return best_of(groups[known.index(first)][0], column, shown, least, language) if known.count(first) == 1 else ""


def _sheets(rows: Sequence[Row], language: str) -> list[str]:
    """What differs between the rows, row by row."""
    columns = [name for name in dict.fromkeys(n for row in rows for n in row.columns) if name.lower() not in HIDDEN]
    columns = [name for name in columns if all(name in row.columns and len(str(row.columns[name])) <= _SHORT for row in rows)]
    columns = [name for name in columns if any(row.columns[name] != row.title for row in rows)]
    differing = [name for name in columns if len({str(row.columns[name]) for row in rows}) > 1][:COLUMNS]
    joint = "，" if language == "zh" else ", "
    mark = "。" if language == "zh" else "."
    return [
        say("assistant", language, "found.sheet", title=named(row, rows), number=row.number,
            text=joint.join(f"{label(name, language)} {shown_value(row, name)}" for name in differing)) + mark
        for row in rows
    ] if differing else []  # fmt: skip
