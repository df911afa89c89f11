"""A question to many passages within one process: the bare encoder and index, and the hybrid search of other systems over the same vectors.

`python -m benchmarks.lookups NAME FOLDER` answers each line `{"questions": [...]}` with the times it took. Vectors of passages are given to
everybody; the question is embedded by each contestant's own encoder.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bare import sentence_transformer
from benchmarks.frameworks import langchain_encoder

K = 5
TEXTS = "texts.json"
Look = Callable[[str], object]


def give(folder: Path, texts: Sequence[str], vectors: Any) -> None:
    """Write passages and their vectors for everybody."""
    np.save(folder / "vectors.npy", vectors.astype(np.float16))
    (folder / TEXTS).write_text(json.dumps(texts), "utf-8")


def given(folder: Path) -> tuple[list[str], Any]:
    """The passages and their vectors."""
    return json.loads((folder / TEXTS).read_text("utf-8")), np.load(folder / "vectors.npy").astype(np.float32)


def bare(folder: Path) -> Look:
    """The encoder of this project and a flat index, nothing else."""
    import faiss

    from benchmarks.million import CACHE
    from retrieval.content import Content
    from retrieval.embedders.minilm import create

    texts, vectors = given(folder)
    encoder, index = create(CACHE), faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.omp_set_num_threads(1)
    return lambda asked: [texts[at] for at in index.search(encoder.embed([Content.from_text(asked)]), K)[1][0]]


def langchain_hybrid(folder: Path) -> Look:
    """LangChain: FAISS and BM25, joined by its EnsembleRetriever."""
    from langchain_classic.retrievers import EnsembleRetriever
    from langchain_community.retrievers import BM25Retriever
    from langchain_community.vectorstores import FAISS

    texts, vectors = given(folder)
    store = FAISS.from_embeddings(zip(texts, vectors.tolist(), strict=True), langchain_encoder())
    words = BM25Retriever.from_texts(texts, k=K)
    joined = EnsembleRetriever(retrievers=[words, store.as_retriever(search_kwargs={"k": K})], weights=[0.5, 0.5])
    return lambda asked: joined.invoke(asked)[:K]


def txtai_hybrid(folder: Path) -> Look:
    """txtai with content and hybrid search."""
    from txtai import Embeddings

    texts, vectors = given(folder)
    model, known = sentence_transformer(), dict(zip(texts, vectors, strict=True))

    def encode(wanted: list[str]) -> Any:
        if all(text in known for text in wanted):
            return np.stack([known[text] for text in wanted])
        return model.encode(wanted, normalize_embeddings=True)

    index = Embeddings(method="external", transform=encode, content=True, hybrid=True, gpu=False)
    index.index(texts)
    return lambda asked: index.search(asked, K)


CONTESTANTS: dict[str, Callable[[Path], Look]] = {"bare": bare, "LangChain hybrid": langchain_hybrid, "txtai hybrid": txtai_hybrid}
PEERS: dict[str, tuple[str, ...]] = {"LangChain hybrid": ("langchain-community", "rank-bm25"), "txtai hybrid": ("txtai", "fastapi-mcp")}
"""Contestants that need packages this project does not install; the last one is for the API of txtai, which `starting` starts."""


def main() -> None:
    """Answer until the input ends."""
    look = CONTESTANTS[sys.argv[1]](Path(sys.argv[2]))
    look("How often is anything asked?")
    print(json.dumps({"ready": sys.argv[1]}), flush=True)
    for line in sys.stdin:
        spent, worked = [], []
        for question in json.loads(line)["questions"]:
            start, cpu = time.perf_counter(), time.process_time()
            look(question)
            spent.append(1000 * (time.perf_counter() - start))
            worked.append(1000 * (time.process_time() - cpu))
        found = {f"p{at}_ms": float(np.percentile(spent, at)) for at in (50, 95, 99)}
        print(json.dumps(found | {"p50_cpu_ms": float(np.percentile(worked, 50))}), flush=True)


if __name__ == "__main__":
    main()
