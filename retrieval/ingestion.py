"""Ingestion: a file's drafts become items with words and vectors, all of a file in one transaction. Knows no file format.

Every item has its words (its text, what was recognised, heard or described) in the text space; a picture or a sound is also in the
space of its own embedder. What cannot be described is kept with a warning; what cannot be read is a failed attachment.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

from retrieval import form_items, key_fields
from retrieval.attachments import Attachments
from retrieval.blobs import REFUSED, Blobs, storage_fault
from retrieval.companions import MEDIA, row_for, told
from retrieval.content import Content
from retrieval.embedders.base import Embedder
from retrieval.engine import Engine
from retrieval.faults import Cancelled, Fault, StorageFull, StorageRefused
from retrieval.files import Files
from retrieval.items import Draft, Item
from retrieval.origins import without_origin
from retrieval.preparing import Describe, Prepared, Preparing
from retrieval.records import Attachment, FileInfo, Reading
from retrieval.stores.base import Batch, Store

Progress = Callable[[float, str], None]
"""Gets the part that is done, 0 to 1, and the stage: read, describe, embed, store or done. May raise Cancelled."""
MAX_TEXT = 100_000
"""Characters of one item; a reader's passages are far shorter, a transcript of an hour fits."""
_log = logging.getLogger(__name__)


