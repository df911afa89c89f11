"""How good hybrid search is: mean reciprocal rank among five, ours with and without a reranker, beside other systems on the same passages.

`python -m benchmarks.quality [--data PATH] [--peers PYTHON] [--reranker REFERENCE] [--questions N] [--rounds N] [--quick]`. `--data` is a
file or folder with question sets in SQuAD's JSON; `.jsonl` files in it whose lines have an `answer` fill the store up to `--passages`.
Without it the passages and questions are generated. Articles are halved by number: `--half tuned` is for tuning, and is never reported.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from benchmarks.lookups import CONTESTANTS, K, give, given
from benchmarks.passages import ADJECTIVES, NOUNS, PLACES, VERBS
from benchmarks.processes import Running
from benchmarks.serving import COLLECTION, OWNER, store_passages

TXTAI = "txtai hybrid"
HALVES = {"tuned": 0, "reported": 1, "all": 2}
CHARS = 1200
"""Of a filler: as long as a passage."""
Answers = Callable[[Sequence[str]], dict[str, Any]]
"""Questions in; places of what was found for each, and milliseconds of each, out."""


@dataclass(frozen=True)
class Asked:
    """A store and what it is asked: (question, place of the passage that answers)."""

    passages: list[str]
    questions: list[tuple[str, int]]


def squad(path: Path) -> list[Asked]:
    """The articles of a file in SQuAD's form; none for any other file."""
    try:
        articles = json.loads(path.read_text("utf-8"))["data"]
        return [
            Asked([part["context"] for part in article["paragraphs"]],
                  [(asked["question"], place) for place, part in enumerate(article["paragraphs"]) for asked in part["qas"]])
            for article in articles
        ]  # fmt: skip
    except (ValueError, KeyError, TypeError):
        return []


