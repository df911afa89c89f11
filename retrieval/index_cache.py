"""The loaded index of every space: read from its file if that can be believed, built from SQLite if not, kept up with each commit."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.blobs import storage_fault
from retrieval.database import Database
from retrieval.indexes import Index, IndexFiles

SAVE_EVERY = 5000
"""Changed vectors after which an index is published; without that no change is lost, only built anew at the next start."""
_BLOCK = 10_000
_SPACE = (
    "SELECT id, name, dimension, generation, (SELECT count(*) FROM vectors WHERE space = spaces.id) AS vectors FROM spaces"
    " WHERE ? IN ('', name) ORDER BY name"
)
_log = logging.getLogger(__name__)


class Indexes:
    """Indexes by space, loaded at the first search."""

    def __init__(self, database: Database, directory: Path) -> None:
        self._database = database
        self._files = IndexFiles(directory, database.library_id)
        self._loaded: dict[str, Index] = {}

    def get(self, space: str) -> Index | None:
        """The index of a space as of the last commit; None when no vector was ever stored in it."""
        index = self._loaded.get(space)
        if index is not None:
            return index
        with self._database.quiet():  # no commit may fall between reading the state and being told of changes
            index = self._loaded.get(space)
            if index is None:
                row = self._database.one(_SPACE, (space,))
                if row is None:
                    return None
                index = self._files.load(space, row["dimension"], row["generation"], row["vectors"]) or self._build(row)
                self._loaded[space] = index
            return index

    def _build(self, row: sqlite3.Row) -> Index:
        index = Index(row["dimension"], row["generation"])
        with self._database.read() as connection:
            cursor = connection.execute("SELECT item, vector FROM vectors WHERE space = ? ORDER BY item", (row["id"],))
            while block := cursor.fetchmany(_BLOCK):
                table = np.frombuffer(b"".join(r["vector"] for r in block), np.float16).reshape(len(block), -1)
                index.replace(np.array([r["item"] for r in block], np.int64), table.astype(np.float32))
        if index.changes >= SAVE_EVERY:  # a small one is written at the end; it is built again in no time
            self._publish(row["name"], index)
        return index

    def follow(self, space: str, generation: int, change: Callable[[Index], None]) -> None:
        """Bring a loaded index up to a committed change; when that fails it is dropped, and built anew at the next search."""
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
            if index.changes >= SAVE_EVERY:
                self._publish(space, index)

    def _publish(self, space: str, index: Index) -> None:
        try:
            self._files.publish(space, index)
        except OSError as error:
            # Nothing is lost: the next start builds the index from SQLite.
            _log.warning("index of %s was not saved: %s", space, storage_fault(error, Path("indexes")).message)

    def rebuild(self) -> None:
        """Build every index from SQLite, whatever lies on the disk."""
        with self._database.quiet():
            self._loaded.clear()
            for row in self._database.all(_SPACE, ("",)):
                self._loaded[row["name"]] = self._build(row)

    def status(self) -> list[dict[str, Any]]:
        """Per space: name, dimension, vectors, generation, whether its index is loaded and whether that generation is published."""
        return [
            {
                **{key: row[key] for key in ("name", "dimension", "vectors", "generation")},
                "loaded": row["name"] in self._loaded,
                "published": self._files.status(row["name"]).get("generation") == row["generation"],
            }
            for row in self._database.all(_SPACE, ("",))
        ]

    def close(self) -> None:
        """Publish the indexes that changed and forget them."""
        with self._database.quiet():
            for space, index in self._loaded.items():
                if index.changes:
                    self._publish(space, index)
            self._loaded.clear()
