"""Passwords that were tried for a name, and how long the next try must wait. Knows no password. In memory: a restart forgives them.

Tries are counted by the name they were for and by nothing else: an address is cheap to change, and a header that names one is free.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

FREE = 5
"""Tries in a row before the first wait."""
LONGEST_WAIT = 900.0
"""Seconds. The waits double up to it."""
MOST_NAMES = 10_000
"""Names that are remembered. To push one out costs as many tries as this, each the work of one password."""


class Guesses:
    """Safe to use from several threads."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._tried: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def begin(self, name: str) -> float:
        """Count a try before it is looked at, so that a thousand at once are a thousand. Seconds to wait instead, or 0 to go on."""
        with self._lock:
            now = self._now()
            many, until = self._tried.get(name, (0, 0.0))
            if until > now:
                return until - now
            many += 1
            wait = min(2.0 ** (many - FREE), LONGEST_WAIT) if many >= FREE else 0.0
            self._tried[name] = (many, now + wait)
            self._tried.move_to_end(name)
            while len(self._tried) > MOST_NAMES:
                self._tried.popitem(last=False)
            return 0.0

    def right(self, name: str) -> None:
        """The password was right: nothing is held against the name."""
        with self._lock:
            self._tried.pop(name, None)
