"""The library: everything that is kept and found, behind one object. Synchronous, safe for threads, durable when a call returns.

It joins the tables (`collections`, `files`, `attachments`), the blobs, the store and the embedders; each has its own module. It knows
no tool, no conversation and no face.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from retrieval.attachments import Attachments
from retrieval.backends import load
from retrieval.blobs import Blobs
from retrieval.collections import Collections, checked_owner
from retrieval.content import Content, Modality
from retrieval.database import Database
from retrieval.embedders.base import Embedder
from retrieval.faults import DataLocked, NotFound
from retrieval.files import Files
from retrieval.ingestion import Ingestion, Progress
from retrieval.items import Draft, Hit, Item, Recipe
from retrieval.lock import DirectoryLock
from retrieval.records import Attachment, CollectionInfo, FileInfo, LibraryLimits, Query, Reading
from retrieval.reembedding import Reembedding
from retrieval.rows import item_of
from retrieval.searching import Searcher
from retrieval.stores.base import Store

__all__ = ["DATABASE", "Attachment", "CollectionInfo", "FileInfo", "Library", "Query", "restore"]
DATABASE, BLOBS, INDEXES = "library.db", "blobs", "indexes"
_open: set[str] = set()
_open_guard = threading.Lock()


def restore(archive: Path, data_dir: Path) -> dict[str, Any]:
    """Unpack a backup into an empty or missing directory; its manifest. See `retrieval.backup.restore` for what it raises."""
    from retrieval.backup import restore as unpack

    return unpack(archive, data_dir)


class Library:
    """The library in a data directory. Holds the directory's lock while open: raises DataLocked when it is open elsewhere."""

    def __init__(
        self, data_dir: Path, *, embedders: dict[str, Embedder], decoder: Reading,
        describe: Mapping[Modality, Callable[[Content], str]], limits: LibraryLimits, store: str = "faiss",
    ) -> None:  # fmt: skip
        self.data_dir = Path(data_dir)
        self._lock = DirectoryLock(self.data_dir)
        self._lock.acquire()
        self._key = os.path.realpath(self.data_dir)
        with _open_guard:
            if self._key in _open:
                self._lock.release()
                raise DataLocked(
                    f"The library in {self.data_dir} is open in this process already.", hint="Use that one, or close it first."
                )
            _open.add(self._key)
        try:
            self._start(embedders, decoder, describe, limits, store)
        except BaseException:
            self._give_back()
            raise

    def _start(self, embedders: dict[str, Embedder], decoder: Reading, describe: Mapping[Modality, Callable[[Content], str]],
               limits: LibraryLimits, store: str) -> None:  # fmt: skip
        self._database = Database(self.data_dir / DATABASE)
        try:
            self._blobs = Blobs(self.data_dir / BLOBS)
            self._store: Store = load("retrieval.stores", store)(self._database, self.data_dir / INDEXES)
            self._collections = Collections(self._database)
            self._files = Files(self._database, self._blobs, limits)
            self._attachments = Attachments(self._database)
            self._ingestion = Ingestion(
                self._database, self._blobs, self._store, self._files, self._attachments,
                embedders=embedders, decoder=decoder, describe=describe,
            )  # fmt: skip
            self.embedders = embedders
            self.reembedding = Reembedding(self._store, self._blobs, self._files, embedders)
            self._searcher = Searcher(self._store, embedders, limits)
            if not self._database.was_clean:
                self._blobs.sweep(self._files.referenced)
        except BaseException:
            self._database.close()
            raise

    def _give_back(self) -> None:
        with _open_guard:
            _open.discard(self._key)
        self._lock.release()

    # Collections

    def create_collection(self, name: str, owner: str, metadata: dict[str, Any] | None = None) -> CollectionInfo:
        """A new collection. Raises Conflict when the owner has one of that name, InvalidInput for a bad name."""
        return self._collections.create(name, owner, metadata)

    def ensure_collection(self, name: str, owner: str) -> CollectionInfo:
        """The owner's collection of that name, made when there is none."""
        return self._collections.ensure(name, owner)

    def collections(self, owner: str) -> list[CollectionInfo]:
        """The owner's collections, oldest first."""
        return self._collections.all(owner)

    def collection(self, id_or_name: str, owner: str) -> CollectionInfo:
        """The owner's collection by id or name. Raises NotFound."""
        return self._collections.get(id_or_name, owner)

    def rename_collection(self, id_or_name: str, name: str, owner: str) -> CollectionInfo:
        """The collection under its new name. Raises NotFound, Conflict."""
        return self._collections.rename(id_or_name, name, owner)

    def delete_collection(self, id_or_name: str, owner: str) -> None:
        """Delete a collection with its items; its files stay. Raises NotFound."""
        with self._database.write() as connection:
            identity = self._collections.id(id_or_name, owner)
            self._delete_items("collection = ?", (identity,), owner)
            connection.execute("DELETE FROM collections WHERE id = ? AND owner = ?", (identity, owner))

    # Files

    def add_file(
        self, content: Content, owner: str, purpose: str = "user_data", recipe: Recipe | None = None, metadata: dict[str, Any] | None = None
    ) -> FileInfo:
        """Keep an admitted content under a new id. Raises TooLarge, StorageFull."""
        return self._files.add(content, owner, purpose, recipe, metadata)

    def file(self, file_id: str, owner: str) -> FileInfo:
        """The owner's file. Raises NotFound."""
        return self._files.get(file_id, owner)

    def files(self, owner: str, purpose: str | None = None) -> list[FileInfo]:
        """The owner's files, newest first."""
        return self._files.all(owner, purpose)

    def open_file(self, file_id: str, owner: str) -> Content:
        """The content of the owner's file. Raises NotFound, Unavailable when its bytes are damaged."""
        return self._files.open(file_id, owner)

    def delete_file(self, file_id: str, owner: str) -> None:
        """Delete a file, its items in every collection, and its bytes unless something else uses them. Raises NotFound."""
        with self._database.write() as connection:
            info = self._files.get(file_id, owner)
            rows = connection.execute("SELECT collection FROM attachments WHERE file = ? AND owner = ?", (file_id, owner)).fetchall()
            for row in rows:
                self.detach(row["collection"], file_id, owner)
            self._delete_items("parent = ?", (file_id,), owner)
            connection.execute("DELETE FROM files WHERE id = ? AND owner = ?", (file_id, owner))
            self._files.discard_after_commit(info.sha256)

    # Attachments

    def attach(self, file_id: str, collection: str, owner: str, metadata: dict[str, Any] | None = None) -> Attachment:
        """Record a file as part of a collection, to be read by `ingest`; returns at once. Raises NotFound."""
        with self._database.write():
            self._files.get(file_id, owner)
            return self._attachments.attach(file_id, self._collections.id(collection, owner), owner, metadata)

    def ingest(
        self, file_id: str, collection: str, owner: str, metadata: dict[str, Any] | None = None, progress: Progress | None = None
    ) -> Attachment:
        """Attach a file if it is not, read it, and return its attachment, completed or failed; one that is completed is not read again.

        `progress(part, stage)` gets 0 to 1 and read, describe, embed, store or done; it may raise Cancelled, which is passed on.
        Raises NotFound, StorageFull (the attachment stays in progress).
        """
        identity = self._collections.id(collection, owner)
        attached = self.attach(file_id, identity, owner, metadata)
        if attached.status == "completed":
            return attached
        return self._ingestion.ingest(self._files.get(file_id, owner), identity, progress)

    def pending(self) -> list[tuple[str, str, str]]:
        """(file id, collection id, owner) of what is in progress, oldest first: after a start, what a killed process left undone."""
        return self._attachments.pending()

    def attachments(self, collection: str, owner: str) -> list[Attachment]:
        """The attachments of a collection, oldest first. Raises NotFound."""
        return self._attachments.all(self._collections.id(collection, owner), owner)

    def attachment(self, collection: str, file_id: str, owner: str) -> Attachment:
        """One attachment. Raises NotFound."""
        return self._attachments.get(self._collections.id(collection, owner), file_id, owner)

    def detach(self, collection: str, file_id: str, owner: str) -> None:
        """Take a file out of a collection with its items; the file stays. Raises NotFound."""
        with self._database.write() as connection:
            identity = self._collections.id(collection, owner)
            self._attachments.get(identity, file_id, owner)
            heir = self._attachments.twin(identity, file_id)
            if heir is not None:  # the same bytes are here under another name: the items are theirs too
                connection.execute(
                    "UPDATE items SET parent = ? WHERE parent = ? AND collection = ? AND owner = ?", (heir, file_id, identity, owner)
                )
            else:
                self._delete_items("parent = ? AND collection = ?", (file_id, identity), owner)
            self._attachments.remove(identity, file_id, owner)

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
            item = self.item(item_id, owner)
            self._delete_items("id = ?", (item.id,), owner)

    def _delete_items(self, condition: str, values: tuple[str, ...], owner: str) -> None:
        with self._database.write() as connection:
            rows = connection.execute(f"SELECT id, blob FROM items WHERE owner = ? AND {condition}", (owner, *values)).fetchall()  # noqa: S608
            self._store.delete([row["id"] for row in rows], owner)
            for blob in {row["blob"] for row in rows if row["blob"]}:
                self._files.discard_after_commit(blob)

    # Finding

    def search(self, query: Query) -> list[Hit]:
        """Hits for words, pictures and sounds, best first. Raises InvalidInput for an empty query or a bad filter, NotFound."""
        collections = tuple(self._collections.id(name, query.owner) for name in query.collections)
        return self._searcher.search(query.model_copy(update={"collections": collections}))

    def similar(self, item_id: str, owner: str, k: int, modalities: Sequence[Modality] = (), collections: Sequence[str] = ()) -> list[Hit]:
        """The `k` items most like one that is stored, without itself, best first. Raises NotFound."""
        inside = tuple(self._collections.id(name, owner) for name in collections)
        return self._searcher.similar(self.item(item_id, owner), k, tuple(modalities), inside)

    # Keeping

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
        counts = dict(row) if row else {}
        return {**counts, "database_bytes": self._database.size(), "spaces": self._store.status()}

    def backup(self, path: Path) -> dict[str, Any]:
        """Write everything into one archive while the library is in use; its manifest. Raises StorageFull, Conflict when it exists."""
        from retrieval.backup import write

        with self._blobs.frozen():
            return write(self.data_dir, self._database, Path(path))

    def close(self) -> None:
        """Publish the indexes and close the files. Safe to call twice."""
        if self._key in _open and not self._database.closed:
            self.reembedding.close()
            try:
                self._store.close()
            finally:
                self._database.close()
                self._give_back()
