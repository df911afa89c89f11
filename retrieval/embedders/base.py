"""Embedder: contents in, unit vectors out. One file per back-end; vectors of two spaces are never mixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.content import Content, Modality
from retrieval.items import ModelCard

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Maps contents of some modalities into one space. Safe to call from several threads."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

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


@dataclass(frozen=True)
class Trained:
    """How cosines between two modalities of one space are to be read, as the model was trained."""

    scale: float
    """What a cosine is multiplied with before the softmax or the sigmoid."""
    bias: float | None = None
    """Added before a sigmoid (SigLIP). None: trained with a softmax, so a cosine means something only against others."""


class FullSize(Embedder, Protocol):
    """An embedder with a text tower of its own, and what a search has to know of it."""

    @property
    def knows_chinese(self) -> bool:
        """Whether Chinese words may be asked as they are."""
        ...

    @property
    def floor(self) -> float:
        """Cosine of a query and a passage that have nothing to do with each other, 0 to 1."""
        ...

    @property
    def trained(self) -> Trained:
        """How cosines between words and media are read."""
        ...

    def embed_queries(self, contents: Sequence[Content]) -> Vectors:
        """Like `embed`, for what is looked for: some models embed a query in another way than what answers it."""
        ...


def embed_query(embedder: Embedder, content: Content) -> Vectors:
    """The unit vector of what is looked for, shape (dimension,)."""
    embed = getattr(embedder, "embed_queries", embedder.embed)
    vector: Vectors = embed([content])[0]
    return vector
