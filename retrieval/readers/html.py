"""HTML pages: the words a person sees, under their headings. Scripts, styles and hidden parts are dropped; nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retrieval.decoding_limits import DecodingLimits
from retrieval.faults import Unreadable
from retrieval.items import Draft
from retrieval.readers.base import Reader
from retrieval.sections import Sections
from retrieval.text_encoding import decode

MEDIA_TYPES = ("text/html",)
EXTENSIONS = (".html", ".htm", ".xhtml")
_DROPPED = (
    "script",
    "style",
    "noscript",
    "template",
    "svg",
    "math",
    "iframe",
    "object",
    "embed",
    "head",
    "form",
    "button",
    "select",
    "nav",
)
_ENTRIES = ("li", "tr", "td", "th", "dt", "dd", "div")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = frozenset(
    "p div li tr dt dd pre blockquote section article main header footer aside figure figcaption table ul ol body html address summary "
    "details".split()
) | frozenset(_HEADINGS)


def _hidden(tag: Any) -> bool:
    style = str(tag.get("style", "")).replace(" ", "").lower()
    return tag.has_attr("hidden") or tag.get("aria-hidden") == "true" or "display:none" in style or "visibility:hidden" in style


def _soup(text: str) -> Any:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(text, "lxml")
    for tag in soup.find_all(_DROPPED):
        if tag.name != "head":
            tag.decompose()
    for tag in soup.find_all(lambda tag: bool(tag.attrs) and _hidden(tag)):
        if not tag.decomposed:
            tag.decompose()
    return soup


def _blocks(body: Any) -> Iterator[tuple[str, str]]:
    """(tag name, words) of each block in reading order; cells of a table row are joined by ` | `."""
    from bs4 import NavigableString, Tag
    from bs4.element import PreformattedString

    owner: Any = None
    cell: Any = None
    words: list[str] = []
    for node in body.descendants:
        if isinstance(node, Tag):
            if node.name == "br":
                words.append("\n")
            elif node.name == "img" and node.get("alt"):
                words.append(f" {node['alt']} ")
            continue
        if not isinstance(node, NavigableString) or isinstance(node, PreformattedString):
            continue  # comments and declarations
        block = next((parent for parent in node.parents if parent.name in _BLOCKS), body)
        if block is not owner:
            yield _tidy(owner, words)
            owner, cell, words = block, None, []
        here = next((parent for parent in node.parents if parent.name in ("td", "th", "tr", "table")), None)
        if here is not cell and cell is not None and words and here is not None and here.name in ("td", "th"):
            words.append(" | ")
        cell = here if here is not None and here.name in ("td", "th") else cell
        words.append(str(node))
    yield _tidy(owner, words)


def _tidy(owner: Any, words: list[str]) -> tuple[str, str]:
    lines = (" ".join(line.split()) for line in "".join(words).split("\n")) if owner is not None and owner.name == "pre" else None
    text = "\n".join(lines) if lines else " ".join("".join(words).split())
    return (owner.name if owner is not None else ""), text.strip(" |")


class HtmlReader:
    """Passages titled by the path of their headings, or by the page's title."""

    def __init__(self, limits: DecodingLimits) -> None:
        self._limits = limits

    def read(self, data: bytes, name: str) -> Iterator[Draft]:
        """Drafts with `char_span` in the extracted text. Raises Unreadable when the bytes are not text or hold no words."""
        soup = _soup(decode(data))
        title = " ".join(soup.title.get_text().split()) if soup.title else ""
        if soup.head:
            soup.head.decompose()
        sections = Sections(title[:300] or name, self._limits)
        found = False
        for tag, words in _blocks(soup):
            found = found or bool(words)
            if tag in _HEADINGS:
                yield from sections.heading(int(tag[1]), words)
            else:
                sections.paragraph(words, tight=tag in _ENTRIES)
        yield from sections.flush()
        if not found:
            raise Unreadable("The page holds no words.", hint="Save the page with its text, or print it to PDF.", code="no_text")


def create(limits: DecodingLimits | None = None) -> Reader:
    """The reader."""
    return HtmlReader(limits or DecodingLimits())
