"""Presentations: the words of each slide under its title, tables row by row, speaker's notes, the pictures with their place."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from retrieval.decoding_limits import DecodingLimits
from retrieval.faults import TooLarge, Unreadable
from retrieval.items import Box, Draft, Locator
from retrieval.office_package import PPTX, media_type, whole
from retrieval.pictures import embedded
from retrieval.readers.base import Reader
from retrieval.readers.docx import MAX_PICTURES, description
from retrieval.sections import Sections
from retrieval.table_rows import table_lines

MEDIA_TYPES = (PPTX,)
EXTENSIONS = (".pptx",)


def _shapes(shapes: Any, depth: int = 0) -> Iterator[Any]:
    """Every shape, those in groups too."""
    for shape in shapes:
        if hasattr(shape, "shapes") and depth < 5:
            yield from _shapes(shape.shapes, depth + 1)
        else:
            yield shape


def _words(shape: Any) -> str:
    if getattr(shape, "has_table", False) and shape.has_table:
        return "\n".join(table_lines([[cell.text for cell in row.cells] for row in shape.table.rows]))
    return shape.text_frame.text.replace("\v", "\n") if shape.has_text_frame else ""


def _box(shape: Any, width: int, height: int) -> Box | None:
    """The shape as fractions of the slide."""
    if None in (shape.left, shape.top, shape.width, shape.height) or not width or not height:
        return None
    edges = (shape.left / width, shape.top / height, (shape.left + shape.width) / width, (shape.top + shape.height) / height)
    left, top, right, bottom = (min(max(edge, 0.0), 1.0) for edge in edges)
    return left, top, right, bottom


class PptxReader:
    """Passages and pictures with `page` (the slide's number); pictures with `bbox` too."""

    def __init__(self, limits: DecodingLimits) -> None:
        self._limits = limits

    def read(self, data: bytes, name: str) -> Iterator[Draft]:
        """Drafts slide by slide. Raises Unreadable (damaged, encrypted, empty), TooLarge (slides, unpacked size, text)."""
        if media_type(data) != PPTX:
            raise Unreadable("This is not a presentation.", hint="Save it as .pptx and send it again.")
        yield from whole(self._drafts(data, name), "presentation")

    def _drafts(self, data: bytes, name: str) -> Iterator[Draft]:
        from pptx import Presentation

        deck = Presentation(io.BytesIO(data))
        if len(deck.slides) > self._limits.pdf_pages:
            raise TooLarge(
                f"The presentation has {len(deck.slides)} slides.", hint="Split it, or raise limits.pdf_pages.", code="too_many_pages"
            )
        sections, pictures = Sections(name, self._limits), 0
        for number, slide in enumerate(deck.slides, 1):
            heading = slide.shapes.title
            title = " ".join(heading.text_frame.text.split()) if heading is not None else ""
            sections.outline.enter(1, title)
            if title:
                sections.paragraph(title)
            for shape in _shapes(slide.shapes):
                if heading is not None and shape.shape_id == heading.shape_id:
                    continue
                sections.paragraph(_words(shape))
                draft = self._picture(shape, number, sections.outline.title, deck) if pictures < MAX_PICTURES else None
                if draft:
                    pictures += 1
                    yield draft
            if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
                sections.paragraph(slide.notes_slide.notes_text_frame.text)
            yield from sections.flush(page=number)

    def _picture(self, shape: Any, number: int, title: str, deck: Any) -> Draft | None:
        try:
            blob = shape.image.blob
        except (AttributeError, ValueError, KeyError):  # not a picture, or one that is only linked
            return None
        picture = embedded(blob, self._limits)
        if picture is None:
            return None
        described = description(next(iter(shape._element.xpath(".//p:cNvPr/@descr")), ""))
        box = _box(shape, deck.slide_width, deck.slide_height)
        return Draft(
            modality="image", text=described, title=title, data=picture.data, media_type=picture.media_type,
            metadata={"width": picture.width, "height": picture.height}, locator=Locator(page=number, bbox=box),
        )  # fmt: skip


def create(limits: DecodingLimits | None = None) -> Reader:
    """The reader."""
    return PptxReader(limits or DecodingLimits())
