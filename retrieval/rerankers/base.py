"""Reranker: a query and texts in, how well each answers out. One file per back-end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.items import ModelCard

Scores = NDArray[np.float32]


class Reranker(Protocol):
    """Reads the query together with each text, which is slower and better than comparing vectors. Safe to call from several threads."""

    @property
    def card(self) -> ModelCard:
        """What is known of the model."""
        ...

    def score(self, query: str, texts: Sequence[str]) -> Scores:
        """One finite number for each text, shape (len(texts),); a higher one answers better. Weights load at the first call.

        Numbers of one call may be compared, and mean nothing else.
        """
        ...
