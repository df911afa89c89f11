"""`assistant ingest`: files, folders, globs and addresses into a collection, with progress; once, or watching on. Reads no file format."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.cli.bulk import Options
from ui.cli.options import Collection, DataDir, Json
from ui.cli.paths import Found, extensions, find
from ui.cli.syncing import Entry, Sync
from ui.cli.watching import LOOK_SECONDS, Watcher, interrupted, marks

if TYPE_CHECKING:
    from collections.abc import Iterator


def ingest(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Files, folders (with all below them), globs, addresses, or s3:// gs:// az://.")
    ],
    collection: Collection = "default",
    prune: Annotated[bool, typer.Option("--prune", help="Take out what was read from these folders and is no longer there.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on: read what is new or changed, take out what is gone; Ctrl-C ends.")] = False,
    bulk: Annotated[
        bool, typer.Option("--bulk", help="For very many files in folders: in batches, and it goes on where it stopped.")
    ] = False,
    delete: Annotated[bool, typer.Option("--delete", help="In bulk: take out what was read there and is gone.")] = False,
    retry: Annotated[bool, typer.Option("--retry", help="In bulk: try again what could not be read before.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="In bulk: only say what would be read.")] = False,
    workers: Annotated[
        int, typer.Option("--workers", min=0, max=4096, help="In bulk: read with so many workers of Ray; 0 reads in this process.")
    ] = 0,
    ray: Annotated[
        str,
        typer.Option(
            "--ray", help="With --workers: on this Ray cluster, auto or HOST:6379. Default: a Ray of its own.", show_default=False
        ),
    ] = "",
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Read files into a collection, so that questions can be answered from them.

    Only what is new or has changed is read; a changed file takes the place of its former version once it is read. Files of a kind that
    is not read are passed over when they lie in a folder. A file that cannot be read is named with the reason, the others are read all
    the same, and the exit code is 1.

    Object stores (s3://, gs://, az://) and folders with --bulk are read in batches: stopped anywhere, the same command goes on from there.

    Examples:

        assistant ingest manual.pdf

        assistant ingest ~/Documents/manuals --collection manuals --prune

        assistant ingest ~/Documents/notes --watch

        assistant ingest https://example.org/terms.html

        assistant ingest "photos/*.jpg" notes.md --json

        assistant ingest s3://archive/manuals -c manuals --workers 8

        assistant ingest --bulk /srv/documents --dry-run
    """
    from assistant.settings import read
    from retrieval.addresses import is_address
    from retrieval.bulk.places import is_object_store
    from retrieval.faults import InvalidInput, NotFound
    from ui.cli.connection import connected

    if bulk or any(map(is_object_store, paths)):
        _in_bulk(paths, Options(collection, delete, retry, dry_run, workers, ray, json, data_dir), watch or prune)
        return
    if delete or retry or dry_run or workers or ray:
        raise InvalidInput(
            "--delete, --retry, --dry-run, --workers and --ray need --bulk or an object store.", hint="Add --bulk.", param="bulk"
        )
    urls, places = [path for path in paths if is_address(path)], [path for path in paths if not is_address(path)]
    found = find(places)
    seen = Watcher(marks(found.files))
    if not (found.files or urls or prune or watch):
        raise NotFound("There is no file to read there.", hint=f"Kinds that are read: {' '.join(sorted(extensions()))}")
    settings = read({"data_dir": data_dir})
    with connected(data_dir, ready=False) as client:
        client.wait_until_ready()
        target = client.collection_id(collection, make=True)
        sync = Sync(client, target, settings.limits.file_bytes)
        report = _Report({"id": target, "name": collection}, settings.language or "en", json, watch)
        with report.progress(len(found.files) + len(urls)) as tell:
            entries = sync.run([*found.files, *urls], tell)
        removed = sync.prune(found.folders) if prune else []
        report.show(entries, removed, found.skipped)
        if watch:
            _watch(sync, seen, places, report)
    if not watch and any(entry.status == "failed" for entry in entries):
        raise typer.Exit(1)


