"""The parts of `make bench`: which modules each runs, each in a process of its own, and what is made of their lines of JSON.

A part that fails says why in its row; the others go on.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import peers, report_media, report_service, report_store
from benchmarks.ingesting import CONTESTANTS, PEERS
from benchmarks.rows import Report, failed

ROOT = Path(__file__).parents[1]
LONGEST = 3600.0
"""Seconds that a process may take."""


@dataclass(frozen=True)
class Plan:
    """How much is measured, and with what."""

    folder: Path
    rounds: int = 5
    passages: int = 300
    items: int = 100_000
    vectors: int = 1_000_000
    grown: int = 0
    """Items of the second data directory of `starting`; none is made for 0."""
    quick: bool = False
    missing: str = ""
    """Why there are no peers; empty when they are installed."""
    data: Path | None = None
    filled: Path | None = None
    """A folder that `benchmarks.million` has filled."""

    @property
    def flags(self) -> tuple[str, ...]:
        """Of the modules that know a short form."""
        return ("--quick",) if self.quick else ()

    @property
    def with_peers(self) -> tuple[str, ...]:
        """The Python that has them, for modules that start it themselves."""
        return () if self.missing else ("--peers", str(peers.PYTHON))


def child(python: Path | str, module: str, *arguments: object) -> dict[str, Any]:
    """What a module prints as its last line of JSON, or `{"error": ...}`."""
    command = [str(python), "-W", "ignore", "-m", f"benchmarks.{module}", *map(str, arguments)]
    print(" ".join(["benchmarks." + module, *map(str, arguments)]), file=sys.stderr)
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return {"error": f"not after {LONGEST:.0f} s"}
    try:
        found = json.loads(done.stdout.strip().splitlines()[-1])
        return found if isinstance(found, dict) else {"error": "no result"}
    except (ValueError, IndexError):
        return {"error": (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1][:200]}


def own(module: str, *arguments: object) -> dict[str, Any]:
    """Of a module in this environment. Raises RuntimeError with its last words when it fails."""
    found = child(sys.executable, module, *arguments)
    if "error" in found:
        raise RuntimeError(found["error"])
    return found


def ingesting(plan: Plan) -> Report:
    """Every contestant in turn, round by round, each in a process of its own."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in CONTESTANTS}
    for turn in range(plan.rounds):
        for place, name in enumerate(CONTESTANTS):
            if name in PEERS and plan.missing:
                runs[name].append({"error": plan.missing})
            else:
                python = peers.PYTHON if name in PEERS else sys.executable
                runs[name].append(child(python, "ingesting", name, plan.folder / f"ingest-{turn}-{place}", plan.passages))
    return report_store.ingesting(runs, plan.passages)


def searching(plan: Plan) -> Report:
    """One process."""
    return report_store.searching(own("searching", plan.folder / "searching", plan.items))


def million(plan: Plan) -> Report:
    """One process that fills, unless it was done before, and one that searches."""
    place = plan.filled or plan.folder / "million"
    fill = json.loads((place / "fill.json").read_text("utf-8")) if plan.filled else own("million", place, plan.vectors, "fill")
    return report_store.million(fill, own("million", place, plan.vectors, "measure"), plan.vectors)


def serving(plan: Plan) -> Report:
    """Real servers, asked in turn."""
    return report_service.serving(own("serving", "--rounds", plan.rounds, *plan.with_peers, *plan.flags))


def turning(plan: Plan) -> Report:
    """Its three parts may fail one by one."""
    return report_service.turning(*(child(sys.executable, "turning", part, *plan.flags) for part in ("tool", "bundled", "growth")))


def starting(plan: Plan) -> Report:
    """Whole processes, in turn."""
    grown = ("--items", plan.grown) if plan.grown else ()
    return report_service.starting(own("starting", "--rounds", plan.rounds, *grown, *plan.with_peers, *plan.flags))


def quality(plan: Plan) -> Report:
    """Over what was named with `--data`, or generated questions."""
    data = ("--data", plan.data) if plan.data else ()
    return report_media.quality(own("quality", "--rounds", plan.rounds, *data, *plan.with_peers, *plan.flags))


def pictures(plan: Plan) -> Report:
    """One process."""
    return report_media.pictures(own("pictures", *plan.flags))


def speaking(plan: Plan) -> Report:
    """One process."""
    return report_media.speaking(own("speaking", "--rounds", plan.rounds, *plan.flags))


PARTS: Mapping[str, Callable[[Plan], Report]] = {
    "ingesting": ingesting, "serving": serving, "quality": quality, "million": million, "turning": turning, "starting": starting,
    "pictures": pictures, "speaking": speaking, "searching": searching,
}  # fmt: skip
WITHOUT_SERVERS = ("ingesting", "quality", "million", "pictures", "speaking", "searching")
"""About a minute, when tiny."""


def measured(name: str, plan: Plan) -> Report:
    """One part; a failure of whatever kind is a row that says why."""
    try:
        return PARTS[name](plan)
    except Exception as error:
        said = str(error) if isinstance(error, RuntimeError) else f"{type(error).__name__}: {error}"
        return failed(name, said)
