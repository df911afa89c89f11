"""`assistant collections export` and `import`: a collection as a Parquet or JSON-lines file, and back. Knows paths and the API."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.cli.options import Collection, DataDir, Json

if TYPE_CHECKING:
    from retrieval.exchange import Record
    from ui.cli.connection import Client

BLOCK, BLOCK_BYTES = 200, 8 * 2**20
"""Records, and about how many bytes of them, that are sent at once."""
SHOWN = 20
"""Errors that are printed; `--json` has all of them."""


@dataclass
class _Imported:
    added: int = 0
    replaced: int = 0
    embedded: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def save(
    name: Annotated[str, typer.Argument(help="Name of the collection, or its id.")],
    out: Annotated[Path, typer.Argument(help="File to write, NAME.parquet or NAME.jsonl; one that exists is replaced.")],
    vectors: Annotated[bool, typer.Option("--vectors", help="With the vectors, so that importing need not compute them.")] = False,
    media: Annotated[
        bool, typer.Option("--media", help="With the bytes of pictures and sounds; else only their words are in the file.")
    ] = False,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Write a collection into one Parquet or JSON-lines file, for other programs or another library.

    The files that were ingested are not in it, only what was read from them; `assistant backup` saves everything.

    Examples:

        assistant collections export manuals manuals.parquet

        assistant collections export photos photos.jsonl --vectors --media
    """
    from retrieval.exchange_formats import form_of
    from retrieval.faults import InvalidInput
    from ui.cli import output
    from ui.cli.connection import connected

    form = form_of(out)
    if not out.parent.is_dir():
        raise InvalidInput(f"There is no folder {out.parent}.", hint="Make it first, or choose another place.")
    items: list[int] = []
    draft = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    with connected(data_dir) as client:
        path = f"/v1/vector_stores/{client.collection_id(name)}/export"
        pieces = client.download(path, items.append, format=form, vectors=vectors, media=media)
        try:
            with draft.open("wb") as file:
                for piece in _counted(pieces, quiet=json):
                    file.write(piece)
            draft.replace(out)
        finally:
            draft.unlink(missing_ok=True)
    size = out.stat().st_size
    if json:
        output.show_json({"path": str(out), "format": form, "items": sum(items), "bytes": size, "vectors": vectors, "media": media})
    else:
        output.write(f"Saved {sum(items)} items, {output.size(size)}, to {out}.")


def _counted(pieces: Iterator[bytes], *, quiet: bool) -> Iterator[bytes]:
    from rich.progress import DownloadColumn, Progress, TextColumn, TimeElapsedColumn, TransferSpeedColumn

    from ui.cli import output

    columns = (TextColumn("{task.description}"), DownloadColumn(), TransferSpeedColumn(), TimeElapsedColumn())
    with Progress(*columns, console=output.notes(), disable=quiet or not output.notes().is_terminal) as bar:
        task = bar.add_task("writing", total=None)
        for piece in pieces:
            yield piece
            bar.advance(task, len(piece))


def load(
    file: Annotated[Path, typer.Argument(help="A Parquet or JSON-lines file.", exists=True, dir_okay=False, readable=True)],
    collection: Collection = "default",
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Read a Parquet or JSON-lines file into a collection, one item a row.

    What `export` wrote comes back as it was; vectors are taken over when the file has them for an encoder that runs here. Any other file
    needs a column `text`, or `question` and `answer`; `id`, `title` and `metadata` are understood, other columns become metadata.
    A row with an id that was imported before is replaced. The exit code is 1 when a row could not be read; the others are stored.

    Examples:

        assistant collections import manuals.parquet --collection manuals

        assistant collections import faq.jsonl -c faq --json
    """
    from retrieval.exchange_formats import form_of
    from ui.cli import output
    from ui.cli.connection import connected

    form_of(file)
    began, done = time.monotonic(), _Imported()
    with connected(data_dir) as client:
        target = client.collection_id(collection, make=True)
        _send_all(client, target, file, done, quiet=json)
    if json:
        output.show_json({
            "collection": {"id": target, "name": collection}, "added": done.added, "replaced": done.replaced, "embedded": done.embedded,
            "failed": len(done.errors), "errors": done.errors, "warnings": done.warnings, "seconds": round(time.monotonic() - began, 2),
        })  # fmt: skip
    else:
        output.write(f"Imported into '{collection}': {done.added} added, {done.replaced} replaced, {len(done.errors)} failed.")
        for warning in done.warnings[:SHOWN]:
            output.write(f"  {warning}")
        for error in done.errors[:SHOWN]:
            output.show_fault(f"line {error['line']}: {error['message']}")
        if len(done.errors) > SHOWN:
            output.show_fault(f"and {len(done.errors) - SHOWN} more.")
    if done.errors:
        raise typer.Exit(1)


def _send_all(client: Client, target: str, file: Path, done: _Imported, *, quiet: bool) -> None:
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    from retrieval.exchange_formats import read
    from retrieval.faults import InvalidInput
    from ui.cli import output

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=output.notes(), disable=quiet or not output.notes().is_terminal) as bar:
        task = bar.add_task("importing", total=1.0)
        block: list[tuple[int, Record]] = []
        size = 0
        for number, part, record in read(file):
            if isinstance(record, InvalidInput):
                done.errors.append({"line": number, "message": record.message})
                continue
            block.append((number, record))
            size += len(record.text) + len(record.media or b"") + 10 * sum(map(len, record.vectors.values()))
            if len(block) == BLOCK or size > BLOCK_BYTES:
                _send(client, target, block, done)
                block, size = [], 0
                bar.update(task, completed=part)
        _send(client, target, block, done)
        bar.update(task, completed=1.0)


def _send(client: Client, target: str, block: Sequence[tuple[int, Record]], done: _Imported) -> None:
    """Store a block; when the service refuses it, its records one by one, so that the error names the line."""
    from ui.chat.client import ApiFault

    if not block:
        return
    items = [record.model_dump(mode="json", exclude_defaults=True) for _, record in block]
    try:
        answer = client.post(f"/v1/vector_stores/{target}/items", {"items": items})
    except ApiFault as fault:
        if fault.down or not 400 <= fault.status < 500:
            raise
        if len(block) == 1:
            done.errors.append({"line": block[0][0], "message": fault.message})
            return
        for one in block:
            _send(client, target, [one], done)
        return
    done.added += int(answer["added"])
    done.replaced += int(answer["replaced"])
    done.embedded += int(answer["embedded"])
    done.warnings += answer.get("warnings") or []