def _in_bulk(paths: Sequence[str], options: Options, ordinary: bool) -> None:
    from retrieval.faults import InvalidInput
    from ui.cli.bulk import ingest_bulk

    if ordinary:
        raise InvalidInput("--watch and --prune are not for bulk.", hint="Use --delete, and run it again whenever you like.", param="bulk")
    ingest_bulk(paths, options)


def _watch(sync: Sync, seen: Watcher, places: Sequence[str], report: _Report) -> None:
    """Follow the files until Ctrl-C; what is being read then is read to its end, unless Ctrl-C comes again."""
    report.note("watching", places=", ".join(places))
    with interrupted() as stop:
        while not stop:
            time.sleep(LOOK_SECONDS)
            changes = seen.look(marks(_still_there(places).files))
            if not changes:
                continue
            with report.progress(len(changes.written)) as tell:
                entries = sync.run(changes.written, tell) if changes.written else []
            removed = sync.remove(changes.gone) if changes.gone else []
            report.show(entries, removed, [])
    report.note("watched")


def _still_there(places: Sequence[str]) -> Found:
    """What the places mean now; one that is gone means nothing for the time being."""
    from retrieval.faults import NotFound

    found = Found()
    for place in places:
        try:
            found.files += find([place]).files
        except (NotFound, OSError):
            continue
    return found


class _Report:
    """What is told of each round: a progress bar while it runs, then lines or JSON."""

    def __init__(self, collection: dict[str, str], language: str, as_json: bool, lines: bool) -> None:
        """`lines`: JSON on one line a round, for a program that reads along."""
        self._collection, self._language, self._json, self._lines = collection, language, as_json, lines
        self._began = time.monotonic()

    @contextmanager
    def progress(self, total: int) -> Iterator[Callable[[Entry, bool], None]]:
        """A bar with the time that is left; the function to call as entries move on."""
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        from ui.cli import output

        self._began = time.monotonic()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        with Progress(*columns, console=output.notes(), disable=self._json or not output.notes().is_terminal) as bar:
            task = bar.add_task(self._say("reading"), total=total)

            def tell(entry: Entry, settled: bool) -> None:
                label = output.shorten(output.clean(f"{entry.name} {'' if settled else entry.stage}"), 40)
                bar.update(task, description=label, advance=1 if settled else 0)

            yield tell

    def show(self, entries: Sequence[Entry], removed: Sequence[Entry], skipped: Sequence[Path]) -> None:
        """The counts, every warning and every failure by name."""
        from ui.cli import output

        failed = [entry for entry in entries if entry.status == "failed"]
        read = [entry for entry in entries if entry.status == "completed"]
        counts = {change: sum(entry.change == change for entry in read) for change in ("new", "changed", "unchanged")}
        counts["removed"] = len(removed)
        if self._json:
            self._show_json({
                "collection": self._collection, "files": [entry.to_dict() for entry in [*entries, *removed]], **counts,
                "completed": len(read), "failed": len(failed), "skipped": [str(path) for path in skipped],
                "items": sum(entry.items for entry in entries), "seconds": round(time.monotonic() - self._began, 2),
            })  # fmt: skip
            return
        items = sum(entry.items for entry in read)
        output.write(self._say("ingested", collection=self._collection["name"], failed=len(failed), items=items, **counts))
        for entry in entries:
            for warning in entry.warnings if entry.change != "unchanged" else ():
                output.write(f"  {entry.source}: {warning}")
            if entry.status == "failed":
                output.show_fault(f"{entry.source}: {entry.error}", entry.hint)
        if skipped:
            names = ", ".join(path.name for path in skipped[:5])
            output.write(self._say("passed_over", count=len(skipped), names=f"{names}{', …' if len(skipped) > 5 else ''}"))

    def note(self, key: str, **values: object) -> None:
        """A line about the watching, beside the results."""
        from ui.cli import output

        if not self._json:
            output.notes().print(output.clean(self._say(key, **values)), markup=False)

    def _show_json(self, value: dict[str, Any]) -> None:
        import json
        import sys

        from ui.cli import output

        if self._lines:
            sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
            sys.stdout.flush()
        else:
            output.show_json(value)

    def _say(self, key: str, **values: object) -> str:
        from ui.cli import output

        return output.say(self._language, key, **values)
