"""Pairs for the encoder: questions with their answers, captions with their pictures, from the files a person has. Knows no model.

Read are files of questions and answers as `assistant faq` exports them, tables that name a picture and its words, golden files whose
sources lie beside them, and folders of pictures (words in `NAME.txt` beside, else the name of the folder they are in).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from assistant.evaluation import golden
from assistant.training.rows import column, folded, table
from retrieval import faq_files
from retrieval.content import Content
from retrieval.decoding import Decoder
from retrieval.faults import Fault, InvalidInput, NotFound
from retrieval.items import Draft

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"})
_PICTURE = ("image", "picture", "photo", "file", "filename", "path", "图片", "文件")
_WORDS = ("caption", "title", "name", "text", "description", "label", "words", "标题", "名称", "说明", "描述")
EXAMPLE = "question,answer or image,caption"


@dataclass(frozen=True)
class Asked:
    """Words, and the text that answers them."""

    question: str
    answer: str

    @property
    def key(self) -> str:
        """The same for the same question, so that it is never learned from and measured with."""
        return folded(self.question)


@dataclass(frozen=True)
class Shown:
    """Words, and a picture of what they name."""

    caption: str
    picture: Content

    @property
    def key(self) -> str:
        """The same for the same picture."""
        return hashlib.sha256(self.picture.data).hexdigest()


@dataclass
class Pairs:
    """All that was read."""

    asked: list[Asked] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    """What could not be used, one sentence each."""


def read(paths: tuple[Path, ...], decoder: Decoder) -> Pairs:
    """The pairs of files and folders. Raises NotFound, InvalidInput, Unreadable for a file that is none of what is read."""
    pairs = Pairs()
    for path in paths:
        if path.is_dir():
            _folder(path, decoder, pairs)
        elif not path.is_file():
            raise NotFound(f"There is no file or folder {path}.", hint="Check the path.", param="data")
        elif path.suffix.lower() in (".md", ".markdown", ".json"):
            _answers(path, pairs)
        else:
            rows = table(path)
            if column(rows, ("expected_sources", "expected")):
                _golden(path, decoder, pairs)
            elif column(rows, _PICTURE):
                _table(path, rows, decoder, pairs)
            else:
                _answers(path, pairs)
    return pairs


def _answers(path: Path, pairs: Pairs) -> None:
    try:
        rows, problems = faq_files.read(path.read_bytes(), path.name)
    except InvalidInput as fault:
        raise InvalidInput(
            f"{path} has neither questions with answers nor pictures with words.", hint=f"The first line names the columns: {EXAMPLE}.",
            param="data", code="missing_column",
        ) from fault  # fmt: skip
    pairs.asked += [Asked(form, row.answer) for row in rows for form in (row.question, *row.paraphrases)]
    pairs.passed_over += [f"{path.name}, line {problem.line}: {problem.message}" for problem in problems if problem.code != "repeated"]


def _table(path: Path, rows: list[tuple[int, dict[str, str]]], decoder: Decoder, pairs: Pairs) -> None:
    picture, words = column(rows, _PICTURE), column(rows, tuple(name for name in _WORDS if name != column(rows, _PICTURE)))
    if not words:
        raise InvalidInput(
            f"{path} names pictures and no words for them.", hint="Add a column caption, title, name, text, description or label.",
            param="data", code="missing_column",
        )  # fmt: skip
    for line, row in rows:
        if not row.get(picture) or not row.get(words):
            pairs.passed_over.append(f"{path.name}, line {line}: a cell is empty.")
            continue
        _picture(path.parent / row[picture], row[words], f"{path.name}, line {line}", decoder, pairs)


def _folder(path: Path, decoder: Decoder, pairs: Pairs) -> None:
    found = sorted(file for file in path.rglob("*") if file.suffix.lower() in PICTURES and not file.name.startswith("."))
    if not found:
        raise InvalidInput(f"There is no picture in {path}.", hint="Put pictures there, or name a table of pairs.", param="data")
    for file in found:
        beside = file.with_suffix(".txt")
        words = beside.read_text("utf-8", "replace").strip() if beside.is_file() else ""
        words = words or ("" if file.parent == path else file.parent.name.replace("_", " "))
        _picture(file, words or file.stem.replace("_", " "), file.name, decoder, pairs)


def _picture(path: Path, words: str, where: str, decoder: Decoder, pairs: Pairs) -> None:
    try:
        content = decoder.admit(path.read_bytes(), path.name)
    except OSError as error:
        pairs.passed_over.append(f"{where}: {path} cannot be opened ({error.strerror}).")
        return
    except Fault as fault:
        pairs.passed_over.append(f"{where}: {fault.message}")
        return
    if content.modality != "image":
        pairs.passed_over.append(f"{where}: {path.name} is no picture.")
        return
    pairs.shown.append(Shown(" ".join(words.split()), content))


def _golden(path: Path, decoder: Decoder, pairs: Pairs) -> None:
    read_before: dict[Path, list[Draft]] = {}
    for case in golden.read(path):
        if not case.answerable or not case.question or case.image or case.audio:
            continue
        found = 0
        for source in case.expected_sources:
            file = path.parent / source.name
            if file.suffix.lower() in PICTURES and file.is_file():
                found += 1
                _picture(file, case.question, f"{path.name}, case {case.id}", decoder, pairs)
                continue
            if file not in read_before:
                read_before[file] = _drafts(file, decoder, pairs)
            texts = list(_passages(read_before[file], source, case.expected))
            found += len(texts)
            pairs.asked += [Asked(case.question, text) for text in texts]
        if not found:
            why = "its sources were not found beside the file, or name no single passage"
            pairs.passed_over.append(f"{path.name}, case {case.id}: {why}.")


def _drafts(file: Path, decoder: Decoder, pairs: Pairs) -> list[Draft]:
    if not file.is_file():
        return []
    try:
        return decoder.read(decoder.admit(file.read_bytes(), file.name))
    except Fault as fault:
        pairs.passed_over.append(f"{file.name}: {fault.message}")
        return []


def _passages(drafts: list[Draft], source: golden.Source, expected: str) -> Iterator[str]:
    """The texts of a source that answer: by page or row, by the words expected in it, or its only one."""
    place = [d for d in drafts if d.text and all(getattr(source, k) in (None, getattr(d.locator, k)) for k in ("page", "row"))]
    if expected:
        place = [draft for draft in place if expected.casefold() in draft.text.casefold()]
    if source.page is None and source.row is None and not expected and len(place) > 1:
        return  # which of them answers is not known
    yield from (f"{draft.title}\n{draft.text}".strip() for draft in place)
