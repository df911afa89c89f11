"""A question to many items: ours, whole, against the bare encoder and a bare FAISS index, question by question in one process.

`python -m benchmarks.searching FOLDER COUNT`
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from benchmarks.measure import median
from benchmarks.million import CACHE
from benchmarks.passages import clustered, passages, questions
from retrieval.content import Content
from retrieval.database import Database
from retrieval.embedders.minilm import create as open_encoder
from retrieval.items import Draft, Item
from retrieval.library import Library, Query
from retrieval.stores.base import Batch, Scope
from retrieval.stores.faiss import create

BLOCK, ASKED, SEEDS, K = 5000, 100, 256, 10
OWNER = "bench"


class NoFiles:
    """No file is read here."""

    def read(self, content: Content) -> list[Draft]:
        """Nothing."""
        return []


def open_library(folder: Path, encoder: object) -> Library:
    """A library with the text encoder and nothing else."""
    limits = SimpleNamespace(file_bytes=2**20, prompt_chars=10_000)
    return Library(folder, embedders={"text_embedder": encoder}, decoder=NoFiles(), describe={}, limits=limits)  # type: ignore[dict-item]


def main() -> None:
    """Print the medians as JSON."""
    import faiss

    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    encoder, texts = open_encoder(CACHE), passages(count)
    around = encoder.embed([Content.from_text(text) for text in texts[: 2 * SEEDS : 2]])
    library = open_library(folder, encoder)
    collection = library.ensure_collection("bench", OWNER).id
    library.close()
    vectors = clustered(count, around)
    _fill(folder, collection, encoder.space, texts, vectors)
    bare = faiss.IndexFlatIP(vectors.shape[1])
    bare.add(vectors)
    del vectors
    faiss.omp_set_num_threads(1)  # for one query the quicker setting, for bare FAISS too
    library = open_library(folder, encoder)
    ways: dict[str, Callable[[str], object]] = {
        "bare encoder": lambda asked: encoder.embed([Content.from_text(asked)]),
        "bare encoder + bare FAISS": lambda asked: bare.search(encoder.embed([Content.from_text(asked)]), K),
        "ours": lambda asked: library.search(Query(owner=OWNER, text=asked, k=K)),
        "ours, filtered": lambda asked: library.search(Query(owner=OWNER, text=asked, k=K, filter="tenth = 3")),
    }
    spent: dict[str, list[float]] = {name: [] for name in ways}
    worked: dict[str, list[float]] = {name: [] for name in ways}
    for turn, question in enumerate(questions(ASKED + 5, count)):
        for name, way in ways.items():
            start, cpu = time.perf_counter(), time.process_time()
            way(question)
            if turn >= 5:  # the first ones load and warm up
                spent[name].append(time.perf_counter() - start)
                worked[name].append(time.process_time() - cpu)
    library.close()
    medians = {name: {"p50_ms": 1000 * median(spent[name]), "p50_cpu_ms": 1000 * median(worked[name])} for name in ways}
    print(json.dumps({"items": count, **medians}))


def _fill(folder: Path, collection: str, space: str, texts: list[str], vectors: object) -> None:
    database = Database(folder / "library.db")
    store = create(database, folder / "indexes")
    store.dense(space, vectors[0], 1, Scope(OWNER))  # type: ignore[index]
    for start in range(0, len(texts), BLOCK):
        items = [
            Item(id=f"item-{n:024x}", collection=collection, owner=OWNER, modality="text", title=f"file {n // 100}.md", text=texts[n],
                 metadata={"tenth": n % 10})
            for n in range(start, min(start + BLOCK, len(texts)))
        ]  # fmt: skip
        store.add(Batch(items, {space: {item.id: vectors[start + n] for n, item in enumerate(items)}}))  # type: ignore[index]
    store.close()
    database.close()


if __name__ == "__main__":
    main()
