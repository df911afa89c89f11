"""Files of questions and answers: CSV, JSONL and Markdown read row by row, CSV and JSONL written. Knows no collection.

A bad row is a Problem that names its line; the good ones go in.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from retrieval.faq_records import MAX_ANSWER, MAX_FORMS, MAX_QUESTION, Entry, Problem, Row
from retrieval.faults import InvalidInput, UnsupportedType
from retrieval.question_matching import normalised
from retrieval.text_encoding import decode

FORMATS = ("csv", "jsonl", "md")
_COLUMNS: dict[str, tuple[str, ...]] = {
    "question": (
        "question", "questions", "q", "title", "ask", "prompt", "问题", "标准问题", "标准问", "提问", "问", "問題", "標準問題", "問",
    ),
    "answer": ("answer", "answers", "a", "response", "reply", "text", "答案", "回答", "答", "回复", "答复"),
    "paraphrases": (
        "paraphrases", "paraphrase", "variants", "alternatives", "similar", "also", "forms", "相似问题", "相似问", "其他问法", "扩展问",
    ),
    "tags": ("tags", "tag", "category", "categories", "topic", "标签", "分类", "类别"),
    "language": ("language", "lang", "语言"),
}  # fmt: skip
_SPLIT = re.compile(r"\s*[|｜\n]\s*")
_SPLIT_TAGS = re.compile(r"\s*[|｜,，;；\n]\s*")
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")
_ASKS = re.compile(r"[?？]\W*$")
_Q = re.compile(
    r"^\s*(?:[-*+]\s+)?(?:\*\*|__)?(?:Q|Question|问|问题|問|問題)\s*\d*\s*[:：.](?:\*\*|__)?\s*(.+?)(?:\*\*|__)?\s*$", re.IGNORECASE
)
_A = re.compile(r"^\s*(?:[-*+]\s+)?(?:\*\*|__)?(?:A|Answer|答|答案|回答)\s*\d*\s*[:：.](?:\*\*|__)?\s*(.*)$", re.IGNORECASE)
_FENCE = re.compile(r"^\s*(?:```|~~~)")


def read(data: bytes, name: str) -> tuple[list[Row], list[Problem]]:
    """The rows of a file and what is wrong with others, in file order.

    Raises UnsupportedType for another ending than .csv, .tsv, .jsonl, .ndjson, .json, .md, .markdown; Unreadable for bytes that are no
    text; InvalidInput when nothing in the file is a question with an answer.
    """
    reader = _READERS.get(PurePath(name).suffix.lower())
    if reader is None:
        raise UnsupportedType(
            f"'{name[:80]}' is no file of questions and answers.", hint="Send .csv, .jsonl or .md.", param="file", code="unsupported_file"
        )
    rows: list[Row] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for found in reader(decode(data)):
        problem = found if isinstance(found, Problem) else _wrong(found, seen)
        if problem is not None:
            problems.append(problem)
        elif isinstance(found, Row):
            seen.add(normalised(found.question))
            rows.append(found)
    if not rows:
        first = f" Line {problems[0].line}: {problems[0].message}" if problems else ""
        raise InvalidInput(f"'{name[:80]}' has no question with an answer.{first}", hint=_HINT, param="file", code="no_entries")
    return rows, problems


_HINT = (
    "CSV needs the columns question and answer, JSONL objects with question and answer, Markdown headings that end with a question mark "
    "or lines that begin with Q: and A:."
)


def _wrong(row: Row, seen: set[str]) -> Problem | None:
    if not normalised(row.question):
        return Problem(row.line, "no_question", "There is no question.")
    if not row.answer:
        return Problem(row.line, "no_answer", f"'{row.question[:60]}' has no answer.")
    if len(row.question) > MAX_QUESTION or len(row.answer) > MAX_ANSWER or any(len(form) > MAX_QUESTION for form in row.paraphrases):
        return Problem(row.line, "too_long", f"A question may have {MAX_QUESTION} characters, an answer {MAX_ANSWER}.")
    if len(row.paraphrases) > MAX_FORMS:
        return Problem(row.line, "too_many_forms", f"There are more than {MAX_FORMS} ways to ask it.")
    if normalised(row.question) in seen:
        return Problem(row.line, "repeated", f"'{row.question[:60]}' stands in the file already.")
    return None


def _listed(value: Any, split: re.Pattern[str]) -> tuple[str, ...]:
    parts = value if isinstance(value, list) else split.split(str(value or ""))
    return tuple(dict.fromkeys(str(part).strip() for part in parts if str(part).strip()))


def _row(values: Mapping[str, Any], line: int) -> Row:
    """A row by the names of its columns, whatever they are called."""
    lowered = {str(key).strip().lower().lstrip("\ufeff"): value for key, value in values.items() if key is not None}
    found: dict[str, Any] = {}
    for field, names in _COLUMNS.items():
        found[field] = next((lowered[name] for name in names if lowered.get(name) not in (None, "", [])), "")
    asked = found["question"]
    # "questions" may hold all the forms: the first is the question.
    forms = _listed(asked, _SPLIT) if isinstance(asked, list) else (" ".join(str(asked).split()),)
    more = _listed(found["paraphrases"], _SPLIT)
    if isinstance(lowered.get("questions"), list) and not isinstance(asked, list):
        more = (*more, *_listed(lowered["questions"], _SPLIT))
    question = forms[0] if forms else ""
    paraphrases = tuple(dict.fromkeys(form for form in (*forms[1:], *more) if normalised(form) != normalised(question)))
    language = str(found["language"]).strip().lower()[:2]
    return Row(question, str(found["answer"]).strip(), paraphrases, _listed(found["tags"], _SPLIT_TAGS), language, line)


def _csv(text: str) -> Iterator[Row | Problem]:
    first = text.lstrip("\ufeff").split("\n", 1)[0]
    mark = max((",", ";", "\t"), key=first.count)
    lines = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=mark, strict=True)
    try:
        header = [cell.strip().lower() for cell in next(lines, [])]
        if not all(set(header) & set(_COLUMNS[field]) for field in ("question", "answer")):
            raise InvalidInput(
                f"Line 1 does not name the columns question and answer; it has {', '.join(header)[:120] or 'nothing'}.",
                hint="Begin the file with: question,answer", param="file", code="no_columns",
            )  # fmt: skip
        before = lines.line_num
        for cells in lines:
            if any(cell.strip() for cell in cells):
                yield _row(dict(zip(header, cells, strict=False)), before + 1)
            before = lines.line_num
    except csv.Error as error:
        raise InvalidInput(
            f"Line {lines.line_num} is not CSV: {error}.",
            hint="Put cells with a comma or a quotation mark in quotation marks.",
            param="file",
        ) from error


def _jsonl(text: str) -> Iterator[Row | Problem]:
    for place, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            yield Problem(place, "not_json", "This line is not JSON.")
            continue
        yield _row(value, place) if isinstance(value, dict) else Problem(place, "not_object", "This line is not a JSON object.")


def _json(text: str) -> Iterator[Row | Problem]:
    """A list of objects, or lines of them."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        yield from _jsonl(text)
        return
    for place, row in enumerate(value if isinstance(value, list) else [value], 1):
        yield _row(row, place) if isinstance(row, dict) else Problem(place, "not_object", f"Entry {place} is not a JSON object.")


