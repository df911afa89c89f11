"""Ratios that a change must not make worse: ours over the bare libraries, in processor time, the two in turn within one process.

`python -m benchmarks.ratios` measures and compares with `ratios.json`; `--write` puts the new figures there. What the encoder does is the
same for both sides of `ingest` and `search`, so vectors are given to both and only what is around it is measured. A busy machine makes both
sides slower alike; what is left of its noise is why a ratio counts as worse only when the best of `TRIES` measurements is.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from benchmarks.measure import median
from benchmarks.passages import clustered, passages, questions
from benchmarks.searching import open_library
from benchmarks.turn_growth import alone
from benchmarks.turn_places import fill, opened
from benchmarks.turn_ways import ours
from retrieval.content import Content
from retrieval.exchange import Record
from retrieval.library import Library, Query

FILE = Path(__file__).with_name("ratios.json")
WORSE = 1.15
"""How many times the ratio that is kept a measured one may be."""
TRIES = 3
OWNER = "bench"
DIMENSION, STORED, BLOCK, K = 384, 1500, 100, 5
Way = Callable[[int], object]
"""One piece of work, by its number."""


class Given:
    """An encoder whose vectors are given: around a few directions, the same for the same words."""

    space = "given-1"
    dimension = DIMENSION
    modalities = frozenset({"text"})

    def __init__(self, texts: list[str]) -> None:
        around = clustered(64, np.eye(DIMENSION, dtype=np.float32))
        self._known = dict(zip(texts, clustered(len(texts), around, seed=1), strict=True))

    def embed(self, contents: list[Content]) -> np.ndarray:
        """Looked up."""
        return np.stack([self._known[content.text] for content in contents])


@contextmanager
def ingest() -> Iterator[tuple[Way, Way]]:
    """A block of passages: everything the library keeps of them, beside a FAISS index and a table with a text index that are durable."""
    import faiss

    texts = passages(90 * BLOCK)
    given = Given(texts)
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary, ExitStack() as stack:
        library = open_library(Path(temporary), given)
        stack.callback(library.close)
        library.ensure_collection("bench", OWNER)
        words = _words(Path(temporary) / "bare.db")
        stack.callback(words.close)
        index = faiss.IndexFlatIP(DIMENSION)

        def part(number: int) -> list[str]:
            return texts[number * BLOCK : (number + 1) * BLOCK]

        def bare(number: int) -> None:
            vectors = given.embed([Content.from_text(text) for text in part(number)])
            index.add(vectors)
            with words:
                words.executemany("INSERT INTO words (text) VALUES (?)", [(text,) for text in part(number)])

        yield lambda number: library.exchange.add([Record(text=text) for text in part(number)], "bench", OWNER), bare


@contextmanager
def search() -> Iterator[tuple[Way, Way]]:
    """A hybrid question: the library, beside FTS5 and FAISS asked for fifty each."""
    import faiss

    texts, asked = passages(STORED), questions(200, STORED)
    given = Given([*texts, *dict.fromkeys(asked)])
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary, ExitStack() as stack:
        library: Library = open_library(Path(temporary), given)
        stack.callback(library.close)
        library.ensure_collection("bench", OWNER)
        library.exchange.add([Record(text=text) for text in texts], "bench", OWNER)
        words = _words(Path(temporary) / "bare.db")
        stack.callback(words.close)
        with words:
            words.executemany("INSERT INTO words (text) VALUES (?)", [(text,) for text in texts])
        index = faiss.IndexFlatIP(DIMENSION)
        index.add(given.embed([Content.from_text(text) for text in texts]))

        def bare(number: int) -> None:
            question = asked[number % len(asked)]
            match = " OR ".join(f'"{word}"' for word in question.strip("?").split())
            words.execute("SELECT rowid, text FROM words WHERE words MATCH ? ORDER BY rank LIMIT 50", (match,)).fetchall()
            index.search(given.embed([Content.from_text(question)]), 50)

        yield lambda number: library.search(Query(owner=OWNER, text=asked[number % len(asked)], k=K)), bare


@contextmanager
def turn() -> Iterator[tuple[Way, Way]]:
    """A whole turn of the bundled models in a stored conversation, beside the encoder, the search and the reader alone."""
    asked = questions(200, 200)
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary, asyncio.Runner() as runner:
        runner.run(fill(Path(temporary)))
        assistant = runner.run(opened(Path(temporary)))
        begun = [assistant.conversations.create("local").id for _ in range(400)]
        whole, bare = ours(assistant, begun), alone(assistant)
        try:
            yield (
                lambda number: runner.run(whole(asked[number % len(asked)])),
                lambda number: runner.run(bare(asked[number % len(asked)])),
            )
        finally:
            runner.run(assistant.close())


def _words(path: Path) -> sqlite3.Connection:
    words = sqlite3.connect(path)
    words.execute("PRAGMA journal_mode = WAL")
    words.execute("PRAGMA synchronous = FULL")
    words.execute("CREATE VIRTUAL TABLE words USING fts5 (text, tokenize='porter')")
    return words


PAIRS: Mapping[str, tuple[Callable[[], object], int, int]] = {
    "ingest": (ingest, 10, 80),
    "search": (search, 20, 100),
    "turn": (turn, 10, 40),
}
"""Name -> the two ways, pieces that warm up, pieces that are measured."""


def ratio(name: str) -> float:
    """Middle of processor time of ours over that of bare, pair by pair."""
    make, warm, count = PAIRS[name]
    found = []
    with make() as ways:  # type: ignore[attr-defined]
        gc.collect()
        for number in range(warm + count):
            spent = [0.0, 0.0]
            for place in (0, 1) if number % 2 else (1, 0):
                began = time.process_time()
                ways[place](number)
                spent[place] = time.process_time() - began
            if number >= warm:
                found.append(spent[0] / spent[1])
    return median(found)


def kept() -> dict[str, float]:
    """The ratios of `ratios.json`."""
    found: dict[str, float] = json.loads(FILE.read_text("utf-8"))
    return found


def regressed(name: str, most: float) -> float:
    """The ratio, measured again while it is above `most`: the least of `TRIES`."""
    best = ratio(name)
    for _ in range(TRIES - 1):
        if best <= most:
            break
        best = min(best, ratio(name))
    return best


def main() -> None:
    """Measure, and compare or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the middle of several measurements into ratios.json")
    parser.add_argument("--times", type=int, default=5, help="measurements that --write takes")
    options = parser.parse_args()
    if options.write:
        found = {name: round(median([ratio(name) for _ in range(options.times)]), 2) for name in PAIRS}
        FILE.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
        print(json.dumps(found))
        return
    known = kept()
    found = {name: regressed(name, WORSE * known[name]) for name in PAIRS}
    print(json.dumps({name: {"ratio": value, "kept": known[name], "worse": value > WORSE * known[name]} for name, value in found.items()}))


if __name__ == "__main__":
    main()
