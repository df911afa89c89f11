"""PDF: passages with page and box, pictures with theirs, and a page image where a page has no text (a scan). Runs no script or action.

Paragraphs and headings are told by the gaps and heights of the lines, because a PDF stores neither.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from retrieval import form_items, key_fields
from retrieval.chunking import Outline, passages
from retrieval.decoding_limits import DecodingLimits
from retrieval.faults import TooLarge, Unreadable
from retrieval.items import Box, Draft, Locator
from retrieval.page_tables import Cell, PageTable, aligned, ruled
from retrieval.pages import fractions, open_pdf, rendered
from retrieval.pictures import from_pixels, to_jpeg
from retrieval.readers.base import Reader
from retrieval.table_rows import table_lines

MEDIA_TYPES = ("application/pdf",)
EXTENSIONS = (".pdf",)
MAX_PICTURES = 48
WASTED_SECONDS = 3.0
"""Processor seconds of a document for pictures that come again or do not decode; a page may name one a million times."""
LEAST_PIXELS = 64
"""A picture with a shorter side is decoration: a bullet, a rule, a logo."""
SCAN_LONGEST = 1600
"""Pixels of a scanned page's longest side; ten-point print stays readable to text recognition."""
_FEW_LETTERS = 8
_HEADING = 1.15
_LEAST_HEIGHT = 2.5
"""Points; the smallest print in contracts has about four."""
_GAP = 0.9
"""Gap between words, in heights of the line, that parts columns; spaces of justified print are hardly ever that wide."""
_ROWS_CHARS = 700
_BULLET = re.compile(r"(?:[-–•·●▪*]|\(?\d{1,3}[.)、])\s")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_WIDE_END = re.compile("[\u2e80-\u9fff\u3000-\u303f\uff00-\uffef]$")


@dataclass(frozen=True)
class _Line:
    text: str
    box: Box
    """Fractions of the page."""
    height: float
    """Of its first character, in points."""
    cells: tuple[Cell, ...] = ()
    """Its words where wide gaps part them."""

    @property
    def hidden(self) -> bool:
        """Not to be seen by a reader of the page: beyond its edge, or too small. Kept apart, as `metadata["hidden"]`: it may be a trick."""
        left, top, right, bottom = self.box
        return left >= right or top >= bottom or self.height < _LEAST_HEIGHT


def _lines(page: Any, textpage: Any, limit: int) -> list[_Line]:
    """The page's lines in reading order. Raises TooLarge when the page has more than `limit` characters."""
    from pypdfium2 import raw

    if textpage.count_chars() > limit:
        raise TooLarge("The PDF has too much text.", hint="Split it, or raise limits.text_chars.", code="text_too_long")
    text, lines, at = textpage.get_text_range(), [], 0
    for piece in text.split("\n"):
        start = raw.FPDFText_GetCharIndexFromTextIndex(textpage, at + len(piece) - len(piece.lstrip()))
        at += len(piece) + 1
        words = piece.strip()
        if not _CONTROL.sub("", words).strip() or start < 0:
            continue
        rects = [textpage.get_rect(n) for n in range(textpage.count_rects(start, len(words)))]
        if not rects:
            continue
        left, bottom = min(r[0] for r in rects), min(r[1] for r in rects)
        right, top = max(r[2] for r in rects), max(r[3] for r in rects)
        try:
            loose = textpage.get_charbox(start, loose=True)
            height = abs(loose[3] - loose[1])
        except Exception:  # a character without a box, such as a generated space
            height = top - bottom
        cells = _cells(page, textpage, rects, words, height)
        lines.append(_Line(words, fractions(page, left, bottom, right, top), height, cells))
    return lines


def _cells(page: Any, textpage: Any, rects: Sequence[tuple[float, float, float, float]], words: str, height: float) -> tuple[Cell, ...]:
    """The words of a line in the groups that wide gaps make of them."""
    groups: list[list[float]] = []
    for left, bottom, right, top in sorted(rects):
        if groups and left - groups[-1][2] < _GAP * height:
            last = groups[-1]
            groups[-1] = [last[0], min(last[1], bottom), max(last[2], right), max(last[3], top)]
        else:
            groups.append([left, bottom, right, top])
    if len(groups) < 2:
        return ()
    found = []
    for group in groups:
        box = fractions(page, *group)
        found.append((box[0], box[2], " ".join(textpage.get_text_bounded(*group).split())))
    return tuple(found) if all(cell[2] for cell in found) else ()


