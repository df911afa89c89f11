"""The queue before the drawing model: so many draw at once, the others wait, people take turns. Knows no drawing and no model."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from retrieval.faults import Busy
from tools.phrasing import tell

_LOOK = 0.1
"""Seconds between two looks at whether a waiting person has left."""
_FIRST_GUESS = 5.0
"""Seconds that a drawing is taken to last before one was measured."""


class _Ticket:
    """One that waits."""

    def __init__(self, owner: str) -> None:
        self.owner = owner


class DrawingQueue:
    """Places to draw. People take turns; each person's drawings come in the order in which they asked."""

    def __init__(self, at_once: int = 1, waiting: int = 16) -> None:
        """`at_once` draw together; up to `waiting` wait, the last quarter of them people who wait for nothing else."""
        self._at_once, self._room = at_once, waiting
        self._changed = threading.Condition()
        self._drawing = 0
        self._waiting: dict[str, deque[_Ticket]] = {}
        """By owner, in the order of their turns: whoever is served goes to the end."""
        self._seconds = _FIRST_GUESS

    @contextmanager
    def place(self, owner: str, check: Callable[[], None], told: Callable[[int], None], language: str = "en") -> Iterator[None]:
        """A place to draw, held until the block ends. `check` raises to leave the queue; `told` gets how many are before, when it changes.

        Raises Busy (with `retry_after`, seconds) when no more may wait, and what `check` raises.
        """
        self._wait(owner, check, told, language)
        started = time.monotonic()
        try:
            yield
        finally:
            with self._changed:
                self._drawing -= 1
                self._seconds += 0.3 * (time.monotonic() - started - self._seconds)
                self._changed.notify_all()

    def load(self) -> tuple[int, int]:
        """(how many draw, how many wait) now."""
        with self._changed:
            return self._drawing, self._length()

    def _wait(self, owner: str, check: Callable[[], None], told: Callable[[int], None], language: str) -> None:
        check()
        with self._changed:
            if self._drawing < self._at_once and not self._length():
                self._drawing += 1
                return
            self._admit(owner, language)
            ticket = _Ticket(owner)
            self._waiting.setdefault(owner, deque()).append(ticket)
        said = -1
        try:
            while True:
                with self._changed:
                    before = self._order().index(ticket)
                    if before == 0 and self._drawing < self._at_once:
                        self._serve(ticket)
                        return
                    if before + self._drawing == said:
                        self._changed.wait(_LOOK)
                        before = self._order().index(ticket)
                    now = before + self._drawing
                check()
                if now != said:
                    told(now)  # outside the lock: whoever listens may be slow
                    said = now
        except BaseException:
            self._leave(ticket)
            raise

    def _admit(self, owner: str, language: str) -> None:
        room = self._room - (self._room // 4 if self._waiting.get(owner) else 0)
        if self._length() < room:
            return
        seconds = max(1, math.ceil(self._seconds * (self._length() + self._drawing) / self._at_once))
        fault = Busy(
            tell(language, "studio.full", count=self._length()), hint=tell(language, "studio.full_hint", seconds=seconds),
            code="queue_full",
        )  # fmt: skip
        fault.retry_after = seconds  # type: ignore[attr-defined]
        raise fault

    def _serve(self, ticket: _Ticket) -> None:
        row = self._waiting.pop(ticket.owner)
        row.popleft()
        if row:
            self._waiting[ticket.owner] = row  # at the end: the others come first
        self._drawing += 1
        self._changed.notify_all()

    def _leave(self, ticket: _Ticket) -> None:
        with self._changed:
            row = self._waiting.get(ticket.owner)
            if row is not None and ticket in row:
                row.remove(ticket)
                if not row:
                    del self._waiting[ticket.owner]
            self._changed.notify_all()

    def _length(self) -> int:
        return sum(map(len, self._waiting.values()))

    def _order(self) -> list[_Ticket]:
        """Everyone who waits, in the order they will be served: one of each person, then the next of each."""
        rows = [list(row) for row in self._waiting.values()]
        return [row[turn] for turn in range(max(map(len, rows), default=0)) for row in rows if turn < len(row)]
