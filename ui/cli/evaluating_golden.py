"""`assistant eval retrieval` and `assistant eval grounding`: golden cases asked of the service, counted, compared with the last run.

The cases are a person's own (golden files over a collection) or those of public sets, for which collections are filled in a temporary
data directory. Either way they are asked over the API, as a person would.
"""

from __future__ import annotations

import hashlib
import json as json_format
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from assistant.evaluation.golden import Case
    from assistant.evaluation.library_sets import LibrarySet
    from ui.cli.connection import Client

Figures = dict[str, dict[str, float | None]]
DEPTH = 10
"""Hits of a search that are looked at."""
FOLDER = "evaluations"
POLL_SECONDS = 0.05
TOO_FEW = 409
"""Status of the answer for a collection that is too small to be calibrated."""


@dataclass
class Wanted:
    """What was asked for on the command line."""

    what: str
    """retrieval | grounding."""
    files: Sequence[Path] = ()
    collections: Sequence[str] = ()
    data: Path | None = None
    only: Sequence[str] = ()
    floors: Mapping[str, float] = field(default_factory=dict)
    """Least value by the name of a figure; exit code 1 below."""
    max_drop: float | None = None
    """Most that a figure may fall behind the last run of the same command."""
    json: bool = False
    data_dir: Path | None = None


def run(wanted: Wanted) -> None:
    """Measure, show and remember; exits with 1 when a figure is below its floor or fell too far. Raises Fault."""
    from assistant.settings import read
    from ui.cli import output

    figures, wrong = measured(wanted)
    record = read({"data_dir": wanted.data_dir}).data_dir / FOLDER / f"{_key(wanted)}.json"
    before = _last(record)
    low = _below(figures, wanted.floors) + _fallen(figures, before, wanted.max_drop)
    _remember(record, figures)
    if wanted.json:
        output.show_json({"passed": not low, "figures": figures, "before": before, "below": low, "wrong": wrong})
    else:
        _show(figures, before, wrong)
    if low:
        if not wanted.json:
            output.show_fault(f"Too low: {', '.join(low)}.")
        raise typer.Exit(1)


def measured(wanted: Wanted) -> tuple[Figures, dict[str, list[dict[str, Any]]]]:
    """Figures by set and direction, and the cases that went wrong. Raises Fault."""
    from assistant.evaluation import golden
    from retrieval.faults import InvalidInput
    from ui.cli import output
    from ui.cli.connection import connected

    found: dict[str, Any] = {}
    if wanted.files:
        cases = {str(path): golden.read(path) for path in wanted.files}
        with connected(wanted.data_dir) as client, output.notes().status("") as status:
            for name, some in cases.items():
                status.update(name)
                found |= _counted(client, wanted.what, some, list(wanted.collections), Path(name).stem)
    elif wanted.data is not None:
        with _temporary() as client, output.notes().status("") as status, tempfile.TemporaryDirectory() as room:
            for some_set in _sets(wanted, Path(room)):
                status.update(some_set.name)
                _fill(client, some_set)
                found |= _counted(client, wanted.what, some_set.cases, [some_set.name], some_set.name)
    else:
        raise InvalidInput("There is nothing to measure on.", hint="Name a golden file, or the public sets with --data DIR.", param="files")
    figures = {name: one.to_dict() for name, one in found.items()}
    return figures, {name: one.missed if wanted.what == "retrieval" else one.wrong for name, one in found.items()}


@contextmanager
def _temporary() -> Iterator[Client]:
    """A service of its own on an empty data directory."""
    from ui.cli.connection import connected

    with tempfile.TemporaryDirectory(prefix="assistant-eval-") as folder, connected(Path(folder)) as client:
        yield client


def _sets(wanted: Wanted, room: Path) -> Iterator[LibrarySet]:
    from assistant.evaluation.library_sets import SETS, shop
    from retrieval.faults import InvalidInput

    assert wanted.data is not None
    pictured = ("shop", "catalogue") if wanted.what == "retrieval" else ()
    names = [*SETS, *pictured]
    if unknown := [name for name in wanted.only if name not in names]:
        raise InvalidInput(f"There is no set '{unknown[0]}'.", hint=f"Choose of: {', '.join(names)}.", param="only")
    for name in wanted.only or names:
        yield shop(wanted.data, room, named=name == "catalogue") if name in pictured else SETS[name](wanted.data).thinned()


def _fill(client: Client, some: LibrarySet) -> None:
    """A collection of the set's name with its files. Raises Unreadable for one that cannot be read: the figures would mean nothing."""
    from retrieval.faults import Unreadable
    from ui.chat.client import ApiFault, Attached

    collection = str(client.make_collection(some.name)["id"])
    sent = {}
    for name, data in some.files.items():
        sent[name] = str(client.upload(Attached(name, "", data))["id"])
        client.attach(collection, sent[name])
    for name, file_id in sent.items():
        while (state := client.get(f"/v1/vector_stores/{collection}/files/{file_id}"))["status"] == "in_progress":
            time.sleep(POLL_SECONDS)
        if state["status"] != "completed":
            raise Unreadable(f"{name} of the set {some.name} could not be read: {state.get('last_error')}")
    try:
        client.post(f"/v1/vector_stores/{collection}/calibration", {})  # as happens by itself a little later
    except ApiFault as fault:
        if fault.status != TOO_FEW:
            raise