def _body_height(lines: Sequence[_Line]) -> float:
    """The height that most characters have."""
    heights: Counter[float] = Counter()
    for line in lines:
        heights[round(line.height * 2) / 2] += len(line.text)
    return heights.most_common(1)[0][0] if heights else 0.0


def _joint(before: _Line, after: _Line, right_edge: float) -> str:
    """What stands between two lines of a page: nothing, a space, a line end or a paragraph."""
    gap, height = after.box[1] - before.box[3], before.box[3] - before.box[1]
    if gap > 0.9 * height or gap < -2.5 * height:  # space above, or the top of the next column
        return "\n\n"
    if _BULLET.match(after.text) or before.box[2] < before.box[0] + 0.7 * (right_edge - before.box[0]):
        return "\n"
    return "" if _WIDE_END.search(before.text) else " "


def _unhyphened(words: str, following: str) -> tuple[str, bool]:
    """The line without a hyphen that only splits a word over two lines, and whether it had one."""
    soft = words.endswith(("\x02", "\ufffe", "\u00ad"))
    hard = words.endswith("-") and words[-2:-1].isalpha() and following[:1].islower()
    return _CONTROL.sub("", words[:-1] if soft or hard else words), soft or hard


def _passages(lines: Sequence[_Line]) -> Iterator[tuple[str, Box]]:
    """Passages of consecutive lines, each with the box around the lines it touches."""
    right_edge = max(line.box[2] for line in lines)
    text, starts = "", []
    for place, line in enumerate(lines):
        starts.append(len(text))
        following = lines[place + 1] if place + 1 < len(lines) else None
        words, split = _unhyphened(line.text, following.text if following else "")
        text += words + ("" if split or following is None else _joint(line, following, right_edge))
    starts.append(len(text))
    for passage in passages(text):
        touched = [line.box for n, line in enumerate(lines) if starts[n] < passage.end and starts[n + 1] > passage.start]
        yield (
            passage.text,
            (min(b[0] for b in touched), min(b[1] for b in touched), max(b[2] for b in touched), max(b[3] for b in touched)),
        )


def _tables(page: Any, textpage: Any, lines: Sequence[_Line]) -> list[PageTable]:
    """Tables of the page: those with rules, then those that only stand in columns."""
    found = ruled(page, textpage)
    free = [line for line in lines if not line.hidden and not any(table.holds(line.box) for table in found)]
    return found + [table for _, table in aligned([(line.cells, line.box) for line in free])]


def _rows(table: PageTable) -> Iterator[tuple[str, Box]]:
    """Passages of whole rows, each with the box around them."""
    texts = list(table_lines(table.rows))
    boxes = table.boxes[len(table.boxes) - len(texts) :] if len(texts) <= len(table.boxes) else table.boxes
    held: list[tuple[str, Box]] = []
    for text, box in [*zip(texts, boxes, strict=False), ("", None)]:
        if held and (box is None or sum(len(row) for row, _ in held) + len(text) > _ROWS_CHARS):
            around = [row_box for _, row_box in held]
            yield (
                _CONTROL.sub("", "\n".join(row for row, _ in held)),
                (min(b[0] for b in around), min(b[1] for b in around), max(b[2] for b in around), max(b[3] for b in around)),
            )
            held = []
        if box is not None:
            held.append((text, box))


@dataclass
class _Pictures:
    """What was taken from a document so far."""

    digests: set[str] = field(default_factory=set)
    wasted: float = 0.0

    @property
    def full(self) -> bool:
        return len(self.digests) >= MAX_PICTURES or self.wasted > WASTED_SECONDS


