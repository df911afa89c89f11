"""Which items changed lately: lets what is derived from many items be brought up to date by a look at a few. Pure bookkeeping."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np

from retrieval.engine import ITEMS, METADATA, Feed
from retrieval.indexes import Keys

REMEMBERED = 20_000
"""Changed keys that are remembered; who is further behind starts anew."""


class Changes:
    """A number that grows with every commit, and the item keys behind the last of them. Safe for threads."""

    def __init__(self, feed: Feed | None = None) -> None:
        """Told by a feed, or by hand."""
        if feed is not None:
            feed.listen(ITEMS, self._heard)
            feed.listen(METADATA, self._heard)
        self._lock = threading.Lock()
        self._now = 0
        self._oldest = 0
        self._recent: deque[tuple[int, Keys]] = deque()
        self._remembered = 0

    @property
    def now(self) -> int:
        """Number of commits so far: what was computed from the items at the same number is still right."""
        return self._now

    def _heard(self, keys: Sequence[int] | None) -> None:
        if keys is None:
            self.forget()
        else:
            self.add(keys)

    def add(self, keys: Iterable[int]) -> None:
        """Items with these keys were added, changed or deleted; to be called when that is committed."""
        changed = np.fromiter(keys, np.int64)
        with self._lock:
            self._now += 1
            self._recent.append((self._now, changed))
            self._remembered += len(changed)
            while self._remembered > REMEMBERED:
                self._oldest, gone = self._recent.popleft()
                self._remembered -= len(gone)

    def forget(self) -> None:
        """Everything may have changed."""
        with self._lock:
            self._now += 1
            self._oldest, self._remembered = self._now, 0
            self._recent.clear()

    def since(self, number: int) -> tuple[int, Keys | None]:
        """(number of now, keys that changed after `number`); None for the keys when that was too long ago."""
        with self._lock:
            if number < self._oldest:
                return self._now, None
            behind = [keys for at, keys in self._recent if at > number]
            return self._now, np.unique(np.concatenate(behind)) if behind else np.empty(0, np.int64)
