"""Counts of HTTP statuses, told. Knows no request."""

from __future__ import annotations

from collections.abc import Mapping


def of_class(statuses: Mapping[int, int], first: int) -> int:
    """How many answers have a status of that class; `first` is its first digit."""
    return sum(count for status, count in statuses.items() if status // 100 == first)


def told(statuses: Mapping[int, int]) -> str:
    """One line: each status and how often."""
    return "statuses: " + ", ".join(f"{status} {count}" for status, count in sorted(statuses.items()))
