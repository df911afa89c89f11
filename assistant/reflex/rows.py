"""Rows of tables: which column a question asks for, which rows it is about, and a cell as a person reads it. Answers nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from assistant.reflex.chinese_names import pieces
from assistant.reflex.features import chinese
from assistant.reflex.namesakes import lacks_of_name, lacks_of_thing, names_another
from assistant.reflex.phrases import conjuncts
from assistant.reflex.sentences import stem, terms
from retrieval.catalogue import say
from retrieval.labels import named_in

Weigh = Callable[[Sequence[str]], dict[str, float]]
"""How much each term tells."""
HOW_TO_CALL = re.compile(
    r"\bhow (?:can|do|could) (?:i|we) (?:call|phone|ring|reach|contact)\b"
    r"|(?:怎么|如何|怎样)(?:才能|能|可以|给|跟|和|你们?)*(?:联系|致电|拨?打电话(?:给|联系)?)", re.I,
)  # fmt: skip
"""Asks for a number, though it begins as a question for a way does: a cell answers it."""
_COLUMNS: tuple[tuple[str, re.Pattern[str], tuple[str, ...]], ...] = (
    ("price", re.compile(
        r"\bhow much (?!does .* weigh)|\bcharge for\b|\b(?:costs?|prices?|priced|expensive|cheap\w*|pay)\b|多少钱|价格|售价|票价|"
        r"门票|多贵|贵|便宜|几块", re.I), ("price", "cost", "fee", "amount", "价格", "售价", "门票", "票价", "人均消费")),
    ("colour", re.compile(r"\bcolou?rs?\b|颜色", re.I), ("colour", "color", "colors", "colours", "颜色")),
    ("weight", re.compile(
        r"\b(?:weighs?|weight|how (?:heavy|light)|heavi(?:er|est)|light(?:er|est))\b|重量|多重|[最更][轻重]|轻重|哪[个款件种]?[轻重]",
        re.I),
     ("weight", "重量")),
    ("size", re.compile(r"\bsizes?\b|\bhow (?:big|large)\b|\b(?:bigg|larg|small)(?:er|est)\b|尺码|尺寸|多大|[最更][大小]", re.I),
     ("size", "sizes", "尺码", "尺寸")),
    ("material", re.compile(r"\bmaterials?\b|\bmade (?:of|from|out of)\b|材[质料]|面料", re.I),
     ("material", "materials", "fabric", "材质", "材料", "面料")),
    ("stock", re.compile(r"\b(?:in stock|stock|left|available|sold out)\b|库存|有货|现货|缺货|售罄|无货|没货", re.I),
     ("stock", "in_stock", "available", "库存")),
    ("phone", re.compile(
        rf"{HOW_TO_CALL.pattern}|\b(?:phone|telephone|call)\b|(?:拨?打|给)*电话(?:号码|联系|打?给)?", re.I),
     ("phone", "telephone", "电话")),
    ("address", re.compile(r"\b(?:address|where)\b|地址|在哪", re.I), ("address", "location", "地址")),
    ("hours", re.compile(r"\b(?:open(?:ing)? (?:hours|times?)|open|close)\b|营业时间|几点|开门|关门", re.I), ("hours", "opening_hours",
     "营业时间", "开放时间", "游玩时间")),
    ("rating", re.compile(r"\b(?:rating|rated|stars?)\b|评分", re.I), ("rating", "score", "评分")),
    ("waterproof", re.compile(r"\bwater ?proof\w*\b|防水", re.I), ("waterproof", "防水")),
)  # fmt: skip
MOST = re.compile(r"\b(?:most(?: expensive)?|heaviest|biggest|largest|highest|longest|best|warmest)\b|最[贵重大高长好多]|最(?=防水)", re.I)
LEAST = re.compile(r"\b(?:cheapest|lightest|smallest|lowest|shortest|least|fewest)\b|最便宜|最[便轻小低短少]", re.I)
MORE = re.compile(r"\b(?:more(?: expensive)?|heavier|bigger|larger|higher|longer)\b|更[贵重大高长多]", re.I)
LESS = re.compile(r"\b(?:cheaper|lighter|smaller|lower|shorter|less(?: expensive)?|fewer)\b|更便宜|更[轻小低短少]", re.I)
_COMPARING = re.compile(
    r"\bcompar(?:e|ed|ing|ison)\b|\bversus\b|\bvs\b|\bdifferences?\b|\bbetween\b|\bthan\b|\bwhich\b|比较|对比|相比|区别|差别|还是", re.I
)
ORDERING = re.compile(
    r"^(?:please )?(?:(?:sort|rank|arrange)\b|order (?:the|all|these|your)\b(?=.*\bby\b))|按.+?排(?:序|列|一下)?|排序", re.I
)
"""What puts the rows of a kind in the order of a column."""
_NEAR = re.compile(r"address|location|near|地址|位置|地铁|周边|附近", re.I)
"""Columns that name other things, which a thing is at or near."""
HIDDEN = frozenset(("faq", "question", "answer", "sample", "currency", "sku", "id"))
_GENERIC = frozenset(
    "com come find show get want need look thing item product article good sell offer shop store one all every list compare have "
    "now right today current currently here available model kind type option choice price".split()
)
"""Stems that name no kind of thing."""
_IDLE_ZH = re.compile(
    r"[的了吗呢吧啊哪一款件个种条双只些顶盏是什么有谁你我们您店里卖出售在中多少钱给和与跟列所全部请问能可以怎样之间最更前一二三四五六七八九十两几]|商品|产品|东西|货品"
)
"""What of a Chinese question names no thing either."""
_COUNT = re.compile(r"\b(?:two|three|four|five|six|seven|eight|nine|ten|both|few|couple|top)\b(?!-)", re.I)
"""How many are asked for; with a hyphen it tells what they are like."""
_NEEDED = ("waterproof", "stock")
"""Kinds of columns that are a condition where another one is asked for: "the lightest jacket that is waterproof"."""
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
    names = [name for name in dict.fromkeys(n for row in rows for n in row.columns) if name.lower() not in HIDDEN]
    for _, pattern, columns in _COLUMNS:
        if pattern.search(question) and (name := _called(columns, names)):
            return name
    asked = set(terms(question))
    for name in names:
        said = {stem(part) for part in re.split(r"[_\W]+", name.lower()) if len(part) > 3}
        if (said and said <= asked) or (not name.isascii() and name in question):
            return name
    return ""


def asked_columns(question: str, rows: Sequence[Row]) -> list[str]:
    """Every column that `question` asks for, where it joins several: the phone number and the price. What is a condition is none."""
    found = dict.fromkeys(asked_column(part, rows) for part in conjuncts(question))
    return [column for column in found if column and not is_condition(column)]


def _called(columns: Sequence[str], names: Iterable[str]) -> str:
    """The first of `names` that is one of `columns`, or begins or ends with one; empty when none is."""
    fit = (n for n in names if n.lower() in columns or any(n.lower().startswith(f"{c}_") or n.lower().endswith(f"_{c}") for c in columns))
    return next(fit, "")


def said(row: Row) -> str:
    """What a row says: its title, its cells, and the names of columns that it has something of: a 0 under "waterproof" says nothing."""
    there = [name.replace("_", " ") for name, value in row.columns.items() if value is True or (is_number(value) and value > 0)]
    return " ".join([row.title, *(str(value) for value in row.columns.values()), *there]) if row.columns else f"{row.title} {row.text}"


def what_it_is(row: Row) -> str:
    """What a row is, without what is said about it or measured of it: its title and its short words, such as a category and a colour."""
    return said(Row(0, row.title, "", {k: v for k, v in row.columns.items() if isinstance(v, str) and len(v.split()) <= 2}))


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a cell is a number, and not yes or no."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def plain_of(text: str) -> str:
    """`text` without words that compare or count."""
    text = ORDERING.sub(lambda found: re.sub("^按|排.*$", " ", found.group()) if chinese(text) else " ", text)
    for pattern in (MOST, LEAST, MORE, LESS, _COMPARING, _COUNT):
        text = pattern.sub(" ", text)
    return text


def about(question: str, column: str, rows: Sequence[Row]) -> set[str] | None:
    """The terms of the question without those that name the column or compare, in the language of the rows; None when it has others that
    cannot be looked for in theirs."""
    plain = plain_of(question)
    for key, pattern, _ in _COLUMNS:
        if key == column or column.lower().startswith(key) or pattern.search(question):
            plain = pattern.sub(" ", plain)
    gone = {stem(part) for part in re.split(r"[_\W]+", column.lower())} | _GENERIC
    if chinese(plain) and any(chinese(row.title) for row in rows):
        plain = " ".join(pieces(plain)) or plain
    wanted = asked_terms(plain, rows)
    return None if wanted is None else {t for t in wanted if t not in gone}


_SHORTENED = re.compile(r"n['’]t\b|['’](?:s|re|m|ll|ve|d)\b", re.IGNORECASE)
"""What an apostrophe leaves is no term: the s of "what's" is not the size S."""


def asked_terms(text: str, rows: Sequence[Row]) -> list[str] | None:
    """The terms of `text` in the language of the rows; None when it has other words that cannot be looked for in theirs."""
    text = _SHORTENED.sub(" ", text)
    if not chinese(text) or not rows or any(chinese(row.title) for row in rows):
        return terms(text)
    names, rest = named_in(text)
    return None if _IDLE_ZH.sub("", rest) else terms(" ".join(name for name in names if name not in ("and", "with")))


def kind_terms(text: str, rows: Sequence[Row]) -> list[str]:
    """The terms of `text` that may name a kind of thing: tents of "how many tents do you sell"; all of them when none may."""
    asked = asked_terms(text, rows) or []
    return [term for term in asked if term not in _GENERIC] or asked


def matching(question: str, column: str, rows: Sequence[Row], weigh: Weigh, least: float = 0.5) -> list[Row]:
    """The rows that the question is about: those that share most of its rare words, at least half of them by weight, or `least`."""
    wanted = about(question, column, rows)
    if not wanted:
        return []
    weights = weigh(sorted(wanted))
    rows = [row for row in rows if _meets(question, column, row) and not is_another(question, row, column)]
    total = sum(weights.values())
    shares = [sum(v for w, v in weights.items() if w in set(terms(said(r)))) / total for r in rows]
    best = max(shares, default=0.0)
    fit = [row for row, share in zip(rows, shares, strict=True) if share >= max(best, least) - 1e-6]
    if not fit:
        return []
    called = [sum(v for w, v in weights.items() if w in set(terms(what_it_is(row)))) for row in fit]
    return [row for row, share in zip(fit, called, strict=True) if share >= max(called) - 1e-6]


def is_another(question: str, row: Row, column: str) -> bool:
    """Whether the question, which asks for `column` if for any, names something else than the row: a namesake, or of another name."""
    if is_namesake(question, row) or chinese(row.title):
        return is_namesake(question, row)
    return lacks_of_name(question, what_it_is(row)) or (bool(column) and _lacks(question, row))


def _lacks(question: str, row: Row) -> bool:
    """Whether a row lacks a word of the thing a cell of which is asked for."""
    for key, pattern, _ in _COLUMNS:
        if key not in _NEEDED:
            question = pattern.sub(",", question)
    for name in row.columns:
        question = re.sub(rf"\b{re.escape(name.replace('_', ' '))}\b", ",", question, flags=re.IGNORECASE)
    generic = re.sub(r"[\w'’-]+", lambda word: "" if stem(word.group().lower()) in _GENERIC else word.group(), plain_of(question))
    return lacks_of_thing(" ".join(generic.split()), row.title, said(row))


def is_namesake(question: str, row: Row) -> bool:
    """Whether the row bears nearly the name that the question has in it; where a thing is, and what is near, is not of its name."""
    if not chinese(row.title):
        return names_another(question, row.title, row.text)
    names = [name for name in row.columns if not name.isascii()]
    for pattern in (*(pattern for _, pattern, _ in _COLUMNS), *(re.compile(re.escape(name)) for name in names)):
        question = pattern.sub("，", question)
    near = [name for name in row.columns if _NEAR.search(name)]
    return names_another(question, row.title, said(Row(0, row.title, row.text, {k: v for k, v in row.columns.items() if k not in near})))


def is_condition(column: str) -> bool:
    """Whether a thing has something of a column or not, as of "in stock"."""
    return any(_called(columns, [column]) for key, _, columns in _COLUMNS if key in _NEEDED)


def _meets(question: str, column: str, row: Row) -> bool:
    """Whether the row has something of what the question asks for beside the column."""
    for key, pattern, columns in _COLUMNS:
        name = _called(columns, row.columns) if key in _NEEDED and pattern.search(question) else ""
        if name and name != column and not row.columns[name]:
            return False
    return True


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


def label(column: str, language: str) -> str:
    """The name of a column as a person reads it; in Chinese that of its kind, where it is a known one."""
    if not column.isascii():
        return column
    kind = next((key for key, _, columns in _COLUMNS if _called(columns, [column])), "") if language == "zh" else ""
    return say("assistant", language, f"column.{kind}") if kind else _UNIT.sub("", column.lower()).replace("_", " ")


def named(row: Row, rows: Sequence[Row]) -> str:
    """The row's title, with its colour when another of `rows` bears the same title."""
    colour = next((str(v) for k, v in row.columns.items() if k.lower() in ("colour", "color", "颜色")), "")
    twin = sum(r.title == row.title for r in rows) > 1
    return f"{row.title} ({colour})" if twin and colour else row.title


def told(row: Row, column: str, rows: Sequence[Row], language: str) -> str:
    """A sentence that says the cell, with its mark; `rows` are those it is told among."""
    key = "found.costs" if any(c in column.lower() for c in ("price", "cost", "价")) else "found.is"
    return say(
        "assistant",
        language,
        key,
        title=named(row, rows),
        column=label(column, language),
        value=shown_value(row, column),
        number=row.number,
    )
