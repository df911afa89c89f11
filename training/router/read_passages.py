"""What the cross reader is trained on: questions with the passage that they were asked of, and which of its sentences answer."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assistant.evaluation.base import held_out
from assistant.evaluation.reader import PARTS, Question, changed, names
from assistant.reflex.glossing import in_words
from assistant.reflex.sentences import split_sentences
from retrieval.content import Content
from retrieval.embedders.base import Embedder

WRITTEN = Path(__file__).parent / "written"
"""Passages and questions written for this model; 1 passage in 10 is kept back."""
KEPT_BACK = 10
ARTICLES, ILLNESSES = {"xquad.en": 0.6, "cmrc2018_dev": 0.35}, 200
"""Shares of the questions of articles and number of MedQuAD's that are learned."""
NEAR, NEAREST = 0.5, 8
"""Cosine of a passage that may be taken for one without the answer, and how many of the next ones it is chosen of."""


@dataclass(frozen=True)
class Example:
    """A question, a passage, and the places of the sentences that answer; none for a passage that does not.

    `any_of`: one of the places answers, and nobody has said which.
    """

    question: str
    title: str
    sentences: tuple[str, ...]
    answers: tuple[int, ...]
    source: str
    any_of: bool = False
    report: bool = False


def gathered(data: Path, embedder: Embedder, rng: random.Random) -> list[Example]:
    """All examples, those that report included."""
    own = written(sorted(WRITTEN.glob("*.jsonl")))
    found = own + elsewhere(own, embedder, rng)
    for name, share in ARTICLES.items():
        found += [e for e in articles(data / "qa_extractive/dev" / f"{name}.json", rng) if e.report or rng.random() < share]
    return found + illnesses(data / "faq/dev/medquad.jsonl", ILLNESSES, rng)


def written(paths: Sequence[Path]) -> list[Example]:
    """The passages of JSONL files: {"title", "text": [sentence], "asked": [[question, [place]]]}."""
    found = []
    for path in paths:
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            report = held_out(row["title"] + row["text"][0], KEPT_BACK)
            for question, places in row["asked"]:
                found.append(Example(question, row["title"], tuple(row["text"]), tuple(places), path.stem, report=report))
    return found


def elsewhere(examples: Sequence[Example], embedder: Embedder, rng: random.Random) -> list[Example]:
    """Each answered question before a passage that a search would find as well: near, but not so near that it may answer."""
    passages = list({(e.source, e.title, e.sentences, e.report): e for e in examples}.values())
    answered = [e for e in examples if e.answers]
    told = _vectors(embedder, [in_words(f"{e.title} {' '.join(e.sentences)}") for e in passages])
    near = _vectors(embedder, [in_words(e.question) for e in answered]) @ told.T
    found = []
    for example, row in zip(answered, near, strict=True):
        order = [i for i in np.argsort(-row) if row[i] <= NEAR and passages[i].report == example.report]
        order = [i for i in order[:NEAREST] if passages[i].title != example.title]
        if order:
            other = passages[rng.choice(order)]
            found.append(replace(example, title=other.title, sentences=other.sentences, answers=(), source="elsewhere"))
    return found


def _vectors(embedder: Embedder, texts: Sequence[str]) -> np.ndarray:
    return np.concatenate([embedder.embed([Content.from_text(t) for t in texts[i : i + 256]]) for i in range(0, len(texts), 256)])


def articles(path: Path, rng: random.Random) -> list[Example]:
    """A SQuAD file: each question before its paragraph, before another of its article or, where there is no other, its own without the
    sentence that answers, and with another name before its own."""
    found: list[Example] = []
    for place, article in enumerate(json.loads(path.read_text("utf-8"))["data"]):
        title = str(article.get("title") or place)
        report = held_out(title, PARTS)
        paragraphs = [p["context"] for p in article["paragraphs"]]
        shown = title.replace("_", " ")
        asked = []
        for number, paragraph in enumerate(article["paragraphs"]):
            for qa in paragraph["qas"]:
                answers = tuple(str(a["text"]) for a in qa["answers"])
                starts = tuple(int(a["answer_start"]) for a in qa["answers"] if int(a["answer_start"]) >= 0)
                if starts:  # CMRC2018 does not say of every answer where it stands
                    asked.append(Question(qa["question"], title, shown, number, answers, starts))
        pool = names(asked)
        for question in asked:
            found.append(_of_paragraph(question, paragraphs[question.paragraph], True, report, "articles"))
            others = [t for n, t in enumerate(paragraphs) if n != question.paragraph]
            if others:
                found.append(_of_paragraph(question, rng.choice(others), False, report, "neighbours"))
            elif rest := tuple(s for n, s in enumerate(found[-1].sentences) if n not in found[-1].answers):
                found.append(replace(found[-1], sentences=rest, answers=(), source="taken out"))
            if (turned := changed(question, pool, rng)) and rng.random() < 0.5:
                found.append(_of_paragraph(turned, paragraphs[question.paragraph], False, report, "turned"))
    return found


def _of_paragraph(question: Question, paragraph: str, answered: bool, report: bool, source: str) -> Example:
    sentences = split_sentences(paragraph)
    places = ()
    if answered:
        places = tuple(dict.fromkeys(max(n for n, s in enumerate(sentences) if not n or s.start <= start) for start in question.starts))
    return Example(question.text, "", tuple(s.text for s in sentences), places, source, report=report)


def illnesses(path: Path, most: int, rng: random.Random) -> list[Example]:
    """MedQuAD: a question before its answer (some sentence of it), and before the answer to another question on the same illness."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    of: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        of.setdefault(row["focus"], []).append(row)
    found = []
    for row in rng.sample(rows, most):
        report = held_out(row["focus"], KEPT_BACK)
        sentences = tuple(s.text for s in split_sentences(row["answer"]))[:8]
        if sentences:
            found.append(Example(row["question"], "", sentences, tuple(range(len(sentences))), "illnesses", True, report))
        others = [o for o in of[row["focus"]] if o["qtype"] != row["qtype"] and o["answer"] != row["answer"]]
        if others:
            sentences = tuple(s.text for s in split_sentences(rng.choice(others)["answer"]))[:8]
            found.append(Example(row["question"], "", sentences, (), "other kind", report=report))
    return found