def _counted(client: Client, what: str, cases: Sequence[Case], collections: list[str], name: str) -> dict[str, Any]:
    files = {str(file["id"]): str(file["filename"]) for file in client.get("/v1/files", limit=10_000)["data"]}
    if what == "retrieval":
        return {f"{name} {direction}": one for direction, one in _rankings(client, cases, collections, files).items()}
    return {name: _grounded(client, cases, collections, files)}


def _rankings(client: Client, cases: Sequence[Case], collections: list[str], files: Mapping[str, str]) -> dict[str, Any]:
    """A Ranking by direction: what was asked with, and what may be found."""
    from assistant.evaluation.ranking import Ranking

    found: dict[str, Ranking] = {}
    for case in cases:
        if not case.answerable:
            continue
        body = {"query": _parts(case), "k": DEPTH, "modalities": list(case.modalities)}
        hits = client.post("/v1/search", body | ({"collection": collections} if collections else {}))["data"]
        place = next((n for n, hit in enumerate(hits, 1) if case.fits(hit, files.get(str(hit.get("file_id")), ""))), None)
        direction = f"{case.asked_with}-{'+'.join(case.modalities) or 'any'}"
        found.setdefault(direction, Ranking()).add(place, {"id": case.id, "question": case.question})
    return found


def _grounded(client: Client, cases: Sequence[Case], collections: list[str], files: Mapping[str, str]) -> Any:
    from assistant.evaluation.ranking import Grounding
    from ui.cli import answering

    counted = Grounding()
    options = {"metadata": {"collection": collections}} if collections else {}
    for case in cases:
        if case.modalities:
            continue
        parts = _parts(case)
        answer = answering.run(client, parts, options, live=False).to_dict()
        citations = answer["citations"]
        fits = [case.fits(one, files.get(str(one.get("file_id")), "")) for one in citations]
        seen = {"id": case.id, "question": case.question, "answer": answer["answer"]}
        # Words without a source are no answer from the collection: small talk, or a question back.
        counted.add(answerable=case.answerable, refused=answer["refused"] or not citations, citations=fits, case=seen)
    return counted


def _parts(case: Case) -> list[dict[str, Any]]:
    from ui.cli.answering import question_of

    return question_of(case.question, [path for path in (case.image, case.audio) if path is not None])


def _key(wanted: Wanted) -> str:
    """Name of the record: the same for the same question, so that runs can be compared."""
    inputs = [wanted.what, *map(str, wanted.files), *wanted.collections, str(wanted.data or ""), *wanted.only]
    return f"{wanted.what}-{hashlib.sha256('|'.join(inputs).encode()).hexdigest()[:12]}"


def _last(record: Path) -> Figures:
    try:
        loaded = json_format.loads(record.read_text("utf-8"))
        return loaded if isinstance(loaded, dict) else {}
    except (OSError, ValueError):
        return {}


def _remember(record: Path, figures: Figures) -> None:
    from retrieval.blobs import write_durably

    record.parent.mkdir(parents=True, exist_ok=True)
    write_durably(record, json_format.dumps(figures, indent=1).encode())


def _below(figures: Figures, floors: Mapping[str, float]) -> list[str]:
    return [
        f"{name} {figure} {value:.3f} < {floors[figure]:.3f}"
        for name, found in figures.items() for figure, value in found.items()
        if value is not None and value < floors.get(figure, 0.0)
    ]  # fmt: skip


def _fallen(figures: Figures, before: Figures, most: float | None) -> list[str]:
    if most is None:
        return []
    return [
        f"{name} {figure} {value:.3f}, before {old:.3f}"
        for name, found in figures.items() for figure, value in found.items()
        if figure != "cases" and value is not None and (old := before.get(name, {}).get(figure)) is not None and value < old - most
    ]  # fmt: skip


def _show(figures: Figures, before: Figures, wrong: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    from ui.cli import output

    columns = list(next(iter(figures.values()), {}))
    rows = [[name, *(_cell(found[key], before.get(name, {}).get(key), key) for key in columns)] for name, found in figures.items()]
    output.table(["set", *columns], rows)
    for name, cases in wrong.items():
        for case in cases[:10]:
            output.write(f"  {name}: {output.shorten(str(dict(case)), 220)}")


def _cell(value: float | None, old: float | None, key: str) -> str:
    """The figure, and how far it moved since the last run."""
    if value is None:
        return "-"
    if key == "cases":
        return f"{value:.0f}"
    moved = f" ({value - old:+.3f})" if old is not None and abs(value - old) >= 0.0005 else ""
    return f"{value:.3f}{moved}"
