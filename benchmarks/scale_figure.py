"""The figure of `benchmarks/SCALE.md`, as SVG: turns a second measured and predicted, cores by people. Knows values and places."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.scale_predict import Answer
from benchmarks.scale_values import Outcome, Point

LEFT, TOP, WIDE, HIGH, GAP = 70, 40, 330, 240, 130
COLOURS = ("#1b6e8c", "#c4582b", "#5b7f2a")


def drawn(points: Sequence[Point], said: Sequence[tuple[Point, Outcome]], answers: Mapping[str, Sequence[Answer]]) -> str:
    """Two panels of SVG: turns a second by processes, measured and said; cores by people."""
    width, height = LEFT + 2 * WIDE + GAP + 30, TOP + HIGH + 90
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12" fill="#222">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        *_measured_panel(points, said),
        *_cores_panel(answers, LEFT + WIDE + GAP),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _measured_panel(points: Sequence[Point], said: Sequence[tuple[Point, Outcome]]) -> Iterator[str]:
    top = max((one.per_s for one in points), default=1.0) * 1.25
    yield _title(LEFT, "Turns a second by API processes")
    across, up = [(n / 5, str(n)) for n in (1, 2, 3, 4)], [(part / 4, f"{top * part / 4:.0f}") for part in range(5)]
    yield from _frame(LEFT, across, up, "API processes")
    for n, replicas in enumerate(sorted({one.replicas for one in points})):
        colour = COLOURS[n % len(COLOURS)]
        mine = [one for one in points if one.replicas == replicas]
        for one in mine:
            x, y = LEFT + WIDE * one.processes / 5, TOP + HIGH * (1 - one.per_s / top)
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>'
        for one, outcome in said:
            if one in mine:
                x, y = LEFT + WIDE * one.processes / 5, TOP + HIGH * (1 - outcome.per_s / top)
                yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8" fill="none" stroke="{colour}" stroke-width="1.5"/>'
        label = "models in the process" if not replicas else f"{replicas} Ray replica{'s' if replicas > 1 else ''}"
        yield _legend(LEFT, n, colour, f"{label}: dot measured, ring predicted from one process")


def _cores_panel(answers: Mapping[str, Sequence[Answer]], left: int) -> Iterator[str]:
    found = [one for many in answers.values() for one in many]
    low, high = math.log10(min(one.users for one in found)), math.log10(max(one.users for one in found))
    most = math.ceil(math.log10(max(one.cores for one in found)))
    span = max(high - low, 1e-9)

    def x_of(users: float) -> float:
        return (math.log10(users) - low) / span

    def y_of(cores: float) -> float:
        return math.log10(max(1.0, cores)) / max(1, most)

    yield _title(left, "Cores by people, predicted")
    ticks = [(x_of(10**n), f"10^{n}") for n in range(math.ceil(low), math.floor(high) + 1)]
    yield from _frame(left, ticks, [(n / max(1, most), f"{10**n:,}") for n in range(most + 1)], "people at the same time")
    for n, (name, many) in enumerate(answers.items()):
        colour = COLOURS[n % len(COLOURS)]
        line = " ".join(f"{left + WIDE * x_of(one.users):.1f},{TOP + HIGH * (1 - y_of(one.cores)):.1f}" for one in many)
        yield f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
        yield _legend(left, n, colour, name)


def _frame(left: int, across: Sequence[tuple[float, str]], up: Sequence[tuple[float, str]], label: str) -> Iterator[str]:
    yield f'<path d="M{left} {TOP}V{TOP + HIGH}H{left + WIDE}" fill="none" stroke="#888"/>'
    for at, words in across:
        yield f'<text x="{left + WIDE * at:.1f}" y="{TOP + HIGH + 16}" text-anchor="middle">{words}</text>'
    for at, words in up:
        y = TOP + HIGH * (1 - at)
        yield f'<path d="M{left} {y:.1f}H{left + WIDE}" stroke="#ddd"/>'
        yield f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{words}</text>'
    yield f'<text x="{left + WIDE / 2}" y="{TOP + HIGH + 32}" text-anchor="middle">{label}</text>'


def _title(left: int, words: str) -> str:
    return f'<text x="{left}" y="{TOP - 14}" font-size="14" font-weight="bold">{words}</text>'


def _legend(left: int, n: int, colour: str, words: str) -> str:
    y = TOP + HIGH + 50 + 15 * n
    return f'<circle cx="{left + 5}" cy="{y - 4}" r="5" fill="{colour}"/><text x="{left + 16}" y="{y}">{words}</text>'
