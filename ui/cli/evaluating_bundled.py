"""`assistant eval bundled`: the scores of the models that come along, measured again on a folder of public sets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from assistant.evaluation.base import Score
    from assistant.evaluation.bundled import Report


def run(data: Path, only: Sequence[str], *, require_goals: bool, json: bool) -> None:
    """Measure and show; exits with 1 when `require_goals` and one is missed. Raises Fault."""
    from assistant.evaluation.bundled import Report, chosen, measure
    from assistant.settings import read
    from ui.cli import output
    from ui.cli.examining import trial

    names, report = chosen(only), Report()
    with trial(read()) as assistant, output.notes().status("") as status:
        for place, name in enumerate(names):
            status.update(f"{place + 1} of {len(names)}: {name}")
            for one in measure(assistant, data, [name]):
                report.measured.append(one)
                if not json:
                    output.write(f"{name} ({one.seconds:.0f} s)" + (f": skipped. {one.skipped}" if one.skipped else ""))
    if json:
        output.show_json(report.to_dict())
    else:
        _show(report)
    if require_goals and report.missed:
        if not json:
            output.show_fault(f"Goals missed: {', '.join(report.missed)}.")
        raise typer.Exit(1)


def _show(report: Report) -> None:
    from ui.cli import output

    rows = [_row(score) for one in report.measured for score in one.scores]
    output.write("")
    output.table(["model", "measure", "value", "goal", "met", "cases", "note"], rows)


def _row(score: Score) -> list[str]:
    goal = "" if score.goal is None else f"{'<=' if score.lower_is_better else '>='} {score.goal:.2f}"
    met = {True: "yes", False: "no", None: ""}[score.met]
    return [score.model, score.name, f"{score.value:.3f}", goal, met, str(score.cases), score.note]
