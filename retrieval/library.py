"""The library: everything that is kept and found, behind one object. Synchronous, safe for threads, durable when a call returns.

It joins the tables (`collections`, `files`, `attachments`), the blobs, the store and the embedders; each has its own module. It knows
no tool, no conversation and no face.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from retrieval.attachments import Attachments
from retrieval.attributes import Attributes
from retrieval.backends import load
from retrieval.blobs import Blobs
from retrieval.bulk.ledger import forget as forget_ledgers
from retrieval.bulk.writing import BulkWriting
from retrieval.calibration import Calibration
from retrieval.calibrations import Calibrating, Calibrations
from retrieval.collections import Collections, checked_owner
from retrieval.content import Content, Modality
from retrieval.database import Database
from retrieval.embedders.base import Embedder
from retrieval.engine import Engine, OpenDatabase
from retrieval.exchange import Exchange
from retrieval.faq import Faq
from retrieval.faults import DataLocked, Fault, NotFound
from retrieval.files import Files
from retrieval.forgetting import Forgetting
from retrieval.ingestion import Ingestion
from retrieval.items import Draft, Hit, Item
from retrieval.lock import DirectoryLock
from retrieval.maps.service import Maps
from retrieval.records import Attachment, CollectionInfo, FileInfo, LibraryLimits, Query, Reading
from retrieval.reembedding import Reembedding
from retrieval.request_context import span
from retrieval.rerankers.base import Reranker
from retrieval.rows import item_of
from retrieval.searching import Searcher
from retrieval.stores.base import Store

__all__ = ["DATABASE", "Attachment", "CollectionInfo", "FileInfo", "Library", "Query"]
DATABASE, BLOBS, INDEXES = "library.db", "blobs", "indexes"
UNSETTLED_SECONDS = 3600.0
"""Where several processes write, a blob that nothing uses is removed when it is older: another may be about to use it."""
OpenStore = Callable[[Engine, Path], Store]
"""The store over an open database; what it derives lies in the directory."""
_open: set[str] = set()
_open_guard = threading.Lock()


def _on_sqlite(data_dir: Path) -> Engine:
    return Database(data_dir / DATABASE)


class Library(Forgetting):
    """The library in a data directory. Holds the directory's lock while open: raises DataLocked when it is open elsewhere."""

    def __init__(
        self, data_dir: Path, *, embedders: dict[str, Embedder], decoder: Reading,
        describe: Mapping[Modality, Callable[[Content], str]], limits: LibraryLimits, open_store: OpenStore | None = None,
        reranker: Reranker | None = None, open_database: OpenDatabase | None = None,
    ) -> None:  # fmt: skip
        """`open_database` opens a database that other processes may have open too, with the same directory; none is SQLite's."""
        self.data_dir = Path(data_dir)
        self._lock = DirectoryLock(self.data_dir, shared=open_database is not None)
        self._lock.acquire()
        self._key = os.path.realpath(self.data_dir) if open_database is None else f"{self.data_dir}#{id(self)}"
        with _open_guard:
            if self._key in _open:
                self._lock.release()
                raise DataLocked(
                    f"The library in {self.data_dir} is open in this process already.", hint="Use that one, or close it first."
                )
            _open.add(self._key)
        try:
            self._database = (open_database or _on_sqlite)(self.data_dir)
            self._start(embedders, decoder, describe, limits, open_store or load("retrieval.stores", "faiss"), reranker)
        except BaseException:
            self._give_back()
            raise

    def _start(self, embedders: dict[str, Embedder], decoder: Reading, describe: Mapping[Modality, Callable[[Content], str]],
               limits: LibraryLimits, open_store: OpenStore, reranker: Reranker | None) -> None:  # fmt: skip
        try:
            self._blobs = Blobs(self.data_dir / BLOBS, self._database.locks, UNSETTLED_SECONDS if self._database.shared else 0.0)
            self._store = open_store(self._database, self.data_dir / INDEXES)
            self._collections = Collections(self._database)
            self._files = Files(self._database, self._blobs, limits)
            self._attachments = Attachments(self._database)
            self._ingestion = Ingestion(
                self._database, self._blobs, self._store, self._files, self._attachments,
                embedders=embedders, decoder=decoder, describe=describe, detach=self.detach,
            )  # fmt: skip
            self.reranker = reranker
            self.embedders, self.faq = embedders, Faq(self._database, self._store, self._collections, embedders)
            self.attributes = Attributes(self._database, self._store, self._collections, self._attachments)
            self._calibrations = Calibrations(self._database, embedders.get("text_embedder"))
            self._searcher = Searcher(self._store, embedders, limits, self._calibrations.apply, reranker)
            self._calibrating = Calibrating(self._database, self._searcher, self._calibrations)
            self.reembedding = Reembedding(self._store, self._blobs, self._files, embedders, self._calibrating.renew, self.once)
            self.maps = Maps(self._database, embedders, self.data_dir / INDEXES)
            self.exchange = Exchange(
                self._database, self._store, self._blobs, self._files, self._collections, self._ingestion, self.maps.known
            )  # fmt: skip
            self.bulk = BulkWriting(
                self._database, self._blobs, self._store, self._files, self._collections, self._attachments, self._ingestion,
                detach=self.detach, notice=self._calibrating.notice,
            )  # fmt: skip
            if not self._database.was_clean:
                self._blobs.sweep(self._files.referenced)
        except BaseException:
            self._database.close()
            raise

    def _give_back(self) -> None:
        with _open_guard:
            _open.discard(self._key)
        self._lock.release()

    def delete_collection(self, id_or_name: str, owner: str) -> None:
        """Delete a collection with its items, and what bulk ingestion noted of it; its files stay. Raises NotFound."""
        identity = self.collection_id(id_or_name, owner)
        super().delete_collection(identity, owner)
        forget_ledgers(self.data_dir, identity)

    # Items

    def add_drafts(self, drafts: Sequence[Draft], collection: str, owner: str, parent: str | None = None) -> list[Item]:
        """Store drafts as items, all or none; `parent` is the file they come from. Raises NotFound, StorageFull."""
        identity = self._collections.id(collection, checked_owner(owner))
        if parent is not None:
            self._files.get(parent, owner)
        return self._ingestion.add_drafts(drafts, identity, owner, parent)

    def items(self, collection: str, owner: str, limit: int = 100, after: str | None = None) -> list[Item]:
        """Items of a collection in the order they were stored, at most `limit`, those behind the item `after`. Raises NotFound."""
        rows = self._database.all(
            "SELECT * FROM items WHERE +owner = ? AND collection = ?"
            " AND key > coalesce((SELECT key FROM items WHERE id = ? AND owner = ?), 0)"
            " ORDER BY key LIMIT ?", (owner, self._collections.id(collection, owner), after, owner, max(0, limit)),
        )  # fmt: skip
        return [item_of(row) for row in rows]

    def item(self, item_id: str, owner: str) -> Item:
        """The owner's item. Raises NotFound."""
        found = self._store.get([item_id], owner)
        if not found:
            raise NotFound(f"There is no item '{item_id[:80]}'.", hint="Search again: it may have been deleted.", param="item_id")
        return found[0]

    def item_content(self, item_id: str, owner: str) -> Content | None:
        """The picture, sound or frame of an item; None when it has words only. Raises NotFound."""
        item = self.item(item_id, owner)
        if item.blob is None:
            return None
        size = {key: item.metadata[key] for key in ("width", "height") if isinstance(item.metadata.get(key), int)}
        data = self._blobs.read(item.blob)
        return Content(modality=item.modality, media_type=item.media_type or "application/octet-stream", data=data, name=item.title, **size)

    def delete_item(self, item_id: str, owner: str) -> None:
        """Delete one item. Raises NotFound."""
        with self._database.write():
            self._delete_items("id = ?", (self.item(item_id, owner).id,), owner)

    # Finding

    def search(self, query: Query) -> list[Hit]:
        """Hits for words, pictures and sounds, best first. Raises InvalidInput for an empty query or a bad filter, NotFound."""
        collections = tuple(self._collections.id(name, query.owner) for name in query.collections)
        with span("retrieve", k=query.k) as timed:
            hits = self._searcher.search(query.model_copy(update={"collections": collections}))
            timed.note(hits=len(hits))
            return hits

    def similar(self, item_id: str, owner: str, k: int, modalities: Sequence[Modality] = (), collections: Sequence[str] = ()) -> list[Hit]:
        """The `k` items most like one that is stored, without itself, best first. Raises NotFound."""
        inside = tuple(self._collections.id(name, owner) for name in collections)
        return self._searcher.similar(self.item(item_id, owner), k, tuple(modalities), inside)

    def recommend(self, positive: Sequence[str], negative: Sequence[str], query: Query) -> list[Hit]:
        """Items like those of the ids `positive` and unlike those of `negative`; words and filter of `query` narrow it. Raises NotFound."""
        collections = tuple(self._collections.id(name, query.owner) for name in query.collections)
        liked, disliked = ([self.item(item_id, query.owner) for item_id in ids] for ids in (positive, negative))
        return self._searcher.recommend(liked, disliked, query.model_copy(update={"collections": collections}))

    def calibration(self, id_or_name: str, owner: str) -> Calibration | None:
        """From which probability on a text of the collection answers, as fitted for it; None while that of all holds. Raises NotFound."""
        return self._calibrations.get(self._collections.id(id_or_name, owner))

    def calibrate(self, id_or_name: str, owner: str) -> Calibration | None:
        """Fit it now; None when the collection has too few texts. Raises NotFound."""
        return self._calibrating.fit(self._collections.id(id_or_name, owner), owner)

    # Keeping

    @property
    def shared(self) -> bool:
        """Whether other processes may have this library open too."""
        return self._database.shared

    def once(self, name: str) -> AbstractContextManager[bool]:
        """For work that one process should do: whether this one may, for as long as the block lasts. Raises Unavailable."""
        return self._database.locks.claim(name, 0.0)

    @property
    def damage(self) -> Fault | None:
        """What was found in the database after it was opened, if anything was."""
        return self._database.damage

    def rebuild(self) -> None:
        """Build every index anew from the database and remove blobs that nothing uses."""
        self._store.rebuild()
        with self._database.quiet():
            self._blobs.sweep(self._files.referenced)

    def status(self) -> dict[str, Any]:
        """Numbers for `doctor` and the metrics: collections, files, items, pending, failed, bytes of the database, spaces."""
        row = self._database.one(
            "SELECT (SELECT count(*) FROM collections) AS collections, (SELECT count(*) FROM files) AS files,"
            " (SELECT count(*) FROM items) AS items, (SELECT count(*) FROM attachments WHERE status = 'in_progress') AS pending,"
            " (SELECT count(*) FROM attachments WHERE status = 'failed') AS failed"
        )
        return {**(dict(row) if row else {}), "database_bytes": self._database.size(), "spaces": self._store.status()}

    def backup(self, path: Path) -> dict[str, Any]:
        """Write everything into one archive while the library is in use; its manifest. Raises StorageFull, Conflict when it exists.

        Raises NotAllowed for a library in PostgreSQL, which has its own way.
        """
        from retrieval.backup import by_postgres, write

        if not isinstance(self._database, Database):
            raise by_postgres()
        with self._blobs.frozen():
            return write(self.data_dir, self._database, Path(path))

    def close(self) -> None:
        """Publish the indexes and close the files. Safe to call twice."""
        if self._key in _open and not self._database.closed:
            self.reembedding.close()
            self._calibrating.close()
            try:
                self._store.close()
            finally:
                try:
                    self._database.close()
                finally:
                    self._give_back()
