"""Runs studies and the marked tests one after the other, with a bar, and hands what they saw to the report."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from benchmarks.reliability.study import Outcome, Size, Study

Ended = Literal["passed", "failed", "skipped"]
ROOT = Path(__file__).parents[2]


@dataclass
class Ran:
    """A study that was run."""

    study: Study
    outcome: Outcome
    seconds: float
    seed: int

    @property
    def passed(self) -> bool:
        """Nothing failed, and at least one trial was run."""
        return not self.outcome.failed and self.outcome.done > 0


def run_all(chosen: Sequence[Study], size: Size, seed: int, out: Path, trials: int | None = None, tests: bool = True) -> int:
    """Run, write the report to `out`, print a line for each. Gives the exit code: 1 when anything failed."""
    from benchmarks.reliability.report import write

    console = Console()
    ran = [_run(study, trials or study.trials[size], seed, console) for study in chosen]
    ended = run_marked(console) if tests else {}
    page = write(out, size, ran, ended)
    failed = [item.study.name for item in ran if not item.passed] + [name for name, end in ended.items() if end == "failed"]
    console.print(f"\n{len(ran)} studies, {len(ended)} tests, {len(failed)} failed. Report: {page}", highlight=False)
    for name in failed:
        console.print(f"  failed: {name}", highlight=False)
    return 1 if failed else 0


def _run(study: Study, trials: int, seed: int, console: Console) -> Ran:
    columns = TextColumn("{task.description:24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="reliability-") as folder, Progress(*columns, console=console) as bar:
        task = bar.add_task(study.name, total=trials)
        try:
            outcome = study.run(trials, seed, Path(folder), lambda done: bar.advance(task, done))
        except Exception:
            outcome = Outcome()
            outcome.fail("the study itself broke: " + traceback.format_exc(limit=-6))
    ran = Ran(study, outcome, time.monotonic() - began, seed)
    figures = ", ".join(f"{name} {value}" for name, value in outcome.figures.items())
    console.print(f"  {'passed' if ran.passed else 'FAILED'}: {outcome.done} {study.unit}; {figures}", highlight=False)
    for failure in outcome.failures:
        console.print(f"    {failure}", highlight=False, markup=False)
    return ran


def run_marked(console: Console) -> dict[str, Ended]:
    """`file::test` -> how it ended, of the tests marked with a case; the worst end of its parameters."""
    console.print("the tests of the battery ...")
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "tests.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-m", "case", "--deselect", "tests/reliability/test_studies.py",
                   "-o", "junit_family=xunit1", f"--junitxml={result}"]  # fmt: skip
        subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL if console.is_terminal else None)
        return read_ends(result.read_text("utf-8")) if result.is_file() else {"pytest": "failed"}


def read_ends(junit: str) -> dict[str, Ended]:
    """The ends in pytest's own XML file."""
    worst: dict[str, Ended] = {}
    order: tuple[Ended, ...] = ("skipped", "passed", "failed")
    for case in ElementTree.fromstring(junit).iter("testcase"):  # noqa: S314 - pytest has just written it
        name = f"{case.get('file')}::{str(case.get('name')).partition('[')[0]}"
        bad = case.find("failure") is not None or case.find("error") is not None
        end: Ended = "failed" if bad else "skipped" if case.find("skipped") is not None else "passed"
        worst[name] = max(worst.get(name, end), end, key=order.index)
    return worst
