"""Fits and measures the probability of `retrieval/relevance.py`: does this passage answer this question, or does none?

    python training/fit_relevance.py DATA [--cache DIR]

DATA holds `qa_extractive/dev` (XQuAD, CMRC2018, DRCD; CC BY-SA) and `faq/dev` (COVID-QA FAQ, Apache-2.0; MedQuAD, CC BY 4.0). Nothing of
it is kept but the coefficients. Stores of several sizes are filled with some paragraphs of each set; a question is asked of a store that
has its paragraph (the gold passage is the positive), that lacks it but has others of the same article (hard), and that is about
something else (easy). The first three hits of each are the samples. Fitted on XQuAD en and MedQuAD (English), CMRC2018 and XQuAD zh
(Chinese); measured on COVID-QA with MedQuAD and on DRCD, which the fit never saw.

Prints the coefficients for `COEFFICIENTS` and the tables for its comment.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from retrieval.content import Content
from retrieval.database import Database
from retrieval.embedders.minilm import create as open_embedder
from retrieval.items import Item
from retrieval.relevance import Evidence, probability
from retrieval.searching import Searcher
from retrieval.stores.base import Batch, Scope
from retrieval.stores.faiss import create as open_store

OWNER = "fit"
LIMITS = SimpleNamespace(file_bytes=2**30, prompt_chars=10_000)


@dataclass(frozen=True)
class Group:
    """Paragraphs of one article (or one disease) with the questions each answers."""

    paragraphs: tuple[str, ...]
    questions: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Sample:
    features: tuple[float, ...]
    answers: bool
    first: bool
    answerable: bool


def squad(path: Path) -> list[Group]:
    groups = []
    for article in json.loads(path.read_text("utf-8"))["data"]:
        texts = tuple(paragraph["context"] for paragraph in article["paragraphs"])
        asked = tuple((qa["question"], n) for n, paragraph in enumerate(article["paragraphs"]) for qa in paragraph["qas"][:3])
        groups.append(Group(texts, asked))
    return groups


def faq(path: Path, topic: str, most: int) -> list[Group]:
    by_topic: dict[str, list[dict[str, str]]] = {}
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        by_topic.setdefault(row[topic], []).append(row)
    topics = sorted(by_topic)
    random.Random(3).shuffle(topics)
    groups = [Group(tuple(r["answer"][:900] for r in rows), tuple((r["question"], n) for n, r in enumerate(rows)))
              for rows in (by_topic[t] for t in topics)]  # fmt: skip
    kept: list[Group] = []
    for group in groups:
        if sum(len(g.paragraphs) for g in kept) < most:
            kept.append(group)
    return kept


def merged(groups: list[Group], size: int) -> list[Group]:
    """CMRC has one paragraph an article; join articles so that a group has several."""
    joined = []
    for start in range(0, len(groups), size):
        texts: list[str] = []
        asked: list[tuple[str, int]] = []
        for group in groups[start : start + size]:
            asked += [(q, n + len(texts)) for q, n in group.questions]
            texts += group.paragraphs
        joined.append(Group(tuple(texts), tuple(asked)))
    return joined


def samples(embedder: object, groups: list[Group], strangers: list[Group], size: int, most: int, seed: int) -> Iterator[Sample]:
    """Fill one store with about `size` paragraphs of `groups`, then ask."""
    chance = random.Random(seed)
    order = list(groups)
    chance.shuffle(order)
    texts: list[str] = []
    answerable: list[tuple[str, int]] = []
    orphaned: list[str] = []
    for group in order:
        if len(texts) >= size:
            break
        stays = [chance.random() < 0.6 for _ in group.paragraphs]
        place = {n: len(texts) + k for k, n in enumerate(n for n, kept in enumerate(stays) if kept)}
        texts += [text for text, kept in zip(group.paragraphs, stays, strict=True) if kept]
        for question, n in group.questions:
            if n in place:
                answerable.append((question, place[n]))
            else:
                orphaned.append(question)
    foreign = [question for group in strangers for question, _ in group.questions]
    with tempfile.TemporaryDirectory() as room:
        database = Database(Path(room) / "library.db")
        store = open_store(database, Path(room) / "indexes")
        vectors = embedder.embed([Content.from_text(text) for text in texts])
        items = [Item(id=str(n), collection="c", owner=OWNER, modality="text", text=text) for n, text in enumerate(texts)]
        store.add(Batch(items, {embedder.space: {item.id: v for item, v in zip(items, vectors, strict=True)}}))
        searcher = Searcher(store, {"text_embedder": embedder}, LIMITS)
        asked = [(q, str(n)) for q, n in chance.sample(answerable, min(most, len(answerable)))]
        asked += [(q, None) for q in chance.sample(orphaned, min(most // 2, len(orphaned)))]
        asked += [(q, None) for q in chance.sample(foreign, min(most // 2, len(foreign)))]
        for question, gold in asked:
            for place, (item, seen) in enumerate(searcher.evidence(question, 3, Scope(OWNER))):
                yield Sample(astuple(seen), item.id == gold, place == 0, gold is not None)
        store.close()
        database.close()


def fit(found: list[Sample]) -> tuple[float, ...]:
    from sklearn.linear_model import LogisticRegression

    features = np.array([s.features for s in found])
    model = LogisticRegression(C=10.0, max_iter=2000).fit(features, [s.answers for s in found])
    return (float(model.intercept_[0]), *(float(c) for c in model.coef_[0]))


def report(name: str, found: list[Sample], language: str, coefficients: tuple[float, ...] | None = None) -> None:
    """Abstention of the first hit at several thresholds, and calibration."""

    def chance(sample: Sample) -> float:
        if coefficients is None:
            return probability(Evidence(*sample.features), language)
        return float(1 / (1 + np.exp(-(coefficients[0] + np.dot(coefficients[1:], sample.features)))))

    first = [(chance(s), s) for s in found if s.first]
    print(f"\n{name}: {len(first)} questions, {sum(s.answerable for _, s in first)} answerable")
    print("  threshold  answered  right of answered  answerable answered right  refused of unanswerable")
    for threshold in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
        answered = [s for p, s in first if p >= threshold]
        right = sum(s.answers for s in answered)
        refused = sum(p < threshold for p, s in first if not s.answerable) / max(1, sum(not s.answerable for _, s in first))
        precision, recall = right / max(1, len(answered)), right / max(1, sum(s.answerable for _, s in first))
        print(f"  {threshold:9.1f}  {len(answered):8d}  {precision:17.3f}  {recall:25.3f}  {refused:23.3f}")
    values = np.array([p for p, _ in first])
    truth = np.array([s.answers for _, s in first], float)
    bins = np.clip((values * 5).astype(int), 0, 4)
    rows = [(values[bins == b].mean(), truth[bins == b].mean(), int((bins == b).sum())) for b in range(5) if (bins == b).any()]
    print("  mean probability -> share that answers:", ", ".join(f"{mean:.2f} -> {share:.2f} ({n})" for mean, share, n in rows))
    print(f"  expected calibration error {sum(n * abs(mean - share) for mean, share, n in rows) / len(first):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/synesthesia").expanduser())
    arguments = parser.parse_args()
    embedder = open_embedder(arguments.cache.expanduser())
    qa, questions = arguments.data / "qa_extractive" / "dev", arguments.data / "faq" / "dev"
    english, medical = squad(qa / "xquad.en.json"), faq(questions / "medquad.jsonl", "focus", 800)
    covid = merged(faq(questions / "covid_faq.jsonl", "question", 1000), 10)
    chinese, more_chinese = squad(qa / "xquad.zh.json"), merged(squad(qa / "cmrc2018_dev.json"), 4)
    traditional = squad(qa / "drcd_dev.json")
    plans = {
        "en": ([(english, medical, 25), (english, covid, 150), (medical, english, 30), (medical, english, 300)],
               [(covid, english, 30), (covid, medical, 100), (medical[::-1], covid, 150)]),
        "zh": ([(chinese, more_chinese, 25), (chinese, traditional, 120), (more_chinese, chinese, 30), (more_chinese, chinese, 300)],
               [(traditional, chinese, 30), (traditional, more_chinese, 300)]),
    }  # fmt: skip
    for language, (training, held_out) in plans.items():
        seen = [s for n, (a, b, size) in enumerate(training) for s in samples(embedder, a, b, size, 150, n)]
        coefficients = fit(seen)
        names = ["intercept", *(field.name for field in fields(Evidence))]
        print(f'\n"{language}": ({", ".join(f"{c:.2f}" for c in coefficients)}),   # {", ".join(names)}')
        report(f"{language} training", seen, language, coefficients)
        new = [s for n, (a, b, size) in enumerate(held_out) for s in samples(embedder, a, b, size, 150, 100 + n)]
        report(f"{language} held out", new, language, coefficients)


if __name__ == "__main__":
    main()
