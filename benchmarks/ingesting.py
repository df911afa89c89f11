"""Durable ingestion of passages, one contestant in one process: `python -m benchmarks.ingesting NAME FOLDER COUNT`.

Every contestant has the same model (all-MiniLM-L6-v2 from its package), the same passages and all cores, and ends with everything on the
disk. Loading the model is not counted: each embeds two sentences first.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from benchmarks.bare import WARM, Way, by_bf16, by_int8, by_onnx, by_sentence_transformers
from benchmarks.frameworks import chroma, haystack, langchain_faiss, llama_index, txtai
from benchmarks.measure import median, memory, size_of
from benchmarks.passages import passages, questions

ASKED = 20
SENTENCES = 12
"""Of a passage: about 900 characters."""


def ours(folder: Path) -> Way:
    """The library: SQLite with words and vectors, indexes, every block durable."""
    return _library(folder, "minilm")


def ours_int8(folder: Path) -> Way:
    """The library with the encoder in 8 bits."""
    return _library(folder, "minilm_int8")


def _library(folder: Path, name: str) -> Way:
    from benchmarks.million import CACHE
    from benchmarks.searching import OWNER, open_library
    from retrieval.backends import load
    from retrieval.content import Content
    from retrieval.exchange import AT_ONCE, Record
    from retrieval.library import Query

    encoder = load("retrieval.embedders", name)(CACHE)
    encoder.embed([Content.from_text(text) for text in WARM])
    library = open_library(folder, encoder)
    library.ensure_collection("bench", OWNER)

    def ingest(texts: list[str]) -> None:
        for start in range(0, len(texts), AT_ONCE):
            library.exchange.add([Record(text=text) for text in texts[start : start + AT_ONCE]], "bench", OWNER)

    return Way(ingest, lambda asked: library.search(Query(owner=OWNER, text=asked, k=5)), library.close)


CONTESTANTS = {
    "ours": ours, "ours, int8": ours_int8, "bare ONNX + FAISS": by_onnx, "bare bf16 loop": by_bf16, "bare int8": by_int8,
    "bare sentence-transformers + FAISS": by_sentence_transformers, "LangChain FAISS": langchain_faiss, "Chroma": chroma,
    "Haystack": haystack, "LlamaIndex": llama_index, "txtai": txtai,
}  # fmt: skip
PEERS = {
    "LangChain FAISS": "langchain-community", "Chroma": "chromadb", "Haystack": "haystack-ai",
    "LlamaIndex": "llama-index-vector-stores-faiss", "txtai": "txtai",
}  # fmt: skip
"""Contestants that need a package this project does not install."""


def main() -> None:
    """Print what was measured as JSON."""
    name, folder, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    texts = passages(count, SENTENCES)
    way = CONTESTANTS[name](folder)
    began, cpu = time.perf_counter(), time.process_time()
    way.ingest(texts)
    seconds, worked = time.perf_counter() - began, time.process_time() - cpu
    spent = []
    for asked in questions(ASKED, count):
        start = time.process_time()
        way.search(asked)
        spent.append(time.process_time() - start)
    peak = memory("VmHWM")
    way.close()
    print(json.dumps({
        "passages_per_s": count / seconds, "passages_per_cpu_s": count / worked, "query_cpu_ms": 1000 * median(spent),
        "peak_mb": peak, "disk_per_text": size_of(folder) / sum(len(text.encode()) for text in texts),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
