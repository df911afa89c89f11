"""The trained head of the recogniser: words in, a chance per class out, in numpy. Knows the form of the weights, not how they were made.

`training/high_stakes/fit_high_stakes.py` writes the weights; their card is `high_stakes.card.json`.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from assistant.reflex.features import pieces
from retrieval.embedders.base import Vectors

FILE = "high_stakes.safetensors"
CLASSES = ("none", "medical", "legal", "financial", "self_harm", "weapons")
Floats = NDArray[np.float32]


class Head:
    """Linear over hashed pieces of the words, and over their sentence embedding where there is one."""

    BUCKETS: ClassVar[int] = 16384

    def __init__(self, data: bytes) -> None:
        from safetensors.numpy import load

        weights = {name: value.astype(np.float32) for name, value in load(data).items()}
        self._table: Floats = weights["table"]
        self._sense: Floats = weights["sense"]
        self._bias: Floats = weights["bias"]

    def probabilities(self, words: str, vector: Vectors | None) -> Floats:
        """Softmax over CLASSES. `vector` is the unit embedding (384,), or None when it says nothing (Chinese)."""
        found = rows_of(words)
        logits = self._bias + self._table[found].sum(0) / np.sqrt(np.float32(len(found)))
        if vector is not None:
            logits = logits + vector @ self._sense
        raised = np.exp(logits - logits.max())
        return np.asarray(raised / raised.sum(), np.float32)


def rows_of(words: str) -> list[int]:
    """Rows of the table for the pieces of the words; never empty."""
    return [piece.bucket for piece in pieces(words, ())] or [0]


@lru_cache(maxsize=1)
def load_head() -> Head:
    """The head that ships, read once."""
    return Head(files("assistant").joinpath(FILE).read_bytes())
