"""The judge of made pictures: how often it doubts one that is right, and how often it notices one that is not.

Pictures are drawn here, by whatever draws, from one half of the everyday nouns; the curves of `tools/judge.py` were fitted to the other
half (`training/fit_judge.py`), with other seeds. A right prompt is the one that was drawn: a drawing that failed counts as a false alarm.
Each picture is also asked for by another noun, by the nearest other noun, and in another colour. Photographs are those of a public set.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from assistant.evaluation.base import Files, Score, held_out
from assistant.evaluation.drawing import SET, everyday
from assistant.evaluation.image_encoder import PHOTOS, article, prompted
from retrieval.content import Content
from retrieval.embedders.base import Embedder
from retrieval.faults import InvalidInput
from tools.image_generators.base import ImageGenerator, ImageRequest
from tools.judge import Judge, Verdict
from tools.shapes.vocabulary import names, things

ROLE = "image_embedder"
SIDE = 256
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white")
SETTINGS = ("on a beach", "at night", "in the snow", "underwater", "in a meadow", "in space")
RELATIONS = ("next to", "above", "behind")
SINGLE, COLOURED, SEVERAL, PHOTOGRAPHS = 50, 50, 25, 80
"""Pictures of one thing, of one in a colour, of each kind with several things or a setting; photographs."""
SAME = 0.75
"""Cosine of two nouns from which on one is not wrong for the other."""
Half = Literal["fit", "measure"]
Wrong = Literal["", "noun", "near", "colour"]


@dataclass(frozen=True)
class Case:
    """A prompt that a picture is asked with."""

    prompt: str
    drawn: str
    """What was to be drawn; a file's name for a photograph."""
    kind: str
    """single, coloured, two, setting, three, relation, photograph."""
    wrong: Wrong
    """What is wrong about the prompt; empty when nothing is."""


@dataclass(frozen=True)
class _Subject:
    kind: str
    nouns: tuple[str, ...]
    form: str
    """With `{0}`, `{1}` for the things."""
    colour: str = ""

    def said(self, nouns: Sequence[str], colour: str) -> str:
        return self.form.format(*(article(f"{colour} {noun}" if colour and not n else noun) for n, noun in enumerate(nouns)))


def subjects(nouns: Sequence[str], half: Half) -> list[_Subject]:
    """What is drawn from these nouns, a fixed choice for each half."""
    rng = random.Random(half)  # noqa: S311 - a fixed choice

    def some(count: int, size: int) -> Iterator[tuple[str, ...]]:
        return (tuple(rng.sample(list(nouns), size)) for _ in range(count))

    return [
        *(_Subject("single", chosen, "{0}") for chosen in some(SINGLE, 1)),
        *(_Subject("coloured", chosen, "{0}", rng.choice(COLOURS)) for chosen in some(COLOURED, 1)),
        *(_Subject("two", chosen, "{0} and {1}") for chosen in some(SEVERAL, 2)),
        *(_Subject("setting", chosen, "{0} " + rng.choice(SETTINGS)) for chosen in some(SEVERAL, 1)),
        *(_Subject("three", chosen, "{0}, {1} and {2}") for chosen in some(SEVERAL, 3)),
        *(_Subject("relation", chosen, f"{{0}} {rng.choice(RELATIONS)} {{1}}", rng.choice(COLOURS)) for chosen in some(SEVERAL, 2)),
    ]  # fmt: skip


def half_of(nouns: Sequence[str], half: Half) -> list[str]:
    """The nouns of a half; the other half's are others."""
    return [noun for noun in nouns if held_out(f"judge|{noun}", 2) == (half == "fit")]


