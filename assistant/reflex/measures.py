"""Measures in words, "2 persons" and "28 litres": which of them a question needs or compares. Knows cells of rows, no sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.reflex.numerals import NUMBER, NUMBER_ZH, number
from assistant.reflex.rows import HIDDEN, Row, Weigh, is_number, matching
from assistant.reflex.sentences import stem

_CELL = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*([A-Za-z]{1,12}|[\u3400-\u9fff]{1,3})\s*\Z")
_PEOPLE = frozenset(("person", "persons", "people", "adult", "adults", "人"))
_SAID = re.compile(rf"\b({NUMBER})(?:[\s-]+|(?<=\d))([a-z]+)\b|({NUMBER_ZH})个?(人|[\u3400-\u9fff]{{1,2}})", re.IGNORECASE)
_WORDS = re.compile(r"[a-z]+|人", re.IGNORECASE)
_AT_LEAST = re.compile(r"\b(?:at least|or more|or bigger|minimum)\b|至少|以上", re.IGNORECASE)
HOLDS = re.compile(r"\b(?:sleeps?|fits?|holds?|seats?|takes?|carr(?:y|ies))\b|[能可]?[住睡坐装容](?:得?下|纳)?", re.IGNORECASE)


@dataclass(frozen=True)
class Measure:
    """How much of what."""

    value: float
    unit: str


def _unit(word: str) -> str:
    return "person" if word.lower() in _PEOPLE else stem(word.lower())


def measure(value: object) -> Measure | None:
    """What a cell measures; None when it does not."""
    found = _CELL.match(value) if isinstance(value, str) else None
    return Measure(float(found[1].replace(",", ".")), _unit(found[2])) if found else None


def amount(value: object) -> float | None:
    """The number of a cell, with or without a unit beside it."""
    if is_number(value):
        return float(value)
    found = measure(value)
    return found.value if found else None


def _cells(rows: Sequence[Row]) -> dict[str, set[str]]:
    """Units of the measured columns."""
    found: dict[str, set[str]] = {}
    for row in rows:
        for name, value in row.columns.items():
            if name.lower() not in HIDDEN and (one := measure(value)):
                found.setdefault(name, set()).add(one.unit)
    return found


def measured_column(question: str, rows: Sequence[Row]) -> tuple[str, str]:
    """(column, unit) that a question speaks of by the unit, "the most people"; two empty texts when it does not."""
    words = {_unit(word) for word in _WORDS.findall(question)}
    return next(((name, unit) for name, units in _cells(rows).items() for unit in sorted(units & words)), ("", ""))


def without_unit(question: str, unit: str) -> str:
    """The question without the unit and the verbs of holding; as it is without a unit."""
    if not unit:
        return question
    words = r"\b(?:people|persons?|adults?)\b|多?少?几?个?人" if unit == "person" else rf"\b{unit}\w*"
    return re.sub(words, " ", HOLDS.sub(" ", question), flags=re.IGNORECASE)


def fitting(question: str, rows: Sequence[Row], weigh: Weigh) -> list[Row] | None:
    """Of the rows that the question is about, those that have as much as it needs, "a tent for 6 people"; None when it names no measure
    that rows of that kind have.

    What holds people may hold more; anything else is as large as it was asked for.
    """
    for name, units in _cells(rows).items():
        for found in _SAID.finditer(question):
            value, unit = number(found[1] or found[3]), _unit(found[2] or found[4])
            if value is None or unit not in units:
                continue
            more = unit == "person" or bool(_AT_LEAST.search(question))
            kind = HOLDS.sub(" ", _AT_LEAST.sub(" ", question.replace(found[0], " ")))
            having = [row for row in rows if (one := measure(row.columns.get(name))) and one.unit == unit]
            meant = [(row, amount(row.columns[name]) or 0.0) for row in matching(kind, "", having, weigh)]
            fit = [(row, held) for row, held in meant if held == value or (more and held > value)]
            return [row for row, _ in sorted(fit, key=lambda pair: pair[1])] if meant else None
    return None
