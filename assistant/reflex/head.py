"""The trained head: features of a turn in, a probability per class out, in numpy. Knows the form of the weights, not how they were made.

`training/router/train_router.py` writes the weights; their card is `router.card.json`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.reflex.features import Piece
from retrieval.adapted import reading
from retrieval.embedders.base import Vectors
from retrieval.items import ModelCard

FILE = "router.safetensors"
Floats = NDArray[np.float32]


class Head:
    """Linear over hashed pieces and flags, one hidden layer over the sentence embedding."""

    def __init__(self, data: bytes, classes: Sequence[str]) -> None:
        from safetensors.numpy import load

        self.weights: dict[str, Floats] = {name: value.astype(np.float32) for name, value in load(data).items()}
        weights = self.weights
        self.classes = tuple(classes)
        self._table: Floats = weights["table"]
        self._flags: Floats = weights["flags"]
        self._bias: Floats = weights["bias"]
        self._first: Floats = weights["first"]
        self._first_bias: Floats = weights["first_bias"]
        self._second: Floats = weights["second"]

    def probabilities(self, pieces: Sequence[Piece], flags: Sequence[int], vector: Vectors | None) -> Floats:
        """Softmax over `classes`, shape (classes,). `vector` is the unit embedding (384,), or None when it says nothing."""
        logits = self._bias + self._flags[list(flags)].sum(0)
        if pieces:
            logits = logits + self._table[[p.bucket for p in pieces]].sum(0) / np.sqrt(np.float32(len(pieces)))
        if vector is not None:
            logits = logits + np.tanh(vector @ self._first + self._first_bias) @ self._second
        raised = np.exp(logits - logits.max())
        return np.asarray(raised / raised.sum(), dtype=np.float32)

    def telling(self, pieces: Sequence[Piece], label: str, most: int = 2) -> list[str]:
        """The words that speak most for `label` against the mean of the classes, strongest first."""
        column = self.classes.index(label)
        found: dict[str, float] = {}
        for piece in pieces:
            row = self._table[piece.bucket]
            weight = float(row[column] - row.mean())
            if weight > 0.25 and _says_something(piece.shown):
                found[piece.shown] = max(weight, found.get(piece.shown, 0.0))
        chosen: list[str] = []
        for words in sorted(found, key=lambda w: -found[w]):
            if not any(words in other or other in words for other in chosen):
                chosen.append(words)
        return chosen[:most]


_EMPTY = frozenset("a an the of to in on at and or is it this that me my you i for with by from be am do some any one please can".split())


def _says_something(words: str) -> bool:
    """True for words worth showing as a reason: more than marks, function words, or a single Chinese character."""
    if not words or not any(c.isalpha() for c in words):
        return False
    return any(w not in _EMPTY and w.isalpha() for w in words.split()) if words.isascii() else len(words) > 1


@lru_cache(maxsize=1)
def load_head() -> Head:
    """The shipped head, read once."""
    folder = files("assistant.reflex")
    card = json.loads(folder.joinpath("router.card.json").read_text("utf-8"))
    return Head(folder.joinpath(FILE).read_bytes(), card["classes"])


def open_head(folder: Path) -> Head:
    """A head that was trained further on a person's own turns (`assistant train router`). Raises NotInstalled, Unavailable."""
    with reading("router", folder):
        return Head((folder / FILE).read_bytes(), load_head().classes)


def card() -> ModelCard:
    """What is known of the shipped head."""
    table = json.loads(files("assistant.reflex").joinpath("router.card.json").read_text("utf-8"))
    return ModelCard.model_validate({name: table[name] for name in ModelCard.model_fields if name in table})