def fillers(folder: Path) -> Iterator[str]:
    """Answers of question-and-answer sets, which answer none of the questions that are asked."""
    for path in sorted(folder.rglob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            try:
                yield str(json.loads(line)["answer"])[:CHARS]
            except (ValueError, KeyError, TypeError):
                break


def sets(data: Path, half: str, passages: int, questions: int) -> dict[str, Asked]:
    """A store for each language: all articles of all files, and fillers; questions of one half of the articles."""
    files = [data] if data.is_file() else sorted(data.rglob("*.json"))
    more = [] if data.is_file() else list(fillers(data))
    random.Random(1).shuffle(more)
    articles = [article for path in files for article in squad(path)]
    found = {}
    for name, chinese in (("English", False), ("Chinese", True)):
        texts, asked = [], []
        for number, article in enumerate(one for one in articles if _chinese(one.passages) == chinese):
            if HALVES[half] in (2, number % 2):
                asked += [(question, len(texts) + place) for question, place in article.questions]
            texts += article.passages
        texts += [text for text in more if _chinese([text]) == chinese][: max(0, passages - len(texts))]
        if asked:
            found[name] = Asked(texts, random.Random(2).sample(asked, min(questions, len(asked))))
    return found


def _chinese(texts: Sequence[str]) -> bool:
    text = "".join(texts)[:2000]
    return 5 * sum("\u3400" <= letter <= "\u9fff" for letter in text) > len(text)


def generated(count: int, questions: int) -> Asked:
    """Passages of four facts each; a question names what and where, in another order, and not how often."""
    chance = random.Random(7)
    texts, asked = [], []
    for place in range(count):
        facts = []
        for _ in range(4):
            what, where, thing = f"{chance.choice(ADJECTIVES)} {chance.choice(NOUNS)}", chance.choice(PLACES), chance.choice(NOUNS)
            verb = chance.choice(VERBS)
            facts.append(f"The {what} of {where} {verb} the {thing} every {chance.randrange(2, 400)} days.")
            asked.append((f"How often is the {thing} in {where} looked after by a {what}?", place))
        texts.append(" ".join(facts))
    return Asked(texts, chance.sample(asked, min(questions, len(asked))))


def ours(folder: Path, asked: Asked, rerankers: Mapping[str, str]) -> Iterator[tuple[str, Answers]]:
    """The library: as it is, and with each reranker, each over a store of its own. Writes what the peers need beside it."""
    from benchmarks.million import CACHE
    from benchmarks.searching import NoFiles
    from retrieval.content import Content
    from retrieval.embedders.minilm import create
    from retrieval.library import Library, Query

    encoder = create(CACHE)
    vectors = encoder.embed([Content.from_text(text) for text in asked.passages])
    give(folder, asked.passages, vectors)
    limits = SimpleNamespace(file_bytes=2**20, prompt_chars=10_000)
    for name, reference in {"ours": "", **rerankers}.items():

        def opened(place: Path = folder / name, reference: str = reference) -> Library:
            return Library(place, embedders={"text_embedder": encoder}, decoder=NoFiles(), describe={}, limits=limits,
                           reranker=reranker(reference, folder))  # type: ignore[arg-type]  # fmt: skip

        library = opened()
        collection = library.ensure_collection(COLLECTION, OWNER).id
        library.close()
        store_passages(folder / name, collection, encoder.space, asked.passages, vectors)
        library = opened()

        def answer(questions: Sequence[str], library: Library = library) -> dict[str, Any]:
            def find(question: str) -> list[int]:
                return [int(hit.item.id.removeprefix("item-"), 16) for hit in library.search(Query(owner=OWNER, text=question, k=K))]

            return timed(find, questions)

        answer(["How often is anything asked?"])
        yield name, answer


def reranker(reference: str, folder: Path) -> Any:
    """Of a back-end's name, and its model behind a colon; None for no name."""
    from retrieval.backends import load
    from retrieval.hosting.host import ModelHost

    name, _, model = reference.partition(":")
    if not name:
        return None
    made = load("retrieval.rerankers", name)
    return made(model, models=ModelHost(folder)) if model else made()


def timed(find: Callable[[str], Sequence[int]], questions: Sequence[str]) -> dict[str, Any]:
    """Places found, and milliseconds, question by question."""
    places, spent = [], []
    for question in questions:
        began = time.perf_counter()
        places.append([int(place) for place in find(question)])
        spent.append(1000 * (time.perf_counter() - began))
    return {"places": places, "ms": spent}


def peer(name: str, folder: Path) -> None:
    """Answer lines of questions with another system, until the input ends: in the peers' environment."""
    look = CONTESTANTS[name](folder)
    known = {text: place for place, text in enumerate(given(folder)[0])}

    def find(question: str) -> list[int]:
        found: Any = look(question)
        return [known[one["text"] if isinstance(one, dict) else getattr(one, "page_content", one)] for one in found]

    look("How often is anything asked?")
    print(json.dumps({"ready": name}), flush=True)
    for line in sys.stdin:
        print(json.dumps(timed(find, json.loads(line)["questions"])), flush=True)


def compared(folder: Path, asked: Asked, rounds: int, rerankers: Mapping[str, str], peers: Path | None) -> dict[str, Any]:
    """Everybody on the same questions, a part of them each round, in turn."""
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        ways: dict[str, Answers] = dict(ours(folder, asked, rerankers))
        if peers is not None:
            command = [peers, "-W", "ignore", "-m", "benchmarks.quality", "--peer", TXTAI, "--data", folder]
            running = Running(command, folder / "peer.log")
            stack.callback(running.close)
            running.line()
            ways[TXTAI] = lambda questions: running.ask({"questions": list(questions)})
        ranks: dict[str, list[float]] = {name: [] for name in ways}
        spent: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(rounds):
            part = asked.questions[turn::rounds]
            for name, way in ways.items():
                found = way([question for question, _ in part])
                spent[name].append(float(np.median(found["ms"])))
                for places, (_, gold) in zip(found["places"], part, strict=True):
                    ranks[name].append(1 / (1 + places.index(gold)) if gold in places else 0.0)
    told: dict[str, Any] = {
        name: {"mrr": float(np.mean(mine)), "first": float(np.mean(np.asarray(mine) == 1)), "five": float(np.mean(np.asarray(mine) > 0)),
               "p50_ms": spent[name]}
        for name, mine in ranks.items()
    }  # fmt: skip
    return told | {"questions": len(asked.questions), "passages": len(asked.passages)}


def main() -> None:
    """Print what was found as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=None, help="question sets of your own, in SQuAD's JSON")
    parser.add_argument("--half", choices=HALVES, default="reported", help="articles whose questions are asked")
    parser.add_argument("--passages", type=int, default=2000, help="least size of a store, where fillers are at hand")
    parser.add_argument("--questions", type=int, default=400, help="most that are asked of a store")
    parser.add_argument("--rounds", type=int, default=5, help="turns in which everybody is asked a part")
    parser.add_argument("--reranker", default="", help="back-end of retrieval/rerankers and its model, e.g. cross_encoder:DIRECTORY")
    parser.add_argument("--peers", type=Path, default=None, help="the Python that has them")
    parser.add_argument("--peer", default="", help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="tiny sizes: shows that it runs, measures nothing")
    options = parser.parse_args()
    if options.peer:
        peer(options.peer, options.data)
        return
    if options.quick:
        options.passages, options.questions, options.rounds, options.data = 60, 10, 1, None
    if options.data is None:
        stores = {"generated": generated(options.passages, options.questions)}
        note = "Questions about generated facts, because no `--data` was given: they say that nothing broke, and little of real questions."
    else:
        stores = sets(options.data, options.half, options.passages, options.questions)
        note = f"Questions of {options.data.name}, the half of the articles that nothing was tuned on."
    rerankers = {"ours, reranked": options.reranker} if options.reranker else {}
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        found = {name: compared(Path(temporary) / name, one, options.rounds, rerankers, options.peers) for name, one in stores.items()}
    print(json.dumps({"sets": found, "note": note, "missing": "" if options.peers else "txtai is not installed"}))


if __name__ == "__main__":
    main()
