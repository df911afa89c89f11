"""Tables as text (CSV, TSV): one draft a row, the columns as metadata. A row with a question and an answer is an FAQ entry."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain

from retrieval.decoding_limits import DecodingLimits
from retrieval.faults import TooLarge, Unreadable
from retrieval.items import Draft
from retrieval.readers.base import Reader
from retrieval.table_rows import MAX_ROWS, column_names, parse_number, row_draft
from retrieval.text_encoding import decode

MEDIA_TYPES = ("text/csv",)
EXTENSIONS = (".csv", ".tsv")
_DELIMITERS = (",", ";", "\t", "|")
_HINT = "Open it in a spreadsheet, save it as CSV (UTF-8) and send that."


def _delimiter(text: str) -> str:
    """The mark that splits the first lines into the same number of cells, more than one; a comma when none does."""
    lines = [line for line in text[:65536].splitlines()[:20] if line.strip()]
    best, widest = ",", 1
    for mark in _DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=mark, strict=False)]
        except csv.Error:
            continue
        usual = max(set(widths), key=widths.count) if widths else 0
        if usual > widest and widths.count(usual) * 2 > len(widths):
            best, widest = mark, usual
    return best


def _is_header(row: list[str]) -> bool:
    """Names, not values: no empty cell but at the end, no number."""
    cells = [cell.strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return bool(cells) and all(cells) and not any(isinstance(parse_number(cell), int | float) for cell in cells)


class CsvReader:
    """One draft a row with `row` counted from 1 without the header; numbers are parsed so that filters can compare them."""

    def read(self, data: bytes, name: str) -> Iterator[Draft]:
        """Drafts in file order. Raises Unreadable for broken quoting or no rows, TooLarge for too many rows."""
        text = decode(data)
        rows = (row for row in csv.reader(text.splitlines(keepends=True), delimiter=_delimiter(text)) if any(cell.strip() for cell in row))
        place = 0
        try:
            first = next(rows, None)
            if first is None:
                raise Unreadable("The table has no rows.", hint=_HINT, code="empty_file")
            header = _is_header(first)
            names = column_names(first if header else [""] * len(first))
            for place, row in enumerate(rows if header else chain([first], rows), 1):
                if place > MAX_ROWS:
                    raise TooLarge(f"The table has more than {MAX_ROWS} rows.", hint="Split it into smaller tables.", code="too_many_rows")
                yield from self._drafts(row, names, place, name)
        except csv.Error as error:
            raise Unreadable(f"The table breaks off after row {place}: {error}.", hint=_HINT) from error
        if not place:
            raise Unreadable("The table has a header and no rows.", hint="Add rows and send it again.", code="empty_file")

    @staticmethod
    def _drafts(row: list[str], names: list[str], place: int, name: str) -> Iterator[Draft]:
        extra = column_names([""] * len(row))[len(names) :] if len(row) > len(names) else []
        shown = {key: cell.strip() for key, cell in zip([*names, *extra], row, strict=False)}
        draft = row_draft({key: parse_number(cell) for key, cell in shown.items()}, place, name, shown)
        if draft:
            yield draft


def create(limits: DecodingLimits | None = None) -> Reader:
    """The reader; the number of rows is bounded by `table_rows.MAX_ROWS`."""
    return CsvReader()
