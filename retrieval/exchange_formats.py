"""Records as Parquet and as JSON lines, written and read piece by piece. Knows no library.

Metadata and locator are JSON text in Parquet and objects in JSON lines. A vector is a column `vector:SPACE` there, a list under `vectors`
here, written with as many digits as float16 needs. Files of others are read too: a column `text`, or `question` and `answer`, is enough;
`id`, `title` and `metadata` are understood, every other column becomes metadata.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.embedders.base import Vectors
from retrieval.exchange import AT_ONCE, Exported, Record
from retrieval.faults import InvalidInput, Unreadable, UnsupportedType
from retrieval.table_rows import row_draft

FORMATS = {"parquet": "application/vnd.apache.parquet", "jsonl": "application/x-ndjson"}
"""Format (also the extension) -> media type."""
VECTOR = "vector:"
MAX_LINE = 64 * 2**20
"""Bytes of one line of JSON."""
_JSON = ("metadata", "locator")
_FIELDS = frozenset(Record.model_fields)


def _shortest(vector: Vectors) -> list[float]:
    return [float(str(value)) for value in vector.astype(np.float16)]


def row(exported: Exported) -> dict[str, Any]:
    """The fields of an exported item, vectors and media left out."""
    item = exported.item
    return {
        "id": item.id, "modality": item.modality, "title": item.title, "text": item.text, "metadata": item.metadata,
        "locator": item.locator.model_dump(mode="json", exclude_none=True), "media_type": item.media_type, "file_id": item.parent,
        "filename": exported.filename, "created_at": item.created_at,
        "x": exported.place[0] if exported.place else None, "y": exported.place[1] if exported.place else None,
    }  # fmt: skip


def jsonl(blocks: Iterable[Sequence[Exported]]) -> Iterator[bytes]:
    """JSON lines, a piece for each block."""
    for block in blocks:
        lines = []
        for exported in block:
            found = {name: value for name, value in row(exported).items() if value is not None}
            if exported.vectors:
                found["vectors"] = {space: _shortest(vector) for space, vector in exported.vectors.items()}
            if exported.media is not None:
                found["media"] = base64.b64encode(exported.media).decode()
            lines.append(json.dumps(found, ensure_ascii=False, separators=(",", ":")) + "\n")
        yield "".join(lines).encode()


class _Drain:
    """What Parquet is written to: keeps bytes until they are taken."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._at = 0

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._at += len(part)
        return len(part)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        return None

    def close(self) -> None:
        self.closed = True

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def parquet(blocks: Iterable[Sequence[Exported]], spaces: Sequence[str] = (), *, media: bool = False) -> Iterator[bytes]:
    """A Parquet file, a piece for each row group; a column for each of `spaces`, and one for `media` if asked for."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    text = ("id", "modality", "title", "text", "metadata", "locator", "media_type", "file_id", "filename")
    numbers = ("created_at", "x", "y")
    columns = [(name, pa.string()) for name in text] + [(name, pa.float64()) for name in numbers]
    columns += [(f"{VECTOR}{space}", pa.list_(pa.float32())) for space in spaces]
    columns += [("media", pa.binary())] if media else []
    schema, drain = pa.schema(columns), _Drain()
    writer = pq.ParquetWriter(pa.PythonFile(drain, "w"), schema, compression="zstd")
    try:
        for block in blocks:
            rows = [row(exported) for exported in block]
            table: dict[str, list[Any]] = {name: [found[name] for found in rows] for name in (*text, *numbers)}
            for name in _JSON:
                table[name] = [json.dumps(value, ensure_ascii=False, separators=(",", ":")) for value in table[name]]
            for space in spaces:
                table[f"{VECTOR}{space}"] = [exported.vectors.get(space) for exported in block]
            if media:
                table["media"] = [exported.media for exported in block]
            writer.write_table(pa.table(table, schema=schema))
            yield drain.take()
    finally:
        writer.close()
    yield drain.take()


def write(blocks: Iterable[Sequence[Exported]], form: str, spaces: Sequence[str], *, media: bool) -> Iterator[bytes]:
    """The file in the format `form`, one of `FORMATS`."""
    return jsonl(blocks) if form == "jsonl" else parquet(blocks, spaces, media=media)


def form_of(path: Path) -> str:
    """The format that a file's name asks for. Raises UnsupportedType."""
    form = {".ndjson": "jsonl"}.get(path.suffix.lower(), path.suffix.lower().removeprefix("."))
    if form not in FORMATS:
        raise UnsupportedType(f"'{path.name}' is neither Parquet nor JSON lines.", hint="Use a name that ends in .parquet or .jsonl.")
    return form


