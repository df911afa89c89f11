"""Makes text from models, documents and file names safe to put into Streamlit's markdown. Knows no page and no API.

Streamlit escapes HTML by itself, but markdown can still load a remote picture, hide where a link goes or imitate the page.
So every bracket is escaped except the marks of our own citations: no picture, link label, directive or definition survives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_CODE = re.compile(r"(```.*?```|~~~.*?~~~|`[^`\n]+`)", re.DOTALL)
_LINKING = re.compile(r"!\[|\]\s*[(\[:]|<\w+:")
"""What could become a picture, a link or a definition when our reading of a code span differs from the browser's."""
_MARK = re.compile(r"\[(\d{1,3})\](?![(:])(?!\[(?!\d{1,3}\]))")
_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()#+\-!|<>~$:&\"'=^])")
_DIRECTIVE = re.compile(r":(?=[A-Za-z])")


_ITEM = re.compile(r"\s*([-*+]|\d{1,3}[.)])\s")
_STRUCTURE = re.compile(r"\s*([-*+>#|]|\d{1,3}[.)]\s)")


def _lines(text: str) -> str:
    """Line breaks as a person typed them: markdown alone would join lines, and draw a line after a list into its last item."""
    out: list[str] = []
    lines = text.split("\n")
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        out.append(line)
        if not line.strip() or not following.strip() or _STRUCTURE.match(following) or following.startswith((" ", "\t")):
            continue
        out[-1] = line + "\n" if _ITEM.match(line) else line.rstrip() + "  "
    return "\n".join(out)


def _prose(text: str) -> str:
    text = re.sub(r"[\[\]]", lambda m: "\\" + m.group(), text.replace("\\[", "[").replace("\\]", "]"))
    text = re.sub(r"\$(?=\d)", r"\\$", text)
    return re.sub(r"(?<!\w):(?=(material|streamlit|[a-z-]+\[|[a-z_+-]+\d*:))", r"\\:", text)


def answer(text: str, marks: Mapping[int, str] | None = None) -> str:
    """Markdown of an answer with everything that could load or link taken out.

    `marks` maps the number of a citation to the link that replaces its `[n]`, made by `mark`; other brackets stay as written.
    """
    links = marks or {}
    out: list[str] = []
    for number, part in enumerate(_CODE.split(text)):
        if number % 2 and not _LINKING.search(part):
            out.append(part)
            continue
        prose, position = _lines(part), 0
        for found in _MARK.finditer(prose):
            link = links.get(int(found.group(1)))
            if link:
                out += [_prose(prose[position : found.start()]), link]
                position = found.end()
        out.append(_prose(prose[position:]))
    return "".join(out)


def mark(number: int, target: str, hint: str) -> str:
    """The link that stands for citation `number`: `target` is an id of ours (letters, digits, `-`, `_`), `hint` shows on hover."""
    title = re.sub(r"\s+", " ", hint).replace("\\", "").replace('"', "'").replace("[", "(").replace("]", ")").replace("<", "")
    return f'[{number}](#{re.sub(r"[^A-Za-z0-9_-]", "", target)} "{title[:200]}")'


def label(text: str, most: int = 80) -> str:
    """Text for a button, a caption or a heading: one line, at most `most` characters, every mark of markdown escaped."""
    line = re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in text)).strip()
    if len(line) > most:
        line = line[: most - 1].rstrip() + "…"
    return _PUNCTUATION.sub(r"\\\1", line).replace("/", "\\/").replace(".", "\\.").replace("@", "\\@")
