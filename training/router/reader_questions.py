"""The questions that the reader is fitted on: of the sets, and turned ones whose paragraph no longer answers them."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.evaluation.base import held_out
from assistant.evaluation.reader import PARTS, Question, changed, names


@dataclass
class Asked:
    """A question, its article and paragraph, and the words of its answers."""

    question: str
    article: str
    paragraph: int
    answers: tuple[str, ...]
    report: bool


def squad(path: Path, paragraphs: list[str], article_of: list[str], cap: int) -> list[Asked]:
    """Questions of a SQuAD file; its paragraphs are appended to `paragraphs`."""
    found = []
    for place, article in enumerate(json.loads(path.read_text("utf-8"))["data"]):
        name = f"{path.stem}:{article.get('title', place)}:{place}"
        report = held_out(str(article.get("title") or place), PARTS)
        for paragraph in article["paragraphs"]:
            paragraphs.append(paragraph["context"])
            article_of.append(name)
            for qa in paragraph["qas"]:
                answers = tuple(a["text"] for a in qa["answers"])
                found.append(Asked(qa["question"], name, len(paragraphs) - 1, answers, report))
    step = max(1, len(found) // cap)
    return found[::step]


def turned(asked: list[Asked]) -> list[Asked]:
    """The questions with a name or number that is not theirs, fitted and reported apart like the questions themselves."""
    found = []
    rng = random.Random(7)
    for report in (False, True):
        questions = [(a, Question(a.question, a.article, "", a.paragraph, a.answers, ())) for a in asked if a.report == report]
        pool = names([q for _, q in questions])
        for a, question in questions:
            other = changed(question, pool, rng)
            if other:
                found.append(replace(a, question=other.text))
    return found