def read(path: Path) -> Iterator[tuple[int, float, Record | InvalidInput]]:
    """(line or row from 1, part of the file that is behind it from 0 to 1, the record or what is wrong with it).

    Raises UnsupportedType for another kind of file, Unreadable for one that is damaged as a whole or has no column with words.
    """
    for number, part, value in _parquet_rows(path) if form_of(path) == "parquet" else _json_rows(path):
        try:
            yield number, part, record_of(value)
        except InvalidInput as fault:
            yield number, part, fault


def _json_rows(path: Path) -> Iterator[tuple[int, float, Any]]:
    size, done = max(1, path.stat().st_size), 0
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MAX_LINE):
            number, done = number + 1, done + len(line)
            if len(line) == MAX_LINE:
                raise Unreadable(f"Line {number} is longer than {MAX_LINE // 2**20} MiB.", hint="Is this a file of JSON lines?")
            if line.strip():
                yield number, done / size, line


def _parquet_rows(path: Path) -> Iterator[tuple[int, float, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path) as file:
            names = set(file.schema_arrow.names)
            if "text" not in names and not {"question", "answer"} <= {name.lower() for name in names}:
                shown = ", ".join(sorted(names)[:20])
                raise Unreadable(f"The file has no column 'text', and no 'question' and 'answer'. It has: {shown}.", hint="Rename one.")
            total = max(1, file.metadata.num_rows)
            for batch in file.iter_batches(batch_size=AT_ONCE):
                for value in batch.to_pylist():
                    number += 1
                    yield number, number / total, value
    except (pa.ArrowException, OSError) as error:
        raise Unreadable(f"The Parquet file is damaged behind row {number}: {error}.", hint="Export it again.") from error


def record_of(value: Any) -> Record:
    """The record that a row means: a dict, or bytes of JSON. Raises InvalidInput that names the field."""
    found = _parsed(value) if isinstance(value, bytes) else value
    if not isinstance(found, Mapping):
        raise InvalidInput("This is no object.", hint='Write each line like {"text": "..."}.')
    fields: dict[str, Any] = {}
    metadata = _object(found.get("metadata"), "metadata")
    vectors = dict(_object(found.get("vectors"), "vectors"))
    for name, inner in found.items():
        if inner is None or name in ("metadata", "vectors"):
            continue
        if name.startswith(VECTOR):
            vectors[name.removeprefix(VECTOR)] = inner
        elif name == "locator":
            fields[name] = _object(inner, name)
        elif name == "media":
            fields[name] = base64.b64encode(inner) if isinstance(inner, bytes) else inner
        elif name in _FIELDS:
            fields[name] = str(inner) if name in ("id", "title") else inner
        elif (plain := _plain(inner)) is not None:
            metadata[name] = plain
    if "text" not in fields and "media" not in fields and not vectors:
        entry = row_draft(metadata, 1, "")
        if entry is not None and entry.metadata.get("faq"):
            fields = {"text": entry.text, "title": entry.title} | fields
            metadata = entry.metadata
    return Record.of(fields | {"metadata": metadata, "vectors": vectors})


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"This is no JSON: {error}.") from error


def _object(value: Any, name: str) -> dict[str, Any]:
    """An object that is there, or is written as JSON text; an empty one for nothing. Raises InvalidInput."""
    if isinstance(value, str):
        value = _parsed(value.encode("utf-8", "replace")) if value.strip() else {}
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidInput(f"{name}: an object is expected.")
    return dict(value)


def _plain(value: Any) -> Any:
    """A cell as JSON can hold it; None for what it cannot (bytes, NaN)."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value) if value.is_finite() else None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [plain for inner in value if (plain := _plain(inner)) is not None]
    if isinstance(value, Mapping):
        return {str(key): plain for key, inner in value.items() if (plain := _plain(inner)) is not None}
    return None
