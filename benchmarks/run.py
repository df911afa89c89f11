"""`make bench`: every part, a summary of ratios against their goals, a table for each part; on the screen and in `benchmarks/RESULTS.md`.

`--help` lists the options.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import peers
from benchmarks.measure import load, machine
from benchmarks.parts import PARTS, WITHOUT_SERVERS, Plan, measured
from benchmarks.rows import HEAD, Report

HERE = Path(__file__).parent


def text(reports: Sequence[Report], began: str, versions: dict[str, str], *, quick: bool) -> str:
    """The whole page. `began` is the load of the machine when it began."""
    rows = [row.line() for report in reports for row in report.rows]
    lines = [
        "# Results",
        "",
        f"{time.strftime('%Y-%m-%d')}. {machine()} Load when it began {began}, when it ended {load()}.",
        "",
        HEAD,
        *rows,
    ]
    lines += ["", "Ratios within one run mean something; single figures depend on the machine and on what else it does."]
    if quick:
        lines += ["", "Tiny sizes: this shows that everything runs. Its figures, and whether goals are met, mean nothing."]
    for report in reports:
        lines += ["", *report.lines]
    if versions:
        lines += ["", "Peers: " + ", ".join(f"{name} {number}" for name, number in versions.items()) + "."]
    return "\n".join(lines) + "\n"


def wanted(told: str, *, quick: bool) -> list[str]:
    """Names of parts. Exits when one is not known."""
    names = told.split(",") if told else list(WITHOUT_SERVERS if quick else PARTS)
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        raise SystemExit(f"There is no part {', '.join(unknown)}. Choose from: {', '.join(PARTS)}.")
    return names


def main() -> None:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="tiny sizes, one round, no servers: shows that it runs, measures nothing")
    parser.add_argument("--parts", default="", help="some of: " + ", ".join(PARTS))
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds of each part that has them")
    parser.add_argument("--passages", type=int, default=300, help="passages to ingest")
    parser.add_argument("--grown", type=int, default=0, help="items of a second data directory of `starting`, e.g. 1000000")
    parser.add_argument("--no-peers", action="store_true", help="leave out the systems that must be installed first")
    parser.add_argument("--data", type=Path, default=None, help="question sets for `quality`: see benchmarks/README.md")
    parser.add_argument("--out", type=Path, default=None, help="file to write; RESULTS.md when everything is measured in full")
    parser.add_argument("--million", type=Path, default=None, help="folder that `benchmarks.million FOLDER COUNT fill` has filled")
    options = parser.parse_args()
    names, began = wanted(options.parts, quick=options.quick), load()
    missing = "not asked for" if options.no_peers else peers.install()
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        plan = Plan(
            Path(temporary),
            options.rounds,
            options.passages,
            grown=options.grown,
            missing=missing,
            data=options.data,
            filled=options.million,
        )
        if options.quick:
            plan = Plan(Path(temporary), rounds=1, passages=12, items=500, vectors=1000, quick=True, missing=missing, data=options.data)
        reports = [measured(name, plan) for name in names]
    page = text(reports, began, {} if options.no_peers else peers.versions(), quick=options.quick)
    print(page)
    out = options.out or (HERE / "RESULTS.md" if set(names) == set(PARTS) and not options.quick else None)
    if out is not None:
        out.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
