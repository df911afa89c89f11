"""Rows of a table or objects of a list as drafts. Knows no file format; the CSV and JSON readers share it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from retrieval.faults import TooLarge
from retrieval.items import Draft, Locator

MAX_ROWS = 50_000
MAX_COLUMNS = 1000
_QUESTION = ("question", "questions", "q", "问题", "提问", "问")
_ANSWER = ("answer", "answers", "a", "response", "回答", "答案", "答")
_LABEL = ("title", "name", "product", "heading", "标题", "名称", "名字", "商品", "产品")
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_NUMBERED = re.compile(r"_\d+\Z")
_YEAR = re.compile(r"(?:19|20)\d\d")
_BEYOND = 2**53
_NAME = 60
"""Characters of a cell that may name its row."""
_WORDS = re.compile(r"[^\W\d_][^./\\:@?!。？！]*")


def parse_number(text: str) -> int | float | str:
    """The number that `text` writes, else `text`. Codes stay text: a leading zero or plus (`007`, `+49…`) or more than 15 digits."""
    word = text.strip()
    digits = word.lstrip("-")
    if not _NUMBER.fullmatch(word) or word.startswith("+") or (digits[0] == "0" and digits[1:2].isdigit()):
        return text
    value = float(word.replace(",", ""))
    if not math.isfinite(value) or abs(value) >= _BEYOND:
        return text
    return int(value) if re.fullmatch(r"-?[\d,]+", word) else value


def column_names(header: Sequence[str]) -> list[str]:
    """Unique, never empty names of the columns: `price`, `column_2`, `price_2`. Raises TooLarge for too many."""
    if len(header) > MAX_COLUMNS:
        raise TooLarge(
            f"The table has {len(header)} columns; the limit is {MAX_COLUMNS}.", hint="Leave out those nobody asks for.",
            code="too_many_columns",
        )  # fmt: skip
    names: list[str] = []
    taken: set[str] = set()
    alike: Counter[str] = Counter()  # name -> how many are called that, or that with a number
    for place, cell in enumerate(header, 1):
        name = " ".join(cell.split())[:100] or f"column_{place}"
        name = f"{name}_{alike[name] + 1}" if name in taken else name
        names.append(name)
        taken.add(name)
        alike.update({name, _NUMBERED.sub("", name)})
    return names


def table_lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows of a table as lines that can be read one by one: `column: cell, …` under a row of names, else `cell | cell`.

    A cell merged over several columns is named once.
    """
    tidy = [[" ".join(cell.split()) for cell in row] for row in rows]
    names = tidy[0] if _names_columns(tidy) else None
    for row in tidy[1:] if names else tidy:
        if names:
            line = ", ".join(f"{name}: {cell}" if name else cell for name, cell in zip(names, row, strict=True) if cell)
        else:
            line = " | ".join(cell for n, cell in enumerate(row) if cell and (n == 0 or cell != row[n - 1]))
        if line:
            yield line


def _names_columns(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: three or more short names (the first may be missing) without figures other than years.

    Two columns are as often a thing and its value as two columns with names, so they are left as they are.
    """
    first = rows[0] if rows else []
    if len(rows) < 2 or len(first) < 3 or any(len(row) != len(first) for row in rows) or len(set(first)) < len(first):
        return False
    named = all(first[1:]) and all(len(name) <= 60 for name in first)
    return named and all(_YEAR.fullmatch(name) or not re.search(r"\d", name) for name in first)


def _pick(row: Mapping[str, Any], wanted: Sequence[str]) -> str | None:
    """The column whose name is the first of `wanted` that is there, whatever its case."""
    lowered = {name.strip().lower(): name for name in row}
    return next((lowered[name] for name in wanted if name in lowered), None)


def _is_name(value: Any) -> bool:
    """Whether a cell can name its row: a few words, not a number, a date, an address or a sentence."""
    return isinstance(value, str) and len(value) <= _NAME and bool(_WORDS.fullmatch(value.strip()))


def row_draft(row: Mapping[str, Any], place: int, name: str, shown: Mapping[str, str] | None = None) -> Draft | None:
    """One row as a draft: text `column: value, …`, the columns as metadata. None when every cell is empty.

    A row with a question and an answer column is an FAQ entry: text is the question and the answer, metadata holds `faq: true` with
    `question` and `answer`. `place` counts from 1 without the header. The title is the column called so, else the first that can be a
    name, else `name`. `shown` holds cells as they were written, for the text (`1,189.00` stays that, while metadata holds the number).
    """
    filled = {key: value for key, value in row.items() if value is not None and value != ""}
    if not filled:
        return None
    metadata: dict[str, Any] = dict(filled)
    locator = Locator(row=place)
    question, answer = _pick(filled, _QUESTION), _pick(filled, _ANSWER)
    if question and answer:
        asked, told = str(filled[question]).strip(), str(filled[answer]).strip()
        metadata |= {"faq": True, "question": asked, "answer": told}
        return Draft(modality="text", text=f"{asked}\n{told}", title=asked[:300], metadata=metadata, locator=locator)
    label = _pick(filled, _LABEL) or next((key for key, value in filled.items() if _is_name(value)), None)
    text = ", ".join(f"{key}: {(shown or {}).get(key, value)}" for key, value in filled.items())
    return Draft(modality="text", text=text, title=str(filled[label])[:300] if label else name, metadata=metadata, locator=locator)
