"""Circuit: stops asking a worker that keeps failing, and asks again after a rest. Knows no worker.

Without it every request would start a process that dies, one after another, and wait for each. Failures are those of the worker, such as
being killed or not starting; a file that cannot be read is none.
"""

from __future__ import annotations

import math
import threading
import time

from retrieval.faults import Unavailable


class Circuit:
    """Closed while things work, open after `most` failures in a row, tried again after `rest` seconds. Safe for threads."""

    def __init__(self, what: str, most: int = 5, rest: float = 5.0) -> None:
        """`what` names the worker in sentences: `The speech recogniser`."""
        self.what, self._most, self._rest = what, most, rest
        self._lock = threading.Lock()
        self._failures = 0
        self._until = 0.0

    @property
    def open(self) -> bool:
        """Whether the worker is left alone."""
        return self._failures >= self._most and time.monotonic() < self._until

    def check(self) -> None:
        """Raises Unavailable (503, with `retry_after`) while it is open. After each rest one caller goes through and tries it."""
        with self._lock:
            left = self._until - time.monotonic()
            if self._failures < self._most:
                return
            if left <= 0:
                self._until = time.monotonic() + self._rest
                return
        seconds = max(1, math.ceil(left))
        fault = Unavailable(f"{self.what} keeps stopping.", hint=f"Try again in {seconds} s.", code="worker_failed")
        fault.retry_after = seconds  # type: ignore[attr-defined]
        raise fault

    def failed(self) -> None:
        """It failed."""
        with self._lock:
            self._failures += 1
            if self._failures >= self._most:
                self._until = time.monotonic() + self._rest

    def worked(self) -> None:
        """It did what it should."""
        with self._lock:
            self._failures = 0
