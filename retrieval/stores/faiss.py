"""Store on a database (the truth) and FAISS (derived). A change is acknowledged when the database has it; the indexes follow, or are built
anew. Of a database that several processes share, each has indexes of its own, and looks before every search at what the others wrote.

Vectors are kept in the database as float16, half the disk of float32; on 878 questions over 185 paragraphs the
cosine changes by 0.00005 at most, and no first hit changes. Knows nothing of files, attachments or how texts became vectors.

`+owner = ?` in a statement that names items keeps SQLite from reading all of an owner's rows by the owner's index (110 ms at 45,000
items) instead of the few that are named.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.changes import Changes
from retrieval.content import Modality
from retrieval.embedders.base import Vectors
from retrieval.engine import ALL, ITEMS, METADATA, VECTORS, Connection, Engine
from retrieval.faults import Conflict, InvalidInput
from retrieval.index_cache import Indexes
from retrieval.index_following import FollowedIndexes
from retrieval.indexes import Keys
from retrieval.items import Item
from retrieval.lexical import Lexical
from retrieval.rows import ids_of, item_of, to_json
from retrieval.scopes import Scopes
from retrieval.stores.base import Batch, Scope, Scored

BLOCK = 500
"""Items whose words are cut at once."""
IDS = 50_000
"""Ids of items that are remembered, some 10 MB."""
SEGMENTATION = "1"
"""Raise when `retrieval.segmentation` cuts differently: the text index is then built anew at the next start."""


class FaissStore:
    """The store. One writer at a time; any number of threads may search."""

    def __init__(self, database: Engine, directory: Path) -> None:
        self._database = database
        self._indexes = FollowedIndexes(database, directory) if database.shared else Indexes(database, directory)
        self._changes = Changes(database.feed)
        self._scopes = Scopes(database, self._changes)
        self._lexical = Lexical(database, self._changes)
        self._ids: dict[tuple[str, int], str] = {}
        if self._segmentation() != SEGMENTATION:
            self.rebuild_words()

    def _segmentation(self) -> str:
        row = self._database.one("SELECT value FROM meta WHERE name = 'segmentation'")
        return str(row[0]) if row else ""

    # Writing

    def add(self, batch: Batch) -> None:
        """Insert or replace the items of `batch` with their vectors and words, all or none."""
        items: dict[str, Item] = {}
        for item in batch.items:
            if items.setdefault(item.id, item).owner != item.owner:
                raise _taken()
            items[item.id] = item  # of those with the same id the last one counts
        with self._database.write() as connection:
            self._forget(connection, items)
            keys = self._insert(connection, list(items.values()))
            for space, vectors in batch.vectors.items():
                if vectors:
                    self._insert_vectors(connection, space, keys, vectors)
            self._database.feed.tell(ITEMS, keys.values())

    def _forget(self, connection: Connection, items: Mapping[str, Item]) -> None:
        """Delete those that are there already."""
        there = connection.execute(
            "SELECT id, owner FROM items WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(items)),)
        ).fetchall()
        for row in there:
            if row["owner"] != items[row["id"]].owner:
                raise _taken()
        for owner in {row["owner"] for row in there}:
            self.delete([row["id"] for row in there if row["owner"] == owner], owner)

    def _insert(self, connection: Connection, items: Sequence[Item]) -> dict[str, int]:
        """Keys by id: the next ones, none of which was ever used."""
        keys = {item.id: key for key, item in zip(self._database.keys(connection, len(items)), items, strict=True)}
        rows = [
            (
                keys[item.id], item.id, item.collection, item.owner, item.modality, item.title, item.text, item.blob, item.media_type,
                to_json(item.metadata), item.parent, item.locator.model_dump_json(exclude_none=True), item.created_at,
            )
            for item in items
        ]  # fmt: skip
        words = [(keys[item.id], item.title, item.text) for item in items]
        try:
            connection.executemany(
                "INSERT INTO items"
                " (key, id, collection, owner, modality, title, text, blob, media_type, metadata, parent, locator, created_at)"
                " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", rows,
            )  # fmt: skip
        except UnicodeEncodeError as error:
            raise InvalidInput("The text is broken Unicode.", hint="Send it as UTF-8.", param="text") from error
        self._database.text.add(connection, words)
        return keys

    def _insert_vectors(self, connection: Connection, space: str, keys: Mapping[str, int], vectors: Mapping[str, Vectors]) -> None:
        numbers: Keys = np.array([keys[item_id] for item_id in vectors], np.int64)
        table = np.stack(list(vectors.values())).astype(np.float16)
        if not np.isfinite(table).all() or table.ndim != 2:
            raise InvalidInput(f"A vector of {space} is not finite.", hint="The encoder failed on this input.")
        connection.execute(
            "INSERT INTO spaces (name, dimension, generation) VALUES (?,?,0) ON CONFLICT DO NOTHING", (space, table.shape[1])
        )
        row = connection.execute("SELECT id, dimension FROM spaces WHERE name = ?", (space,)).fetchone()
        if row["dimension"] != table.shape[1]:
            raise InvalidInput(f"Vectors of {space} have {row['dimension']} dimensions, not {table.shape[1]}.")
        rows = [(row["id"], int(key), vector.tobytes()) for key, vector in zip(numbers, table, strict=True)]
        connection.executemany("INSERT INTO vectors (space, item, vector) VALUES (?,?,?)", rows)
        generation = self._next_generation(connection, row["id"])
        floats = table.astype(np.float32)
        self._database.after_commit(lambda: self._indexes.follow(space, generation, lambda index: index.add(numbers, floats)))

    @staticmethod
    def _next_generation(connection: Connection, space: int) -> int:
        row = connection.execute("UPDATE spaces SET generation = generation + 1 WHERE id = ? RETURNING generation", (space,)).fetchone()
        return int(row[0])

    def delete(self, item_ids: Sequence[str], owner: str) -> int:
        """Delete those of `item_ids` that belong to `owner`, from the table, the words and every index; how many there were."""
        with self._database.write() as connection:
            rows = connection.execute(
                "SELECT key, title, text FROM items WHERE +owner = ? AND id IN (SELECT value FROM json_each(?))",
                (owner, json.dumps(list(item_ids))),
            ).fetchall()
            if not rows:
                return 0
            self._database.text.remove(connection, [(row["key"], row["title"], row["text"]) for row in rows])
            keys = [row["key"] for row in rows]
            chosen = (json.dumps(keys),)
            touched = connection.execute(
                "SELECT DISTINCT spaces.id, spaces.name FROM vectors JOIN spaces ON spaces.id = vectors.space"
                " WHERE vectors.item IN (SELECT value FROM json_each(?))", chosen,
            ).fetchall()  # fmt: skip
            connection.execute("DELETE FROM vectors WHERE item IN (SELECT value FROM json_each(?))", chosen)
            connection.execute("DELETE FROM items WHERE key IN (SELECT value FROM json_each(?))", chosen)
            gone: Keys = np.array(keys, np.int64)
            for space, name in touched:
                self._plan_removal(name, self._next_generation(connection, space), gone)
            self._database.feed.tell(ITEMS, keys)
            return len(rows)

    def _plan_removal(self, space: str, generation: int, keys: Keys) -> None:
        self._database.after_commit(lambda: self._indexes.follow(space, generation, lambda index: index.remove(keys)))

    def change_metadata(self, metadata: Mapping[str, Mapping[str, Any]], owner: str) -> int:
        """Give items of `owner` other metadata, by id; how many there were. Words and vectors stay as they are."""
        changed = json.dumps({item_id: to_json(dict(values)) for item_id, values in metadata.items()})
        with self._database.write() as connection:
            rows = connection.execute(
                "UPDATE items SET metadata = given.value FROM json_each(?) AS given WHERE items.id = given.key AND +items.owner = ?"
                " RETURNING items.key", (changed, owner),
            ).fetchall()  # fmt: skip
            keys = [row["key"] for row in rows]
            self._database.feed.tell(METADATA, keys)
            return len(keys)

    # Finding

    def get(self, item_ids: Sequence[str], owner: str) -> list[Item]:
        """The items of `owner` among `item_ids`, in that order."""
        rows = self._database.all(
            "SELECT * FROM items WHERE +owner = ? AND id IN (SELECT value FROM json_each(?))", (owner, json.dumps(list(item_ids)))
        )
        found = {row["id"]: item_of(row) for row in rows}
        return [found[item_id] for item_id in item_ids if item_id in found]

    def dense(self, space: str, vector: Vectors, k: int, scope: Scope) -> list[Scored]:
        """The `k` nearest by cosine within `scope`, best first; k are returned whenever k match."""
        self._database.feed.catch_up()
        allowed = self._scopes.allowed(scope)
        index = self._indexes.get(space)
        if index is None or k < 1:
            return []
        if vector.size != index.dimension:
            raise InvalidInput(f"Vectors of {space} have {index.dimension} dimensions, not {vector.size}.", hint="Embed the library anew.")
        return self._named(index.search(vector, k, allowed), scope.owner)

    def _named(self, found: Sequence[tuple[int, float]], owner: str) -> list[Scored]:
        """What was found in a scope of `owner`, by the ids of the items. No key is used twice, so ids are remembered."""
        known = self._ids
        missing = [key for key, _ in found if (owner, key) not in known]
        if missing:
            ids = ids_of(self._database, missing, owner)
            if len(known) > IDS:  # whoever is reading goes on with the old ones
                self._ids = known = {(owner, key): known[owner, key] for key, _ in found if (owner, key) in known}
            known.update({(owner, key): item_id for key, item_id in ids.items()})
        return [Scored(known[owner, key], score) for key, score in found if (owner, key) in known]

    def vectors(self, space: str, item_ids: Sequence[str], owner: str) -> dict[str, Vectors]:
        """The vectors in a space of those of `item_ids` that have one and belong to `owner`."""
        rows = self._database.all(
            "SELECT items.id, vector FROM items CROSS JOIN vectors ON vectors.item = items.key"  # CROSS: the few items first
            " WHERE items.id IN (SELECT value FROM json_each(?)) AND +items.owner = ?"
            " AND vectors.space = (SELECT id FROM spaces WHERE name = ?)",
            (json.dumps(list(item_ids)), owner, space),
        )
        if not rows:
            return {}
        table = np.frombuffer(b"".join([row["vector"] for row in rows]), np.float16).reshape(len(rows), -1).astype(np.float32)
        return {row["id"]: vector for row, vector in zip(rows, table, strict=True)}

    def lacking(self, space: str, modalities: Sequence[Modality], limit: int, after: str | None = None) -> list[Item]:
        """Items of all owners of `modalities` that have no vector in a space, oldest first, at most `limit`, those behind item `after`."""
        rows = self._database.all(
            "SELECT * FROM items WHERE key > coalesce((SELECT key FROM items WHERE id = ?), 0)"
            " AND modality IN (SELECT value FROM json_each(?)) AND NOT EXISTS (SELECT 1 FROM vectors WHERE item = items.key"
            " AND space = (SELECT id FROM spaces WHERE name = ?)) ORDER BY key LIMIT ?",
            (after, json.dumps(list(modalities)), space, limit),
        )
        return [item_of(row) for row in rows]

    def add_vectors(self, space: str, vectors: Mapping[str, Vectors]) -> None:
        """Vectors in a space, by item id, for items that are stored and have none in it; others are passed over."""
        with self._database.write() as connection:
            rows = connection.execute(
                "SELECT key, id FROM items WHERE id IN (SELECT value FROM json_each(?)) AND NOT EXISTS (SELECT 1 FROM vectors"
                " WHERE item = items.key AND space = (SELECT id FROM spaces WHERE name = ?))", (json.dumps(list(vectors)), space),
            ).fetchall()  # fmt: skip
            keys = {row["id"]: row["key"] for row in rows}
            if keys:
                self._insert_vectors(connection, space, keys, {name: vectors[name] for name in keys})
                self._database.feed.tell(VECTORS, keys.values())

    def lexical(self, query: str, k: int, scope: Scope) -> list[Scored]:
        """The `k` best by BM25 within `scope`, best first. Chinese is segmented; words without meaning are left out."""
        self._database.feed.catch_up()
        return self._named(self._lexical.search(query, k, self._scopes.allowed(scope)), scope.owner)

    def frequencies(self, terms: Sequence[str]) -> tuple[int, dict[str, int]]:
        """Number of items, and in how many of them each of `terms` (see `retrieval.segmentation.terms`) occurs."""
        self._database.feed.catch_up()
        kept = self._lexical.frequencies(terms)
        if kept is not None:
            return kept
        counted = self._database.text.frequencies(terms)
        total = self._database.one("SELECT count(*) FROM items")
        # Another thread may have deleted items between the two counts.
        return max([int(total[0]) if total else 0, *counted.values()]), counted

    # Keeping

    def rebuild(self) -> None:
        """Build the text index and every vector index from the tables, whatever lies on the disk."""
        self.rebuild_words()
        self._indexes.rebuild()

    def rebuild_words(self) -> None:
        """Build the text index from the items."""
        with self._database.write() as connection:
            self._database.text.clear(connection)
            after = 0
            while rows := connection.execute(
                "SELECT key, title, text FROM items WHERE key > ? ORDER BY key LIMIT ?", (after, BLOCK)
            ).fetchall():
                self._database.text.add(connection, [(row["key"], row["title"], row["text"]) for row in rows])
                after = rows[-1]["key"]
            connection.execute(
                "INSERT INTO meta VALUES ('segmentation', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (SEGMENTATION,)
            )
            self._database.feed.tell(ALL)

    def publish(self) -> None:
        """Publish every index that changed, and remove published ones that are out of date."""
        self._indexes.publish()

    def status(self) -> list[dict[str, Any]]:
        """Per space: name, dimension, number of vectors, generation, whether its index is loaded and whether it is published."""
        return self._indexes.status()

    def close(self) -> None:
        """Publish the indexes that changed."""
        self._indexes.close()


def _taken() -> Conflict:
    return Conflict("An item with this id exists already.", hint="Leave the id to the library.", param="id")


def create(database: Engine, directory: Path) -> FaissStore:
    """The store over an open library database; its indexes lie in `directory`."""
    return FaissStore(database, directory)
