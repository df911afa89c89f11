"""The least and the most of a column, one or several, and how many rows were compared. Knows rows, no search."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.reflex.measures import amount, measure, without_unit
from assistant.reflex.numerals import NUMBER, NUMBER_ZH, number
from assistant.reflex.rows import LEAST, MOST, Row, Weigh, about, label, matching, named, shown_value, told
from retrieval.catalogue import say

MANY = 10
"""Rows that are told at most."""
TIES = 4
"""Rows with the same value that are told; more are told by the first."""
_VAGUE = re.compile(r"\b(?:best|warmest)\b|最[好暖]", re.I)
"""No number says it but a rating: the highest number of another column that is asked for too is no answer."""
_FIRST = re.compile(
    rf"\b({NUMBER})\s+(?=(?:most|least|\w+est)\b)|\btop\s+({NUMBER})\b|最[^的]{{1,3}}的({NUMBER_ZH})[款件个种条双只]|前({NUMBER_ZH})[款件个种名]",
    re.I,
)


def is_extreme(question: str) -> bool:
    """Whether the least or the most of something is asked for."""
    return bool(MOST.search(question) or LEAST.search(question))


def how_many_best(question: str) -> int:
    """`the two cheapest` -> 2; 1 when no number is said."""
    found = _FIRST.search(question)
    value = number(next(filter(None, found.groups()))) if found else None
    return int(value) if value is not None and 1 <= value <= MANY else 1


def extremes(question: str, column: str, unit: str, rows: Sequence[Row], weigh: Weigh, language: str, *, whole: bool = True) -> str:
    """The row with the least or the most, or as many as are asked for; empty when the column is none of numbers. `unit` is that of cells
    that have one; `whole`: there are no other rows than these."""
    if _VAGUE.search(question) and not re.search("rating|score|stars|评分", column, re.I):
        return ""
    plain = without_unit(question, unit)
    kind = matching(plain, column, rows, weigh, least=1.0)  # a condition that is left out would make another one the best
    if not kind and about(plain, column, rows) == set():
        kind = list(rows)
    chosen = [row for row in kind if amount(row.columns.get(column)) is not None and (not unit or _has(row, column, unit))]
    units = {one.unit if (one := measure(row.columns[column])) else "" for row in chosen}
    if not chosen or len(units) > 1:
        return ""
    least = bool(LEAST.search(question))
    ordered = sorted(chosen, key=lambda row: (1 if least else -1) * (amount(row.columns[column]) or 0.0))
    count = min(how_many_best(question), len(ordered))
    last = amount(ordered[count - 1].columns[column])
    tied = [row for row in ordered[count:] if amount(row.columns[column]) == last]
    best = [*ordered[:count], *(tied if count + len(tied) <= (TIES if count == 1 else MANY) else [])]
    plainly = count > 1 or len(chosen) == 1  # one that nothing was compared with is no least
    lines = [told(row, column, best, language) if plainly else best_of(row, column, best, least, language) for row in best]
    if len(chosen) > 1 or not whole:
        lines.append(say("assistant", language, "found.compared" if whole else "found.compared_some", count=len(chosen)))
    return ("" if language == "zh" else " ").join(lines)


def _has(row: Row, column: str, unit: str) -> bool:
    one = measure(row.columns.get(column))
    return one is not None and one.unit == unit


def best_of(row: Row, column: str, rows: Sequence[Row], least: bool, language: str) -> str:
    """The sentence that a row has the least, or the most; `rows` are those it is told among."""
    which = say("assistant", language, "found.lowest" if least else "found.highest")
    name = label(column, language)
    return say(
        "assistant", language, "found.best", title=named(row, rows), which=which, value=shown_value(row, column), number=row.number,
        column=name.removesuffix("s") if measure(row.columns[column]) else name,
    )  # fmt: skip
