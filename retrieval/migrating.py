"""Migrating: what a library holds is copied to Milvus while the library is in use. Knows databases and stores; no face, no settings.

It works on a copy of the database as it was at one moment, made by SQLite's online backup, so that whoever uses the library goes on
reading and writing. What is written after that moment, Milvus gets when the library is opened with it.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from retrieval.blobs import storage_fault
from retrieval.database import Database, translated
from retrieval.faults import Conflict, NotFound
from retrieval.items import Item
from retrieval.library import DATABASE, INDEXES
from retrieval.rows import item_of
from retrieval.segmentation import query_words
from retrieval.stores.base import Scope, Scored, Store
from retrieval.stores.faiss import FaissStore
from retrieval.stores.milvus import MilvusStore, place_for

SAMPLE, DEPTH = 25, 5
"""Items that are searched for in both stores, in every space and by words, and how many hits are compared."""
WORDS = 12
"""Words of an item that are asked for."""
NEAR = 0.05
"""How far the scores at one place may differ: the mean length of an item may have moved since the copy was begun (`retrieval.bm25`)."""
Total = Callable[[int], None]
Step = Callable[[int], None]


@dataclass(frozen=True)
class Migrated:
    """What was done."""

    items: int
    """Items that the library has, or the collection."""
    rows: int
    """Rows that Milvus lacked and has now, or had too many: one an item for its words, and one for each of its vectors."""
    searches: int
    same: int
    """Searches that found the same hits, or others of the same scores."""
    differing: tuple[str, ...] = ()
    """Some of the others: the space (or `words`) and the item that was searched for."""


def migrate(data_dir: Path, reference: str, token: str, *, offline: bool, collection: str | None, total: Total, step: Step) -> Migrated:
    """Copy a library, or one collection of it by name or id, to Milvus, and search in both.

    `total` gets the number of rows, `step` how many were done since. Raises NotFound, Conflict, StorageFull, Unavailable, NotInstalled,
    DataLocked.
    """
    if not (data_dir / DATABASE).is_file():
        raise NotFound(f"There is no library in {data_dir}.", hint="Name the data directory with --data-dir.")
    place = place_for(reference, data_dir / INDEXES, offline)
    with copied(data_dir) as (folder, database):
        identity = _collection(database, collection) if collection is not None else None
        store, before = MilvusStore(database, folder, place, token), FaissStore(database, folder)
        try:
            total(_rows(database, identity))
            rows = store.fill(identity, step)
            sample = _sample(database, identity)
            differing = [what for item in sample for what in _differing(before, store, item)]
            searches = sum(1 for item in sample for _ in _questions(before, item))
            count = database.one("SELECT count(*) FROM items WHERE ? IS NULL OR collection = ?", (identity, identity))
            return Migrated(int(count[0]) if count else 0, rows, searches, searches - len(differing), tuple(differing[:10]))
        finally:
            store.close()


@contextmanager
def copied(data_dir: Path) -> Iterator[tuple[Path, Database]]:
    """The library's database as it is now, in a folder of its own for as long as the block lasts. Raises StorageFull, Unavailable."""
    try:
        with tempfile.TemporaryDirectory(dir=data_dir, prefix=".migrate-") as name:
            folder = Path(name)
            with closing(sqlite3.connect(data_dir / DATABASE)) as source, closing(sqlite3.connect(folder / DATABASE)) as target:
                source.backup(target)
            database = Database(folder / DATABASE)
            try:
                yield folder, database
            finally:
                database.close()
    except sqlite3.Error as error:
        raise translated(error) from error
    except OSError as error:
        raise storage_fault(error, data_dir) from error


def _collection(database: Database, name: str) -> str:
    rows = database.all("SELECT id FROM collections WHERE id = ? OR name = ? ORDER BY id = ? DESC", (name, name, name))
    if not rows:
        raise NotFound(f"There is no collection '{name}'.", hint="See them with: assistant collections list.", param="collection")
    if len(rows) > 1 and rows[0]["id"] != name:
        ids = ", ".join(row["id"] for row in rows[:5])
        raise Conflict(f"Several people have a collection '{name}'.", hint=f"Name one by its id: {ids}.", param="collection")
    return str(rows[0]["id"])


def _rows(database: Database, collection: str | None) -> int:
    row = database.one(
        "SELECT (SELECT count(*) FROM items WHERE ?1 IS NULL OR collection = ?1)"
        " + (SELECT count(*) FROM vectors JOIN items ON items.key = vectors.item WHERE ?1 IS NULL OR collection = ?1)", (collection,)
    )  # fmt: skip
    return int(row[0]) if row else 0


def _sample(database: Database, collection: str | None) -> list[Item]:
    rows = database.all(
        "SELECT * FROM items WHERE (?1 IS NULL OR collection = ?1)"
        " AND key % (SELECT 1 + count(*) / ?2 FROM items WHERE ?1 IS NULL OR collection = ?1) = 0 LIMIT ?2", (collection, SAMPLE)
    )  # fmt: skip
    return [item_of(row) for row in rows]


def _questions(store: Store, item: Item) -> Iterator[tuple[str, Callable[[Store], list[Scored]]]]:
    """Searches for what is like an item, within its collection: by each of its vectors and by its first words."""
    scope = Scope(item.owner, (item.collection,))
    for space in (row["name"] for row in store.status()):
        vector = store.vectors(space, [item.id], item.owner).get(item.id)
        if vector is not None:
            yield space, lambda asked, space=space, vector=vector: asked.dense(space, vector, DEPTH, scope)  # type: ignore[misc]
    words = " ".join(query_words(f"{item.title} {item.text}"[:1000])[:WORDS])
    if words:
        yield "words", lambda asked: asked.lexical(words, DEPTH, scope)


def _differing(one: Store, other: Store, item: Item) -> list[str]:
    return [f"{what} {item.id}" for what, ask in _questions(one, item) if not alike(ask(one), ask(other))]


def alike(one: list[Scored], other: list[Scored]) -> bool:
    """Whether two searches found the same: at every place the same item, or one of the same score."""
    return len(one) == len(other) and all(
        a.item_id == b.item_id or abs(a.score - b.score) <= NEAR * max(abs(a.score), abs(b.score), 1e-3)
        for a, b in zip(one, other, strict=True)
    )
