"""`assistant label` and `assistant caption`: names and sentences for the pictures and sounds of a folder. Knows the labels API."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.cli.options import DataDir, Json

if TYPE_CHECKING:
    from ui.cli.connection import Client

Paths = Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, folders (with all below them) or globs.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Write the result here: a .csv for tables, or a .json.", show_default=False)]
PICTURES = frozenset((".png", ".jpg", ".jpeg", ".webp", ".gif"))
SOUNDS = frozenset((".wav", ".mp3", ".ogg", ".flac", ".m4a", ".opus", ".oga"))
Row = dict[str, Any]


def label(
    paths: Paths,
    labels: Annotated[str, typer.Option("--labels", "-l", help="The names to choose from, with commas between them.")],
    out: Out = None,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Sort pictures and sounds by names of your own, without training.

    Each file gets the name that fits and the chance that it is right, or none of them. Names may be English or Chinese. A file that
    cannot be read is named with the reason, and the exit code is 1.

    Examples:

        assistant label photos --labels "cat,dog,car"

        assistant label sounds --labels "rain,dog barking,engine" --out labels.csv

        assistant label "photos/*.jpg" --labels "猫,狗,汽车" --json
    """
    from retrieval.labelling import checked
    from ui.cli import output

    wanted = list(checked(labels.replace("，", ",").split(",")))

    def one(client: Client, part: Row) -> Row:
        found = client.post("/v1/labels", {"input": [part], "labels": wanted})
        if found["unknown"]:
            strange.update(found["unknown"])
        return {"label": found["label"], "probability": found["probability"], "scores": found["scores"]}

    strange: set[str] = set()
    rows = _all(paths, PICTURES | SOUNDS, one, data_dir, quiet=json)
    if strange:
        output.notes().print(f"  {output.say('en', 'labels_unknown', names=', '.join(sorted(strange)))}", style="yellow")
    _finish(rows, ("file", "label", "probability", "error"), out, as_json=json)


def caption(
    paths: Paths,
    language: Annotated[str, typer.Option("--language", help="Language of the sentences: en or zh.")] = "en",
    out: Out = None,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Write alternative text for pictures: one short sentence each, with the words that are printed in it.

    What the bundled models cannot tell is not made up: such a picture gets its colours and is marked as unsure, for you to look at.

    Examples:

        assistant caption photos --out alt.csv

        assistant caption chart.png --language zh --json
    """
    from retrieval.faults import InvalidInput

    if language not in ("en", "zh"):
        raise InvalidInput(f"There are no captions in '{language}'.", hint="Use en or zh.", param="language")

    def one(client: Client, part: Row) -> Row:
        found = client.post("/v1/captions", {"input": [part], "language": language})
        return {"alt": found["text"], "sure": found["sure"], "confidence": found["confidence"], "words": found["words"]}

    _finish(_all(paths, PICTURES, one, data_dir, quiet=json), ("file", "alt", "sure", "words", "error"), out, as_json=json)


def _all(
    paths: Sequence[str], kinds: frozenset[str], one: Callable[[Client, Row], Row], data_dir: Path | None, *, quiet: bool
) -> list[Row]:
    """What `one` says of each file, with a bar; a file that fails has its `error`. Raises NotFound when there is no file of these kinds."""
    from retrieval.faults import Fault, NotFound
    from ui.chat.client import ApiFault
    from ui.cli import answering, output
    from ui.cli.connection import connected
    from ui.cli.paths import find

    files = [path for path in find(paths).files if path.suffix.lower() in kinds]
    if not files:
        raise NotFound("There is no file of that kind there.", hint=f"Kinds that are read: {' '.join(sorted(kinds))}")
    rows: list[Row] = []
    with connected(data_dir) as client, output.progress(len(files), quiet=quiet) as step:
        for path in files:
            step(path.name)
            try:
                rows.append({"file": str(path), **one(client, answering.attach(path)), "error": None})
            except ApiFault as fault:
                if fault.down:
                    raise
                rows.append({"file": str(path), "error": f"{fault.message} {fault.hint}".strip()})
            except Fault as fault:
                rows.append({"file": str(path), "error": f"{fault.message} {fault.hint}".strip()})
    return rows


def _finish(rows: Sequence[Row], columns: Sequence[str], out: Path | None, *, as_json: bool) -> None:
    """Write and print the rows. Raises Exit when a file failed, InvalidInput when `out` cannot be written."""
    from ui.cli import output

    if out is not None:
        _write(rows, columns, out)
    if as_json:
        output.show_json({"data": list(rows)})
    elif out is not None:
        output.write(output.say("en", "saved", path=out))
    else:
        output.table(columns[:-1], [[_cell(row.get(column)) for column in columns[:-1]] for row in rows if not row["error"]])
    failed = [row for row in rows if row["error"]]
    if not as_json:
        for row in failed:
            output.show_fault(f"{row['file']}: {row['error']}")
    if failed:
        raise typer.Exit(1)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)


def _write(rows: Sequence[Row], columns: Sequence[str], out: Path) -> None:
    import json

    from retrieval.faults import InvalidInput

    try:
        if out.suffix.lower() == ".json":
            out.write_text(json.dumps({"data": list(rows)}, ensure_ascii=False, indent=2) + "\n", "utf-8")
            return
        with out.open("w", encoding="utf-8-sig", newline="") as file:  # the mark, so that spreadsheets read Chinese
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows([[_safe("" if row.get(column) is None else str(row[column])) for column in columns] for row in rows])
    except OSError as error:
        raise InvalidInput(f"{out} cannot be written: {error.strerror}.", hint="Choose another place.", param="out") from error


def _safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