class Ingestion(Preparing):
    """Reads attached files. Several threads may ingest different files; the same one is read once."""

    def __init__(
        self, database: Engine, blobs: Blobs, store: Store, files: Files, attachments: Attachments, *,
        embedders: Mapping[str, Embedder], decoder: Reading, describe: Describe, detach: Callable[[str, str, str], None],
    ) -> None:  # fmt: skip
        self._database, self._blobs, self._store = database, blobs, store
        self._files, self._attachments, self._detach = files, attachments, detach
        super().__init__(embedders, describe)
        self._decoder = decoder
        # One lock for a file in a collection, out of a fixed number: two that share one wait for each other, nothing more.
        self._busy = [threading.Lock() for _ in range(64)]

    def ingest(self, file: FileInfo, collection: str, progress: Progress | None, patience: float | None = None) -> Attachment:
        """Read an attached file. The attachment comes back completed or failed; in progress when another process reads it, and goes on
        doing so for longer than `patience` seconds.

        Raises Cancelled when `progress` does (the attachment is then failed), and StorageFull or StorageRefused when the disk is full
        or opens no file (it then stays in progress, and is among `pending`).
        """
        tell = progress or (lambda part, stage: None)
        claim = self._database.locks.claim(f"file/{file.id}/{collection}", patience)
        with self._busy[hash((file.id, collection)) % len(self._busy)], claim as mine:
            if not mine or self._attachments.get(collection, file.id, file.owner).status != "in_progress":
                return self._attachments.get(collection, file.id, file.owner)
            try:
                if not self._same_as_before(file, collection):
                    self._read(file, collection, tell)
            except (StorageFull, StorageRefused):
                raise
            except Fault as fault:
                if fault.code == "database_unavailable":  # which says nothing about the file
                    raise
                self._fail(file, collection, fault)
                if isinstance(fault, Cancelled):
                    raise
            except Exception as error:
                if isinstance(error, OSError) and error.errno in REFUSED:
                    raise storage_fault(error, Path("data")) from error
                _log.exception("reading %s failed", file.id)
                failure = Fault("The file could not be read because of a fault in this program.", hint="Its log has the details.")
                self._fail(file, collection, failure)
            attachment = self._attachments.get(collection, file.id, file.owner)
        tell(1.0, "done")
        return attachment

    def _same_as_before(self, file: FileInfo, collection: str) -> bool:
        with self._database.write():
            twin = self._attachments.twin(collection, file.id)
            if twin is None:
                return False
            before = self._attachments.get(collection, twin, file.owner)
            self._attachments.finish(collection, file.id, before.items, [*before.warnings, f"same_bytes: {before.name} is here already."])
            self._supersede(file, collection)
            return True

    def _supersede(self, file: FileInfo, collection: str, status: str | None = None) -> None:
        """Take earlier versions out of the collection, in the transaction that brings this one in: a search finds one or the other."""
        for former in self._attachments.former(collection, file.id, file.owner, status):
            self._detach(collection, former, file.owner)

    def _fail(self, file: FileInfo, collection: str, fault: Fault) -> None:
        """Record the failure. A former version that was read stays; one that failed too has nothing more to say."""
        with self._database.write():
            self._attachments.fail(collection, file.id, fault.to_dict())
            self._supersede(file, collection, "failed")

    def _read(self, file: FileInfo, collection: str, tell: Progress) -> None:
        tell(0.0, "read")
        content = self._files.open(file.id, file.owner)
        if content.modality == "text":  # a typed text is read like a text file
            content = content.model_copy(update={"modality": "file"})
        drafts = self._decoder.read(content)
        tell(0.2, "describe")
        metadata = {**without_origin(file.metadata), **self._attachments.metadata(collection, file.id)}
        given = ""
        if content.modality in MEDIA:
            metadata = {**row_for(self._store, file.name, collection, file.owner), **metadata}
            given = told(metadata)
        with ExitStack() as held:
            prepared = self._prepare(
                drafts, collection, file.owner, file.id, metadata, held, lambda part: tell(0.2 + 0.3 * part, "describe"), given
            )
            if not prepared.items:
                prepared.warnings.append("no_text: nothing that can be searched was found in the file.")
            self.embed(prepared, file.name, lambda part: tell(0.5 + 0.45 * part, "embed"))
            tell(0.95, "store")
            with self._database.write():
                if self._attachments.get(collection, file.id, file.owner).status != "in_progress":
                    return  # the claim was lost with its connection, and another process has read it
                self._attachments.finish(collection, file.id, len(prepared.items), prepared.warnings)
                self._store.add(Batch(prepared.items, prepared.vectors))
                self._supersede(file, collection)

    def add_drafts(self, drafts: Sequence[Draft], collection: str, owner: str, parent: str | None) -> list[Item]:
        """Store drafts that no reader made, in one transaction."""
        with ExitStack() as held:
            prepared = self._prepare(drafts, collection, owner, parent, {}, held, lambda part: None)
            self.embed(prepared)
            self._store.add(Batch(prepared.items, prepared.vectors))
        return prepared.items

    def _prepare(
        self, drafts: Sequence[Draft], collection: str, owner: str, parent: str | None, metadata: dict[str, Any], held: ExitStack,
        tell: Callable[[float], None], given: str = "",
    ) -> Prepared:  # fmt: skip
        """`given` are words that came with the whole file, a picture or a recording: they are told of each of its media."""
        prepared, now = Prepared(), time.time()
        for place, draft in enumerate(drafts):
            identity, blob, text = f"item-{uuid4().hex[:24]}", None, draft.text
            if draft.data is not None:
                blob = held.enter_context(self._blobs.keep(draft.data))
                media_type = draft.media_type or "application/octet-stream"
                medium = Content(modality=draft.modality, media_type=media_type, data=draft.data, name=draft.title)
                prepared.media[identity] = medium
                text = self.described(medium, draft, prepared)
                text = "\n".join(part for part in (given, text) if part)
            if not text.strip() and blob is None:
                continue
            prepared.items.append(
                Item(
                    id=identity, collection=collection, owner=owner, modality=draft.modality, title=draft.title, text=text[:MAX_TEXT],
                    blob=blob, media_type=draft.media_type, metadata={**draft.metadata, **metadata}, parent=parent,
                    locator=draft.locator, created_at=now,
                )
            )  # fmt: skip
            tell((place + 1) / len(drafts))
        if (form := _form(prepared.items)) is not None:
            prepared.items = [item for item in prepared.items if item.id != form.id] + [form]
        return prepared


def _form(items: Sequence[Item]) -> Item | None:
    """What an invoice says of itself, with what was recognised in its pictures, a letterhead or all of a scan; None where there is none."""
    pictures = [item for item in items if item.modality == "image"]
    tokens = [token for item in pictures for token in key_fields.tokens_in(item.text, item.locator.page or 0)]
    read = next((item for item in items if item.metadata.get(form_items.KEY_FIELDS)), None)
    if read is not None or not pictures or len(pictures) < len(items):  # beside text a picture is an illustration
        return read and read.model_copy(update={"text": form_items.with_names(read.text, tokens)})
    form = form_items.draft(tokens, pictures[0].title, placed=False)
    if form is None:
        return None
    new = {
        "id": f"item-{uuid4().hex[:24]}",
        "modality": "text",
        "text": form.text,
        "blob": None,
        "media_type": None,
        "locator": form.locator,
    }
    return pictures[0].model_copy(update={**new, "metadata": {**pictures[0].metadata, **form.metadata}})
