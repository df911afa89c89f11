"""Tables on a page: cells from the rules that are drawn around them, or from words that stand in columns. Knows PDFium's pages, no reader.

A PDF stores no table, only words and lines at places. Rules are trusted first, because only they tell which lines of a cell belong
together; without rules, lines whose words keep to the same columns are rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from retrieval.items import Box
from retrieval.pages import fractions

MOST_EDGES = 3000
"""Edges of a page that are looked at; a drawing with more is no table."""
_TOUCH = 3.0
"""Points: rules nearer than that meet."""
_LEAST_CELL = 6.0
_INSET = 2.5
_LONGEST_WORDS = 45
"""Mean characters of a cell from which two columns are columns of prose, not a table."""
Cell = tuple[float, float, str]
"""Left and right edge in fractions of the page's width, words."""


@dataclass(frozen=True)
class PageTable:
    """Cells row by row, and the box of each row in fractions of the page."""

    rows: list[list[str]]
    boxes: list[Box]

    def holds(self, box: Box) -> bool:
        """Whether the middle of `box` lies in the table."""
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        left, right = min(b[0] for b in self.boxes), max(b[2] for b in self.boxes)
        return left <= x <= right and self.boxes[0][1] <= y <= self.boxes[-1][3]


def ruled(page: Any, textpage: Any) -> list[PageTable]:
    """Tables with rules around their cells, from top to bottom."""
    across, down = _edges(page)
    if not len(across) or not len(down):
        return []
    found = []
    for columns, lines in _grids(np.array(across), np.array(down)):
        rows, boxes = [], []
        for top, bottom in pairwise(lines):
            inset = min(_INSET, (top - bottom) / 4)  # the tails of letters hang over the rule below their line
            cells = [
                " ".join(textpage.get_text_bounded(left, bottom + inset, right, top - inset).split()) for left, right in pairwise(columns)
            ]
            if any(cells):
                rows.append(cells)
                boxes.append(fractions(page, columns[0], bottom, columns[-1], top))
        if len(rows) > 1 and sum(any(row[n] for row in rows) for n in range(len(columns) - 1)) > 1:
            found.append(PageTable(rows, boxes))
    return found


def _edges(page: Any) -> tuple[list[tuple[float, float, float]], list[tuple[float, float, float]]]:
    """(y, left, right) of every level edge and (x, bottom, top) of every upright one, in points."""
    from pypdfium2 import raw

    across: list[tuple[float, float, float]] = []
    down: list[tuple[float, float, float]] = []
    for thing in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=3):
        if len(across) + len(down) > MOST_EDGES:
            return [], []
        for (x0, y0), (x1, y1) in pairwise(_corners(thing)):
            if abs(y1 - y0) < 1 and abs(x1 - x0) > _LEAST_CELL:
                across.append(((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
            elif abs(x1 - x0) < 1 and abs(y1 - y0) > _LEAST_CELL:
                down.append(((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
    return across, down


def _corners(thing: Any) -> Iterator[tuple[float, float]]:
    """Points of a path on the page; a closed one ends where it began."""
    from ctypes import c_float

    from pypdfium2 import raw

    matrix = thing.get_matrix()
    begin: tuple[float, float] | None = None
    for n in range(min(raw.FPDFPath_CountSegments(thing), 500)):
        segment, x, y = raw.FPDFPath_GetPathSegment(thing, n), c_float(), c_float()
        if not raw.FPDFPathSegment_GetPoint(segment, x, y):
            return
        point = matrix.on_point(x.value, y.value)
        begin = begin or point
        yield point
        if raw.FPDFPathSegment_GetClose(segment):
            yield begin


def _grids(across: np.ndarray[Any, Any], down: np.ndarray[Any, Any]) -> Iterator[tuple[list[float], list[float]]]:
    """(edges of the columns, edges of the rows) of every set of rules that meet, the highest first; at least two of each."""
    meets = (
        (down[None, :, 0] >= across[:, None, 1] - _TOUCH) & (down[None, :, 0] <= across[:, None, 2] + _TOUCH)
        & (across[:, None, 0] >= down[None, :, 1] - _TOUCH) & (across[:, None, 0] <= down[None, :, 2] + _TOUCH)
    )  # fmt: skip
    left = set(range(len(across)))
    found = []
    while left:
        rows, columns = {left.pop()}, set[int]()
        while True:
            more = set(np.flatnonzero(meets[sorted(rows)].any(axis=0)).tolist())
            wider = set(np.flatnonzero(meets[:, sorted(more)].any(axis=1)).tolist()) | rows if more else rows
            if more == columns and wider == rows:
                break
            rows, columns = wider, more
        left -= rows
        xs, ys = _places(down[sorted(columns), 0]), _places(across[sorted(rows), 0])[::-1]
        if len(xs) > 2 and len(ys) > 2:
            found.append((xs, ys))
    yield from sorted(found, key=lambda grid: -grid[1][0])


def _places(values: Any) -> list[float]:
    """Rising places, those nearer than the least cell taken together."""
    found: list[float] = []
    for value in sorted(float(value) for value in values):
        if not found or value - found[-1] > _LEAST_CELL:
            found.append(value)
    return found


def aligned(lines: Sequence[tuple[Sequence[Cell], Box]]) -> list[tuple[int, PageTable]]:
    """(place of the first line, table) of every run of lines whose cells keep to the same columns."""
    found, place = [], 0
    while place < len(lines):
        size = _run(lines, place)
        columns = len(lines[place][0])
        words = [cell[2] for cells, _ in lines[place : place + size] for cell in cells]
        if size >= (2 if columns > 2 else 3) and (columns > 2 or sum(map(len, words)) < _LONGEST_WORDS * len(words)):
            taken = lines[place : place + size]
            found.append((place, PageTable([[cell[2] for cell in cells] for cells, _ in taken], [box for _, box in taken])))
        place += max(1, size)
    return found


def _run(lines: Sequence[tuple[Sequence[Cell], Box]], place: int) -> int:
    """How many lines from `place` on have cells in the same columns, one below the other."""
    hull = [(left, right) for left, right, _ in lines[place][0]]
    if len(hull) < 2:
        return 0
    size = 1
    for (_, above), (cells, box) in pairwise(lines[place:]):
        height = above[3] - above[1]
        if len(cells) != len(hull) or not 0 <= box[1] - above[1] < 5 * max(height, 1e-6):
            break
        if not all(left < edge[1] and edge[0] < right for (left, right, _), edge in zip(cells, hull, strict=True)):
            break
        wider = [(min(left, edge[0]), max(right, edge[1])) for (left, right, _), edge in zip(cells, hull, strict=True)]
        if any(a[1] > b[0] for a, b in pairwise(wider)):
            break
        hull, size = wider, size + 1
    return size
