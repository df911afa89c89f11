"""Many vectors in one library: recall, time, filters and memory of a process. `python -m benchmarks.million FOLDER COUNT fill|measure`.

Two processes, so that the memory of the one that searches is not that of the one that filled.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.measure import median, memory
from benchmarks.passages import clustered, passages
from retrieval.content import Content
from retrieval.database import Database
from retrieval.embedders.minilm import create as open_encoder
from retrieval.items import Item
from retrieval.stores.base import Batch, Scope
from retrieval.stores.faiss import FaissStore, create

BLOCK = 10_000
SEEDS, QUESTIONS, NEAREST = 1000, 200, 10
COMPARED, IN_TURN = 100, 10
"""Questions that are put to a bare exhaustive index too, so many here and then so many there."""
SPACE, OWNER = "synthetic-1", "bench"
CACHE = Path("~/.cache/synesthesia").expanduser()


def seeds(count: int) -> np.ndarray:
    """Vectors of real sentences, which the synthetic ones lie around."""
    return open_encoder(CACHE).embed([Content.from_text(text) for text in passages(min(SEEDS, count), sentences=1)])


def block(start: int, count: int, around: np.ndarray) -> np.ndarray:
    """The vectors of items `start` to `start + BLOCK`, the same whenever they are asked for."""
    return clustered(min(BLOCK, count - start), around, seed=start)


def fill(store: FaissStore, count: int, around: np.ndarray) -> dict[str, float]:
    """Store everything, then wait until no index is being built. Making the vectors is not counted."""
    filled = 0.0
    store.add(Batch([_item(0)], {SPACE: {_item(0).id: block(0, count, around)[0]}}))
    store.dense(SPACE, around[0], 1, Scope(OWNER))  # the index is loaded, and follows
    for start in range(0, count, BLOCK):
        first = 1 if start == 0 else 0
        items = [_item(number) for number in range(start + first, min(start + BLOCK, count))]
        vectors = block(start, count, around)[first:]
        batch = Batch(items, {SPACE: {item.id: vector for item, vector in zip(items, vectors, strict=True)}})
        began = time.monotonic()
        store.add(batch)
        filled += time.monotonic() - began
    began = time.monotonic()
    while store.status()[0]["index"] == "building":
        time.sleep(0.05)
    return {"fill_s": filled, "settle_s": time.monotonic() - began, "peak_mb": memory("VmHWM")}


def _item(number: int) -> Item:
    metadata = {"half": number % 2, "tenth": number % 10, "hundredth": number % 100, "thousandth": number % 1000}
    return Item(id=f"item-{number:024x}", collection="vs_1", owner=OWNER, modality="text", text=f"number {number}", metadata=metadata)


def measure(store: FaissStore, count: int, around: np.ndarray) -> dict[str, object]:
    """Recall against an exhaustive search, times of a query with and without filters, memory."""
    asked = clustered(QUESTIONS, around, seed=-1 % 2**32)
    filters = {"none": "", "half": "half = 1", "tenth": "tenth = 3", "hundredth": "hundredth = 3", "thousandth": "thousandth = 3"}
    began = time.monotonic()
    store.dense(SPACE, asked[0], NEAREST, Scope(OWNER))
    opened = time.monotonic() - began
    searched = memory("VmRSS")
    found: dict[str, object] = {"first_search_s": opened, "memory_mb": searched, "index": store.status()[0]["index"]}
    for condition in filters.values():
        store.dense(SPACE, asked[0], NEAREST, Scope(OWNER, filter=condition))
    spent: dict[str, list[float]] = {name: [] for name in filters}
    worked: dict[str, list[float]] = {name: [] for name in filters}
    hits: dict[str, list[set[int]]] = {name: [] for name in filters}
    for question in asked:
        for name, condition in filters.items():
            start, cpu = time.perf_counter(), time.thread_time()
            got = store.dense(SPACE, question, NEAREST, Scope(OWNER, filter=condition))
            spent[name].append(time.perf_counter() - start)
            worked[name].append(time.thread_time() - cpu)
            hits[name].append({int(hit.item_id.removeprefix("item-"), 16) for hit in got})
    found["memory_filtered_mb"] = memory("VmRSS")
    found["p50_ms"] = {name: 1000 * median(times) for name, times in spent.items()}
    found["p50_cpu_ms"] = {name: 1000 * median(times) for name, times in worked.items()}
    truth = _truth(count, around, asked)
    found["recall"] = {
        name: float(np.mean([len(got & set(true.tolist())) / len(true) for got, true in zip(hits[name], truth[name], strict=True)]))
        for name in filters
    }
    return {**found, **_beside_flat(store, count, around, asked)}


def _beside_flat(store: FaissStore, count: int, around: np.ndarray, asked: np.ndarray) -> dict[str, float]:
    """Time of a query here and in a bare exhaustive index in turn, on one thread each, and what that index takes."""
    import faiss

    before, flat = memory("VmRSS"), faiss.IndexFlatIP(around.shape[1])
    faiss.omp_set_num_threads(1)
    for start in range(0, count, BLOCK):
        flat.add(block(start, count, around))
    taken = memory("VmRSS") - before
    ways = {
        "ours": lambda question: store.dense(SPACE, question, NEAREST, Scope(OWNER)),
        "flat": lambda question: flat.search(question.reshape(1, -1), NEAREST),
    }
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for start in range(0, COMPARED, IN_TURN):
        for name, way in ways.items():
            for question in asked[start : start + IN_TURN]:
                began = time.perf_counter()
                way(question)
                spent[name].append(time.perf_counter() - began)
    ours, others = 1000 * median(spent["ours"]), 1000 * median(spent["flat"])
    return {"flat_mb": taken, "flat_p50_ms": others, "beside_flat_p50_ms": ours, "flat_over_ours": others / ours}


def _truth(count: int, around: np.ndarray, asked: np.ndarray) -> dict[str, list[np.ndarray]]:
    """Numbers of the true nearest, by filter."""
    every = {"none": (1, 0), "half": (2, 1), "tenth": (10, 3), "hundredth": (100, 3), "thousandth": (1000, 3)}
    best = {name: (np.full((len(asked), NEAREST), -9.0, np.float32), np.zeros((len(asked), NEAREST), np.int64)) for name in every}
    for start in range(0, count, BLOCK):
        vectors = block(start, count, around)
        numbers = np.arange(start, start + len(vectors))
        for name, (step, rest) in every.items():
            kept = numbers % step == rest
            scores = np.concatenate([best[name][0], asked @ vectors[kept].T], axis=1)
            names = np.concatenate([best[name][1], np.broadcast_to(numbers[kept], (len(asked), int(kept.sum())))], axis=1)
            order = np.argpartition(-scores, NEAREST - 1, axis=1)[:, :NEAREST]
            best[name] = (np.take_along_axis(scores, order, 1), np.take_along_axis(names, order, 1))
    return {name: [names[row][scores[row] > -9] for row in range(len(asked))] for name, (scores, names) in best.items()}


def main() -> None:
    """Print what was found as JSON."""
    folder, count, work = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    folder.mkdir(parents=True, exist_ok=True)
    around = np.load(folder / "seeds.npy") if work == "measure" else seeds(count)
    np.save(folder / "seeds.npy", around)
    database = Database(folder / "library.db")
    store = create(database, folder / "indexes")
    try:
        print(json.dumps(fill(store, count, around) if work == "fill" else measure(store, count, around)))
    finally:
        store.close()
        database.close()


if __name__ == "__main__":
    main()
