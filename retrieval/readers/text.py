"""Plain text: passages with their place in the text."""

from __future__ import annotations

from collections.abc import Iterator

from retrieval.chunking import passages
from retrieval.decoding_limits import DecodingLimits
from retrieval.items import Draft, Locator
from retrieval.readers.base import Reader
from retrieval.text_encoding import decode

MEDIA_TYPES = ("text/plain",)
EXTENSIONS = (".txt", ".text", ".log")


class TextReader:
    """Passages of about 600 to 900 characters, cut at paragraphs and sentences."""

    def read(self, data: bytes, name: str) -> Iterator[Draft]:
        """Drafts with `char_span` in the decoded text. Raises Unreadable when the bytes are not text."""
        for passage in passages(decode(data)):
            yield Draft(modality="text", text=passage.text, title=name, locator=Locator(char_span=(passage.start, passage.end)))


def create(limits: DecodingLimits | None = None) -> Reader:
    """The reader; plain text needs no limits beyond those of the door."""
    return TextReader()
