"""What the studies of durability store, and how they check it: a real library over a reader and an embedder that cost next to nothing.

A document has two passages and a picture that share one made-up word; so it can be told whether all of it is there, and whether it is
found by its words and by its vectors.
"""

from __future__ import annotations

import os
import random
import re
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faiss  # noqa: F401 - imported before a nursery forks
import numpy as np

from benchmarks.reliability._points import arm
from retrieval import index_cache, indexes
from retrieval.content import Content
from retrieval.faults import Fault
from retrieval.items import Draft, ModelCard
from retrieval.library import Library, Query
from retrieval.stores import faiss as store  # noqa: F401 - as above

OWNER, COLLECTION = "ann", "default"
PARTS = 3
"""Items of a document: two passages and a picture."""
LONG, LONG_WORD = 8, 3
"""A word of more letters weighs so many times as much as another."""
BATCH = 8
"""Documents that a child keeps before it reads them."""
Say = Callable[..., Any]


class Hashed:
    """Signed counts of hashed words; a long word weighs more, so that the nearest of its document are found by an inverted index too."""

    space, dimension, modalities = "hashed-1", 128, frozenset({"text"})
    card = ModelCard(name="hashed words", role="text_embedder", kind="classical", dimension=128)

    def embed(self, contents: Sequence[Content]) -> Any:
        """Unit vectors, shape (contents, 128)."""
        vectors = np.zeros((len(contents), self.dimension), np.float32)
        for row, content in enumerate(contents):
            vectors[row, 0] = 0.01
            for word in re.findall(r"\w+", content.text or ""):
                for part in range(4):
                    code = zlib.crc32(f"{part}{word}".encode())
                    vectors[row, 1 + code % 127] += (1 if code & 2**20 else -1) * (LONG_WORD if len(word) > LONG else 1)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class Paragraphs:
    """A draft for each paragraph; one that begins with `!` is a picture."""

    def read(self, content: Content) -> list[Draft]:
        """Drafts."""
        parts = content.data.decode().split("\n\n")
        return [
            Draft(modality="image", title=part[1:], data=part.encode(), media_type="image/png")
            if part.startswith("!")
            else Draft(modality="text", text=part, title=content.name)
            for part in parts
        ]


def open_library(folder: Path) -> Library:
    """The library in a folder. Indexes are published and outgrown early, so that this happens in every trial."""
    index_cache.SAVE_EVERY, indexes.FLAT_MOST = 40, 300
    limits: Any = SimpleNamespace(file_bytes=2**20, prompt_chars=10_000)
    return Library(folder, embedders={"text_embedder": Hashed()}, decoder=Paragraphs(), describe={}, limits=limits)


def document(word: str) -> Content:
    """The document of a word."""
    text = f"{word} first passage\n\n{word} second passage\n\n!{word} picture"
    return Content(modality="file", media_type="text/plain", data=text.encode(), name=f"{word}.txt")


def work(say: Say, folder: str, seed: int, point: str = "", times: int = 1, documents: int = 10**9) -> None:
    """Open the library, finish what a killed process left, then keep, read and delete; every promise is said after the library made it.

    At the `times`-th passing of `point` the process kills itself.
    """
    if point:
        arm(point, times)
    library = open_library(Path(folder))
    library.ensure_collection(COLLECTION, OWNER)
    for file, collection, owner in library.pending():
        library.ingest(file, collection, owner)
    _search(library, "warm")  # loads the index, so that it follows every change from here on
    say("ready")
    chance, mine = random.Random(seed), []
    for _ in range(0, documents, BATCH):
        kept = []
        for _ in range(BATCH):
            word = f"w{chance.getrandbits(60):015x}"
            file = library.add_file(document(word), OWNER).id
            say("kept", word, file)
            kept.append((word, file))
        for word, file in kept:
            library.attach(file, COLLECTION, OWNER)
            say("attached", word, file)
            if library.ingest(file, COLLECTION, OWNER).status != "completed":
                raise RuntimeError(f"{file} was not read")
            say("read", word, file)
        mine += kept
        word, file = mine.pop(chance.randrange(len(mine)))
        library.delete_file(file, OWNER)
        say("deleted", word, file)
    library.close()
    say("closed")
    os._exit(0)


def _search(library: Library, word: str, k: int = 20) -> list[Any]:
    return library.search(Query(owner=OWNER, text=word, k=k, modalities=("text",)))


def check(say: Say, folder: str, read: dict[str, str], kept: dict[str, str], attached: list[str], deleted: list[str], sample: int) -> None:
    """Open the library and say `wrong` for everything that is not as promised, then `gone` with the files that are not there.

    `read` and `kept` are words by file; `sample` of the documents are searched, by words and by vectors.
    """
    library = open_library(Path(folder))
    library.ensure_collection(COLLECTION, OWNER)  # it may have been cut off before the first promise
    files = {file.id for file in library.files(OWNER)}
    present = library.attachments(COLLECTION, OWNER)
    items: Counter[str] = Counter()
    after = None
    while page := library.items(COLLECTION, OWNER, 1000, after):
        after = page[-1].id
        items.update(str(item.parent) for item in page)
    for attachment in present:
        expected = PARTS if attachment.status == "completed" else 0
        if items[attachment.file_id] != expected:
            say("wrong", f"half a document: {attachment.file_id} is {attachment.status} with {items[attachment.file_id]} items")
    for file in items.keys() - {attachment.file_id for attachment in present}:
        say("wrong", f"items of {file}, which is not attached")
    say("gone", sorted(kept.keys() - files))
    for file in set(deleted) & (files | items.keys()):
        say("wrong", f"deleted, and there again: {file}")
    done = {attachment.file_id for attachment in present if attachment.status == "completed"}
    for file in (set(attached) & files) - {attachment.file_id for attachment in present}:
        say("wrong", f"acknowledged attachment is lost: {file}")
    for file in (read.keys() & files) - done:
        say("wrong", f"acknowledged reading is lost: {file}")
    alive = sorted(read.keys() & files)
    for file in random.Random(len(alive)).sample(alive, min(sample, len(alive))):
        _check_found(say, library, file, read[file])
    kept_only = sorted(kept.keys() & files)
    for file in random.Random(len(kept_only)).sample(kept_only, min(sample, len(kept_only))):
        _check_bytes(say, library, file, kept[file])
    library.close()


def _check_found(say: Say, library: Library, file: str, word: str) -> None:
    hits = [hit for hit in _search(library, word) if hit.item.parent == file]
    for way in ("lexical", "hashed"):
        if sum(way in hit.ranks for hit in hits) != PARTS - 1:
            say("wrong", f"{file} is not found by {way}")


def _check_bytes(say: Say, library: Library, file: str, word: str) -> None:
    try:
        if library.open_file(file, OWNER).data == document(word).data:
            return
        say("wrong", f"{file} has other bytes")
    except Fault as fault:
        say("wrong", f"the bytes of {file}: {fault.message}")
