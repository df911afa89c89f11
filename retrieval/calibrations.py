"""The calibrations of the collections: kept in their table, used by the search, fitted anew in the background as a collection grows."""

from __future__ import annotations

import json
import logging
import threading
from collections import OrderedDict
from dataclasses import asdict, replace

from retrieval.calibration import LEAST, Calibration, fit, shifted
from retrieval.embedders.base import Embedder
from retrieval.engine import CALIBRATIONS, Engine
from retrieval.faults import Fault
from retrieval.items import Item
from retrieval.rows import item_of
from retrieval.searching import Searcher
from retrieval.stores.base import Scope

SAMPLE = 300
"""Items that a fit chooses from."""
QUIET_SECONDS = 1.0
"""A collection that is being filled is fitted when nothing was added for so long."""
_log = logging.getLogger(__name__)


class Calibrations:
    """The table, remembered."""

    def __init__(self, database: Engine, words: Embedder | None = None) -> None:
        """What was fitted with another encoder than `words` is not used."""
        self._database, self._words = database, words
        self._known: dict[str, Calibration] | None = None
        database.feed.listen(CALIBRATIONS, self._forget)

    @property
    def space(self) -> str:
        """Of the words."""
        return self._words.space if self._words is not None else ""

    def get(self, collection: str) -> Calibration | None:
        """That of a collection, by id."""
        if self._known is None:
            rows = self._database.all("SELECT collection, value FROM calibrations")
            known = {row["collection"]: Calibration(**json.loads(row["value"])) for row in rows}
            self._known = {name: found for name, found in known.items() if found.space == self.space}
        return self._known.get(collection)

    def strange(self) -> list[tuple[str, str]]:
        """Collection and owner of those that were fitted in another space."""
        rows = self._database.all("SELECT collection, owner, value FROM calibrations")
        return [(row["collection"], row["owner"]) for row in rows if json.loads(row["value"]).get("space", "") != self.space]

    def put(self, collection: str, owner: str, found: Calibration) -> None:
        """Keep it. One for a collection that is gone by now is dropped."""
        with self._database.write() as connection:
            there = connection.execute("SELECT 1 FROM collections WHERE id = ? AND owner = ?", (collection, owner)).fetchone()
            if there:
                values = (collection, owner, json.dumps(asdict(found)), found.items, found.created_at)
                connection.execute("DELETE FROM calibrations WHERE collection = ?", (collection,))
                connection.execute("INSERT INTO calibrations VALUES (?,?,?,?,?)", values)
                self._database.feed.tell(CALIBRATIONS)

    def _forget(self, keys: object) -> None:
        self._known = None

    def apply(self, item: Item, language: str, probability: float) -> float:
        """The probability that a text answers, in its own collection."""
        found = self.get(item.collection) if item.modality == "text" else None
        return shifted(probability, found.shifts.get(language, 0.0)) if found else probability


class Calibrating:
    """Fits collections: at once when asked to, else in a thread when one has outgrown its calibration."""

    def __init__(self, database: Engine, searcher: Searcher, calibrations: Calibrations) -> None:
        self._database, self._searcher, self._calibrations = database, searcher, calibrations
        self._changed = threading.Condition()
        self._waiting: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def fit(self, collection: str, owner: str) -> Calibration | None:
        """Fit one collection, by id, and keep what was found; None when it has too few texts."""
        count = self._count(collection, owner)
        if count < LEAST:
            return None
        step = max(1, count // SAMPLE)
        rows = self._database.all(
            "SELECT * FROM items WHERE +owner = ? AND collection = ? AND modality = 'text' AND key % ? = 0 ORDER BY key LIMIT ?",
            (owner, collection, step, SAMPLE),
        )
        scope = Scope(owner, (collection,), ("text",))
        found = fit(self._searcher, [item_of(row) for row in rows], count, scope, self._stopped.is_set)
        if found is None:
            return None
        found = replace(found, space=self._calibrations.space)
        self._calibrations.put(collection, owner, found)
        return found

    def _count(self, collection: str, owner: str) -> int:
        row = self._database.one(
            "SELECT count(*) FROM items WHERE owner = ? AND collection = ? AND modality = 'text'", (owner, collection)
        )  # fmt: skip
        return int(row[0]) if row else 0

    def notice(self, collection: str, owner: str) -> None:
        """A collection has changed: fit it when it has grown, or shrunk, by half since the last time. Returns at once."""
        with self._changed:
            self._waiting[collection, owner] = None
            self._waiting.move_to_end((collection, owner))
            if self._thread is None and not self._stopped.is_set():
                self._thread = threading.Thread(target=self._work, name="calibration", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def renew(self) -> None:
        """Fit anew, in the thread, what was fitted with another encoder of words."""
        for collection, owner in self._calibrations.strange():
            self.notice(collection, owner)

    def _work(self) -> None:
        while not self._stopped.is_set():
            with self._changed:
                while not self._waiting and not self._stopped.is_set():
                    self._changed.wait()
                while self._changed.wait(QUIET_SECONDS) and not self._stopped.is_set():
                    pass  # another file came
                due, self._waiting = self._waiting, OrderedDict()
            for collection, owner in due:
                self._fit_if_due(collection, owner)

    def _fit_if_due(self, collection: str, owner: str) -> None:
        try:
            count, last = self._count(collection, owner), self._calibrations.get(collection)
            if count >= LEAST and (last is None or last.outgrown(count)):
                self.fit(collection, owner)
        except Fault as fault:  # the library closes, or the disk is full: the next change tries again
            _log.info("collection %s keeps its calibration: %s", collection, fault)
        except Exception:
            _log.exception("calibrating collection %s failed", collection)

    def close(self) -> None:
        """Stop after the question in work."""
        self._stopped.set()
        with self._changed:
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(60)
