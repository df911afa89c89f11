"""Maps: the picture of a collection in the plane, laid out once, kept, and followed as the collection changes.

New items are put between their neighbours; when they have become half as many as were laid out, a thread of its own lays out anew, from
where things are, so that the map keeps its shape. Knows the library's tables, no request.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.embedders.base import Embedder
from retrieval.engine import Engine
from retrieval.items import Item
from retrieval.maps import groups
from retrieval.maps.cache import Laid, MapFiles
from retrieval.maps.growth import joined, rows, start_of
from retrieval.maps.layout import Floats, flat, layout, neighbours, place
from retrieval.maps.likeness import Alike
from retrieval.maps.points import PointReader, Points, aligned, subset
from retrieval.rows import item_of

AT_ONCE = 1500
"""Items that are laid out while the caller waits, which takes two or three seconds; of more a rough map is given until it is done."""
GROWN = 0.5
STRETCH = 1.6
LOADED = 16
"""Maps kept in memory."""
_BLOCK = 5000
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Map:
    """The map as it is now."""

    ids: tuple[str, ...]
    """Item ids."""
    plane: Floats
    """Where each is, -1 to 1, shape (n, 2)."""
    regions: NDArray[np.int32]
    """Region of each, -1 for none."""
    duplicates: NDArray[np.int32]
    """Group of near-duplicates of each, -1 for none."""
    labels: tuple[tuple[str, ...], ...]
    """Telling words of each region."""
    total: int
    """Items of the collection; more than there are ids when it is larger than a map, or when some have no vector."""
    arranging: bool = False
    """A better arrangement is being made."""


class Maps:
    """The maps of a library. Safe for threads."""

    def __init__(self, database: Engine, embedders: Mapping[str, Embedder], directory: Path) -> None:
        self._database = database
        self._points = PointReader(database, embedders)
        self._alike = Alike(database, embedders)
        self._files = MapFiles(directory, database.library_id, self._points.spaces())
        self._loaded: OrderedDict[str, Laid] = OrderedDict()
        self._lock = threading.RLock()
        self._working: dict[str, threading.Thread] = {}

    def of(self, collection: str, owner: str) -> Map:
        """The map of a collection, by id."""
        points = self._points.points(collection, owner)
        with self._lock:
            laid = self._followed(collection, owner, points)
            arranging = collection in self._working
        if laid is None:
            points, vectors = self._points.vectors(points)
            plane = _framed(flat(aligned(vectors, points.kinds))) if len(points.ids) > 1 else np.zeros((len(points.ids), 2), np.float32)
            none = np.full(len(points.ids), -1, np.int32)
            return Map(points.ids, plane, none, none, (), points.total, arranging=True)
        row = {int(key): n for n, key in enumerate(laid.keys)}
        rows = np.array([row[int(key)] for key in points.keys if int(key) in row], np.int64)
        ids = tuple(item_id for key, item_id in zip(points.keys, points.ids, strict=True) if int(key) in row)
        return Map(ids, laid.plane[rows], laid.regions[rows], laid.duplicates[rows], laid.labels, points.total, arranging)

    def known(self, collection: str) -> dict[int, tuple[float, float]]:
        """Positions by item key as they were last laid out; nothing is computed, and what is newer has none."""
        with self._lock:
            laid = self._loaded.get(collection) or self._files.read(collection)
        return {} if laid is None else {int(key): (float(x), float(y)) for key, (x, y) in zip(laid.keys, laid.plane, strict=True)}

    def forget(self) -> None:
        """Remove the maps of collections that are gone, which have words of theirs."""
        with self._lock:
            known = {str(row["id"]) for row in self._database.all("SELECT id FROM collections")}
            for collection in set(self._loaded) - known:
                del self._loaded[collection]
            self._files.keep_only(known)

    def items(self, ids: Sequence[str], owner: str) -> list[Item]:
        """The items of `ids` that are still there, in that order."""
        found: dict[str, Item] = {}
        for start in range(0, len(ids), _BLOCK):
            rows = self._database.all(
                "SELECT * FROM items WHERE +owner = ? AND id IN (SELECT value FROM json_each(?))",
                (owner, json.dumps(ids[start : start + _BLOCK])),
            )
            found |= {row["id"]: item_of(row) for row in rows}
        return [found[item_id] for item_id in ids if item_id in found]

    def wait(self, collection: str, seconds: float) -> bool:
        """Wait for a layout in work; whether it is done."""
        thread = self._working.get(collection)
        if thread is not None:
            thread.join(seconds)
        return collection not in self._working

    def _followed(self, collection: str, owner: str, points: Points) -> Laid | None:
        """What is known of the collection, brought up to date; None while the first layout of a large one is in work."""
        laid = self._loaded.get(collection) or self._files.read(collection)
        if laid is None:
            if len(points.ids) > AT_ONCE:
                self._begin(collection, owner, None)
                return None
            laid = self._laid(points, None)
            self._keep(collection, laid)
            return laid
        known = {(int(key), int(kind)) for key, kind in zip(laid.keys, laid.kinds, strict=True)}
        now = {(int(key), int(kind)) for key, kind in zip(points.keys, points.kinds, strict=True)}
        if known != now:
            laid = self._changed(laid, points)
            self._keep(collection, laid)
        else:
            self._loaded[collection] = laid
        if len(laid.keys) - laid.arranged > GROWN * laid.arranged:
            self._begin(collection, owner, laid)
        return laid

    def _begin(self, collection: str, owner: str, before: Laid | None) -> None:
        if collection in self._working:
            return
        work = threading.Thread(target=self._arrange, args=(collection, owner, before), name="map", daemon=True)
        self._working[collection] = work
        work.start()

    def _arrange(self, collection: str, owner: str, before: Laid | None) -> None:
        try:
            laid = self._laid(self._points.points(collection, owner), before)
            with self._lock:
                if not self._database.closed:
                    self._keep(collection, laid)
        except Exception:
            if not self._database.closed:
                _log.exception("a map could not be arranged; the next look at it tries again")
        finally:
            with self._lock:
                self._working.pop(collection, None)

    def _keep(self, collection: str, laid: Laid) -> None:
        self._loaded[collection] = laid
        self._loaded.move_to_end(collection)
        while len(self._loaded) > LOADED:
            self._loaded.popitem(last=False)
        self._files.keep_only([row["id"] for row in self._database.all("SELECT id FROM collections")])
        self._files.write(collection, laid)

    def _laid(self, points: Points, before: Laid | None) -> Laid:
        """A layout from the beginning, or from where things were."""
        points, vectors = self._points.vectors(points)
        count = len(points.ids)
        if count < 2:
            plane = np.zeros((count, 2), np.float32)
            none = np.full(count, -1, np.int32)
            return self._described(points, plane, none)
        moved = aligned(vectors, points.kinds)
        graph = neighbours(moved)
        start = None if before is None else start_of(points, before, moved)
        plane = _framed(layout(moved, graph, start))
        here = np.repeat(np.arange(count), graph[0].shape[1])
        alike = self._alike.pairs(points, vectors, here, graph[0].ravel()).reshape(graph[0].shape)
        return self._described(points, plane, groups.same(graph[0], alike))

    def _described(self, points: Points, plane: Floats, duplicates: NDArray[np.int32]) -> Laid:
        found = groups.regions(plane)
        labels = groups.labels(self._texts(points), found)
        return Laid(
            points.keys, points.kinds, plane, found, duplicates, tuple(tuple(words) for words in labels), len(points.ids)
        )  # fmt: skip

    def _texts(self, points: Points) -> list[str]:
        rows = self._database.all(
            "SELECT key, title || ' ' || substr(text, 1, 800) AS told FROM items WHERE key IN (SELECT value FROM json_each(?))",
            (str(points.keys.tolist()),),
        )
        told = {int(row["key"]): str(row["told"]) for row in rows}
        return [told.get(int(key), "") for key in points.keys]

    def _changed(self, laid: Laid, points: Points) -> Laid:
        """What is gone left out, what is new put between its neighbours."""
        known = {(int(key), int(kind)): n for n, (key, kind) in enumerate(zip(laid.keys, laid.kinds, strict=True))}
        pairs = list(zip(points.keys.tolist(), points.kinds.tolist(), strict=True))
        there = np.array([pair in known for pair in pairs], bool)
        if int(there.sum()) < 2:
            return self._laid(points, None)
        kept_rows = np.array([known[pair] for pair in pairs if pair in known], np.int64)
        kept = Laid(
            laid.keys[kept_rows], laid.kinds[kept_rows], laid.plane[kept_rows], laid.regions[kept_rows], laid.duplicates[kept_rows],
            laid.labels, min(laid.arranged, len(kept_rows)),
        )  # fmt: skip
        return kept if there.all() else self._grown(kept, points, there)

    def _grown(self, kept: Laid, points: Points, there: NDArray[np.bool_]) -> Laid:
        old = set(points.keys[there].tolist())
        points, vectors = self._points.vectors(points)
        there = np.array([key in old for key in points.keys.tolist()], bool)
        fresh, moved = ~there, aligned(vectors, points.kinds)
        if int(there.sum()) != len(kept.keys) or not fresh.any():
            return kept  # items were deleted meanwhile: the next look sees to it
        spots, nearest = place(moved[fresh], moved[there], kept.plane)
        order, (known, new) = rows(there, fresh)
        alike = self._alike.pairs(points, vectors, new, known[nearest])
        return joined(kept, subset(points, fresh), spots, nearest, alike, order)


def _framed(plane: Floats) -> Floats:
    """Moved and scaled into -1 to 1; a few that flew off are held at the edge. An axis is stretched by at most STRETCH: the distances of
    far points mean nothing in such a map, and an empty half would.
    """
    low, high = np.percentile(plane, 0.5, axis=0), np.percentile(plane, 99.5, axis=0)
    half = (high - low) / 2
    half = np.maximum(half, max(float(half.max()) / STRETCH, 1e-9))
    framed: Floats = np.clip((plane - (low + high) / 2) / half * 0.95, -1, 1).astype(np.float32)
    return framed
