"""JSON and JSON lines: one draft an object, its fields as metadata. An object with a question and an answer is an FAQ entry."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from retrieval.chunking import passages
from retrieval.decoding_limits import DecodingLimits
from retrieval.faults import TooLarge, Unreadable
from retrieval.items import Draft, Locator
from retrieval.readers.base import Reader
from retrieval.table_rows import MAX_ROWS, row_draft
from retrieval.text_encoding import decode

MEDIA_TYPES = ("application/json", "application/x-ndjson")
EXTENSIONS = (".json", ".jsonl", ".ndjson")
_BEYOND = 2**53
_MAX_FIELDS = 500
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is not a JSON value")


def parse(text: str) -> Any:
    """The value that `text` writes, or the list of values for JSON lines. Raises Unreadable that names the line."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode("utf-8")  # half a character cannot be stored; this is a ValueError
        return value
    except (ValueError, RecursionError) as error:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) > 1 and lines[0].lstrip().startswith("{") and lines[0].rstrip().endswith("}"):
            return [_line(line, number) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
        where = f" in line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else ""
        raise Unreadable(f"The JSON is broken{where}.", hint="Correct it and send it again.", code="json_broken") from error


def _line(line: str, number: int) -> Any:
    try:
        value = json.loads(line, parse_constant=_refuse_constant)
        if _SURROGATE.search(line):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        return value
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"The JSON is broken in line {number}.", hint="Correct it and send it again.", code="json_broken") from error


def _flat(value: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Fields with dotted names for what is nested: `price.amount`. Lists of plain values become words joined by commas."""
    for key, inner in value.items():
        name = f"{prefix}{key}"
        if isinstance(inner, Mapping) and depth < 4:
            yield from _flat(inner, f"{name}.", depth + 1)
        elif isinstance(inner, list) and all(not isinstance(part, dict | list) for part in inner):
            yield name, ", ".join(str(part) for part in inner)
        elif isinstance(inner, dict | list):
            yield name, json.dumps(inner, ensure_ascii=False)
        elif isinstance(inner, int) and not isinstance(inner, bool) and abs(inner) >= _BEYOND:
            yield name, str(inner)
        else:
            yield name, inner


def _records(value: Any) -> list[Any]:
    """The list of things a file is about: itself, or the one list of objects inside (`{"products": [...]}`), else the value alone."""
    if isinstance(value, list):
        return value
    if isinstance(value, Mapping):
        lists = [inner for inner in value.values() if isinstance(inner, list) and inner and all(isinstance(part, dict) for part in inner)]
        if len(lists) == 1 and len(value) <= 5:
            return list(lists[0])
    return [value]


class JsonReader:
    """One draft an object with `row` counted from 1; other values become one passage each."""

    def read(self, data: bytes, name: str) -> Iterator[Draft]:
        """Drafts in file order. Raises Unreadable for broken JSON or an empty value, TooLarge for too many objects."""
        records = _records(parse(decode(data)))
        if len(records) > MAX_ROWS:
            raise TooLarge(f"The file has more than {MAX_ROWS} objects.", hint="Split it into smaller files.", code="too_many_rows")
        found = False
        for place, record in enumerate(records, 1):
            for draft in self._drafts(record, place, name):
                found = True
                yield draft
        if not found:
            raise Unreadable("The JSON holds nothing to read.", hint="Send a list of objects.", code="empty_file")

    @staticmethod
    def _drafts(record: Any, place: int, name: str) -> Iterator[Draft]:
        if isinstance(record, Mapping):
            draft = row_draft(dict(list(_flat(record))[:_MAX_FIELDS]), place, name)
            if draft:
                yield draft
            return
        words = record if isinstance(record, str) else json.dumps(record, ensure_ascii=False)
        for passage in passages(words):
            yield Draft(modality="text", text=passage.text, title=name, locator=Locator(row=place))


def create(limits: DecodingLimits | None = None) -> Reader:
    """The reader; the number of objects is bounded by `table_rows.MAX_ROWS`."""
    return JsonReader()
