"""What a study of reliability is: so many trials of one danger, the figures seen, and every failure in words. Knows no danger itself."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Size = Literal["fast", "full", "nightly"]
Tick = Callable[[int], None]
"""Called with the trials done since the last call, for the progress bar."""
MOST_FAILURES = 20
"""Failures kept in words; further ones are counted."""


@dataclass
class Outcome:
    """What a study saw."""

    done: int = 0
    """Trials that were run."""
    figures: dict[str, float | int | str] = field(default_factory=dict)
    """Name -> number, with its unit in the name: `p99 ms`, `lost documents`."""
    failures: list[str] = field(default_factory=list)
    """One sentence each, with what reproduces it (seed, trial, input). Empty is a pass."""
    failed: int = 0
    notes: list[str] = field(default_factory=list)
    """What was simulated, left out, or weaker than the goal, and why."""

    def fail(self, what: str) -> None:
        """Note a failure."""
        self.failed += 1
        if len(self.failures) < MOST_FAILURES:
            self.failures.append(what)


@dataclass(frozen=True)
class Study:
    """One danger and how often to try it. Each module of `benchmarks/reliability/studies` has one, named `STUDY`."""

    name: str
    """That of its module."""
    title: str
    goal: str
    """The goal in one sentence, with its number."""
    unit: str
    """What one trial is: `kills`, `files`."""
    trials: Mapping[Size, int]
    """`fast` runs in `make test` (a few seconds), `full` in `make reliability` (two minutes at most), `nightly` as long as it takes."""
    run: Callable[[int, int, Path, Tick], Outcome]
    """(trials, seed, an empty folder, tick) -> what was seen. Raises only when the study itself is broken."""
    covers: tuple[str, ...] = ()
    """Ids of `benchmarks/reliability/cases.py` that it tries."""


def studies() -> list[Study]:
    """All studies, by name."""
    from benchmarks.reliability import studies as folder

    names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__) if not module.name.startswith("_"))
    found = [importlib.import_module(f"benchmarks.reliability.studies.{name}").STUDY for name in names]
    assert [study.name for study in found] == names, "a study is called like its module"
    return found
