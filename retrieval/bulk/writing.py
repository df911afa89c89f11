"""Writing: files that were read elsewhere come into a collection, many in one transaction, as the ordinary ingestion would have put them.

Knows the library's tables and its store; no place and no ledger. What it is given was read by a trusted process: see the route.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from retrieval.attachments import Attachments
from retrieval.blobs import Blobs
from retrieval.bulk.base import Held, Wire, Written
from retrieval.bulk.wire import Parcel
from retrieval.collections import Collections
from retrieval.companions import MEDIA, row_for, told
from retrieval.content import Content
from retrieval.embedders.base import Vectors
from retrieval.engine import Engine
from retrieval.faults import InvalidInput
from retrieval.files import Files
from retrieval.ingestion import MAX_TEXT, Ingestion
from retrieval.items import Item
from retrieval.origins import DIGEST, ORIGIN, TAG
from retrieval.preparing import Prepared
from retrieval.records import FileInfo
from retrieval.stores.base import Batch, Store

_AT = (
    "SELECT f.id, f.metadata, a.status FROM files f JOIN attachments a ON a.file = f.id AND a.collection = ?"
    " WHERE f.owner = ? AND json_extract(f.metadata, '$.origin') = ? ORDER BY a.created_at DESC"
)
_HELD = (
    "SELECT f.id, f.metadata, a.status FROM attachments a JOIN files f ON f.id = a.file"
    " WHERE a.collection = ? AND a.owner = ? AND a.file > ? ORDER BY a.file LIMIT ?"
)
NO_TEXT = "no_text: nothing that can be searched was found in the file."


@dataclass
class _Coming:
    """A file on its way in."""

    parcel: Parcel
    info: FileInfo
    prepared: Prepared = field(default_factory=Prepared)


@dataclass
class _Batch:
    """Items that are added together at the end of the transaction."""

    items: list[Item] = field(default_factory=list)
    vectors: dict[str, dict[str, Vectors]] = field(default_factory=dict)


class BulkWriting:
    """Takes parcels in. Safe for threads."""

    def __init__(
        self, database: Engine, blobs: Blobs, store: Store, files: Files, collections: Collections, attachments: Attachments,
        ingestion: Ingestion, *, detach: Callable[[str, str, str], None], notice: Callable[[str, str], None],
    ) -> None:  # fmt: skip
        self._database, self._blobs, self._store, self._files = database, blobs, store, files
        self._collections, self._attachments, self._ingestion = collections, attachments, ingestion
        self._detach, self._notice = detach, notice

    def held(self, collection: str, owner: str, after: str = "", limit: int = 5000) -> tuple[list[Held], str]:
        """(files of a collection that have an origin, by id; the id to go on after, empty at the end). Raises NotFound."""
        rows = self._database.all(_HELD, (self._collections.id(collection, owner), owner, after, limit))
        found = []
        for row in rows:
            metadata = json.loads(row["metadata"])
            if metadata.get(ORIGIN):
                found.append(Held(row["id"], str(metadata[ORIGIN]), str(metadata.get(TAG, "")), row["status"]))
        return found, rows[-1]["id"] if len(rows) == limit else ""

    def commit(self, wires: Sequence[Wire], collection: str, owner: str) -> list[Written]:
        """What became of each file; all are in when this returns, or none is and it raises.

        Raises NotFound, InvalidInput, StorageFull, TooLarge (`quota_exceeded`).
        """
        identity = self._collections.id(collection, owner)
        parcels = [Parcel.of(wire) for wire in wires]
        if len({parcel.origin for parcel in parcels}) < len(parcels):
            raise InvalidInput("A file is twice in one commit.")
        with ExitStack() as held:
            coming = [self._coming(parcel, identity, owner, held) for parcel in parcels]
            for one in coming:
                self._ingestion.embed(one.prepared, one.info.name)  # what the reader could not know, or has no encoder for
            with self._database.write():
                fresh = [one for one in coming if self._same(one.parcel, identity, owner) is None]
                self._files.check_quota(owner, sum(one.info.bytes for one in fresh), len(fresh))
                batch, written = _Batch(), []
                for one in coming:
                    written.append(self._take(one, identity, owner, batch))
                if batch.items:
                    self._store.add(Batch(batch.items, batch.vectors))
        self._notice(identity, owner)
        return written

    def remove(self, origins: Sequence[str], collection: str, owner: str) -> int:
        """Detach what was read at `origins`, in one transaction; how many files there were."""
        identity, removed = self._collections.id(collection, owner), 0
        with self._database.write():
            for origin in origins:
                for row in self._database.all(_AT, (identity, owner, origin)):
                    self._detach(identity, row["id"], owner)
                    removed += 1
        return removed

    def _coming(self, parcel: Parcel, collection: str, owner: str, held: ExitStack) -> _Coming:
        content = parcel.content
        metadata = {ORIGIN: parcel.origin, DIGEST: parcel.digest, TAG: parcel.mark}
        info = self._files.described(content, owner, "user_data", None, metadata)
        held.enter_context(self._blobs.keep(content.data))
        coming = _Coming(parcel, info)
        coming.prepared.warnings += parcel.warnings
        row = row_for(self._store, info.name, collection, owner) if content.modality in MEDIA else {}
        given, now = told(row), time.time()
        for place in range(len(parcel.drafts)):
            self._add_item(coming, place, given, row, collection, owner, now, held)
        if not coming.prepared.items:
            coming.prepared.warnings.append(NO_TEXT)
        return coming

    def _add_item(
        self, coming: _Coming, place: int, given: str, row: dict[str, Any], collection: str, owner: str, now: float, held: ExitStack
    ) -> None:
        draft, prepared = coming.parcel.draft(place), coming.prepared
        identity, blob, text = f"item-{uuid4().hex[:24]}", None, draft.text
        if draft.data is not None:
            blob = held.enter_context(self._blobs.keep(draft.data))
            media_type = draft.media_type or "application/octet-stream"
            prepared.media[identity] = Content(modality=draft.modality, media_type=media_type, data=draft.data, name=draft.title)
            text = "\n".join(part for part in (given, text) if part)
        if not text.strip() and blob is None:
            return
        prepared.items.append(
            Item(
                id=identity, collection=collection, owner=owner, modality=draft.modality, title=draft.title, text=text[:MAX_TEXT],
                blob=blob, media_type=draft.media_type, metadata={**draft.metadata, **row}, parent=coming.info.id, locator=draft.locator,
                created_at=now,
            )
        )  # fmt: skip
        embedders = self._ingestion.embedders
        vectors = coming.parcel.vectors_of(place, {embedder.space: embedder.dimension for embedder in embedders.values()})
        if row and "text_embedder" in embedders and draft.data is not None:
            vectors.pop(embedders["text_embedder"].space, None)  # its words are others now
        for space, vector in vectors.items():
            prepared.vectors[space][identity] = vector

    def _same(self, parcel: Parcel, collection: str, owner: str) -> tuple[str, str, dict[str, Any]] | None:
        """(file id, status, metadata) of a file that was read at the same origin from the same bytes."""
        for row in self._database.all(_AT, (collection, owner, parcel.origin)):
            metadata = json.loads(row["metadata"])
            if metadata.get(DIGEST) == parcel.digest:
                return row["id"], row["status"], metadata
        return None

    def _take(self, coming: _Coming, collection: str, owner: str, batch: _Batch) -> Written:
        """One file, inside the transaction; its items go into `batch`."""
        parcel, info = coming.parcel, coming.info
        before = [row["status"] for row in self._database.all(_AT, (collection, owner, parcel.origin))]
        same = self._same(parcel, collection, owner)
        if same is not None and same[1] != "failed":
            self._files.change_metadata(same[0], owner, {**same[2], TAG: parcel.mark})
            return Written(parcel.origin, "unchanged")
        if same is None:
            self._files.insert(info)
        else:
            info = info.model_copy(update={"id": same[0]})
            self._files.change_metadata(info.id, owner, {**same[2], TAG: parcel.mark})
        self._attachments.attach(info.id, collection, owner, None)
        if parcel.fault is not None:
            self._attachments.fail(collection, info.id, parcel.fault)
            self._supersede(info, collection, "failed")
            fault = parcel.fault
            return Written(parcel.origin, "failed", 0, str(fault.get("code")), str(fault.get("message")), str(fault.get("hint")))
        count = self._finish(coming, info, collection, batch)
        self._supersede(info, collection)
        return Written(parcel.origin, "changed" if "completed" in before else "new", count)

    def _finish(self, coming: _Coming, info: FileInfo, collection: str, batch: _Batch) -> int:
        twin = self._attachments.twin(collection, info.id)
        if twin is not None:
            former = self._attachments.get(collection, twin, info.owner)
            self._attachments.finish(collection, info.id, former.items, [*former.warnings, f"same_bytes: {former.name} is here already."])
            return 0
        prepared = coming.prepared
        items = [item.model_copy(update={"parent": info.id}) for item in prepared.items]
        self._attachments.finish(collection, info.id, len(items), prepared.warnings)
        batch.items.extend(items)
        for space, found in prepared.vectors.items():
            batch.vectors.setdefault(space, {}).update(found)
        return len(items)

    def _supersede(self, file: FileInfo, collection: str, status: str | None = None) -> None:
        for former in self._attachments.former(collection, file.id, file.owner, status):
            self._detach(collection, former, file.owner)


class LibraryWriter:
    """The writer of one collection in this process."""

    def __init__(self, writing: BulkWriting, collection: str, owner: str) -> None:
        self._writing, self._collection, self._owner = writing, collection, owner

    def held(self, after: str, limit: int) -> tuple[list[Held], str]:
        """As `retrieval.bulk.base.Writer`."""
        return self._writing.held(self._collection, self._owner, after, limit)

    def commit(self, files: Sequence[Wire]) -> list[Written]:
        """As `retrieval.bulk.base.Writer`. When a file of several is not taken, the others are, and it fails alone."""
        return alone_if_need_be(lambda some: self._writing.commit(some, self._collection, self._owner), files)

    def remove(self, origins: Sequence[str]) -> int:
        """As `retrieval.bulk.base.Writer`."""
        return self._writing.remove(origins, self._collection, self._owner)


def alone_if_need_be(commit: Callable[[Sequence[Wire]], list[Written]], files: Sequence[Wire]) -> list[Written]:
    """What became of the files; when the library refuses some of them, each is tried alone. Raises what says nothing about a file."""
    try:
        return commit(files)
    except InvalidInput as fault:
        if len(files) > 1:
            return [found for file in files for found in alone_if_need_be(commit, [file])]
        return [Written(files[0]["origin"], "failed", 0, fault.code, fault.message, fault.hint)]
