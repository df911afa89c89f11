"""`assistant ingest` of a large folder or an object store: what is told while it runs, and the report. Reads nothing itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ui.cli.watching import interrupted

if TYPE_CHECKING:
    from assistant.settings import Settings
    from retrieval.bulk.base import Engine, Refused, Writer
    from retrieval.bulk.places import Place
    from retrieval.bulk.run import BulkRun, Plan, Report
    from ui.cli.connection import Client

SHOWN = 50
"""Files that could not be read, by name on the terminal; `--json` has a thousand."""
STOPPED = 130


@dataclass(frozen=True)
class Options:
    """What a person asked for."""

    collection: str
    delete: bool
    retry: bool
    dry_run: bool
    workers: int
    ray: str
    json: bool
    data_dir: Path | None


def ingest_bulk(given: Sequence[str], options: Options) -> None:
    """Read folders and object stores. Ends with the exit code 1 when a file could not be read, 130 when it was stopped."""
    from assistant.settings import read
    from retrieval.bulk.places import opened, place_of

    settings = read({"data_dir": options.data_dir})
    if options.ray:
        from retrieval.bulk.ray import check_address

        check_address(options.ray, options.workers, offline=settings.offline)
    places = [(place := place_of(text), opened(place, offline=settings.offline, hosts=settings.fetch_hosts)) for text in given]
    reports = []
    from ui.cli.connection import connected

    with connected(options.data_dir, ready=False) as client:
        client.wait_until_ready()
        writer, target = _writer(client, settings, options)
        for place, system in places:
            report = _Job(settings, options, place, system, writer, target).run()
            reports.append(report)
            if report["stopped"]:
                break
    if options.json:
        from ui.cli import output

        output.show_json(reports[0] if len(reports) == 1 else reports)
    if any(report["stopped"] for report in reports):
        raise typer.Exit(STOPPED)
    if any(report["failed"] for report in reports) and not options.dry_run:
        raise typer.Exit(1)


def _writer(client: Client, settings: Settings, options: Options) -> tuple[Writer, str]:
    from ui.chat.client import ApiFault
    from ui.cli.bulk_writing import ApiWriter, NothingHeld

    try:
        target = client.collection_id(options.collection, make=not options.dry_run)
    except ApiFault as fault:
        if fault.status != 404 or not options.dry_run:
            raise
        return NothingHeld(), options.collection
    return ApiWriter(client, target, settings.limits.body_bytes), target


class _Job:
    """One place."""

    def __init__(self, settings: Settings, options: Options, place: Place, system: Any, writer: Writer, target: str) -> None:
        self._settings, self._options, self._place, self._system = settings, options, place, system
        self._writer, self._target = writer, target
        self._language = settings.language or "en"

    def run(self) -> dict[str, Any]:
        """Do it and tell; the report for `--json`."""
        from retrieval.bulk.ledger import Ledger
        from retrieval.bulk.run import BulkRun, Report

        with ExitStack() as held:
            ledger = held.enter_context(closing(Ledger(self._settings.data_dir, self._target, self._place.address)))
            run = BulkRun(self._place, self._system, self._writer, ledger, file_bytes=self._settings.limits.file_bytes)
            with self._listing() as tell:
                plan = run.plan(retry=self._options.retry, tell=tell)
            if self._options.dry_run:
                return self._planned(plan, run)
            report = Report()
            if plan.unread:
                stop = held.enter_context(interrupted())
                with ExitStack() as reading:
                    engine = self._engine(reading)
                    tell_done = reading.enter_context(self._progress(plan))
                    report = run.run(engine, tell_done, lambda: bool(stop))
            if self._options.delete and not report.stopped:
                run.delete(report, plan)
            return self._done(plan, report, run)

    def _engine(self, held: ExitStack) -> Engine:
        from assistant.bulk_reading import open_reader, reading_settings
        from retrieval.bulk.local import LocalEngine

        text = reading_settings(self._settings)
        if self._options.workers:
            from retrieval.bulk.ray import RayEngine, missing

            why = missing(self._place)
            if not why:
                return held.enter_context(closing(RayEngine(text, self._place, open_reader, self._options.workers, self._options.ray)))
            self._note("bulk_no_ray", why=why)
        return LocalEngine(held.enter_context(closing(open_reader(text, self._place, system=self._system))))

    # What is told

    @contextmanager
    def _listing(self) -> Iterator[Callable[[int], None]]:
        from rich.progress import Progress, SpinnerColumn, TextColumn

        from ui.cli import output

        with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=output.notes(), disable=self._quiet) as bar:
            task = bar.add_task(self._say("bulk_listing", count=0), total=None)
            yield lambda count: bar.update(task, description=self._say("bulk_listing", count=count))

    @contextmanager
    def _progress(self, plan: Plan) -> Iterator[Callable[[int, int], None]]:
        """A bar over the bytes, with files, rate and the time that is left."""
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        from ui.cli import output

        began, files, size = time.monotonic(), 0, 0
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn())
        with Progress(*columns, console=output.notes(), disable=self._quiet, speed_estimate_period=120) as bar:
            # A file costs something beside its bytes: many small ones are not nothing.
            task = bar.add_task("", total=plan.unread_bytes + 4096 * plan.unread)

            def tell(more: int, more_bytes: int) -> None:
                nonlocal files, size
                files, size = files + more, size + more_bytes
                seconds = max(time.monotonic() - began, 0.001)
                rate = f"{files / seconds:.1f}/s, {output.size(size / seconds)}/s"
                bar.update(task, advance=more_bytes + 4096 * more, description=f"{files}/{plan.unread}  {rate}")

            tell(0, 0)
            yield tell

    def _planned(self, plan: Plan, run: BulkRun) -> dict[str, Any]:
        from ui.cli import output

        if not self._options.json:
            output.write(
                self._say(
                    "bulk_planned", place=self._place.address, files=plan.files, size=output.size(plan.bytes), unread=plan.unread,
                    unread_size=output.size(plan.unread_bytes), unchanged=plan.unchanged + plan.waiting, failed=plan.failed,
                    passed=plan.passed, gone=plan.gone,
                )
            )  # fmt: skip
            for kind, (count, size) in plan.kinds.items():
                output.write(f"  {kind}: {count}, {output.size(size)}")
            self._passed_over(plan)
        return self._json(plan, None, run)

    def _done(self, plan: Plan, report: Report, run: BulkRun) -> dict[str, Any]:
        from ui.cli import output

        if not self._options.json:
            became = {name: report.became.get(name, 0) for name in ("new", "changed", "removed", "failed")}
            became["unchanged"] = report.became.get("unchanged", 0) + plan.unchanged + plan.waiting
            became["failed"] += plan.failed
            output.write(self._say("ingested", collection=self._options.collection, items=report.items, **became))
            self._passed_over(plan)
            self._failures(*run.failures())
            if report.stopped:
                self._note("bulk_stopped", left=plan.unread - sum(report.became.values()))
            elif plan.gone and not self._options.delete:
                self._note("bulk_gone", gone=plan.gone)
        return self._json(plan, report, run)

    def _passed_over(self, plan: Plan) -> None:
        from ui.cli import output

        if plan.passed:
            names = ", ".join(f"{kind} {count}" for kind, (count, _) in list(plan.passed_kinds.items())[:5])
            output.write(self._say("passed_over", count=plan.passed, names=names))

    def _failures(self, total: int, failures: Sequence[Refused]) -> None:
        from ui.cli import output

        for one in failures[:SHOWN]:
            output.show_fault(f"{one.listed.origin}: {one.reason}", one.hint)
        if total > SHOWN:
            self._note("bulk_more", count=total - SHOWN)
        if total:
            self._note("bulk_failed")

    def _json(self, plan: Plan, report: Report | None, run: BulkRun) -> dict[str, Any]:
        total, failures = run.failures()
        became = report.became if report else {}
        return {
            "place": self._place.address, "collection": {"id": self._target, "name": self._options.collection},
            "listed": plan.files, "bytes": plan.bytes, "to_read": plan.unread, "bytes_to_read": plan.unread_bytes, "gone": plan.gone,
            "kinds": {kind: {"files": count, "bytes": size} for kind, (count, size) in plan.kinds.items()},
            "passed_over": {kind: {"files": count, "bytes": size} for kind, (count, size) in plan.passed_kinds.items()},
            "new": became.get("new", 0), "changed": became.get("changed", 0), "removed": became.get("removed", 0),
            "unchanged": became.get("unchanged", 0) + plan.unchanged + plan.waiting, "failed": total,
            "failures": [{"origin": f.listed.origin, "code": f.code, "error": f.reason, "hint": f.hint} for f in failures],
            "items": report.items if report else 0, "stopped": bool(report and report.stopped),
            "seconds": {"listing": round(plan.seconds, 2), "reading": round(report.seconds, 2) if report else 0.0},
        }  # fmt: skip

    @property
    def _quiet(self) -> bool:
        from ui.cli import output

        return self._options.json or not output.notes().is_terminal

    def _note(self, key: str, **values: object) -> None:
        from ui.cli import output

        if not self._options.json:
            output.notes().print(output.clean(self._say(key, **values)), markup=False)

    def _say(self, key: str, **values: object) -> str:
        from ui.cli import output

        return output.say(self._language, key, **values)