def cases(embedder: Embedder, nouns: Sequence[str], half: Half) -> list[Case]:
    """Each picture with its right prompt and with wrong ones."""
    rng = random.Random(f"wrong {half}")  # noqa: S311 - a fixed choice
    vectors = prompted(embedder, list(nouns), ("{}",))
    alike = dict(zip(nouns, vectors @ vectors.T, strict=True))
    found = []
    for subject in subjects(nouns, half):
        first, *rest = subject.nouns
        order = [nouns[n] for n in np.argsort(-alike[first]) if alike[first][n] < SAME and nouns[n] not in subject.nouns]
        prompts: dict[Wrong, str] = {
            "": subject.said(subject.nouns, subject.colour),
            "noun": subject.said((rng.choice(order[len(order) // 4 :]), *rest), subject.colour),
            "near": subject.said((order[0], *rest), subject.colour),
        }
        if subject.colour:
            prompts["colour"] = subject.said(subject.nouns, rng.choice([c for c in COLOURS if c != subject.colour]))
        found += [Case(prompt, prompts[""], subject.kind, wrong) for wrong, prompt in prompts.items()]
    return found


class Drawings:
    """Draws each prompt once."""

    def __init__(self, generator: ImageGenerator, half: Half) -> None:
        self._generator, self._first = generator, 1000 if half == "fit" else 500_000
        self._made: dict[str, Content | None] = {}

    def draw(self, prompt: str) -> Content | None:
        """The picture; None where the generator refuses."""
        if prompt not in self._made:
            request = ImageRequest(prompt=prompt, width=SIDE, height=SIDE, seed=self._first + len(self._made))
            try:
                self._made[prompt] = self._generator.generate(request)[0].content
            except InvalidInput:
                self._made[prompt] = None
        return self._made[prompt]


def photographs(data: Path, embedder: Embedder, half: Half) -> tuple[Files, list[Case]]:
    """Photographs that the encoder was not trained on, with their labels and with wrong ones."""
    files = Files(data, PHOTOS["caltech101"])
    rows = [row for row in files.rows if held_out(row["file"], 5) and held_out(f"judge|{row['label']}", 2) == (half == "fit")]
    labels = sorted({row["label"] for row in rows})
    vectors = prompted(embedder, labels, ("{}",))
    alike = vectors @ vectors.T
    rng = random.Random(half)  # noqa: S311 - a fixed choice
    found = []
    for row in rng.sample(rows, min(PHOTOGRAPHS, len(rows))):
        own = labels.index(row["label"])
        order = [labels[n] for n in np.argsort(-alike[own]) if alike[own][n] < SAME]
        said: dict[Wrong, str] = {"": row["label"], "noun": rng.choice(order[len(order) // 4 :]), "near": order[0]}
        found += [Case(article(label), row["file"], "photograph", wrong) for wrong, label in said.items()]
    return files, found


def chinese(prompt_noun: str) -> str:
    """The Chinese name of a noun that is drawn; empty when it has none."""
    thing = things().get(names().get(prompt_noun, ""))
    return next((word for word in thing.words if not word.isascii()), "") if thing else ""


def evaluate(data: Path, embedder: Embedder, judge: Judge, generator: ImageGenerator, by_hand: ImageGenerator) -> list[Score]:
    """Every figure of `judge`; `by_hand` draws the classical way. About two minutes on two cores."""
    nouns = half_of(everyday(Files(data, SET)), "measure")
    drawings = Drawings(generator, "measure")
    drawn = [(case, picture) for case in cases(embedder, nouns, "measure") if (picture := drawings.draw(case.drawn)) is not None]
    files, shown = photographs(data, embedder, "measure")
    photos = [(case, files.image(case.drawn)) for case in shown]
    hand = Drawings(by_hand, "measure")
    own = [thing.name for thing in things().values() if thing.paint is not None and thing.place != "figure"][: 2 * SINGLE]
    simple = [(Case(article(n), article(n), "by_hand", ""), made) for n in own if (made := hand.draw(article(n))) is not None]
    zh = [
        (Case(f"一个{said}", case.drawn, "chinese", case.wrong), picture) for case, picture in drawn
        if case.kind == "single" and (said := chinese(case.prompt.split(" ", 1)[-1]))
    ]  # fmt: skip
    return [
        score for name, some in (("drawn", drawn), ("photographs", photos), ("by_hand", simple), ("chinese", zh))
        for score in scored(name, [(case, judge.look(case.prompt, [picture])[0]) for case, picture in some])
    ]  # fmt: skip


def scored(name: str, judged: Sequence[tuple[Case, Verdict]]) -> list[Score]:
    """The figures of one kind of pictures."""
    told = [(case, verdict.chance, verdict.doubtful) for case, verdict in judged if verdict.chance is not None]
    right = [doubted for case, _, doubted in told if not case.wrong]
    goal = 0.05 if name == "drawn" else None
    scores = [
        Score(ROLE, f"judge_{name}_false_alarms", float(np.mean(right)), len(right), goal, lower_is_better=True,
              note="right pictures that are called doubtful"),
    ]  # fmt: skip
    if name == "drawn":
        for kind in dict.fromkeys(case.kind for case, _ in judged):
            kept = [doubted for case, _, doubted in told if not case.wrong and case.kind == kind]
            scores.append(Score(ROLE, f"judge_{kind}_false_alarms", float(np.mean(kept)), len(kept), note=f"the same, of the kind {kind}"))
    for wrong in ("noun", "near", "colour"):
        other = [(chance, doubted) for case, chance, doubted in told if case.wrong == wrong]
        if not other:
            continue
        kinds = {case.kind for case, _, _ in told if case.wrong == wrong}
        fine = [chance for case, chance, _ in told if not case.wrong and case.kind in kinds]
        caught = float(np.mean([doubted for _, doubted in other]))
        scores += [
            Score(ROLE, f"judge_{name}_{wrong}_auc", auc(fine, [chance for chance, _ in other]), len(fine) + len(other),
                  note=f"a right prompt above one with a wrong {wrong}"),
            Score(ROLE, f"judge_{name}_{wrong}_noticed", caught, len(other), note="called doubtful"),
            Score(ROLE, f"judge_{name}_{wrong}_accuracy", (1 - float(np.mean(right)) + caught) / 2, len(fine) + len(other),
                  note="at the bar, as many right as wrong"),
        ]  # fmt: skip
    return scores


def auc(high: Sequence[float], low: Sequence[float]) -> float:
    """Chance that one of `high` is above one of `low`; a tie counts half."""
    above = np.subtract.outer(np.asarray(high), np.asarray(low))
    return float((above > 0).mean() + (above == 0).mean() / 2)
