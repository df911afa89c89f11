"""Memory: how full it is, and the refusal of new work above a mark. Knows no request.

What is there already goes on; what would come on top is told to come back, so that the process is not ended by the system in the middle.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from retrieval.faults import Unavailable
from retrieval.hosting.machine import memory_used
from ui.api.words import refuse

LOOK_SECONDS = 0.25
"""How old a figure may be."""


class Watermark:
    """Looks at the memory when it is asked, at most four times a second."""

    RETRY_SECONDS = 5

    def __init__(self, share: float, used: Callable[[], tuple[int, int]] = memory_used) -> None:
        """New work is refused from `share` (0 to 1) of the memory on; 1 never refuses. `used` gives bytes (taken, there in all)."""
        self.share = share
        self.shed = 0
        """Requests that were refused."""
        self._used = used
        self._at = -LOOK_SECONDS
        self._found = (0, 1)

    def taken(self) -> float:
        """Share of the memory that is taken, 0 to 1."""
        if time.monotonic() - self._at >= LOOK_SECONDS:
            self._found, self._at = self._used(), time.monotonic()
        return self._found[0] / max(1, self._found[1])

    @property
    def full(self) -> bool:
        """Whether new work is refused."""
        return self.share < 1 and self.taken() >= self.share

    def check(self) -> None:
        """Raises Unavailable (503, with Retry-After) while it is full."""
        if self.full:
            self.shed += 1
            fault = refuse(Unavailable, "memory_full", code="memory_full", percent=round(100 * self.taken()), seconds=self.RETRY_SECONDS)
            fault.retry_after = self.RETRY_SECONDS  # type: ignore[attr-defined]
            raise fault
