"""Rows of a table or objects of a list as drafts. Knows no file format; the CSV and JSON readers share it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from retrieval.items import Draft, Locator

MAX_ROWS = 50_000
_QUESTION = ("question", "questions", "q", "问题", "提问", "问")
_ANSWER = ("answer", "answers", "a", "response", "回答", "答案", "答")
_LABEL = ("title", "name", "product", "heading", "标题", "名称", "名字", "商品", "产品")
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_BEYOND = 2**53


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
    """Unique, never empty names of the columns: `price`, `column_2`, `price_2`."""
    names: list[str] = []
    for place, cell in enumerate(header, 1):
        name = " ".join(cell.split())[:100] or f"column_{place}"
        same = sum(1 for other in names if other == name or re.fullmatch(re.escape(name) + r"_\d+", other))
        names.append(f"{name}_{same + 1}" if name in names else name)
    return names


def _pick(row: Mapping[str, Any], wanted: Sequence[str]) -> str | None:
    """The column whose name is the first of `wanted` that is there, whatever its case."""
    lowered = {name.strip().lower(): name for name in row}
    return next((lowered[name] for name in wanted if name in lowered), None)


def row_draft(row: Mapping[str, Any], place: int, name: str, shown: Mapping[str, str] | None = None) -> Draft | None:
    """One row as a draft: text `column: value, …`, the columns as metadata. None when every cell is empty.

    A row with a question and an answer column is an FAQ entry: text is the question and the answer, metadata holds `faq: true` with
    `question` and `answer`. `place` counts from 1 without the header; `name` is the title when no column names the row;
    `shown` holds cells as they were written, for the text (`1,189.00` stays that, while metadata holds the number).
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
    label = _pick(filled, _LABEL)
    text = ", ".join(f"{key}: {(shown or {}).get(key, value)}" for key, value in filled.items())
    return Draft(modality="text", text=text, title=str(filled[label])[:300] if label else name, metadata=metadata, locator=locator)
