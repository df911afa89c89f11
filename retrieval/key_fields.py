"""Key fields of a business document: its number, its dates, what is to be paid, read where their labels stand on the page.

Key information extraction without training: a label that is known in several languages, and beside or below it on the page what looks like
its value. A page's lines come in the order in which a program wrote them, so that neighbours are found by their boxes.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from importlib.resources import files

from retrieval.items import Box
from retrieval.key_values import Value, amount_in, currencies, date_in, iban_in, number_in

LEAST = 2
"""Of number, date and total, so many make a business document."""
_FAR_DOWN = 2.6
"""Heights of a line within which a value stands below its label."""
MOST_TOKENS = 1500
"""Of a document; a longer one is no bill, and nothing is looked for in it."""
_LETTERS = 6
"""Letters that may stand between a label and its value: "du", "EUR", "TTC"."""
_MARKS, _ROOM = 4, 16
"""Characters beside a label whose value stands in other words; of an amount more, such as the rate of a tax."""
_OVERHANG = 0.01
"""Of the page's width; boxes of neighbours may touch."""
_LONG_LABEL = 10
"""A label of an amount with fewer characters begins its words: the "total" of "subtotal due" is none."""
_EITHER_WAY = ("", "CAD", "CNY", "JPY")
"""Currencies of places that write 8/9/2022 in two ways, or hardly ever."""
_SINGLE = ("net_amount", "tax_amount")
"""Fields that are told only when their label has one value, and it in its line: over a column of a table it has many."""
_SAME_LINE = 0.002
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_COLUMNS = 20
"""Columns of recognised text that are told apart."""
_ROW = 0.3
"""Height of a row of recognised text, of the way to the next: only that one is closely below."""


@dataclass(frozen=True)
class Token:
    """Words that stand together on a page."""

    text: str
    box: Box
    """Fractions of the page."""
    page: int


@dataclass(frozen=True)
class Found:
    """A field."""

    name: str
    value: Value
    label: Token
    at: Token
    """Where the value stands."""


@lru_cache(maxsize=1)
def _known() -> tuple[dict[str, tuple[str, tuple[re.Pattern[str], ...]]], re.Pattern[str]]:
    """(field -> (what its value looks like, its labels), the words that name a kind of document)."""
    table = tomllib.loads(files("retrieval").joinpath("key_fields.toml").read_text("utf-8"))
    kinds = re.compile("|".join(re.escape(word) for word in table.pop("kinds")["words"]), re.IGNORECASE)
    return {name: (entry["looks"], tuple(_pattern(label) for label in entry["labels"])) for name, entry in table.items()}, kinds


def _pattern(label: str) -> re.Pattern[str]:
    words = re.escape(label).replace(r"\ ", r"[\s-]*")
    if label[0] > "\u2e7f":
        return re.compile(words)  # Chinese has no marks between words
    return re.compile(rf"(?<!\w){words}" + (r"(?!\w)" if label[-1].isalnum() else ""), re.IGNORECASE)


def tokens_of(lines: Iterable[tuple[str, Box, Sequence[tuple[float, float, str]]]], page: int) -> Iterator[Token]:
    """What stands together on a page: its lines, or the parts (left edge, right edge, words) of a line that wide gaps make."""
    for text, box, cells in lines:
        if not cells:
            yield Token(_CONTROL.sub("", text), box, page)
        for left, right, words in cells:
            yield Token(_CONTROL.sub("", words), (left, box[1], right, box[3]), page)


def tokens_in(words: str, page: int) -> Iterator[Token]:
    """The same of recognised text, which has a line for each row and two spaces between columns. Where they stand is not known: what is in
    the same column of a row with as many columns counts as below."""
    for row, line in enumerate(words.splitlines()[:MOST_TOKENS]):
        parts = re.split(r"\s{2,}", line.strip())
        for column, part in enumerate(parts):
            left = (min(len(parts), _COLUMNS) * _COLUMNS + min(column, _COLUMNS - 1)) / (_COLUMNS + 1) ** 2
            yield Token(part, (left, row / MOST_TOKENS, left + 0.5 / (_COLUMNS + 1) ** 2, (row + _ROW) / MOST_TOKENS), page)


def fields_of(tokens: Sequence[Token]) -> list[Found]:
    """The fields of a document from the words of its pages; empty when it is no invoice, bill or receipt.

    A document counts as one when a word on it says so and two of number, date and total are found.
    """
    known, kinds = _known()
    everything = "\n".join(token.text for token in tokens)
    if len(tokens) > MOST_TOKENS or not kinds.search(everything):
        return []
    day_first = _day_first(tokens)
    looks: dict[str, Callable[[str], Value | None]] = {
        "number": number_in, "amount": amount_in, "date": partial(date_in, day_first=day_first), "iban": iban_in,
    }  # fmt: skip
    found = []
    for name, (kind, labels) in known.items():
        there = [label for label in labels if label.search(everything)]
        if (one := _field(name, kind == "amount", looks[kind], there, tokens)) is not None:
            found.append(one)
    told = {one.name for one in found}
    return _in_currency(found, tokens) if len(told & {"invoice_number", "date", "total_amount"}) >= LEAST else []


