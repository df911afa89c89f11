"""The loaded index of every space: read from its file if that can be believed, built from SQLite if not, kept up with each commit.

When a space has grown beyond what its index is good for, a thread builds a better one from SQLite while the old one answers and follows
every commit; then they are exchanged.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from retrieval import index_building, indexes
from retrieval.blobs import storage_fault
from retrieval.engine import Engine, Row
from retrieval.faults import Cancelled, Fault
from retrieval.index_building import Stored
from retrieval.index_files import IndexFiles
from retrieval.indexes import Index
from retrieval.inverted import Inverted

KEPT_FROM = 10_000
"""Vectors from which on a flat index is published: a smaller one is built from SQLite in 30 ms, and would take a fifth of the disk."""
SAVE_EVERY = 5000
"""Changed vectors after which an index is published (a large one after a quarter of it, or a growing library would write it twenty times
over); without that no change is lost, only built anew at the next start."""
SAVE_SHARE = 4
SMALL = 2000
"""Changes that are made up for while writing waits."""
JOIN_SECONDS = 60.0
_SPACE = (
    "SELECT id, name, dimension, generation, (SELECT count(*) FROM vectors WHERE space = spaces.id) AS vectors FROM spaces"
    " WHERE ? IN ('', name) ORDER BY name"
)
_log = logging.getLogger(__name__)


class Indexes:
    """Indexes by space, loaded at the first search."""

    def __init__(self, database: Engine, directory: Path) -> None:
        self._database = database
        self._files = IndexFiles(directory, database.library_id)
        self._loaded: dict[str, Index] = {}
        self._empty: set[str] = set()
        """Spaces that were asked for and have no vector."""
        self._builders: dict[str, threading.Thread] = {}
        self._stopping = threading.Event()

    def get(self, space: str) -> Index | None:
        """The index of a space as of the last commit; None when no vector was ever stored in it."""
        index = self._loaded.get(space)
        if index is not None or space in self._empty:
            return index
        with self._database.still():  # no commit may fall between reading the state and being told of changes
            index = self._loaded.get(space)
            if index is None:
                row = self._row(space)
                if row is None:
                    self._empty.add(space)
                    return None
                stored = Stored(self._database, row["id"], row["dimension"])
                index = self._files.load(space, row["dimension"], row["generation"], row["vectors"], stored) or self._build(row)
                self._loaded[space] = index
                self._outgrown(space, index)
            return index

    def _row(self, space: str) -> Row | None:
        row: Row | None = self._database.one(_SPACE, (space,))
        return row

    def _build(self, row: Row) -> Index:
        stored = Stored(self._database, row["id"], row["dimension"])
        if row["vectors"] > indexes.FLAT_MOST:
            return index_building.compact(stored, row["generation"])
        index = index_building.flat(stored, row["generation"])
        if index.changes >= SAVE_EVERY:  # a small one is written at the end; it is built again in no time
            self._publish(row["name"], index)
        return index

    def follow(self, space: str, generation: int, change: Callable[[Index], None]) -> None:
        """Bring a loaded index up to a committed change; when that fails it is dropped, and built anew at the next search."""
        self._empty.discard(space)
        index = self._loaded.get(space)
        if index is None:
            return
        try:
            if index.generation != generation - 1:
                raise RuntimeError(f"generation {index.generation} is not {generation - 1}")
            change(index)
            index.generation = generation
        except (RuntimeError, MemoryError) as error:
            _log.warning("index of %s is built anew: %s", space, error)
            self._loaded.pop(space, None)
        else:
            if not self._outgrown(space, index) and index.changes >= max(SAVE_EVERY, len(index) // SAVE_SHARE):
                self._publish(space, index)

    def _outgrown(self, space: str, index: Index) -> bool:
        """Whether a better index is due; a thread then builds it. Only while nothing is written."""
        if len(index) <= index.most or len(index) <= indexes.FLAT_MOST:
            return False
        if space not in self._builders and not self._stopping.is_set():
            thread = threading.Thread(target=self._improve, args=(space,), name=f"index of {space}", daemon=True)
            self._builders[space] = thread
            thread.start()
        return True

    def _improve(self, space: str) -> None:
        """Build the inverted index of a space and put it in place of the one in use."""
        began = time.monotonic()
        try:
            row = self._row(space)
            if row is None:
                return
            stored = Stored(self._database, row["id"], row["dimension"])
            _log.info("index of %s: building an inverted one for %d vectors; the old one answers meanwhile", space, row["vectors"])
            index, known = index_building.inverted(stored, self._stopping.is_set)
            changed = SMALL + 1
            while changed > SMALL and not self._stopping.is_set():
                known, changed = index_building.catch_up(index, stored, known)
            with self._database.still():
                self._exchange(space, index, stored, known)
            seconds = time.monotonic() - began
            _log.info("index of %s: inverted now, %d lists, %d read for a query (%.0f s)", space, index.lists, index.probes, seconds)
        except Cancelled:
            return
        except (Fault, RuntimeError, MemoryError, ValueError) as error:
            _log.warning("index of %s stays as it is: %s", space, error)
            if (index_in_use := self._loaded.get(space)) is not None:
                index_in_use.most = 2 * len(index_in_use)  # tried again when there is twice as much
        finally:
            self._builders.pop(space, None)

    def _exchange(self, space: str, index: Inverted, stored: Stored, known: indexes.Keys) -> None:
        if self._stopping.is_set():
            raise Cancelled("The library is being closed.")
        index_building.catch_up(index, stored, known)
        row = self._row(space)
        assert row is not None
        index.generation = row["generation"]
        self._loaded[space] = index
        self._publish(space, index)

    def _publish(self, space: str, index: Index) -> None:
        try:
            if index.kind == Index.kind and len(index) < KEPT_FROM:
                self._files.remove(space)
                index.changes = 0
            else:
                self._files.publish(space, index)
        except OSError as error:
            # Nothing is lost: the next start builds the index from SQLite.
            _log.warning("index of %s was not saved: %s", space, storage_fault(error, Path("indexes")))

    def publish(self) -> None:
        """Publish the indexes that changed; a published one that is out of date and not loaded is removed, and built anew when needed."""
        with self._database.still():
            for row in self._database.all(_SPACE, ("",)):
                index = self._loaded.get(row["name"])
                if self._files.status(row["name"]).get("generation") == row["generation"]:
                    continue
                if index is not None and row["vectors"]:
                    self._publish(row["name"], index)
                else:
                    self._files.remove(row["name"])

    def rebuild(self) -> None:
        """Build every index from SQLite, whatever lies on the disk."""
        with self._database.still():
            self._loaded.clear()
            for row in self._database.all(_SPACE, ("",)):
                index = self._loaded[row["name"]] = self._build(row)
                self._outgrown(row["name"], index)

    def status(self) -> list[dict[str, Any]]:
        """Per space: name, dimension, vectors, generation, whether its index is loaded, whether that generation is published, and the
        kind of index: flat, ivf, or building while a better one is being made.
        """
        return [
            {
                **{key: row[key] for key in ("name", "dimension", "vectors", "generation")},
                "loaded": row["name"] in self._loaded,
                "published": self._files.status(row["name"]).get("generation") == row["generation"],
                "index": self._kind(row["name"]),
            }
            for row in self._database.all(_SPACE, ("",))
        ]

    def _kind(self, space: str) -> str:
        if space in self._builders:
            return "building"
        index = self._loaded.get(space)
        return index.kind if index is not None else str(self._files.status(space).get("kind", "flat"))

    def close(self) -> None:
        """Stop building, publish the indexes that changed and forget them."""
        self._stopping.set()
        for thread in list(self._builders.values()):
            thread.join(JOIN_SECONDS)
        with self._database.still():
            for space, index in self._loaded.items():
                if index.changes:
                    self._publish(space, index)
            self._loaded.clear()
