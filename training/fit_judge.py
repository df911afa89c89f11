"""Fits the curves of `tools/judge.py`: run it after every training of the picture encoder or of the drawing model.

    python training/fit_judge.py --data DIR

Draws 200 pictures of one half of the everyday nouns (the other half, with other seeds, is measured by `assistant eval bundled --only
judge`), asks for each with right and with wrong words, and fits logistic curves with as many right as wrong. The bar is the chance under
which 3 % of the right drawings fall. Prints the constants. A few minutes on two cores. Only the names of the nouns are taken from the data.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from assistant.evaluation.base import Files
from assistant.evaluation.drawing import SET, everyday
from assistant.evaluation.judge import Case, Drawings, cases, half_of
from retrieval.backends import load
from retrieval.embedders.senses import Senses
from tools import judge
from tools.judge import Clues, chance, clues, sighting, wanted
from training.data import folder

DOUBTED = 0.03
"""Share of the right drawings that may be called doubtful."""
Told = list[tuple[Case, list[Clues]]]


def curve(right: list[list[float]], wrong: list[list[float]]) -> tuple[float, ...]:
    """Intercept and slopes."""
    fitted = LogisticRegression(C=1e4, class_weight="balanced").fit(right + wrong, [1] * len(right) + [0] * len(wrong))
    return (round(float(fitted.intercept_[0]), 2), *(round(float(slope), 2) for slope in fitted.coef_[0]))


def _leads(told: Told, wrong: tuple[str, ...], coloured: bool) -> list[list[float]]:
    some = [found for case, found in told if case.wrong in wrong and (found[0].share is not None) == coloured]
    return [[min(found, key=lambda one: one.lead).lead] for found in some]


def _colours(told: Told, wrong: str) -> list[list[float]]:
    some = [found[0] for case, found in told if case.wrong == wrong and found[0].share is not None]
    return [[one.share or 0.0, one.ahead] for one in some]


def fit(told: Told) -> dict[str, tuple[float, ...] | float]:
    """The constants by name."""
    found: dict[str, tuple[float, ...] | float] = {
        "NOUN": curve(_leads(told, ("",), False), _leads(told, ("noun", "near"), False)),
        "NOUN_IN_COLOUR": curve(_leads(told, ("",), True), _leads(told, ("noun", "near"), True)),
        "COLOUR": curve(_colours(told, ""), _colours(told, "colour")),
    }
    for name, value in found.items():
        setattr(judge, name, value)
    right = [chance(clue) for case, clue in told if not case.wrong]
    found["DOUBTFUL"] = round(float(np.quantile(np.asarray(right, float), DOUBTED)), 3)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/synesthesia").expanduser())
    given = parser.parse_args()
    data = folder(given.data)
    embedder = Senses(given.cache)
    nouns = half_of(everyday(Files(data, SET)), "fit")
    drawings = Drawings(load("tools.image_generators", "diffusion")(""), "fit")
    told, seen = [], {}
    for case in cases(embedder, nouns, "fit"):
        picture = drawings.draw(case.drawn)
        if picture is not None:
            seen[case.drawn] = seen.get(case.drawn) or sighting(embedder, picture)
            told.append((case, clues(embedder, seen[case.drawn], wanted(case.prompt))))
    for name, value in fit(told).items():
        print(f"{name} = {value}")


if __name__ == "__main__":
    main()
