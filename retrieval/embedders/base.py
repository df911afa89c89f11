"""Embedder: contents in, unit vectors out. One file per back-end; vectors of two spaces are never mixed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.content import Content, Modality
from retrieval.items import ModelCard

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Maps contents of some modalities into one space. Safe to call from several threads."""

    dimension: int

    @property
    def space(self) -> str:
        """Name of the space: back-end, weights hash and preprocessing, e.g. `minilm-1a2b3c4d`."""
        ...

    @property
    def modalities(self) -> frozenset[Modality]:
        """What can be embedded."""
        ...

    @property
    def card(self) -> ModelCard:
        """What is known of the model."""
        ...

    def embed(self, contents: Sequence[Content]) -> Vectors:
        """Unit-length float32 vectors, shape (len(contents), dimension). Weights load at the first call."""
        ...
