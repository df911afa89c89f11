"""How often something may happen in a stretch of time. In memory: a restart forgives a minute, and nothing is written down."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable

MINUTE = 60.0
MOST_NAMES = 20_000
"""Names that are remembered; beyond it, those without an event in the window are forgotten."""


class Rates:
    """Events of the last `seconds`, by name. Safe to use from several threads."""

    def __init__(self, seconds: float = MINUTE, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._now = seconds, now
        self._lock = threading.Lock()
        self._events: dict[Hashable, deque[float]] = {}

    def spend(self, *asked: tuple[Hashable, int]) -> tuple[int, int] | None:
        """Count one event for each `(name, most)`, or none when one of them is full: then its place and the whole seconds to wait."""
        with self._lock:
            now = self._now()
            for place, (name, most) in enumerate(asked):
                events = self._events.setdefault(name, deque())
                while events and events[0] <= now - self._seconds:
                    events.popleft()
                if len(events) >= most:
                    return place, int(events[0] + self._seconds - now) + 1
            for name, _ in asked:
                self._events[name].append(now)
            if len(self._events) > MOST_NAMES:
                self._events = {name: events for name, events in self._events.items() if events and events[-1] > now - self._seconds}
        return None