class PdfReader:
    """Passages with `page` and `bbox`, pictures inside, and images of pages without text (`metadata["scanned"]`)."""

    def __init__(self, limits: DecodingLimits) -> None:
        self._limits = limits

    def read(self, data: bytes, name: str) -> Iterator[Draft]:
        """Drafts page by page. Raises Unreadable (damaged, encrypted, nothing on any page), TooLarge (pages, text)."""
        outline, characters, found, seen = Outline(name), 0, False, _Pictures()
        tokens: list[key_fields.Token] = []
        with open_pdf(data, self._limits) as document:
            for number in range(1, len(document) + 1):
                page = document[number - 1]
                textpage = page.get_textpage()
                lines = _lines(page, textpage, self._limits.text_chars - characters)
                letters = sum(len(line.text) for line in lines)
                characters += letters
                tables = _tables(page, textpage, lines) if letters >= _FEW_LETTERS else []
                textpage.close()
                if len(tokens) <= key_fields.MOST_TOKENS:
                    tokens += key_fields.tokens_of([(line.text, line.box, line.cells) for line in lines if not line.hidden], number)
                drafts = self._text(lines, tables, number, outline) if letters >= _FEW_LETTERS else self._scan(page, lines, number, name)
                for draft in drafts:
                    found = True
                    yield draft
                if letters >= _FEW_LETTERS:
                    yield from self._pictures(page, number, outline.title, seen)
                page.close()
        if fields := form_items.draft(tokens, name):
            yield fields
        if not found:
            raise Unreadable("The PDF has nothing on its pages.", hint="Check it in a viewer and send it again.", code="no_text")

    @staticmethod
    def _text(lines: Sequence[_Line], tables: Sequence[PageTable], number: int, outline: Outline) -> Iterator[Draft]:
        def drafts(passages: Iterable[tuple[str, Box]], **metadata: bool) -> Iterator[Draft]:
            for text, box in passages:
                yield Draft(modality="text", text=text, title=outline.title, metadata=metadata, locator=Locator(page=number, bbox=box))

        body = _body_height([line for line in lines if not line.hidden])
        held: list[_Line] = []
        full = False  # whether `held` has more than headings: those stay with the text below them
        left = list(tables)
        for line in (line for line in lines if not line.hidden):
            table = next((table for table in tables if table.holds(line.box)), None)
            if table is not None:
                if table in left:
                    left.remove(table)
                    yield from drafts(_passages(held) if full else ())  # a heading alone is the title of the table
                    yield from drafts(_rows(table), table=True)
                    held, full = [], False
                continue
            heading = line.height > _HEADING * body and len(line.text) <= 120 and any(c.isalpha() for c in line.text)
            if held and heading and full:
                yield from drafts(_passages(held))
                held, full = [], False
            if heading:
                outline.enter(1000 - round(line.height), _CONTROL.sub("", line.text))
            full = full or not heading
            held.append(line)
        yield from drafts(_passages(held) if held else ())
        unseen = [line for line in lines if line.hidden]
        yield from drafts(_passages(unseen) if unseen else (), hidden=True)

    def _scan(self, page: Any, lines: Sequence[_Line], number: int, name: str) -> Iterator[Draft]:
        """The page as a picture: its words are for text recognition. Nothing for a blank page."""
        if next(iter(page.get_objects(max_depth=1)), None) is None:
            return
        picture = to_jpeg(rendered(page, self._limits, longest=SCAN_LONGEST), quality=80)
        yield Draft(
            modality="image", text=" ".join(line.text for line in lines), title=name, data=picture.data, media_type=picture.media_type,
            metadata={"scanned": True}, locator=Locator(page=number, bbox=(0.0, 0.0, 1.0, 1.0)),
        )  # fmt: skip

    def _pictures(self, page: Any, number: int, title: str, seen: _Pictures) -> Iterator[Draft]:
        """Pictures of the page, each once in a document. One that does not decode is left out: the text still counts."""
        from pypdfium2 import PdfiumError, raw

        for thing in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=4):
            if seen.full:
                return
            began = time.process_time()
            try:
                width, height = thing.get_px_size()
                if min(width, height) < LEAST_PIXELS or width * height > self._limits.image_pixels:
                    continue
                box = fractions(page, *thing.get_bounds())
                picture = from_pixels(thing.get_bitmap(render=True).to_pil(), self._limits)
            except (PdfiumError, TooLarge, ValueError, RuntimeError):
                seen.wasted += time.process_time() - began
                continue
            digest = hashlib.sha256(picture.data).hexdigest()
            if digest in seen.digests:
                seen.wasted += time.process_time() - began
                continue
            seen.digests.add(digest)
            yield Draft(
                modality="image", title=title, data=picture.data, media_type=picture.media_type,
                metadata={"width": picture.width, "height": picture.height}, locator=Locator(page=number, bbox=box),
            )  # fmt: skip


def create(limits: DecodingLimits | None = None) -> Reader:
    """The reader."""
    return PdfReader(limits or DecodingLimits())