def _markdown(text: str) -> Iterator[Row | Problem]:
    question, line, level = "", 0, 0
    told: list[str] = []
    pair = fenced = False
    for place, words in enumerate(text.split("\n"), 1):
        fenced ^= bool(_FENCE.match(words))
        heading, asked, answered = (None, None, None) if fenced else (_HEADING.match(words), _Q.match(words), _A.match(words))
        ends = heading is not None and (bool(_ASKS.search(heading[2])) or pair or len(heading[1]) <= level)
        if asked or ends:
            if question:
                yield Row(question, "\n".join(told).strip(), line=line)
            question, told, line = "", [], place
            if asked:
                question, level, pair = asked[1].strip(), 6, True
            elif heading is not None and _ASKS.search(heading[2]):
                question, level, pair = re.sub(r"[*_`]", "", heading[2]).strip(), len(heading[1]), False
        elif question:
            told.append(answered[1] if answered and pair else words)
    if question:
        yield Row(question, "\n".join(told).strip(), line=line)


_READERS = {
    ".csv": _csv, ".tsv": _csv, ".jsonl": _jsonl, ".ndjson": _jsonl, ".json": _json, ".md": _markdown, ".markdown": _markdown,
}  # fmt: skip


def to_csv(entries: Sequence[Entry]) -> str:
    """The entries as CSV that `read` reads."""
    out = io.StringIO(newline="")
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["question", "answer", "paraphrases", "tags", "language"])
    for entry in entries:
        table.writerow([entry.question, entry.answer, " | ".join(entry.paraphrases), " | ".join(entry.tags), entry.language])
    return out.getvalue()


def to_jsonl(entries: Sequence[Entry]) -> str:
    """The entries as one JSON object a line that `read` reads."""
    kept = {"id", "question", "answer", "paraphrases", "tags", "language", "source"}
    return "".join(json.dumps(entry.model_dump(include=kept), ensure_ascii=False) + "\n" for entry in entries)
