"""Reading: bytes at an origin become an admitted, read, described and embedded file, by the code that the library itself reads with.

Knows a place, the decoder and the embedders; no library. Made once in every process that takes part.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from retrieval.bulk.base import Listed, Read, Refused
from retrieval.bulk.places import Place, read
from retrieval.bulk.wire import packed, size_of
from retrieval.content import Content
from retrieval.decoding import Decoder
from retrieval.embedders.base import Embedder
from retrieval.faults import Fault, Unavailable
from retrieval.files import label
from retrieval.ingestion import MAX_TEXT
from retrieval.items import Draft, Item
from retrieval.origins import digest
from retrieval.preparing import Describe, Prepared, Preparing

Opening = Callable[[], "Reader"]
"""Makes the reader of a process."""


@dataclass
class Opened:
    """A file that was read and is not embedded yet."""

    listed: Listed
    digest: str
    content: Content
    drafts: list[Draft] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    fault: dict[str, Any] | None = None
    """Why it was admitted and could not be read, as `Fault.to_dict`."""


class Reader:
    """Reads and embeds the files of one place. Safe for threads: no more are decoded at once than the decoder has processes."""

    def __init__(
        self, place: Place, system: Any, decoder: Decoder, *, embedders: Mapping[str, Embedder], describe: Describe, file_bytes: int,
        decoders: int, close: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self._place, self._system, self._decoder, self._most, self._closing = place, system, decoder, file_bytes, close
        self._preparing = Preparing(embedders, describe)
        self.decoders = decoders
        self._turns = threading.BoundedSemaphore(decoders)

    def open(self, listed: Listed) -> Opened | Refused:
        """Fetch, admit, read and describe. What the ordinary ingestion would refuse at the door is refused, what it would fail to read
        comes back with its fault.
        """
        try:
            data = read(self._place, self._system, listed.origin, self._most)
            found = digest(data)
            with self._turns:
                content = self._decoder.admit(data, name=listed.origin.rpartition("/")[2])
        except Fault as fault:
            return Refused(listed, fault.code, fault.message, fault.hint)
        opened = Opened(listed, found, content)
        try:
            with self._turns:
                drafts = self._decoder.read(content.model_copy(update={"modality": "file"}) if content.modality == "text" else content)
                opened.drafts, opened.warnings = self._described(drafts)
        except Unavailable as fault:  # says nothing about the file
            return Refused(listed, fault.code, fault.message, fault.hint)
        except Fault as fault:
            opened.fault = fault.to_dict()
        return opened

    def _described(self, drafts: Sequence[Draft]) -> tuple[list[Draft], list[str]]:
        prepared, complete = Prepared(), []
        for draft in drafts:
            text = draft.text
            if draft.data is not None:
                media_type = draft.media_type or "application/octet-stream"
                medium = Content(modality=draft.modality, media_type=media_type, data=draft.data, name=draft.title)
                text = self._preparing.described(medium, draft, prepared)
            complete.append(draft.model_copy(update={"text": text}))
        return complete, prepared.warnings

    def embed(self, files: Sequence[Opened]) -> list[Read | Refused]:
        """Vectors for the items of several files at once. A file whose words cannot be embedded fails alone."""
        try:
            return self._embedded(files)
        except Fault as fault:
            if len(files) > 1:
                return [found for one in files for found in self.embed([one])]
            return [Refused(files[0].listed, fault.code, fault.message, fault.hint)]

    def _embedded(self, files: Sequence[Opened]) -> list[Read | Refused]:
        prepared = Prepared()
        places: dict[str, tuple[int, int]] = {}
        for number, file in enumerate(files):
            for place, draft in enumerate(file.drafts):
                item = _item(f"{number}-{place}", draft)
                if not item.text.strip() and draft.data is None:
                    continue
                places[item.id] = (number, place)
                prepared.items.append(item)
                prepared.sources[item.id] = label(file.content.name)
                if draft.data is not None:
                    prepared.media[item.id] = Content(
                        modality=draft.modality,
                        media_type=draft.media_type or "application/octet-stream",
                        data=draft.data,
                        name=draft.title,
                    )
        self._preparing.embed(prepared)
        if prepared.warnings and len(files) > 1:  # they name no file
            return [found for one in files for found in self._embedded([one])]
        vectors: list[dict[str, dict[int, Any]]] = [{} for _ in files]
        for space, found in prepared.vectors.items():
            for identity, vector in found.items():
                number, place = places[identity]
                vectors[number].setdefault(space, {})[place] = vector
        done: list[Read | Refused] = []
        for file, known in zip(files, vectors, strict=True):
            wire = packed(file.listed, file.digest, file.content, file.drafts, known, [*file.warnings, *prepared.warnings], file.fault)
            done.append(Read(file.listed, wire, size_of(wire)))
        return done

    def close(self) -> None:
        """Stop the decoder's processes, and what else was opened for this reader."""
        self._decoder.close()
        self._closing()


def _item(identity: str, draft: Draft) -> Item:
    return Item(
        id=identity, collection="", owner="", modality=draft.modality, title=draft.title, text=draft.text[:MAX_TEXT],
        media_type=draft.media_type, metadata=draft.metadata, locator=draft.locator,
    )  # fmt: skip
