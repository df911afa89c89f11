"""The feed of a database in PostgreSQL: a numbered row for every change, written in its transaction and read by every process.

Whoever writes holds the lock of all writers until its commit, so the numbers are those of the commits and have no gaps: who finds one has
not looked for so long that rows are gone, and starts anew.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from retrieval.engine import ALL, Listener
from retrieval.feed import Listeners

if TYPE_CHECKING:
    from retrieval.database_postgres import PostgresDatabase

KEPT = 10_000
"""Changes that are remembered."""
TRIMMED = 1_000
"""Changes after which older ones are removed."""
_NEWS = "--pg SELECT number, topic, keys FROM changes WHERE number > ? ORDER BY number"


class SharedFeed:
    """The feed as this process follows it."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self._listeners = Listeners()
        self.lock = threading.RLock()
        """Held while this process is told of changes: nothing that is derived moves meanwhile but by whoever holds it."""
        self.at = 0
        """Number of the last change that this process was told of."""

    def begin(self) -> None:
        """Follow what comes from now on."""
        self.at = self._database.counter("changes")

    def tell(self, topic: str, keys: Iterable[int] = ()) -> None:
        """Inside a `write` block: what is derived from the topic, from these items if any, is out of date."""
        with self._database.write() as connection:
            number = connection.execute("--pg UPDATE counters SET value = value + 1 WHERE name = 'changes' RETURNING value").fetchone()[0]
            connection.execute("--pg INSERT INTO changes VALUES (?, ?, ?)", (number, topic, [*keys]))
            if number % TRIMMED == 0:
                connection.execute("--pg DELETE FROM changes WHERE number <= ?", (number - KEPT,))

    def listen(self, topic: str, action: Listener) -> None:
        """Have `action` called with the keys of every commit that told of the topic; with None when anything may have changed."""
        self._listeners.add(topic, action)

    def catch_up(self) -> None:
        """Tell this process of what was committed since it looked last."""
        if self._database.writing or not self._database.all(f"{_NEWS} LIMIT 1", (self.at,)):
            return  # what a transaction sees of itself is told when it is committed
        with self.lock:
            rows = self._database.all(_NEWS, (self.at,))
            if rows and rows[0]["number"] != self.at + 1:
                self._listeners.call(ALL, None)
            else:
                for topic, keys in _joined(rows):
                    self._listeners.call(topic, keys)
            if rows:
                self.at = rows[-1]["number"]


def _joined(rows: Iterable[tuple[int, str, list[int]]]) -> list[tuple[str, list[int]]]:
    """The topics in the order they came, each with all of its keys."""
    found: dict[str, list[int]] = {}
    for _, topic, keys in rows:
        found.setdefault(topic, []).extend(keys)
    return list(found.items())
