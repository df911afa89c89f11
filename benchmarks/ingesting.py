"""Durable ingestion of passages, one contestant in one process: `python -m benchmarks.ingesting NAME FOLDER COUNT`.

Every contestant has the same model (all-MiniLM-L6-v2 from its package) and the same passages, and ends with everything on the disk.
Loading the model is not counted: each embeds two sentences first.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measure import median, memory, size_of
from benchmarks.passages import passages, questions

WARM = ["The first sentence.", "Another one, to load everything."]
ASKED = 20


def model_folder() -> str:
    """Where the package keeps the model."""
    from retrieval.embedders.minilm import model_directory

    return str(model_directory())


def _sentence_transformer() -> Any:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(model_folder(), device="cpu")
    model.encode(WARM)
    return model


def ours(folder: Path) -> tuple[Callable[[list[str]], None], Callable[[str], object]]:
    """The library: SQLite with words and vectors, indexes, every block durable."""
    from benchmarks.million import CACHE
    from benchmarks.searching import OWNER, open_library
    from retrieval.content import Content
    from retrieval.embedders.minilm import create
    from retrieval.exchange import AT_ONCE, Record
    from retrieval.library import Query

    encoder = create(CACHE)
    encoder.embed([Content.from_text(text) for text in WARM])
    library = open_library(folder, encoder)
    library.ensure_collection("bench", OWNER)

    def ingest(texts: list[str]) -> None:
        for start in range(0, len(texts), AT_ONCE):
            library.exchange.add([Record(text=text) for text in texts[start : start + AT_ONCE]], "bench", OWNER)

    return ingest, lambda asked: library.search(Query(owner=OWNER, text=asked, k=5))


def bare_sentence_transformers(folder: Path) -> tuple[Callable[[list[str]], None], Callable[[str], object]]:
    """The model by sentence-transformers, a FAISS file and an SQLite table with a text index."""
    import faiss

    model, index = _sentence_transformer(), faiss.IndexFlatIP(384)
    return _bare(folder, lambda texts: model.encode(texts, batch_size=32, normalize_embeddings=True), index)


def bare_onnx(folder: Path) -> tuple[Callable[[list[str]], None], Callable[[str], object]]:
    """The same with ONNX Runtime: the encoder of this project alone."""
    import faiss

    from benchmarks.million import CACHE
    from retrieval.content import Content
    from retrieval.embedders.minilm import create

    encoder = create(CACHE)
    encoder.embed([Content.from_text(text) for text in WARM])
    return _bare(folder, lambda texts: encoder.embed([Content.from_text(text) for text in texts]), faiss.IndexFlatIP(384))


def _bare(folder: Path, embed: Callable[[list[str]], Any], index: Any) -> tuple[Callable[[list[str]], None], Callable[[str], object]]:
    def ingest(texts: list[str]) -> None:
        import faiss

        index.add(embed(texts))
        faiss.write_index(index, str(folder / "bare.faiss"))
        with sqlite3.connect(folder / "bare.db") as connection:
            connection.execute("CREATE VIRTUAL TABLE words USING fts5 (text, tokenize='porter')")
            connection.executemany("INSERT INTO words (text) VALUES (?)", [(text,) for text in texts])
        connection.close()

    return ingest, lambda asked: index.search(embed([asked]), 5)


def langchain_faiss(folder: Path) -> tuple[Callable[[list[str]], None], Callable[[str], object]]:
    """LangChain's FAISS store, saved."""
    from langchain_community.vectorstores import FAISS
    from langchain_core.embeddings import Embeddings

    model = _sentence_transformer()

    class Encoder(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return model.encode(texts, batch_size=32, normalize_embeddings=True).tolist()  # type: ignore[no-any-return]

        def embed_query(self, text: str) -> list[float]:
            return self.embed_documents([text])[0]

    held: list[Any] = []

    def ingest(texts: list[str]) -> None:
        held.append(FAISS.from_texts(texts, Encoder()))
        held[0].save_local(str(folder))

    return ingest, lambda asked: held[0].similarity_search(asked, k=5)


def chroma(folder: Path) -> tuple[Callable[[list[str]], None], Callable[[str], object]]:
    """Chroma's persistent client."""
    import chromadb

    model = _sentence_transformer()
    client = chromadb.PersistentClient(str(folder), settings=chromadb.Settings(anonymized_telemetry=False))
    collection = client.create_collection("bench", metadata={"hnsw:space": "cosine"}, embedding_function=None)

    def embed(texts: list[str]) -> Any:
        return model.encode(texts, batch_size=32, normalize_embeddings=True)

    def ingest(texts: list[str]) -> None:
        for start in range(0, len(texts), 2000):
            block = texts[start : start + 2000]
            collection.add(ids=[str(start + n) for n in range(len(block))], documents=block, embeddings=embed(block))

    return ingest, lambda asked: collection.query(query_embeddings=embed([asked]), n_results=5)


def txtai(folder: Path) -> tuple[Callable[[list[str]], None], Callable[[str], object]]:
    """txtai with content and hybrid search, saved."""
    from txtai import Embeddings

    index = Embeddings(path=model_folder(), content=True, hybrid=True, gpu=False)
    index.batchtransform(WARM)

    def ingest(texts: list[str]) -> None:
        index.index(texts)
        index.save(str(folder / "txtai"))

    return ingest, lambda asked: index.search(asked, 5)


CONTESTANTS = {
    "ours": ours, "bare ONNX + FAISS": bare_onnx, "bare sentence-transformers + FAISS": bare_sentence_transformers,
    "LangChain FAISS": langchain_faiss, "Chroma": chroma, "txtai": txtai,
}  # fmt: skip
PEERS = {"LangChain FAISS": "langchain-community", "Chroma": "chromadb", "txtai": "txtai"}
"""Contestants that need a package this project does not install."""


def main() -> None:
    """Print what was measured as JSON."""
    if hasattr(os, "sched_setaffinity"):  # one core each: on a busy machine threads that wait for each other measure the neighbours
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    name, folder, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    texts = passages(count)
    ingest, search = CONTESTANTS[name](folder)
    began, cpu = time.perf_counter(), time.process_time()
    ingest(texts)
    seconds, worked = time.perf_counter() - began, time.process_time() - cpu
    spent = []
    for asked in questions(ASKED, count):
        start = time.process_time()
        search(asked)
        spent.append(time.process_time() - start)
    print(json.dumps({
        "passages_per_s": count / seconds, "passages_per_cpu_s": count / worked, "query_cpu_ms": 1000 * median(spent),
        "peak_mb": memory("VmHWM"), "disk_per_text": size_of(folder) / sum(len(text.encode()) for text in texts),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
