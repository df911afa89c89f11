"""What ingestion, search and many vectors found, as rows of the summary and tables. Measures nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.ingesting import PEERS
from benchmarks.measure import median
from benchmarks.rows import Goal, Report, Row, over, spread, table

Found = Mapping[str, Any]
Runs = Mapping[str, Sequence[Found]]


def ingesting(runs: Runs, passages: int) -> Report:
    """`runs` has the rounds of every contestant, in the same order."""
    rates = {name: _values(found, "passages_per_s") for name, found in runs.items()}
    known = [name for name in PEERS if rates.get(name)]
    best = max(known, key=lambda name: median(rates[name]), default="")
    why = "" if best else _why(runs, PEERS)

    def rate(name: str) -> str:
        return f"{median(rates[name]):.0f}/s" if rates.get(name) else ""

    def row(what: str, mine: str, other: str, goal: Goal, bare: str) -> Row:
        value = over(rates.get(mine, ()), rates.get(other, ()))
        peer = f"{best} {rate(best)}" if other == best and best else ""
        missing = _why(runs, (mine, other) if other else (mine,)) or why
        return Row(what, value, goal, rate(mine), rate(bare), peer, why=missing)

    peaks = {name: _values(found, "peak_mb") for name, found in runs.items()}
    least = min(known, key=lambda name: median(peaks[name]), default="")
    disk = _middle(runs.get("ours", ()), "disk_per_text")
    rows = [
        row("ingest, exact, over the best peer", "ours", best, Goal(least=2.0), "bare bf16 loop"),
        row("ingest, exact, over the bare bf16 loop", "ours", "bare bf16 loop", Goal(least=0.8), "bare bf16 loop"),
        row("ingest, 8 bits, over the best peer", "ours, int8", best, Goal(least=3.0), "bare int8"),
        row("ingest, 8 bits, over bare 8 bits", "ours, int8", "bare int8", Goal(least=0.9), "bare int8"),
        Row("disk over text", disk, Goal(most=4.0), f"{disk:.1f} x", peer=_least(runs, known, "disk_per_text"), why=why),
        Row("peak memory of ingestion over the best peer", over(peaks.get("ours", ()), peaks.get(least, ())), Goal(most=0.8),
            _mb(peaks.get("ours", ())), peer=f"{least} {_mb(peaks.get(least, ()))}" if least else "", why=why),
    ]  # fmt: skip
    lines = table(
        ("contestant", "passages/s", "per second of processor", "over ours", "query, ms of processor", "peak MB", "disk / text"),
        [_contestant(name, found, rates) for name, found in runs.items()],
    )
    count = max((len(found) for found in runs.values()), default=0)
    return Report(rows, (f"## Ingestion: {passages} passages, durable, {count} interleaved rounds, middle (least to most)", "", *lines))


def _contestant(name: str, found: Sequence[Found], rates: Mapping[str, Sequence[float]]) -> Sequence[object]:
    good = [run for run in found if "error" not in run]
    if not good:
        return name, f"skipped: {found[0]['error'] if found else 'not run'}", "", "", "", "", ""
    return (
        name, spread(rates[name], ".1f"), f"{_middle(good, 'passages_per_cpu_s'):.1f}", f"{over(rates[name], rates['ours']):.2f}",
        f"{_middle(good, 'query_cpu_ms'):.1f}", f"{_middle(good, 'peak_mb'):.0f}", f"{_middle(good, 'disk_per_text'):.1f}",
    )  # fmt: skip


def searching(found: Found) -> Report:
    """One question after another in one process; its goals are those of the part `serving`."""
    bare = found["bare encoder + bare FAISS"]
    names = [name for name, one in found.items() if isinstance(one, dict)]
    lines = table(
        ("what", "p50 ms", "over bare, ms", "ratio", "p50 ms of processor", "over bare, ms"),
        [
            (name, f"{found[name]['p50_ms']:.1f}", f"{found[name]['p50_ms'] - bare['p50_ms']:+.1f}",
             f"{found[name]['p50_ms'] / bare['p50_ms']:.2f}", f"{found[name]['p50_cpu_ms']:.1f}",
             f"{found[name]['p50_cpu_ms'] - bare['p50_cpu_ms']:+.1f}")
            for name in names
        ],
    )  # fmt: skip
    return Report((), (f"## Searching {found['items']} items: words and vectors, k = 10, question by question in one process", "", *lines))


def million(fill: Found, found: Found, count: int) -> Report:
    """`fill` is what the process that stored them said."""
    ours, flat, flat_mb = found.get("beside_flat_p50_ms", math.nan), found.get("flat_p50_ms", math.nan), found.get("flat_mb", math.nan)
    size = f"{count:,} vectors"
    rows = [
        Row(f"{size}, recall@10", found["recall"]["none"], Goal(least=0.99), f"{found['recall']['none']:.4f}"),
        Row(f"{size}, p50 over Flat", ours / flat, Goal(most=0.02), f"{ours:.2f} ms", f"{flat:.1f} ms", why="no exhaustive index"),
        Row(f"{size}, memory over Flat", found["memory_mb"] / flat_mb, Goal(most=0.6), f"{found['memory_mb']:.0f} MB",
            f"{flat_mb:.0f} MB", why="no exhaustive index"),
    ]  # fmt: skip
    spent, worked = found["p50_ms"], found["p50_cpu_ms"]
    lines = table(
        ("filter", "recall@10", "p50 ms", "p50 ms of processor", "ratio to none"),
        [
            (name, f"{recall:.4f}", f"{spent[name]:.2f}", f"{worked[name]:.2f}", f"{worked[name] / worked['none']:.2f}")
            for name, recall in found["recall"].items()
        ],
    )  # fmt: skip
    return Report(rows, (
        f"## {size} in clusters, 384 numbers each, index {found['index']}", "", *lines, "",
        f"Memory of the process that searches {found['memory_mb']:.0f} MB, with five filters in use {found['memory_filtered_mb']:.0f} MB;"
        f" first search after a start {found['first_search_s']:.1f} s. Filling took {fill['fill_s']:.0f} s, the index was ready"
        f" {fill['settle_s']:.0f} s later, and that process had {fill['peak_mb']:.0f} MB at most.",
    ))  # fmt: skip


def _values(found: Sequence[Found], name: str) -> list[float]:
    return [run[name] for run in found if name in run]


def _middle(found: Sequence[Found], name: str) -> float:
    return median(_values(found, name) or [math.nan])


def _mb(values: Sequence[float]) -> str:
    return f"{median(values):.0f} MB" if values else ""


def _least(runs: Runs, names: Sequence[str], field: str) -> str:
    best = min(names, key=lambda name: _middle(runs[name], field), default="")
    return f"{best} {_middle(runs[best], field):.1f} x" if best else ""


def _why(runs: Runs, names: Sequence[str] | Mapping[str, str]) -> str:
    return next((str(run["error"]) for name in names for run in runs.get(name, ()) if "error" in run), "")
