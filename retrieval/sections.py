"""Text gathered under headings while a reader walks a document, given out as passages. Knows no file format."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retrieval.chunking import Outline, passages
from retrieval.decoding_limits import DecodingLimits
from retrieval.faults import TooLarge
from retrieval.items import Draft, Locator


class Sections:
    """Paragraphs of the current section. A heading or `flush` gives out what was gathered.

    The `char_span` of a draft counts in the document's extracted text: the sections' texts, two line ends between them.
    """

    def __init__(self, name: str, limits: DecodingLimits) -> None:
        self.outline = Outline(name)
        self._limits = limits
        self._parts: list[str] = []
        self._length = 0
        self._offset = 0

    def heading(self, level: int, text: str) -> Iterator[Draft]:
        """Drafts of the section that ends here; the next one stands below `text`."""
        yield from self.flush()
        if text.strip():
            self.outline.enter(level, text)

    def paragraph(self, text: str, *, tight: bool = False) -> None:
        """Add a paragraph; `tight` for a list entry or table row, which follows on the next line. Raises TooLarge for too much text."""
        if text.strip():
            joint = ("\n" if tight else "\n\n") if self._parts else ""
            self._parts.append(joint + text.strip())
            self._length += len(self._parts[-1])
            if self._offset + self._length > self._limits.text_chars:
                raise TooLarge("The document has too much text.", hint="Split it, or raise limits.text_chars.", code="text_too_long")

    def flush(self, *, page: int | None = None, metadata: dict[str, Any] | None = None) -> Iterator[Draft]:
        """Drafts of the section so far."""
        text = "".join(self._parts)
        self._parts, self._length = [], 0
        title = self.outline.title
        for passage in passages(text, offset=self._offset):
            locator = Locator(page=page) if page else Locator(char_span=(passage.start, passage.end))
            yield Draft(modality="text", text=passage.text, title=title, locator=locator, metadata=metadata or {})
        self._offset += len(text) + 2 if text else 0