def _in_currency(found: Sequence[Found], tokens: Sequence[Token]) -> list[Found]:
    """The fields, their amounts without a currency in that of the first with one, or of the document."""
    currency = next((one.value.currency for one in found if one.value.currency), "") or currency_of(tokens)
    bare = [one.value.amount is not None and not one.value.currency for one in found]
    return [replace(one, value=replace(one.value, currency=currency)) if lacks else one for one, lacks in zip(found, bare, strict=True)]


def _day_first(tokens: Sequence[Token]) -> bool | None:
    """Whether the document writes the day before the month: as one of its own dates tells, else as where its currency is at home."""
    for token in tokens:
        for first, second in re.findall(r"(?<!\d)(\d{1,2})[/-](\d{1,2})[/-](?:19|20)\d\d", token.text):
            if int(first) > 12 or int(second) > 12:
                return int(first) > 12
    currency = currency_of(tokens)
    return None if currency in _EITHER_WAY else currency != "USD"


def _field(
    name: str, money: bool, look: Callable[[str], Value | None], labels: Sequence[re.Pattern[str]], tokens: Sequence[Token]
) -> Found | None:
    """The value of the most telling label that has one: the first, of amounts the largest; none where one label has several amounts that
    may not stand for each other."""
    for label in labels:
        there = [Found(name, value, token, at) for token, value, at in _beside(label, look, tokens, money)]
        if name in _SINGLE:
            there = [one for one in there if one.at.box[1] < one.label.box[3] - _SAME_LINE]
        if there and name in _SINGLE and len({one.value.amount for one in there}) > 1:
            return None
        if there:
            return max(there, key=lambda one: one.value.amount or 0.0) if money else there[0]
    return None


def _beside(
    label: re.Pattern[str], look: Callable[[str], Value | None], tokens: Sequence[Token], money: bool
) -> Iterator[tuple[Token, Value, Token]]:
    """(label, value, where the value stands) for every place of `label` that has one."""
    for token in tokens:
        match = label.search(token.text)
        if match is None or (money and match.start() > 2 and len(match.group()) < _LONG_LABEL):
            continue
        rest = token.text[match.end() :]
        own = look(rest[:60])
        if own is not None and not money and _apart(rest, own):
            own = None
        if money and (beyond := _rightmost(token, look, tokens)):
            yield token, *beyond
        elif own is not None:
            yield token, own, token
        elif len(token.text) - len(match.group()) <= (_ROOM if money else _MARKS):
            near = next(((value, other) for other in _neighbours(token, tokens) if (value := look(other.text))), None)
            if near is not None:
                yield token, *near


def _apart(rest: str, value: Value) -> bool:
    """Whether other words stand between a label and the value behind it: "date limite de paiement" is no "date"."""
    return sum(c.isalpha() for c in rest[: rest.find(value.printed)]) > _LETTERS


def _rightmost(token: Token, look: Callable[[str], Value | None], tokens: Sequence[Token]) -> tuple[Value, Token] | None:
    """The last of the amounts that follow a label in its line, before other words: net, tax and gross stand in this order."""
    found = None
    for other in _to_the_right(token, tokens):
        value = look(other.text)
        if value is None or sum(c.isalpha() for c in other.text.replace(value.printed, "")) > _LETTERS:
            break
        found = value, other
    return found


def _to_the_right(token: Token, tokens: Sequence[Token]) -> list[Token]:
    left, top, right, bottom = token.box
    height, overhang = max(bottom - top, 1e-6), min(_OVERHANG, (right - left) / 2)
    beside = (
        other for other in tokens
        if other.page == token.page and other is not token and other.box[0] >= right - overhang
        and min(bottom, other.box[3]) - max(top, other.box[1]) > 0.4 * min(height, other.box[3] - other.box[1])
    )  # fmt: skip
    return sorted(beside, key=lambda other: other.box[0])


def _neighbours(token: Token, tokens: Sequence[Token]) -> list[Token]:
    """The nearest words to the right in the same line, then what stands closely below."""
    left, _, right, bottom = token.box
    height = max(bottom - token.box[1], 1e-6)
    below = (
        other for other in tokens
        if other.page == token.page and other is not token
        and -0.3 * height < other.box[1] - bottom < _FAR_DOWN * height and other.box[0] < right and left < other.box[2]
    )  # fmt: skip
    return [*_to_the_right(token, tokens)[:2], *sorted(below, key=lambda other: other.box[1])[:2]]


def currency_of(tokens: Sequence[Token]) -> str:
    """The currency that a document names most often; empty when it names none."""
    named = Counter(code for token in tokens for code in currencies(token.text))
    return named.most_common(1)[0][0] if named else ""


def shown(found: Found) -> str:
    """A value as a person reads it: an amount with its cents and currency, a day as of ISO 8601 where only one can be meant."""
    value = found.value
    if value.amount is not None:
        return f"{value.amount:.2f} {value.currency}".strip()
    return value.day.isoformat() if value.day else value.printed


def named(field: str) -> str:
    """A field as the item calls it."""
    return "IBAN" if field == "iban" else field.replace("_", " ").capitalize().replace("Vat", "VAT")


def is_label(words: str) -> bool:
    """Whether words are the name of a field and nothing else."""
    return any(label.fullmatch(words) for _, every in _known()[0].values() for label in every)
