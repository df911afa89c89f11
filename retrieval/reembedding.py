"""Re-embedding: items that an earlier version stored get their vectors in the spaces of today, in the background.

A space is named by its weights, so a retrained or another encoder asks in an empty one. Until an item has its new vector it is still
found by its words; its old vectors stay, for the version that made them. What cannot be embedded is passed over until the next start.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext

from retrieval.blobs import Blobs
from retrieval.content import Content
from retrieval.embedders.base import Embedder, Vectors
from retrieval.faults import Fault, NotFound
from retrieval.files import Files
from retrieval.items import Item
from retrieval.preparing import words_of
from retrieval.stores.base import Store

AT_ONCE = 32
"""Items between two looks at whether to stop; each block is one transaction."""
WORDS = "text_embedder"
_log = logging.getLogger(__name__)


class Reembedding:
    """The work and the thread that does it."""

    def __init__(
        self, store: Store, blobs: Blobs, files: Files, embedders: Mapping[str, Embedder], after: Callable[[], None] = lambda: None,
        once: Callable[[str], AbstractContextManager[bool]] = lambda name: nullcontext(True),
    ) -> None:  # fmt: skip
        """`after` is called in the thread when the work is done; `once` tells which of several processes does it."""
        self._once = once
        self._store, self._blobs, self._files, self._embedders, self._after = store, blobs, files, embedders, after
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def run(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Embed what lacks a vector; how many items got one. Raises StorageFull."""
        done = 0
        roles: dict[str, set[str]] = {}
        for role, embedder in self._embedders.items():
            roles.setdefault(embedder.space, set()).add(role)
        for names in roles.values():
            embedder = self._embedders[min(names)]
            for block in self._lacking(names, embedder):
                if stop():
                    return done
                vectors = self._embedded(names, embedder, block)
                self._store.add_vectors(embedder.space, vectors)
                done += len(vectors)
        return done

    def _lacking(self, roles: set[str], embedder: Embedder) -> Iterator[list[Item]]:
        """Blocks of items without a vector in the space, each item once whatever becomes of it."""
        kinds = ("text", "image", "audio", "video", "file") if WORDS in roles else tuple(sorted(embedder.modalities - {"text"}))
        after: str | None = None
        while block := self._store.lacking(embedder.space, kinds, AT_ONCE, after):
            after = block[-1].id
            yield block

    def _embedded(self, roles: set[str], embedder: Embedder, block: list[Item]) -> dict[str, Vectors]:
        contents: dict[str, Content] = {}
        for item in block:
            try:
                seen = roles != {WORDS} and item.modality in embedder.modalities  # where words and media share a space, the medium counts
                content = self._medium(item) if seen else None
                content = self._words(item) if content is None and WORDS in roles else content
            except Fault as fault:
                _log.warning("item %s keeps no vector in %s: %s", item.id, embedder.space, fault)
                continue
            if content is not None:
                contents[item.id] = content
        try:
            return dict(zip(contents, embedder.embed(list(contents.values())), strict=True))
        except Fault:
            return {name: vector for name, content in contents.items() for vector in _one(embedder, name, content)}

    def _words(self, item: Item) -> Content | None:
        try:
            source = self._files.get(item.parent, item.owner).name if item.parent else ""
        except NotFound:
            source = ""
        text = words_of(item, source)
        return Content.from_text(text) if text else None

    def _medium(self, item: Item) -> Content | None:
        if item.blob is None:
            return None
        media_type = item.media_type or "application/octet-stream"
        return Content(modality=item.modality, media_type=media_type, data=self._blobs.read(item.blob), name=item.title)

    def start(self) -> None:
        """Do it in a thread of its own, until it is done or `close` is called."""
        self._thread = threading.Thread(target=self._work, name="re-embedding", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            with self._once("reembedding") as mine:
                done = self.run(self._stopped.is_set) if mine else 0
                if done:
                    _log.info("%d items of an earlier version were embedded anew", done)
                if mine and not self._stopped.is_set():
                    self._after()
        except Exception:
            _log.exception("embedding items of an earlier version stopped; the next start goes on")

    def close(self) -> None:
        """Stop after the block in work."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(60)


def _one(embedder: Embedder, name: str, content: Content) -> Iterator[Vectors]:
    try:
        yield embedder.embed([content])[0]
    except Fault as fault:
        _log.warning("item %s keeps no vector in %s: %s", name, embedder.space, fault)
