"""Answers from rows: "what does it cost?" answered with the column that says so. Knows rows as metadata, not how they were read."""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence

from assistant.reflex.asking import is_yes_no
from assistant.reflex.extremes import MANY, extremes, is_extreme
from assistant.reflex.measures import amount, measured_column, without_unit
from assistant.reflex.phrases import limit, topic
from assistant.reflex.rows import (
    Row,
    Weigh,
    about,
    asked_column,
    asked_columns,
    is_another,
    is_condition,
    kind_terms,
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
from retrieval.contradiction import negated

FEW = 3
"""Rows that are told when each of them says what was asked."""
_GONE = re.compile(r"\b(?:out of stock|sold out|not (?:available|in stock)|unavailable)\b|缺货|售罄|无货|没货|没有库存", re.I)
_HOW_MANY = re.compile(r"\bhow many\b|多少|几个?", re.I)
_WHICH = re.compile(r"\b(?:which|what|any|list|show)\b|哪|什么", re.I)


def answer_from_rows(question: str, rows: Sequence[Row], weigh: Weigh, language: str, *, whole: bool = True) -> str:
    """Sentences that answer `question` from the asked column, each with its mark; empty when the rows do not say.

    `whole`: there are no other rows than these.
    """
    column, unit = asked_column(question, rows), ""
    if not column and (is_extreme(question) or _HOW_MANY.search(question)):
        column, unit = measured_column(question, rows)
    having = [r for r in rows if column and r.columns.get(column) not in (None, "")]
    if not having:
        return ""
    if (bound := limit(question)) and (within := _within(bound, column, having, weigh)) is not None:
        return _sentences(within, column, language)
    if is_extreme(question):
        return extremes(question, column, unit, rows, weigh, language, whole=whole)
    chosen = _having(question, column, matching(without_unit(_GONE.sub(" ", question), unit), column, having, weigh))[:MANY]
    titles = {r.title for r in chosen}
    if len(chosen) > 1 and len(titles) == 1 and len({shown_value(r, column) for r in chosen}) > 1:
        values = say("assistant", language, "found.joint").join(f"{shown_value(r, column)} [{r.number}]" for r in chosen)
        if "colo" in column.lower() or column == "颜色":
            return say("assistant", language, "found.several", title=chosen[0].title, column=label(column, language), values=values)
    if chosen and all(shown_value(r, column) == r.title for r in chosen):  # "which tools ...?" asks for the names
        things = say("assistant", language, "found.joint").join(f"{r.title} [{r.number}]" for r in chosen)
        return say("assistant", language, "found.one" if len(chosen) == 1 else "found.many", things=things, count=len(chosen))
    also = [other for other in asked_columns(question, chosen) if len(chosen) == 1 and chosen[0].columns.get(other) not in (None, "")]
    return ("" if language == "zh" else " ").join(_sentences(chosen, one, language) for one in dict.fromkeys((*also, column)))


def _sentences(rows: Sequence[Row], column: str, language: str) -> str:
    return ("" if language == "zh" else " ").join(told(row, column, rows, language) for row in rows[:MANY])


def _having(question: str, column: str, rows: Sequence[Row]) -> list[Row]:
    """Of several rows those that have something of the column, or have nothing of it, when the words ask which ones do."""
    if len(rows) < 2 or not is_condition(column):
        return list(rows)
    if _GONE.search(question) or negated(question):
        return [row for row in rows if not row.columns[column]]
    return [row for row in rows if row.columns[column]] if _WHICH.search(question) else list(rows)


def _within(bound: tuple[str, float, str], column: str, rows: Sequence[Row], weigh: Weigh) -> list[Row] | None:
    """The rows of the kind that keep to a bound, the least first; None when the column is none of numbers."""
    sign, value, rest = bound
    numeric = [(row, held) for row in rows if (held := amount(row.columns[column])) is not None]
    meant = matching(rest, column, rows, weigh) or (rows if about(rest, column, rows) == set() else [])
    keeps = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}[sign]
    fit = sorted((held, row.number) for row, held in numeric if row in meant and keeps(held, value))
    by_number = {row.number: row for row in rows}
    return [by_number[one] for _, one in fit] if numeric else None


def answer_parts(parts: Sequence[str], rows: Sequence[Row], weigh: Weigh, language: str) -> str:
    """What several requests ask of one thing, each of another column; empty unless all can be told."""
    if len(parts) < 2 or len({asked_column(part, rows) for part in parts} - {""}) < len(parts):
        return ""
    asked = [parts[0], *(f"{part} {topic(parts[0])}" for part in parts[1:])]
    answers = [answer_from_rows(one, rows, weigh, language) for one in asked]
    return ("" if language == "zh" else " ").join(answers) if all(answers) else ""


def listed_rows(rows: Sequence[Row], language: str) -> str:
    """A sentence that lists rows, each with its mark."""
    things = say("assistant", language, "found.joint").join(f"{described(row, rows)} [{row.number}]" for row in rows[:MANY])
    return say("assistant", language, "found.one" if len(rows) == 1 else "found.many", things=things, count=min(len(rows), MANY))


def described(row: Row, rows: Sequence[Row]) -> str:
    """One line on a row: its title, and its description or the first columns that say something."""
    text = next((str(v) for k, v in row.columns.items() if k.lower() in ("description", "描述", "简介", "summary")), "")
    price = next((shown_value(row, k) for k in row.columns if k.lower() in ("price", "价格", "售价")), "")
    return ", ".join(part for part in (named(row, rows), text, price) if part)


def confirming(question: str, rows: Sequence[Row]) -> list[Row]:
    """The few rows that say all that a yes or no question names, more than what they are called: "is the lantern rechargeable?"."""
    wanted = set(kind_terms(plain_of(question), rows)) if is_yes_no(question) else set()
    rows = [row for row in rows if not is_another(question, row, asked_column(question, rows))]
    fit = [row for row in rows if wanted <= set(terms(said(row))) and wanted & (title := set(terms(row.title))) and wanted - title]
    return fit if len(fit) <= FEW else []
