"""`assistant ingest`: files, folders and globs into a collection, with progress. Knows paths and the files API, reads no file format."""

from __future__ import annotations

import glob
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.cli.options import Collection, DataDir, Json

if TYPE_CHECKING:
    from ui.cli.connection import Client

POLL_SECONDS = 0.05
QUEUE = 200
"""Files that may wait to be read by the service; more are uploaded as these are done."""


@dataclass
class Entry:
    """One file on its way."""

    path: Path
    file_id: str = ""
    status: str = "waiting"
    """waiting | in_progress | completed | failed."""
    items: int = 0
    warnings: list[str] = field(default_factory=list)
    error: str = ""
    hint: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {"path": str(self.path), "file_id": self.file_id or None, "status": self.status, "items": self.items,
                "warnings": self.warnings, "error": self.error or None, "hint": self.hint or None}  # fmt: skip


def ingest(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, folders (with all below them) or globs.")],
    collection: Collection = "default",
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Read files into a collection, so that questions can be answered from them.

    A file that is there already, byte for byte, costs nothing. Files of a kind that is not read are passed over when they lie in a
    folder. The exit code is 1 when a file could not be read.

    Examples:

        assistant ingest manual.pdf

        assistant ingest ~/Documents/manuals --collection manuals

        assistant ingest "photos/*.jpg" notes.md --json
    """
    from ui.cli import output
    from ui.cli.connection import connected

    found, skipped = find(paths)
    started = time.monotonic()
    with connected(data_dir, ready=False) as client:
        client.wait_until_ready()
        target = client.collection_id(collection, make=True)
        entries = [Entry(path) for path in found]
        _all(client, target, entries, quiet=json)
    failed = [entry for entry in entries if entry.status == "failed"]
    if json:
        output.show_json({
            "collection": {"id": target, "name": collection}, "files": [entry.to_dict() for entry in entries],
            "completed": len(entries) - len(failed), "failed": len(failed), "skipped": [str(path) for path in skipped],
            "items": sum(entry.items for entry in entries), "seconds": round(time.monotonic() - started, 2),
        })  # fmt: skip
    else:
        _report(entries, skipped, collection)
    if failed:
        raise typer.Exit(1)


def find(paths: Sequence[str]) -> tuple[list[Path], list[Path]]:
    """(files to read, files of a folder that are of no kind we read). Hidden files and folders are left out.

    Raises NotFound for a path or a glob that matches nothing, and when nothing is left to read.
    """
    from retrieval.faults import NotFound

    wanted: dict[Path, None] = {}
    skipped: list[Path] = []
    for given in paths:
        path = Path(given).expanduser()
        matches = [path] if path.exists() else [Path(match) for match in sorted(glob.glob(str(path), recursive=True))]
        if not matches:
            raise NotFound(f"There is no file or folder '{given}'.", hint="Check the path; put globs in quotes.", param=given)
        for match in matches:
            for file, known in _files(match):
                if known:
                    wanted[file] = None
                else:
                    skipped.append(file)
    if not wanted:
        raise NotFound("There is no file to read there.", hint=f"Kinds that are read: {' '.join(sorted(_extensions()))}")
    return list(wanted), skipped


def _files(path: Path) -> Iterator[tuple[Path, bool]]:
    if path.is_file():
        yield path, True
        return
    for inner in sorted(path.rglob("*")):
        if inner.is_file() and not any(part.startswith(".") for part in inner.relative_to(path).parts):
            yield inner, inner.suffix.lower() in _extensions()


def _extensions() -> frozenset[str]:
    from retrieval.media_types import EXTENSION_OF, TEXT_EXTENSIONS

    return frozenset(EXTENSION_OF.values()) | frozenset(TEXT_EXTENSIONS) | {".jpeg", ".opus", ".oga", ".m4v"}


def _all(client: Client, collection: str, entries: Sequence[Entry], *, quiet: bool) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    from ui.cli import output

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=output.notes(), disable=quiet or not output.notes().is_terminal) as bar:
        task = bar.add_task("reading", total=len(entries))
        waiting: list[Entry] = []
        for entry in entries:
            bar.update(task, description=output.shorten(entry.path.name, 30))
            _send(client, collection, entry)
            if entry.status == "in_progress":
                waiting.append(entry)
            else:
                bar.advance(task)
            waiting = _settled(client, collection, waiting, bar, task, most=QUEUE)
        _settled(client, collection, waiting, bar, task, most=0)


def _send(client: Client, collection: str, entry: Entry) -> None:
    """Upload and attach; what the service refuses is the entry's error."""
    from ui.chat.client import ApiFault, Attached

    try:
        data = entry.path.read_bytes()
        if not data:
            raise ApiFault("The file is empty.", "Check that it was saved.")
        entry.file_id = str(client.upload(Attached(entry.path.name, "", data))["id"])
        _take(entry, client.attach(collection, entry.file_id))
    except OSError as error:
        entry.status, entry.error, entry.hint = "failed", str(error.strerror or error), "Check that the file can be read."
    except ApiFault as fault:
        if fault.down:
            raise
        entry.status, entry.error, entry.hint = "failed", fault.message, fault.hint


def _take(entry: Entry, state: dict[str, Any]) -> None:
    entry.status = str(state.get("status", "in_progress"))
    entry.items = int(state.get("items") or 0)
    entry.warnings = [str(warning) for warning in state.get("warnings") or ()]
    if error := state.get("last_error") or state.get("error"):
        entry.error, entry.hint = str(error.get("message", "")), str(error.get("hint", ""))


def _settled(client: Client, collection: str, waiting: list[Entry], bar: Any, task: Any, most: int) -> list[Entry]:
    """Wait until at most `most` of `waiting` are still being read; those. The service reads in order, so the first is asked for."""
    while len(waiting) > most:
        entry = waiting[0]
        _take(entry, client.get(f"/v1/vector_stores/{collection}/files/{entry.file_id}"))
        if entry.status == "in_progress":
            time.sleep(POLL_SECONDS)
            continue
        bar.update(task, advance=1)
        waiting = waiting[1:]
    return waiting


def _report(entries: Sequence[Entry], skipped: Sequence[Path], collection: str) -> None:
    from ui.cli import output

    done = [entry for entry in entries if entry.status == "completed"]
    output.write(f"{len(done)} of {len(entries)} files read into '{collection}', {sum(entry.items for entry in done)} items.")
    for entry in entries:
        for warning in entry.warnings:
            output.write(f"  {entry.path}: {warning}")
        if entry.status == "failed":
            output.show_fault(f"{entry.path}: {entry.error}", entry.hint)
    if skipped:
        names = ", ".join(path.name for path in skipped[:5])
        output.write(f"Passed over, not a kind that is read: {len(skipped)} ({names}{', …' if len(skipped) > 5 else ''})")
