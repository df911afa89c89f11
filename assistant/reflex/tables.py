"""Answers from rows: "what does it cost?" answered with the column that says so. Knows rows as metadata, not how they were read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.reflex.namesakes import names_another
from assistant.reflex.sentences import stem, terms
from retrieval.catalogue import say

_COLUMNS: tuple[tuple[str, re.Pattern[str], tuple[str, ...]], ...] = (
    ("price", re.compile(
        r"\bhow much (?!does .* weigh)|\b(?:costs?|prices?|priced|expensive|cheap\w*|pay)\b|多少钱|价格|售价|票价|"
        r"门票|多贵|贵|便宜|几块", re.I), ("price", "cost", "fee", "amount", "价格", "售价", "门票", "票价", "人均消费")),
    ("colour", re.compile(r"\bcolou?rs?\b|颜色", re.I), ("colour", "color", "colors", "colours", "颜色")),
    ("weight", re.compile(r"\b(?:weighs?|weight|heavy|heaviest|light(?:est)?)\b|重量|多重|最轻|最重", re.I), ("weight", "重量")),
    ("size", re.compile(r"\bsizes?\b|\bhow (?:big|large)\b|尺码|尺寸|多大", re.I), ("size", "sizes", "尺码", "尺寸")),
    ("stock", re.compile(r"\b(?:in stock|stock|left|available)\b|库存|有货|现货", re.I), ("stock", "in_stock", "available", "库存")),
    ("phone", re.compile(r"\b(?:phone|telephone|call)\b|电话", re.I), ("phone", "telephone", "电话")),
    ("address", re.compile(r"\b(?:address|where)\b|地址|在哪", re.I), ("address", "location", "地址")),
    ("hours", re.compile(r"\b(?:open(?:ing)? (?:hours|times?)|open|close)\b|营业时间|几点|开门|关门", re.I), ("hours", "opening_hours",
     "营业时间", "开放时间", "游玩时间")),
    ("rating", re.compile(r"\b(?:rating|rated|stars?)\b|评分", re.I), ("rating", "score", "评分")),
    ("waterproof", re.compile(r"\bwater ?proof\w*\b|防水", re.I), ("waterproof", "防水")),
)  # fmt: skip
_MOST = re.compile(r"\b(?:most expensive|heaviest|biggest|largest|highest|longest|best|warmest)\b|最[贵重大高长好]", re.I)
_LEAST = re.compile(r"\b(?:cheapest|lightest|smallest|lowest|shortest|least)\b|最[便轻小低短]", re.I)
_VAGUE = re.compile(r"\b(?:best|warmest)\b|最[好暖]", re.I)
"""No number says it but a rating: the highest number of another column that is asked for too is no answer."""
_HIDDEN = frozenset(("faq", "question", "answer", "sample", "currency", "sku", "id"))
_UNIT = re.compile(r"_(g|kg|mm|cm|m|ml|l|lm|w|h|days?|years?|hours?|minutes?)$")


@dataclass(frozen=True)
class Row:
    """A numbered row of a table."""

    number: int
    title: str
    text: str
    columns: dict[str, Any]


def asked_column(question: str, rows: Sequence[Row]) -> str:
    """The column of `rows` that `question` asks for; empty when none."""
    names = [name for name in dict.fromkeys(n for row in rows for n in row.columns) if name.lower() not in _HIDDEN]
    for _, pattern, columns in _COLUMNS:
        if pattern.search(question):
            for name in names:
                if name.lower() in columns or any(name.lower().startswith(f"{c}_") or name.lower().endswith(f"_{c}") for c in columns):
                    return name
    asked = set(terms(question))
    for name in names:
        said = {stem(part) for part in re.split(r"[_\W]+", name.lower()) if len(part) > 3}
        if (said and said <= asked) or (not name.isascii() and name in question):
            return name
    return ""


def _about(question: str, column: str) -> set[str]:
    """The terms of the question without those that name the column or compare."""
    plain = _LEAST.sub(" ", _MOST.sub(" ", question))
    for key, pattern, _ in _COLUMNS:
        if key == column or column.lower().startswith(key) or pattern.search(question):
            plain = pattern.sub(" ", plain)
    gone = {stem(part) for part in re.split(r"[_\W]+", column.lower())}
    return {t for t in terms(plain) if t not in gone | {"com", "come", "find", "show", "get", "want", "need", "look"}}


def matching(question: str, column: str, rows: Sequence[Row], weigh: Callable[[Sequence[str]], dict[str, float]]) -> list[Row]:
    """The rows that the question is about: those that share most of its rare words, at least half of them by weight."""
    about = weigh(sorted(_about(question, column)))
    if not about:
        return []
    rows = [row for row in rows if not names_another(question, row.title, row.text)]
    total = sum(about.values())
    shares = [sum(v for w, v in about.items() if w in set(terms(f"{r.title} {r.text}"))) / total for r in rows]
    best = max(shares, default=0.0)
    fit = [row for row, share in zip(rows, shares, strict=True) if share >= best - 1e-6 and share >= 0.5]
    if not fit:
        return []
    titled = [sum(v for w, v in about.items() if w in set(terms(row.title))) for row in fit]
    return [row for row, share in zip(fit, titled, strict=True) if share >= max(titled) - 1e-6]


def shown_value(row: Row, column: str) -> str:
    """The cell as a person reads it, with its currency or the unit of the column's name."""
    value = row.columns[column]
    text = f"{value:g}" if isinstance(value, float) and value == int(value) and "price" not in column.lower() else str(value)
    if isinstance(value, float) and "price" in column.lower():
        text = f"{value:.2f}"
    currency = next((str(v) for k, v in row.columns.items() if k.lower() in ("currency", "货币")), "")
    if currency and any(c in column.lower() for c in ("price", "cost", "amount", "fee", "价")):
        return f"{text} {currency}"
    unit = _UNIT.search(column.lower())
    return f"{text} {unit[1]}" if unit and re.fullmatch(r"[\d.,]+", text) else text


