"""`assistant eval commands`: typed and spoken commands of one's own, understood by one's own intents. Runs no command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from assistant.evaluation.commands import Tally

_SHARES = ("intent", "acted", "slots", "whole")


def run(files: Sequence[Path], floors: dict[str, float], *, json: bool, data_dir: Path | None) -> None:
    """Measure and show; exits with 1 when the share of right intents is below a floor. Raises Fault."""
    from assistant.build import open_ear
    from assistant.evaluation.commands import measure, read
    from assistant.settings import read as read_settings
    from tools.devices._home_file import read_home
    from tools.intents.understanding import Intents
    from ui.cli import output

    settings = read_settings({"data_dir": data_dir})
    intents, devices = Intents(settings.data_dir), read_home(settings.data_dir).listed()
    cases = [(path.parent, read(path)) for path in files]
    spoken = any(case.spoken for _, rows in cases for case in rows)
    hear, close = open_ear(settings, devices) if spoken else (_deaf, lambda: None)
    try:
        found = [measure(rows, folder, intents, devices, hear) for folder, rows in cases]
    finally:
        close()
    report = {kind: _joined([one[kind] for one in found]).to_dict() for kind in ("typed", "spoken")}
    low = {kind: report[kind]["intent"] for kind, least in floors.items() if report[kind]["cases"] and report[kind]["intent"] < least}
    if json:
        output.show_json({"passed": not low, **report})
    else:
        _show(report)
    if low:
        if not json:
            output.show_fault("Below the threshold: " + ", ".join(f"{kind} {value} < {floors[kind]}" for kind, value in low.items()) + ".")
        raise typer.Exit(1)


def _deaf(path: Path) -> Any:
    raise AssertionError(f"{path} is no sound")


def _joined(tallies: Sequence[Tally]) -> Tally:
    from dataclasses import fields

    whole = tallies[0]
    for one in tallies[1:]:
        for part in fields(one):
            setattr(whole, part.name, getattr(whole, part.name) + getattr(one, part.name))
    return whole


def _show(report: dict[str, dict[str, Any]]) -> None:
    from ui.cli import output

    rows = [
        [kind, str(r["cases"]), *(_figure(r[name]) for name in _SHARES), str(r["other"]), str(r["false_actions"])]
        for kind, r in report.items()
        if r["cases"] or r["other"]
    ]
    output.table(["commands", "cases", *_SHARES, "other", "false actions"], rows)
    for row in report.values():
        for case in row["wrong"][:20]:
            output.write(f"  {output.shorten(str(case), 200)}")


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
