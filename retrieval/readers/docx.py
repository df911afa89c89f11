"""Word documents: passages under their headings, tables row by row, the pictures inside. Macros and fields are never run."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from retrieval.decoding_limits import DecodingLimits
from retrieval.faults import Unreadable
from retrieval.items import Draft, Locator
from retrieval.office_package import DOCX, media_type, whole
from retrieval.pictures import embedded
from retrieval.readers.base import Reader
from retrieval.sections import Sections
from retrieval.table_rows import table_lines

MEDIA_TYPES = (DOCX,)
EXTENSIONS = (".docx",)
MAX_PICTURES = 48
_HEADING = re.compile(r"(?:heading|标题)\s*(\d)", re.IGNORECASE)
_FILE_NAME = re.compile(r"\S*\.(?:png|jpe?g|gif|webp|bmp|tiff?|emf|wmf|svg)", re.IGNORECASE)
_EMBED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed"


def description(words: str) -> str:
    """What the author wrote about a picture; empty when it is only the file's name, which the programs put there by themselves."""
    return "" if _FILE_NAME.fullmatch(words.strip()) else words.strip()[:1000]


def _level(paragraph: Any) -> int | None:
    """Depth of a heading, 1 is the outermost; None for body text. `Title` stands above all."""
    style = (paragraph.style.name if paragraph.style is not None else "") or ""
    if style == "Title":
        return 0
    match = _HEADING.match(style)
    return int(match.group(1)) if match else None


class DocxReader:
    """Passages with `char_span` in the extracted text; pictures stand where they stand in the text."""

    def __init__(self, limits: DecodingLimits) -> None:
        self._limits = limits

    def read(self, data: bytes, name: str) -> Iterator[Draft]:
        """Drafts in reading order. Raises Unreadable (damaged, encrypted, empty), TooLarge (unpacked size, text)."""
        if media_type(data) != DOCX:
            raise Unreadable("This is not a Word document.", hint="Save it as .docx and send it again.")
        yield from whole(self._drafts(data, name), "document")

    def _drafts(self, data: bytes, name: str) -> Iterator[Draft]:
        from docx import Document
        from docx.table import Table

        document = Document(io.BytesIO(data))
        sections, pictures = Sections(name, self._limits), 0
        for block in document.iter_inner_content():
            if isinstance(block, Table):
                rows = [[cell.text for cell in row.cells] for row in block.rows]
                sections.paragraph("\n".join(table_lines(rows)))
                continue
            level = _level(block)
            if level is not None:
                yield from sections.heading(level, block.text)
            else:
                sections.paragraph(block.text)
            for draft in self._pictures(block, sections.outline.title, MAX_PICTURES - pictures):
                pictures += 1
                yield draft
        yield from sections.flush()

    def _pictures(self, paragraph: Any, title: str, left: int) -> Iterator[Draft]:
        """Pictures of a paragraph with the description their author gave them."""
        for drawing in paragraph._p.xpath(".//w:drawing"):
            described = description(next(iter(drawing.xpath(".//wp:docPr/@descr")), ""))
            for blip in drawing.xpath(".//a:blip"):
                part = paragraph.part.related_parts.get(blip.get(_EMBED, ""))
                picture = embedded(part.blob, self._limits) if part is not None and left > 0 else None
                if picture is None:
                    continue
                left -= 1
                yield Draft(
                    modality="image", text=described, title=title, data=picture.data, media_type=picture.media_type,
                    metadata={"width": picture.width, "height": picture.height}, locator=Locator(),
                )  # fmt: skip


def create(limits: DecodingLimits | None = None) -> Reader:
    """The reader."""
    return DocxReader(limits or DecodingLimits())
