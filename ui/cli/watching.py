"""Watching files for changes by looking at them again and again. Knows paths, no service.

Looking (name, size, time of change) instead of asking the system for events: it works the same on network and container mounts, which
send none, and has no limit of watches. A hundred thousand files take about a second to look at.
"""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

LOOK_SECONDS = 1.0
Marks = dict[Path, tuple[int, int]]
"""Path -> (time of change in nanoseconds, bytes)."""


@dataclass(frozen=True)
class Changes:
    """What two looks in a row agree on, since the last time."""

    written: list[Path] = field(default_factory=list)
    """New or changed, and no longer being written."""
    gone: list[Path] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.written or self.gone)


def marks(paths: Iterable[Path]) -> Marks:
    """Marks of the files that are there."""
    found: Marks = {}
    for path in paths:
        try:
            state = path.stat()
        except OSError:  # it went away between the listing and here
            continue
        found[path] = (state.st_mtime_ns, state.st_size)
    return found


@contextmanager
def interrupted() -> Iterator[list[bool]]:
    """A list that is empty until the first Ctrl-C; the second one raises KeyboardInterrupt as ever.

    An exception that a signal raises is lost when it falls into a destructor or a callback; a mark is not. It is no Event, whose lock the
    interrupted code may hold.
    """
    asked: list[bool] = []

    def note(number: int, frame: object) -> None:
        asked.append(True)
        signal.signal(signal.SIGINT, former)

    former = signal.signal(signal.SIGINT, note)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, former)


class Watcher:
    """Tells changes from one look to the next. A file counts when two looks agree, so none is read while it is being written."""

    def __init__(self, first: Marks) -> None:
        self._handled = dict(first)
        self._before = dict(first)

    def look(self, now: Marks) -> Changes:
        """What has changed and settled; it counts as handled from then on."""
        written = [path for path, mark in now.items() if self._handled.get(path) != mark and self._before.get(path) == mark]
        gone = [path for path in self._handled if path not in now and path not in self._before]
        for path in written:
            self._handled[path] = now[path]
        for path in gone:
            del self._handled[path]
        self._before = dict(now)
        return Changes(written, gone)
