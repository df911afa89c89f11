"""The shelf: collections, files, and which file stands in which collection. The part of the library that finds nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO

from retrieval.attachments import Attachments
from retrieval.calibrations import Calibrating
from retrieval.collections import Collections, Contents
from retrieval.content import Content
from retrieval.engine import Engine
from retrieval.files import Files
from retrieval.ingestion import Ingestion, Progress
from retrieval.items import Recipe
from retrieval.records import Attachment, CollectionInfo, FileInfo
from retrieval.stores.base import Store


class Shelf:
    """What the library keeps. The parts are made by `retrieval.library.Library`."""

    _database: Engine
    _store: Store
    _collections: Collections
    _files: Files
    _attachments: Attachments
    _ingestion: Ingestion
    _calibrating: Calibrating

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

    def collection_id(self, id_or_name: str, owner: str) -> str:
        """Its id, without a look at what it holds. Raises NotFound."""
        return self._collections.id(id_or_name, owner)

    def held(self, names: Sequence[str], owner: str) -> dict[str, Contents]:
        """Which of the names are collections of the owner, by name, and whether anything is in them."""
        return self._collections.held(names, owner)

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

    def files_of(self, sha256: str, owner: str) -> list[FileInfo]:
        """The owner's files with exactly these bytes, oldest first: a recipe names its parents like this."""
        return self._files.of(sha256, owner)

    def open_file(self, file_id: str, owner: str) -> Content:
        """The content of the owner's file. Raises NotFound, Unavailable when its bytes are damaged."""
        return self._files.open(file_id, owner)

    def stream_file(self, file_id: str, owner: str) -> tuple[FileInfo, BinaryIO]:
        """The owner's file and its bytes, to be handed on piece by piece and closed. Raises as `open_file`."""
        return self._files.stream(file_id, owner)

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
        self, file_id: str, collection: str, owner: str, metadata: dict[str, Any] | None = None, progress: Progress | None = None,
        patience: float | None = None,
    ) -> Attachment:  # fmt: skip
        """Attach a file if it is not, read it, and return its attachment, completed or failed; one that is completed is not read again.

        While another process reads it, it is waited for; when that takes longer than `patience` seconds, it comes back in progress.

        `progress(part, stage)` gets 0 to 1 and read, describe, embed, store or done; it may raise Cancelled, which is passed on.
        Raises NotFound, StorageFull, StorageRefused (the attachment stays in progress).
        """
        identity = self._collections.id(collection, owner)
        attached = self.attach(file_id, identity, owner, metadata)
        if attached.status == "completed":
            return attached
        read = self._ingestion.ingest(self._files.get(file_id, owner), identity, progress, patience)
        self._calibrating.notice(identity, owner)
        return read

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

    def _delete_items(self, condition: str, values: tuple[str, ...], owner: str) -> None:
        with self._database.write() as connection:
            rows = connection.execute(f"SELECT id, blob FROM items WHERE owner = ? AND {condition}", (owner, *values)).fetchall()  # noqa: S608
            self._store.delete([row["id"] for row in rows], owner)
            for blob in {row["blob"] for row in rows if row["blob"]}:
                self._files.discard_after_commit(blob)
