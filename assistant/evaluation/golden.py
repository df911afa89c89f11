"""Golden files: questions with the sources that answer them, or the knowledge that none does. Pure reading and matching.

One object a line (JSONL), or the columns of a CSV or TSV file:

    id                  name of the case; its line number when it is left out
    question            what is asked; may be empty when there is an `image` or an `audio`
    expected_sources    where the answer stands: file names, each alone or with a place (`guide.pdf#page=3`, `faq.csv#row=12`), or
                        ids of items; a list, or one text with `;` between them
    answerable          whether the collection can answer; when left out: whether anything is expected
    expected            words that the cited evidence or its title must contain, instead of sources or beside them
    image, audio        a file beside the golden file that is asked with
    modalities          kinds of items that may be found, e.g. `image`
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.faults import InvalidInput, NotFound

EXAMPLE = '{"id": "1", "question": "How long is the warranty?", "expected_sources": ["warranty.pdf#page=1"], "answerable": true}'
_FALSE = {"", "0", "false", "no", "n", "否", "不"}


@dataclass(frozen=True)
class Source:
    """A place that answers."""

    name: str
    """File name, title or item id."""
    page: int | None = None
    row: int | None = None

    @classmethod
    def parse(cls, text: str) -> Source:
        """`name`, `name#page=3` or `name#row=2`."""
        name, _, place = text.strip().partition("#")
        found = re.fullmatch(r"(page|row)=(\d{1,7})", place.strip())
        if not found:
            return cls(text.strip())
        return cls(name, **{found.group(1): int(found.group(2))})

    def fits(self, entry: Mapping[str, Any], file_name: str = "") -> bool:
        """Whether a hit or a citation (`title`, `item_id`, `file_id`, `locator`) is this place; `file_name` is that of its file."""
        known = {str(entry.get(key) or "").casefold() for key in ("title", "item_id", "file_id")} | {file_name.casefold()}
        if self.name.casefold() not in known - {""}:
            return False
        locator = entry.get("locator") or {}
        return all(getattr(self, key) in (None, locator.get(key)) for key in ("page", "row"))


@dataclass(frozen=True)
class Case:
    """One question."""

    id: str
    question: str = ""
    expected_sources: tuple[Source, ...] = ()
    answerable: bool = True
    expected: str = ""
    image: Path | None = None
    audio: Path | None = None
    modalities: tuple[str, ...] = ()

    @property
    def asked_with(self) -> str:
        """Modality of the query: `text`, `image`, `audio`, or two of them joined by `+`."""
        parts = [name for name, there in (("text", self.question), ("image", self.image), ("audio", self.audio)) if there]
        return "+".join(parts)

    def fits(self, entry: Mapping[str, Any], file_name: str = "") -> bool:
        """Whether a hit or a citation is expected evidence."""
        words = f"{entry.get('title') or ''} {entry.get('cited_text') or entry.get('text') or ''}"
        if self.expected and self.expected.casefold() in words.casefold():
            return True
        return any(source.fits(entry, file_name) for source in self.expected_sources)


def read(path: Path) -> list[Case]:
    """The cases of a golden file. Raises NotFound, and InvalidInput that names the line."""
    if not path.is_file():
        raise NotFound(f"There is no file {path}.", hint="Check the path.")
    cases = [_case(row, place, path) for place, row in _rows(path)]
    if not cases:
        raise InvalidInput(f"{path} has no cases.", hint=f"One object a line: {EXAMPLE}")
    return cases


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if path.suffix.lower() in (".csv", ".tsv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            mark = "\t" if path.suffix.lower() == ".tsv" else ","
            yield from enumerate(csv.DictReader(file, delimiter=mark), 2)
        return
    for place, line in enumerate(path.read_text("utf-8-sig").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise _refused(path, place, str(error)) from error
        if not isinstance(row, dict):
            raise _refused(path, place, "not an object")
        yield place, row


def _case(row: Mapping[str, Any], place: int, path: Path) -> Case:
    sources = tuple(Source.parse(text) for text in _listed(row.get("expected_sources")))
    expected = str(row.get("expected") or "").strip()
    given = row.get("answerable")
    case = Case(
        id=str(row.get("id") or place), question=str(row.get("question") or "").strip(), expected_sources=sources, expected=expected,
        answerable=bool(sources or expected) if given is None or given == "" else _true(given), modalities=_listed(row.get("modalities")),
        image=_beside(row, "image", path, place), audio=_beside(row, "audio", path, place),
    )  # fmt: skip
    if not case.asked_with:
        raise _refused(path, place, "no question")
    if case.answerable and not (sources or expected):
        raise _refused(path, place, "answerable, and nothing is expected")
    return case


def _beside(row: Mapping[str, Any], key: str, path: Path, place: int) -> Path | None:
    name = str(row.get(key) or "").strip()
    if not name:
        return None
    found = path.parent / name
    if not found.is_file():
        raise _refused(path, place, f"there is no {key} {found}")
    return found


def _listed(value: Any) -> tuple[str, ...]:
    parts: Iterable[Any] = value if isinstance(value, list) else re.split(r"[;|]", str(value or ""))
    return tuple(str(part).strip() for part in parts if str(part).strip())


def _true(value: Any) -> bool:
    return str(value).strip().casefold() not in _FALSE


def _refused(path: Path, place: int, why: str) -> InvalidInput:
    return InvalidInput(f"{path}, line {place} is not a case: {why}.", hint=f"One object a line: {EXAMPLE}")
