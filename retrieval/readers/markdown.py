"""Markdown: passages under their headings. The words stay as they are written, so that spans are true to the file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retrieval.chunking import Outline, passages
from retrieval.decoding_limits import DecodingLimits
from retrieval.items import Draft, Locator
from retrieval.readers.base import Reader
from retrieval.text_encoding import decode

MEDIA_TYPES = ("text/markdown",)
EXTENSIONS = (".md", ".markdown")
_LINE_END = re.compile(r"\r\n|\r|\n")


def _after_front_matter(text: str) -> int:
    """Where the words begin: after a `---` block of settings at the top, which Markdown itself would take for a heading."""
    if not text.startswith(("---\n", "---\r\n")):
        return 0
    end = text.find("\n---", 3)
    return 0 if end < 0 else end + 4


def _headings(text: str) -> Iterator[tuple[int, int, int, str]]:
    """(start, end, level, words) of each heading outside code, in characters of `text`."""
    from markdown_it import MarkdownIt

    starts = [0, *(match.end() for match in _LINE_END.finditer(text)), len(text)]
    tokens = MarkdownIt("commonmark").parse(text)
    for place, token in enumerate(tokens):
        if token.type == "heading_open" and token.map:
            words = "".join(c.content for c in tokens[place + 1].children or [] if c.type in ("text", "code_inline"))
            yield starts[min(token.map[0], len(starts) - 1)], starts[min(token.map[1], len(starts) - 1)], int(token.tag[1]), words


class MarkdownReader:
    """Passages titled by the path of their headings, e.g. `Warranty › What is covered`."""

    def read(self, data: bytes, name: str) -> Iterator[Draft]:
        """Drafts with `char_span` in the decoded text. Raises Unreadable when the bytes are not text."""
        text = decode(data)
        body = start = _after_front_matter(text)
        outline = Outline(name)
        for begin, end, level, words in _headings(text[body:]):
            yield from _section(text, start, body + begin, outline.title)
            outline.enter(level, words)
            start = body + end
        yield from _section(text, start, len(text), outline.title)


def _section(text: str, start: int, end: int, title: str) -> Iterator[Draft]:
    for passage in passages(text[start:end], offset=start):
        yield Draft(modality="text", text=passage.text, title=title, locator=Locator(char_span=(passage.start, passage.end)))


def create(limits: DecodingLimits | None = None) -> Reader:
    """The reader; Markdown needs no limits beyond those of the door."""
    return MarkdownReader()