def _label(column: str) -> str:
    return _UNIT.sub("", column.lower()).replace("_", " ") if column.isascii() else column


def named(row: Row, rows: Sequence[Row]) -> str:
    """The row's title, with its colour when another of `rows` bears the same title."""
    colour = next((str(v) for k, v in row.columns.items() if k.lower() in ("colour", "color", "颜色")), "")
    twin = sum(r.title == row.title for r in rows) > 1
    return f"{row.title} ({colour})" if twin and colour else row.title


def answer_from_rows(question: str, rows: Sequence[Row], weigh: Callable[[Sequence[str]], dict[str, float]], language: str) -> str:
    """Sentences that answer `question` from the asked column, each with its mark; empty when the rows do not say."""
    column = asked_column(question, rows)
    having = [r for r in rows if column and r.columns.get(column) not in (None, "")]
    if not having:
        return ""
    if _MOST.search(question) or _LEAST.search(question):
        if _VAGUE.search(question) and not re.search("rating|score|stars|评分", column, re.I):
            return ""
        return _extreme(question, column, having, weigh, language)
    chosen = matching(question, column, having, weigh)[:6]
    titles = {r.title for r in chosen}
    if len(chosen) > 1 and len(titles) == 1 and len({shown_value(r, column) for r in chosen}) > 1:
        values = say("assistant", language, "found.joint").join(f"{shown_value(r, column)} [{r.number}]" for r in chosen)
        if "colo" in column.lower() or column == "颜色":
            return say("assistant", language, "found.several", title=chosen[0].title, column=_label(column), values=values)
    key = "found.costs" if any(c in column.lower() for c in ("price", "cost", "价")) else "found.is"
    if chosen and all(shown_value(r, column) == r.title for r in chosen):  # "which tools ...?" asks for the names
        things = say("assistant", language, "found.joint").join(f"{r.title} [{r.number}]" for r in chosen)
        return say("assistant", language, "found.one" if len(chosen) == 1 else "found.many", things=things, count=len(chosen))
    return " ".join(
        say("assistant", language, key, title=named(r, chosen), column=_label(column), value=shown_value(r, column), number=r.number)
        for r in chosen[:4]
    )


def _extreme(question: str, column: str, rows: Sequence[Row], weigh: Callable[[Sequence[str]], dict[str, float]], language: str) -> str:
    numeric = [r for r in rows if isinstance(r.columns[column], (int, float)) and not isinstance(r.columns[column], bool)]
    chosen = matching(question, column, numeric, weigh) or ([] if _about(question, column) else numeric)
    if not chosen:
        return ""
    least = bool(_LEAST.search(question))
    best = (min if least else max)(chosen, key=lambda r: float(r.columns[column]))
    which = say("assistant", language, "found.lowest" if least else "found.highest")
    return say(
        "assistant", language, "found.best", title=named(best, rows), which=which, column=_label(column), value=shown_value(best, column),
        number=best.number, count=len(chosen),
    )  # fmt: skip


def described(row: Row, rows: Sequence[Row]) -> str:
    """One line on a row: its title, and its description or the first columns that say something."""
    text = next((str(v) for k, v in row.columns.items() if k.lower() in ("description", "描述", "简介", "summary")), "")
    price = next((shown_value(row, k) for k in row.columns if k.lower() in ("price", "价格", "售价")), "")
    return ", ".join(part for part in (named(row, rows), text, price) if part)
