"""`POST /v1/search` of a real `assistant serve`, under 1, 8 and 32 clients, beside a naive endpoint; and what HTTP adds to a bare search.

`python -m benchmarks.serving [--items N] [--rounds N] [--peers PYTHON] [--quick]`. Everybody stands ready at the same time and is asked in
turn, round by round, in a changing order. The peers are those of `benchmarks.lookups`, in the environment of `PYTHON`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.lookups import PEERS, TEXTS, K, give
from benchmarks.measure import median
from benchmarks.passages import clustered, passages, questions
from benchmarks.processes import ASSISTANT, Running

OWNER, COLLECTION = "local", "default"
SEEDS, BLOCK = 256, 5000
CLIENTS = (1, 8, 32)
Runs = dict[str, list[dict[str, float]]]


def fill(folder: Path, count: int) -> None:
    """A data directory with `count` passages in the default collection, and the same texts and vectors as plain files beside it."""
    from benchmarks.million import CACHE
    from benchmarks.searching import open_library
    from retrieval.content import Content
    from retrieval.embedders.minilm import create

    encoder, texts = create(CACHE), passages(count)
    around = encoder.embed([Content.from_text(text) for text in texts[: 2 * SEEDS : 2]])
    vectors = clustered(count, around)
    library = open_library(folder / "data", encoder)
    collection = library.ensure_collection(COLLECTION, OWNER).id
    library.close()
    store_passages(folder / "data", collection, encoder.space, texts, vectors)
    give(folder, texts, vectors)


def store_passages(data_dir: Path, collection: str, space: str, texts: Sequence[str], vectors: Any) -> None:
    """Items with their words and vectors, as ingesting them would leave them."""
    from retrieval.database import Database
    from retrieval.items import Item
    from retrieval.stores.base import Batch, Scope
    from retrieval.stores.faiss import create

    database = Database(data_dir / "library.db")
    store = create(database, data_dir / "indexes")
    store.dense(space, vectors[0], 1, Scope(OWNER))
    for start in range(0, len(texts), BLOCK):
        items = [
            Item(id=f"item-{n:024x}", collection=collection, owner=OWNER, modality="text", title=f"file {n // 100}.md", text=texts[n])
            for n in range(start, min(start + BLOCK, len(texts)))
        ]
        store.add(Batch(items, {space: {item.id: vectors[start + n] for n, item in enumerate(items)}}))
    store.close()
    database.close()


@contextmanager
def everybody(folder: Path, peers: Path | None) -> Iterator[tuple[dict[str, Running], dict[str, str], list[str]]]:
    """All contestants, ready, by name; the addresses of those that serve; the names of peers that cannot be had."""
    with ExitStack() as stack:

        def start(name: str, command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Running:
            running = Running(command, folder / f"{name}.log", environment)
            stack.callback(running.close)
            return running

        found, missing = {"clients": start("clients", [sys.executable, "-m", "benchmarks.clients"])}, []
        found["naive"] = start("naive", [sys.executable, "-W", "ignore", "-m", "benchmarks.naive", folder])
        addresses = {"naive": found["naive"].address()}
        served = [*ASSISTANT, "serve", "--port", "0", "--data-dir", folder / "data"]
        found["ours"] = start("ours", served, {"ASSISTANT_SAMPLE": "false", "OFFLINE": "1"})
        addresses["ours"] = found["ours"].address()
        found["ours"].settled(addresses["ours"])
        for name in ("bare", *PEERS):
            if name in PEERS and peers is None:
                continue
            looking = start(
                name, [str(peers if name in PEERS else sys.executable), "-W", "ignore", "-m", "benchmarks.lookups", name, folder]
            )
            try:
                looking.line()
                found[name] = looking
            except RuntimeError as error:
                missing.append(f"{name}: {error}")
        yield found, addresses, missing


def measured(folder: Path, rounds: int, seconds: float, asked: Sequence[str], peers: Path | None) -> dict[str, Any]:
    """Every figure of every round, and what the contestants weigh."""
    bodies = [{"query": question, "k": K} for question in asked]
    paths = {"naive": "/search", "ours": "/v1/search"}
    with everybody(folder, peers) as (found, addresses, missing):
        runs: Runs = {f"{name} x{clients}": [] for clients in CLIENTS for name in paths}
        looking = [name for name in found if name not in (*paths, "clients")]
        runs |= {name: [] for name in looking}
        for turn in range(rounds + 1):  # the first one warms up
            for clients in CLIENTS:
                for name in sorted(paths, reverse=bool((turn + clients) % 2)):
                    plan = {"address": addresses[name], "path": paths[name], "bodies": bodies, "clients": clients,
                            "seconds": seconds if turn else 1.0, "expect": '"score":', "times": K}  # fmt: skip
                    before = found[name].weight()["cpu_s"]
                    run = found["clients"].ask(plan)
                    run["cpu_ms"] = 1000 * (found[name].weight()["cpu_s"] - before) / max(1.0, run["per_s"] * plan["seconds"])  # type: ignore[operator]
                    runs[f"{name} x{clients}"].append(run)
            for name in looking:
                runs[name].append(found[name].ask({"questions": [asked[(100 * turn + n) % len(asked)] for n in range(100)]}))
        weights = {name: found[name].weight() for name in found if name != "clients"}
    return {"runs": {name: kept[1:] for name, kept in runs.items()}, "weights": weights, "missing": missing}


def ratios(runs: Runs) -> dict[str, list[float]]:
    """What the goals are about, each as [least, median, most] over the rounds."""

    def over(one: str, other: str, field: str) -> list[float]:
        return [a[field] / b[field] for a, b in zip(runs[one], runs[other], strict=True)]

    found = {f"per second over naive, {clients} clients": over(f"ours x{clients}", f"naive x{clients}", "per_s") for clients in CLIENTS}
    found["p99 over naive, 32 clients"] = over("ours x32", "naive x32", "p99_ms")
    found["p50 over HTTP less bare, ms"] = [a["p50_ms"] - b["p50_ms"] for a, b in zip(runs["ours x1"], runs["bare"], strict=True)]
    known = [name for name in PEERS if name in runs]
    if known:
        best = min(known, key=lambda name: median([run["p50_ms"] for run in runs[name]]))
        found[f"p50 over HTTP over {best} in its process"] = over("ours x1", best, "p50_ms")
    return {name: [min(values), median(values), max(values)] for name, values in found.items()}


def main() -> None:
    """Print what was found as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    parser.add_argument("--peers", type=Path, default=None, help="the Python that has them")
    parser.add_argument("--data", type=Path, default=None, help="a folder that an earlier run has filled, or that is filled for later ones")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: shows that it runs, measures nothing")
    options = parser.parse_args()
    if options.quick:
        options.items, options.rounds, options.seconds = 300, 1, 0.5
    asked = questions(2000, options.items)
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        folder = options.data or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / TEXTS).exists():
            fill(folder, options.items)
        found = measured(folder, options.rounds, options.seconds, asked, options.peers)
    medians = {name: {field: median([run[field] for run in kept]) for field in kept[0]} for name, kept in found["runs"].items()}
    print(json.dumps({"items": options.items, "medians": medians, "ratios": ratios(found["runs"]), **found}))


if __name__ == "__main__":
    main()
