"""Keeping Milvus in step with the database: for one process that has both alone, and for several that share them.

Of several, whoever commits brings Milvus up to the feed, and then the call returns. A process that dies in between leaves it behind; the
next that writes or searches finds that and goes on where it stopped. Bringing a change over twice does no harm: an item never changes
under its key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from retrieval.engine import ALL, ITEMS, VECTORS, Engine
from retrieval.indexes import Keys
from retrieval.stores._milvus_mirror import TURN, Mirror


class Step(Protocol):
    """Keeps the two in step. What it returns says whether they are; if not, everything must be compared."""

    def begin(self, certain: bool) -> None:
        """Compare the two, thoroughly if `certain`, and mend what differs. Only while nothing is written."""
        ...

    def follow(self, gone: Keys, new: Keys, spaces: Sequence[str]) -> bool:
        """Bring over what this process committed: items that are gone, and new ones with their vectors in `spaces`."""
        ...

    def add_vectors(self, space: str, keys: Keys) -> bool:
        """Bring over vectors that items were given later."""
        ...

    def bring(self) -> bool:
        """Bring over what others committed."""
        ...

    def rebuild(self) -> None:
        """Fill every table anew. Only while nothing is written."""
        ...


class Alone:
    """For a process that has both alone: what it tells is all there is."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror

    def begin(self, certain: bool) -> None:
        """Compare the two, thoroughly if `certain`."""
        self._mirror.mend(certain=certain)

    def follow(self, gone: Keys, new: Keys, spaces: Sequence[str]) -> bool:
        """Bring over what was committed."""
        self._mirror.follow(gone, new, spaces)
        return True

    def add_vectors(self, space: str, keys: Keys) -> bool:
        """Bring over vectors that items were given later."""
        self._mirror.add_vectors(space, keys)
        return True

    def bring(self) -> bool:
        """There are no others."""
        return True

    def rebuild(self) -> None:
        """Fill every table anew."""
        self._mirror.rebuild()


class Together:
    """For several processes: Milvus follows the feed of the database, and a number there says how far."""

    def __init__(self, database: Engine, mirror: Mirror) -> None:
        self._database, self._mirror = database, mirror

    def begin(self, certain: bool) -> None:
        """Compare the two, thoroughly if `certain` or if the feed no longer has what Milvus lacks."""
        with self._database.locks.turn(TURN) as connection:
            connection.execute("INSERT INTO counters VALUES (?, -1) ON CONFLICT DO NOTHING", (TURN,))
            brought = self._bring()
            self._mirror.mend(certain=certain or not brought)
            self._all_is_there()

    def follow(self, gone: Keys, new: Keys, spaces: Sequence[str]) -> bool:
        """Bring over what was committed, by this process and others."""
        return self.bring()

    def add_vectors(self, space: str, keys: Keys) -> bool:
        """Bring over what was committed, by this process and others."""
        return self.bring()

    def bring(self) -> bool:
        """Bring over what is committed; False when the feed no longer has all of it."""
        values = self._database.all("SELECT value FROM counters WHERE name IN ('changes', ?)", (TURN,))
        if len({row[0] for row in values}) == 1:
            return True
        with self._database.locks.turn(TURN):
            return self._bring()

    def rebuild(self) -> None:
        """Fill every table anew."""
        with self._database.locks.turn(TURN):
            self._mirror.rebuild()
            self._all_is_there()

    def _all_is_there(self) -> None:
        with self._database.read() as connection:
            connection.execute("UPDATE counters SET value = (SELECT value FROM counters WHERE name = 'changes') WHERE name = ?", (TURN,))

    def _bring(self) -> bool:
        with self._database.read() as connection:
            at = connection.execute("SELECT value FROM counters WHERE name = ?", (TURN,)).fetchone()[0]
            rows = connection.execute("SELECT number, topic, keys FROM changes WHERE number > ? ORDER BY number", (at,)).fetchall()
            if at < 0 or (rows and rows[0]["number"] != at + 1) or any(row["topic"] == ALL for row in rows):
                return False
            keys = np.unique(np.array([key for row in rows if row["topic"] in (ITEMS, VECTORS) for key in row["keys"]], np.int64))
            if len(keys):
                self._mirror.bring(keys)
            if rows:
                connection.execute("UPDATE counters SET value = ? WHERE name = ?", (rows[-1]["number"], TURN))
            return True
