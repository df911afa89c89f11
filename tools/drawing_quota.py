"""The quota of drawings: how many pictures each person had drawn in the last 24 hours. Knows `drawings.db` and no picture.

What was drawn is counted when it was drawn and stays counted when the picture is deleted. Names of owners are hashed.
"""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from retrieval.faults import Busy, InvalidInput
from retrieval.tables import Place, tables
from tools.phrasing import tell

DAY = 24 * 3600.0
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS drawn (owner TEXT NOT NULL, at REAL NOT NULL, pictures INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS drawn_owner ON drawn (owner, at)",
)
Count = Callable[[int], None]


class DrawingQuota:
    """The ledger of every person. Safe for threads; opens nothing until something is drawn."""

    def __init__(self, place: Place, per_day: int = 0, clock: Callable[[], float] = time.time) -> None:
        """`per_day` pictures a person in 24 hours; 0 sets no quota and keeps no ledger."""
        self.per_day, self._clock = per_day, clock
        self._tables = tables(place, "drawings.db", _SCHEMA, what="The ledger of drawings")
        self._lock = threading.RLock()
        self._promised: dict[str, int] = {}
        """Pictures that are being drawn and not yet counted, by owner."""

    @contextmanager
    def room(self, owner: str, pictures: int, language: str = "en") -> Iterator[Count]:
        """Promise room for `pictures`; the block calls what it gets with how many were drawn, which is durable when that returns.

        Raises Busy (code `quota_spent`, with `retry_after` in seconds) when they would be too many now, InvalidInput when they always are.
        """
        if not self.per_day:
            yield lambda drawn: None
            return
        place = hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()
        left = pictures
        with self._lock:
            self._check(place, pictures, language)
            self._promise(place, pictures)

        def count(drawn: int) -> None:
            nonlocal left
            with self._lock:
                self._add(place, drawn)
                kept = min(drawn, left)
                self._promise(place, -kept)
                left -= kept

        try:
            yield count
        finally:
            with self._lock:
                self._promise(place, -left)

    def used(self, owner: str) -> int:
        """Pictures drawn for `owner` in the last 24 hours."""
        if not self.per_day:
            return 0
        place = hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()
        with self._lock:
            return sum(pictures for _, pictures in self._drawn(place))

    def close(self) -> None:
        """Release the file."""
        self._tables.close()

    def _promise(self, place: str, more: int) -> None:
        now = self._promised.get(place, 0) + more
        if now:
            self._promised[place] = now
        else:
            self._promised.pop(place, None)

    def _check(self, place: str, pictures: int, language: str) -> None:
        if pictures > self.per_day:
            raise InvalidInput(
                tell(language, "studio.over_quota", count=pictures, quota=self.per_day),
                hint=tell(language, "studio.fewer", count=self.per_day), param="n", code="over_quota",
            )  # fmt: skip
        drawn = self._drawn(place)
        over = sum(count for _, count in drawn) + self._promised.get(place, 0) + pictures - self.per_day
        if over <= 0:
            return
        seconds = math.ceil(self._until(drawn, over))
        fault = Busy(
            tell(language, "studio.quota_spent", quota=self.per_day),
            hint=tell(language, "studio.quota_free", time=_span(seconds, language)), code="quota_spent",
        )  # fmt: skip
        fault.retry_after = seconds  # type: ignore[attr-defined]
        raise fault

    def _until(self, drawn: list[tuple[float, int]], over: int) -> float:
        """Seconds until `over` pictures have fallen out of the last 24 hours; those that are still drawn are a day away."""
        now = self._clock()
        for at, count in drawn:
            over -= count
            if over <= 0:
                return max(1.0, at + DAY - now)
        return DAY

    def _drawn(self, place: str) -> list[tuple[float, int]]:
        """(when, how many), oldest first."""
        with self._tables.read() as db:
            wanted = "SELECT at, pictures FROM drawn WHERE owner = ? AND at > ? ORDER BY at"
            rows = db.execute(wanted, (place, self._clock() - DAY)).fetchall()
        return [(float(at), int(pictures)) for at, pictures in rows]

    def _add(self, place: str, pictures: int) -> None:
        now = self._clock()
        with self._tables.write() as db:
            db.execute("DELETE FROM drawn WHERE at <= ?", (now - DAY,))
            db.execute("INSERT INTO drawn (owner, at, pictures) VALUES (?, ?, ?)", (place, now, pictures))


def _span(seconds: int, language: str) -> str:
    """`3 h 20 min` in words of the language."""
    minutes = max(1, math.ceil(seconds / 60))
    if minutes < 60:
        return tell(language, "studio.minutes", minutes=minutes)
    hours, rest = divmod(minutes, 60)
    return tell(language, "studio.hours" if rest else "studio.whole_hours", hours=hours, minutes=rest)
