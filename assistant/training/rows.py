"""Rows of a person's data: tables read by the names of their columns, rows counted out that repeat, a part held back. Knows no model.

The part that is held back is chosen by a hash of each row's key, so the same row always falls on the same side, whatever is beside it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from retrieval.faults import InvalidInput, NotFound, Unreadable
from retrieval.text_encoding import decode

LEAST = 20
"""Rows below which a score would mean nothing."""
LEAST_HELD = 5
PARTS = 5
"""One row in so many is held back."""
T = TypeVar("T")


@dataclass(frozen=True)
class Split(Generic[T]):
    """Rows to learn from, and rows to measure on."""

    train: tuple[T, ...]
    held: tuple[T, ...]
    repeated: int = 0
    """Rows that were left out because their like came before."""

    def counts(self, passed_over: int = 0) -> dict[str, int]:
        """For the card."""
        return {"trained": len(self.train), "held_back": len(self.held), "repeated": self.repeated, "passed_over": passed_over}


def table(path: Path) -> list[tuple[int, dict[str, str]]]:
    """(line, columns in lower case -> cell) of a CSV, TSV or JSONL file. Raises NotFound, Unreadable, InvalidInput."""
    if not path.is_file():
        raise NotFound(f"There is no file {path}.", hint="Check the path.", param="data")
    text = decode(path.read_bytes())
    rows = _jsonl(text, path) if path.suffix.lower() in (".jsonl", ".ndjson") else _separated(text, path)
    found = [
        (line, {str(k).strip().lower(): str(v).strip() for k, v in row.items() if k is not None and v is not None}) for line, row in rows
    ]
    if not found:
        raise Unreadable(f"{path} has no rows.", hint="The first line names the columns; every other line is a row.", param="data")
    return found


def _separated(text: str, path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    first = text.split("\n", 1)[0]
    mark = max(("\t", ",", ";"), key=first.count)
    plain = path.suffix.lower() == ".tsv"
    lines = csv.DictReader(io.StringIO(text, newline=""), delimiter=mark, quoting=csv.QUOTE_NONE if plain else csv.QUOTE_MINIMAL)
    try:
        for row in lines:
            yield lines.line_num, row
    except csv.Error as error:
        raise Unreadable(f"{path} breaks off at line {lines.line_num}: {error}.", hint="Save it as CSV (UTF-8).", param="data") from error


def _jsonl(text: str, path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for line, words in enumerate(text.splitlines(), 1):
        if not words.strip():
            continue
        try:
            row = json.loads(words)
        except ValueError as error:
            raise Unreadable(f"{path}, line {line} is no JSON: {error}.", hint="One object a line.", param="data") from error
        if not isinstance(row, dict):
            raise Unreadable(f"{path}, line {line} is no object.", hint="One object a line.", param="data")
        yield line, row


def column(rows: Sequence[tuple[int, Mapping[str, str]]], names: Sequence[str]) -> str:
    """The first of `names` that is a column; empty when none is."""
    known = set().union(*(row for _, row in rows[:50]))
    return next((name for name in names if name in known), "")


def needed(rows: Sequence[tuple[int, Mapping[str, str]]], names: Sequence[str], path: Path, example: str) -> str:
    """The same. Raises InvalidInput when there is none."""
    found = column(rows, names)
    if not found:
        known = ", ".join(sorted(rows[0][1])) or "none"
        raise InvalidInput(
            f"{path} has no column '{names[0]}' (it has: {known}).", hint=f"The first line names the columns, for example: {example}.",
            param="data", code="missing_column",
        )  # fmt: skip
    return found


def split(rows: Sequence[T], key: Callable[[T], str], seed: int, holdout: Sequence[T] | None = None) -> Split[T]:
    """The rows in two parts, no row on both sides; `holdout` is the part to measure on, when it is given.

    Raises InvalidInput when there are too few.
    """
    unique: dict[str, T] = {}
    for row in rows:
        unique.setdefault(key(row), row)
    kept = {key(row): row for row in holdout} if holdout is not None else None
    if kept is None:
        order = sorted(unique, key=lambda name: hashlib.sha256(f"{seed}|{name}".encode()).digest())
        kept = {name: unique[name] for name in order[: max(LEAST_HELD, len(order) // PARTS)]}
    train = tuple(row for name, row in unique.items() if name not in kept)
    whole = len(train) + len(kept)
    if whole < LEAST or len(kept) < LEAST_HELD or len(train) < LEAST_HELD:
        raise InvalidInput(
            f"There are {whole} different rows, {len(kept)} of them to measure on; at least {LEAST} and {LEAST_HELD} are needed.",
            hint="Collect more rows; some hundred make a difference.", param="data", code="too_few_rows",
        )  # fmt: skip
    return Split(train, tuple(kept.values()), len(rows) - len(train) - (0 if holdout is not None else len(kept)))


def folded(text: str) -> str:
    """Words as they are compared: in lower case, spaces and marks at the end left out."""
    return " ".join(text.casefold().split()).rstrip(" .!?。！？")
