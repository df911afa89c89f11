"""How things look in the terminal: answers, sources, tables, faults, pictures. Knows JSON of the API, makes no request.

Words of the answer and results go to standard output; progress, steps and faults go to standard error, so that a pipe gets results only.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from retrieval.catalogue import say as say_from

if TYPE_CHECKING:
    from rich.console import Console

Json = dict[str, Any]
PICTURE_COLUMNS = 40


def say(language: str, key: str, **values: object) -> str:
    """The sentence `key` of the terminal's words."""
    return say_from("ui.cli", language, key, **values)


@cache
def console() -> Console:
    """Standard output."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


@cache
def notes() -> Console:
    """Standard error: progress, steps, faults."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def clean(text: str) -> str:
    """`text` without control characters: words of documents and models must not steer the terminal."""
    return "".join(c for c in text if c in "\n\t" or (ord(c) >= 32 and not 0x7F <= ord(c) <= 0x9F))


def show_json(value: Any) -> None:
    """Print one JSON value, indented, with Chinese as it is."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def show_fault(message: str, hint: str = "", *, code: str = "", as_json: bool = False) -> None:
    """Print a failure: one line with what went wrong and what to do, or the error shape of the API."""
    message, hint = clean(message).strip(), clean(hint).strip()
    if as_json:
        show_json({"error": {"message": message, "hint": hint, "code": code or "error"}})
        return
    line = message if not hint or message.endswith(hint) else f"{message} {hint}"
    sys.stderr.write(" ".join(f"Error: {line}".split()) + "\n")


def write(text: str, *, end: str = "\n") -> None:
    """Plain words to standard output, at once."""
    sys.stdout.write(clean(text) + end)
    sys.stdout.flush()


def place(locator: Json | None, language: str = "en") -> str:
    """Where in its source: `page 3`, `row 4`, `0:12-0:15`, `region 10-90 % across, ...`; empty when it is all of it."""
    known = locator or {}
    parts = []
    if known.get("page"):
        parts.append(say(language, "page", page=known["page"]))
    if known.get("row"):
        parts.append(say(language, "row", row=known["row"]))
    if span := known.get("time_span"):
        parts.append("-".join(_clock(second) for second in span))
    if box := known.get("image_region"):
        left, top, right, bottom = (round(100 * value) for value in box)
        parts.append(say(language, "region", left=left, top=top, right=right, bottom=bottom))
    return ", ".join(parts)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def shorten(text: str, length: int = 160) -> str:
    """One line of at most `length` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def show_sources(citations: Sequence[Json], language: str) -> None:
    """The numbered list under an answer."""
    if not citations:
        return
    write(f"\n{say(language, 'sources')}")
    for citation in citations:
        where = place(citation.get("locator"), language)
        head = f"  [{citation.get('index')}] {shorten(str(citation.get('title', '')), 80)}"
        write(f"{head}, {where}" if where else head)
        if quoted := str(citation.get("cited_text") or ""):
            write(f"      “{shorten(quoted)}”")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table as wide as the terminal; tab-separated lines when the output is not a terminal."""
    if not console().is_terminal:
        for row in [columns, *rows]:
            write("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in row))
        return
    from rich.table import Table
    from rich.text import Text

    shown = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        shown.add_row(*(Text(clean(cell)) for cell in row))
    console().print(shown, soft_wrap=False)


def show_picture(data: bytes) -> None:
    """A small picture made of coloured half blocks, in terminals with colour; nothing elsewhere."""
    out = console()
    if not out.is_terminal or out.color_system not in ("truecolor", "256"):
        return
    from PIL import Image
    from rich.color import Color
    from rich.style import Style
    from rich.text import Text

    with Image.open(io.BytesIO(data)) as picture:
        rows = max(2, round(PICTURE_COLUMNS * picture.height / picture.width / 2) * 2)
        small = picture.convert("RGB").resize((PICTURE_COLUMNS, rows))
    flat = small.tobytes()
    pixels = [(flat[at], flat[at + 1], flat[at + 2]) for at in range(0, len(flat), 3)]
    text = Text()
    for y in range(0, rows, 2):
        for x in range(PICTURE_COLUMNS):
            upper, lower = pixels[y * PICTURE_COLUMNS + x], pixels[(y + 1) * PICTURE_COLUMNS + x]
            text.append("▀", Style(color=Color.from_rgb(*upper), bgcolor=Color.from_rgb(*lower)))
        text.append("\n")
    out.print(text, end="")


@contextmanager
def progress(total: int, *, quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """A bar on standard error; the function it gives is called with the name of each thing before it is worked on."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=notes(), disable=quiet or not notes().is_terminal) as bar:
        task, begun = bar.add_task("", total=total), False

        def step(name: str) -> None:
            nonlocal begun
            bar.update(task, advance=int(begun), description=shorten(clean(name), 30))
            begun = True

        yield step
        bar.update(task, completed=total)


@contextmanager
def amounts(name: str, *, quiet: bool = False) -> Iterator[tuple[Callable[[int], None], Callable[[int], None]]]:
    """A bar on standard error for many small things: one function is told how many there are, the other how many were done since."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=notes(), disable=quiet or not notes().is_terminal) as bar:
        task = bar.add_task(name, total=None)
        yield (lambda total: bar.update(task, total=total)), (lambda count: bar.update(task, advance=count))


def size(count: float) -> str:
    """Bytes for people: `12.3 MB`."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
