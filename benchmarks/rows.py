"""Rows of the summary and tables of the parts: a goal, what was measured, and whether it is met. Knows no measurement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.measure import median

HEAD = "| what | ours | limit (bare) | best peer | ratio | goal | met |\n|-|-|-|-|-|-|-|"


@dataclass(frozen=True)
class Goal:
    """A bound on a figure, which is a ratio wherever its unit is empty."""

    least: float | None = None
    most: float | None = None
    unit: str = ""

    def met(self, value: float) -> bool:
        """Whether a figure is within it."""
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def told(self) -> str:
        """As a person writes it."""
        if self.least is not None:
            return f"≥ {self.least:g}{self.unit}"
        return f"≤ {self.most:g}{self.unit}" if self.most is not None else ""


@dataclass(frozen=True)
class Row:
    """One line of the summary."""

    what: str
    value: float
    """What the goal bounds; not a number when it could not be measured."""
    goal: Goal
    ours: str = ""
    limit: str = ""
    peer: str = ""
    why: str = ""
    """Why there is no value."""

    def line(self) -> str:
        """In Markdown."""
        value, met = f"{self.value:.3g}{self.goal.unit}", "met" if self.goal.met(self.value) else "missed"
        if math.isnan(self.value):
            value, met = "", f"not measured: {self.why or 'no figure'}"
        return f"| {' | '.join((self.what, self.ours, self.limit, self.peer, value, self.goal.told(), met))} |"


@dataclass(frozen=True)
class Report:
    """What one part found."""

    rows: Sequence[Row] = ()
    lines: Sequence[str] = field(default=())
    """Its section, a heading first."""


def failed(name: str, why: str) -> Report:
    """A part that could not be measured."""
    why = " ".join(why.split()).replace("|", "/")[:200]
    return Report((Row(name, math.nan, Goal(), why=why),), (f"## {name}", "", f"Failed: {why}"))


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Markdown."""
    return [f"| {' | '.join(columns)} |", "|" + "-|" * len(columns), *(f"| {' | '.join(map(str, row))} |" for row in rows)]


def spread(values: Sequence[float], form: str = ".2f") -> str:
    """The middle one, and the least and the most of them."""
    if not values:
        return ""
    return f"{median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def over(ours: Sequence[float], other: Sequence[float]) -> float:
    """Middle of the ratios of values that were taken in the same rounds; not a number without any."""
    pairs = [a / b for a, b in zip(ours, other, strict=False) if b]
    return median(pairs) if pairs else math.nan
