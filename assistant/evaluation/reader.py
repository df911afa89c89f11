"""The reader's scores: the right sentence of a paragraph, silence where nothing answers, and SQuAD's F1 of the sentence it quotes.

Questions of articles that it was not fitted on (one article in four, by the hash of its title), through `assistant/reflex/reader.py`.
"""

from __future__ import annotations

import json
import random
import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assistant.evaluation.base import Score, held_out
from assistant.reflex.matching import Passage
from assistant.reflex.reader import Reader, Reading
from retrieval.faults import NotFound

PARTS = 4
"""One article in so many is held back."""
GOAL_SENTENCE, GOAL_SILENCE = 0.80, 0.85
SETS = {"en": ("xquad.en",), "zh": ("cmrc2018_dev", "drcd_dev")}
MOST = {"en": 400, "zh": 300}
"""Questions measured of one set, spread evenly."""
_NAME = re.compile(r"(?<!^)(?<![.?!] )\b[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*|\b\d+(?:[.,]\d+)*\b")


@dataclass(frozen=True)
class Question:
    """A question, its article, and where in it the answer stands."""

    text: str
    article: str
    title: str
    paragraph: int
    answers: tuple[str, ...]
    starts: tuple[int, ...]


@dataclass(frozen=True)
class Articles:
    """Questions of a SQuAD file and the paragraphs of its articles."""

    questions: tuple[Question, ...]
    paragraphs: dict[str, tuple[str, ...]]

    @classmethod
    def read(cls, path: Path) -> Articles:
        """The file, held-back articles or not. Raises NotFound."""
        if not path.is_file():
            raise NotFound(f"There is no {path.name} in {path.parent}.", hint="Name the folder that holds the sets: --data DIR.")
        questions: list[Question] = []
        paragraphs: dict[str, tuple[str, ...]] = {}
        for place, article in enumerate(json.loads(path.read_text("utf-8"))["data"]):
            title = str(article.get("title") or place)
            key = f"{title}:{place}"
            paragraphs[key] = tuple(p["context"] for p in article["paragraphs"])
            for number, paragraph in enumerate(article["paragraphs"]):
                for qa in paragraph["qas"]:
                    answers = tuple(str(a["text"]) for a in qa["answers"])
                    starts = tuple(int(a["answer_start"]) for a in qa["answers"])
                    questions.append(Question(qa["question"], key, title, number, answers, starts))
        return cls(tuple(questions), paragraphs)

    def held(self, most: int) -> list[Question]:
        """At most `most` questions of held-back articles, spread evenly."""
        found = [q for q in self.questions if held_out(q.title, PARTS)]
        return found[:: max(1, len(found) // most)][:most]

    def passages(self, question: Question) -> list[Passage]:
        """The paragraph that answers."""
        return [Passage(1, self.paragraphs[question.article][question.paragraph])]

    def other(self, question: Question, among: Sequence[str], rng: random.Random) -> list[Passage]:
        """A paragraph of another one of the articles `among`."""
        key = rng.choice([a for a in among if a != question.article])
        return [Passage(1, rng.choice(self.paragraphs[key]))]

    def neighbours(self, question: Question) -> list[Passage]:
        """The other paragraphs of its article, best first by the words they share; none when it has only one."""
        asked = set(question.text.lower().split()) | set(question.text)
        rest = [t for n, t in enumerate(self.paragraphs[question.article]) if n != question.paragraph]
        rest.sort(key=lambda t: -sum(w in t.lower() for w in asked))
        return [Passage(n + 1, t) for n, t in enumerate(rest[:4])]


def changed(question: Question, pool: Sequence[str], rng: random.Random) -> Question | None:
    """The question with its last name or number replaced by one of another article, so that its paragraph no longer answers it."""
    found = list(_NAME.finditer(question.text))
    if not found:
        return None
    last = found[-1]
    alike = [p for p in pool if p[0].isdigit() == last.group()[0].isdigit() and p not in question.text and last.group() not in p]
    if not alike:
        return None
    text = question.text[: last.start()] + rng.choice(alike) + question.text[last.end() :]
    return replace(question, text=text)


def names(questions: Sequence[Question]) -> list[str]:
    """Names and numbers that the questions mention."""
    return sorted({m.group() for q in questions for m in _NAME.finditer(q.text)})


def span_f1(said: str, answers: Sequence[str]) -> float:
    """SQuAD's F1: over words without articles and punctuation, over characters in Chinese; the best of the answers."""
    return max((_f1(_bare(said), _bare(answer)) for answer in answers), default=0.0)


def _bare(text: str) -> list[str]:
    low = "".join(c for c in text.lower() if c not in string.punctuation and c not in "，。、；：？！“”‘’（）《》")
    if re.search(r"[\u3400-\u9fff]", low):
        return [c for c in low if not c.isspace()]
    return [w for w in low.split() if w not in ("a", "an", "the")]


def _f1(said: list[str], wanted: list[str]) -> float:
    common = sum((Counter(said) & Counter(wanted)).values())
    if not common:
        return float(said == wanted)
    precision, recall = common / len(said), common / len(wanted)
    return 2 * precision * recall / (precision + recall)


def evaluate(data: Path, reader: Reader) -> list[Score]:
    """English on XQuAD, Chinese on CMRC2018 and DRCD."""
    scores: list[Score] = []
    for language, sets in SETS.items():
        for name in sets:
            articles = Articles.read(data / "qa_extractive" / "dev" / f"{name}.json")
            scores += _of_set(reader, articles, name.split("_")[0].replace("xquad.", "xquad_"), language)
    return scores


def _of_set(reader: Reader, articles: Articles, name: str, language: str) -> list[Score]:
    rng = random.Random(7)  # noqa: S311
    questions = articles.held(MOST[language])
    own = [reader.read(q.text, articles.passages(q)) for q in questions]
    right = [_is_right(q, reading) for q, reading in zip(questions, own, strict=True)]
    answered = [bool(r.found) for r in own]
    english = language == "en"
    note = f"{len(questions)} questions of held-back articles"

    def score(what: str, values: Sequence[float | bool], goal: float | None = None) -> Score:
        value = float(np.mean(values)) if values else 0.0
        return Score("reader", f"{name}_{what}", value, len(values), goal if english else None, note=note)

    spans = [span_f1(r.closest.text if r.closest else "", q.answers) for q, r in zip(questions, own, strict=True)]
    others = [articles.other(q, sorted({o.article for o in questions}), rng) for q in questions]
    found = [
        score("right_sentence", right, GOAL_SENTENCE), score("answered", answered),
        score("right_when_answered", [r for r, a in zip(right, answered, strict=True) if a]), score("span_f1", spans),
        score("silent_other_article", _silent(reader, questions, lambda i: others[i]), GOAL_SILENCE),
    ]  # fmt: skip
    near = [q for q in questions if len(articles.paragraphs[q.article]) > 1]
    if near:
        found.append(score("silent_same_article", _silent(reader, near, lambda i: articles.neighbours(near[i])), GOAL_SILENCE))
    if english:
        pool = names(questions)
        turned = [c for q in questions if (c := changed(q, [p for p in pool], rng))]
        found.append(score("silent_changed_name", _silent(reader, turned, lambda i: articles.passages(turned[i]))))
    return found


def _silent(reader: Reader, questions: Sequence[Question], passages: Callable[[int], list[Passage]]) -> list[bool]:
    return [not reader.read(q.text, passages(i)).found for i, q in enumerate(questions)]


def _is_right(question: Question, reading: Reading) -> bool:
    """Whether the best sentence is the one that holds the answer, said or not."""
    if reading.closest is None:
        return False
    said = reading.closest.text
    return any(" ".join(a.split()) in said for a in question.answers)
