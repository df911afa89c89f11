"""Zero-shot labels: which of a person's own names fits a picture or a sound, with the chance that it is right, or none of them.

The names are read by the text embedder and compared in the joint space; Chinese names go through the words of `retrieval.labels`. What
speaks for a name is its cosine, how far it is ahead of the other given names, and how far ahead of everyday names that nobody gave; the
curve over the three was fitted by `training/fit_labelling.py`. Knows no file and no request.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.across import joint
from retrieval.content import Content
from retrieval.embedders.base import Embedder, Vectors
from retrieval.faults import InvalidInput, UnsupportedType
from retrieval.labels import asked, translated
from retrieval.likeness import SYNONYMS

FILE = Path(__file__).parent / "embedders" / "senses_labelling.json"
MOST = 200
"""Labels that can be asked for at once."""
LONGEST = 100
"""Characters of a label."""
SURE = 0.5
"""Chance from which the best label is given; below it none of them is."""
PROMPTS = {"image": ("a photo of {}", "{}"), "audio": ("the sound of {}", "{}")}
KINDS = {"image": "label", "audio": "sound"}


@dataclass(frozen=True)
class Labelled:
    """What fits."""

    label: str
    """The name as it was given; empty for none of them."""
    probability: float
    """Chance, 0 to 1, that the best name is right."""
    scores: tuple[tuple[str, float], ...]
    """Every name with its chance, best first."""


@lru_cache(maxsize=1)
def curves() -> dict[str, list[float]]:
    """Per modality: intercept, slope of the cosine, of the lead over the other given names, of the lead over everyday names."""
    loaded: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return {kind: [float(value) for value in curve] for kind, curve in loaded["curves"].items()}


def evidence(vector: Vectors, labels: Vectors, kind: str) -> Vectors:
    """For each label what speaks for it, shape (labels, 3): the cosine, the lead over the best other label, and over the best other name.

    Everyday names that mean the same as a given label are no rivals of any.
    """
    cosines = labels @ vector
    names = asked(KINDS[kind])[1]
    strange = names[(names @ labels.T).max(1) < SYNONYMS]
    around = float((strange @ vector).max()) if len(strange) else float(cosines.min())
    best = int(cosines.argmax())
    rivals = np.full(len(cosines), cosines[best], np.float32)
    rivals[best] = np.delete(cosines, best).max() if len(cosines) > 1 else around
    found: Vectors = np.stack([cosines, cosines - rivals, cosines - around], 1).astype(np.float32)
    return found


class Labeller:
    """Labels pictures and sounds. Safe to call from several threads."""

    def __init__(self, embedder: Embedder, words: Embedder) -> None:
        """`embedder` must share the space of `words`. Raises UnsupportedType when it does not."""
        found = joint(embedder, words)
        if found is None:
            raise UnsupportedType(
                "The image or sound embedder in use cannot be asked by words.", hint="Use the bundled one: senses.", param="labels"
            )
        self._embedder, self._words = found, words

    def label(self, content: Content, labels: Sequence[str]) -> Labelled:
        """The label that fits. Raises UnsupportedType for other content than a picture or a sound, InvalidInput for the labels."""
        if content.modality not in KINDS or content.modality not in self._embedder.modalities:
            raise UnsupportedType(f"A {content.modality} cannot be labelled.", hint="Send a picture or a sound.", param="input")
        given = checked(labels)
        names = self._named(content.modality, given)
        vector = self._embedder.embed([content])[0]
        intercept, *slopes = curves()[content.modality]
        raised = [intercept + float(row @ slopes) for row in evidence(vector, names, content.modality)]
        chances = sorted(((label, _chance(value)) for label, value in zip(given, raised, strict=True)), key=lambda pair: -pair[1])
        best, chance = chances[0]
        return Labelled(best if chance >= SURE else "", chance, tuple(chances))

    def _named(self, kind: str, labels: tuple[str, ...]) -> Vectors:
        """Unit vectors of the labels, each the mean of its prompts."""
        english = [translated(label) or label for label in labels]
        texts = [Content.from_text(prompt.format(name)) for name in english for prompt in PROMPTS[kind]]
        vectors = self._words.embed(texts).reshape(len(labels), len(PROMPTS[kind]), -1).mean(1)
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def unknown(labels: Sequence[str]) -> list[str]:
    """The Chinese labels that cannot be put into English, and so will hardly be found."""
    return [label for label in labels if not translated(label)]


def checked(labels: Sequence[str]) -> tuple[str, ...]:
    """The labels without blanks at their ends, each once. Raises InvalidInput for none, too many, or one that is too long."""
    given = tuple(dict.fromkeys(label.strip() for label in labels if label.strip()))
    if not 1 <= len(given) <= MOST or any(len(label) > LONGEST for label in given):
        raise InvalidInput(
            f"{len(given)} labels were given, of at most {max(map(len, given), default=0)} characters.",
            hint=f"Give 1 to {MOST} labels of at most {LONGEST} characters.", param="labels",
        )  # fmt: skip
    return given


def _chance(value: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, value))))
