"""`make bench`: every benchmark, a table on the screen, and `benchmarks/RESULTS.md`. Each part runs in processes of its own.

`--help` lists the options.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import peers
from benchmarks.ingesting import CONTESTANTS, PEERS
from benchmarks.measure import machine, median

ROOT = Path(__file__).parents[1]
PARTS = ("ingesting", "searching", "million")


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    passages: int = 300
    repetitions: int = 3
    items: int = 100_000
    vectors: int = 1_000_000


QUICK = Sizes(passages=12, repetitions=1, items=500, vectors=1000)


def child(python: Path | str, module: str, *arguments: object) -> dict[str, Any]:
    """What a module prints as its last line of JSON, or `{"error": ...}`."""
    command = [str(python), "-W", "ignore", "-m", f"benchmarks.{module}", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        found = json.loads(done.stdout.strip().splitlines()[-1])
        return found if isinstance(found, dict) else {"error": "no result"}
    except (ValueError, IndexError):
        return {"error": (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1][:120]}


def ingesting(sizes: Sizes, folder: Path, with_peers: bool) -> list[str]:
    """Rows of the table of ingestion; repetitions are interleaved, and medians are taken."""
    missing = peers.install() if with_peers else "not asked for"
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in CONTESTANTS}
    for turn in range(sizes.repetitions):
        for place, name in enumerate(CONTESTANTS):
            if name in PEERS and missing:
                runs[name].append({"error": missing})
            else:
                python = peers.PYTHON if name in PEERS else sys.executable
                runs[name].append(child(python, "ingesting", name, folder / f"ingest-{turn}-{place}", sizes.passages))
            print(f"ingesting, {turn + 1} of {sizes.repetitions}: {name}", file=sys.stderr)
    rows = ["| contestant | passages/s | per second of processor | ratio to ours | query, ms of processor | peak MB | disk / text |",
            "|-|-|-|-|-|-|-|"]  # fmt: skip
    best = _middle(runs["ours"], "passages_per_cpu_s")
    for name, found in runs.items():
        if "error" in found[0]:
            rows.append(f"| {name} | skipped: {found[0]['error']} | | | | | |")
            continue
        speed = _middle(found, "passages_per_cpu_s")
        rows.append(
            f"| {name} | {_middle(found, 'passages_per_s'):.1f} | {speed:.1f} | {speed / best:.2f} | {_middle(found, 'query_cpu_ms'):.1f} |"
            f" {_middle(found, 'peak_mb'):.0f} | {_middle(found, 'disk_per_text'):.1f} |"
        )
    return [f"## Ingestion: {sizes.passages} passages, durable, one core each, {sizes.repetitions} interleaved runs, medians", "", *rows]


def _middle(found: Sequence[dict[str, Any]], name: str) -> float:
    return median([run[name] for run in found if name in run] or [float("nan")])


def searching(sizes: Sizes, folder: Path) -> list[str]:
    """Rows of the table of searching."""
    found = child(sys.executable, "searching", folder / "searching", sizes.items)
    if "error" in found:
        return ["## Searching", "", f"Failed: {found['error']}"]
    bare = found["bare encoder + bare FAISS"]
    rows = ["| what | p50 ms | over bare, ms | ratio | p50 ms of processor | over bare, ms |", "|-|-|-|-|-|-|"]
    for name in ("bare encoder", "bare encoder + bare FAISS", "ours", "ours, filtered"):
        wall, cpu = found[name]["p50_ms"], found[name]["p50_cpu_ms"]
        more, worked = wall - bare["p50_ms"], cpu - bare["p50_cpu_ms"]
        rows.append(f"| {name} | {wall:.1f} | {more:+.1f} | {wall / bare['p50_ms']:.2f} | {cpu:.1f} | {worked:+.1f} |")
    return [f"## Searching {found['items']} items: words and vectors, k = 10, question by question in one process", "", *rows]


def million(sizes: Sizes, folder: Path, filled: Path | None) -> list[str]:
    """Rows of the table of many vectors; `filled` is a folder that an earlier run has filled."""
    place = filled or folder / "million"
    fill = (
        json.loads((place / "fill.json").read_text("utf-8")) if filled else child(sys.executable, "million", place, sizes.vectors, "fill")
    )
    found = fill if "error" in fill else child(sys.executable, "million", place, sizes.vectors, "measure")
    if "error" in found:
        return ["## Many vectors", "", f"Failed: {found['error']}"]
    rows = ["| filter | recall@10 | p50 ms | p50 ms of processor | ratio to none |", "|-|-|-|-|-|"]
    base = found["p50_cpu_ms"]["none"]
    for name, recall in found["recall"].items():
        cpu = found["p50_cpu_ms"][name]
        rows.append(f"| {name} | {recall:.4f} | {found['p50_ms'][name]:.2f} | {cpu:.2f} | {cpu / base:.2f} |")
    return [
        f"## {sizes.vectors} synthetic vectors in clusters, 384 numbers each, index {found['index']}", "", *rows, "",
        f"Memory of the process that searches {found['memory_mb']:.0f} MB, with five filters in use"
        f" {found['memory_filtered_mb']:.0f} MB; first search after a start {found['first_search_s']:.1f} s."
        f" Filling took {fill['fill_s']:.0f} s, the index was ready"
        f" {fill['settle_s']:.0f} s later, and that process had {fill['peak_mb']:.0f} MB at most.",
    ]  # fmt: skip


def main() -> None:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="tiny sizes: shows that it runs, measures nothing")
    parser.add_argument("--parts", default=",".join(PARTS), help="some of: " + ", ".join(PARTS))
    parser.add_argument("--passages", type=int, default=None, help="passages to ingest, when not 300")
    parser.add_argument("--no-peers", action="store_true", help="leave out the systems that must be installed first")
    parser.add_argument("--out", type=Path, default=None, help="file to write; RESULTS.md unless --quick")
    parser.add_argument("--million", type=Path, default=None, help="folder that `benchmarks.million FOLDER COUNT fill` has filled")
    options = parser.parse_args()
    sizes, wanted = QUICK if options.quick else Sizes(), options.parts.split(",")
    sizes = replace(sizes, passages=options.passages or sizes.passages)
    lines = ["# Results", "", f"{time.strftime('%Y-%m-%d')}. {machine()}", ""]
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        if "ingesting" in wanted:
            lines += [*ingesting(sizes, folder, not options.no_peers), ""]
        if "searching" in wanted:
            lines += [*searching(sizes, folder), ""]
        if "million" in wanted:
            lines += [*million(sizes, folder, options.million), ""]
    if not options.no_peers and (found := peers.versions()):
        lines += ["Peers: " + ", ".join(f"{name} {number}" for name, number in found.items()) + ".", ""]
    lines += ["Ratios within one run mean something; single figures depend on the machine and on what else it does.", ""]
    text = "\n".join(lines)
    print(text)
    out = options.out or (None if options.quick else Path(__file__).with_name("RESULTS.md"))
    if out is not None:
        out.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
