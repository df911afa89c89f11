"""Encoders that another process holds, as their callers see them in this one: embedders and rerankers. Knows no address and no engine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from retrieval.content import Content, Modality
from retrieval.embedders.base import Vectors
from retrieval.items import ModelCard
from retrieval.rerankers.base import Scores
from retrieval.serving.served import Served

UNADAPTED = "unadapted"
"""The exact encoder of one that is adapted or rounded: the router and the reader were trained on its vectors."""


class ServedEmbedder(Served):
    """An embedder. What a back-end has beyond the interface, such as `embed_queries`, is here when it is there."""

    methods = ("embed", "embed_queries")
    facts = ("dimension", "space", "modalities", "card", "cards", "text_space", "knows_chinese", "floor", "trained")
    parts = (UNADAPTED,)
    together = "embed"

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self.fact("dimension"))

    @property
    def space(self) -> str:
        """Name of the space."""
        return str(self.fact("space"))

    @property
    def modalities(self) -> frozenset[Modality]:
        """What can be embedded."""
        found: frozenset[Modality] = self.fact("modalities")
        return found

    @property
    def card(self) -> ModelCard:
        """What is known of the model."""
        found: ModelCard = self.fact("card")
        return found

    @property
    def unadapted(self) -> ServedEmbedder:
        """The exact encoder, where there is one beside. Raises AttributeError."""
        if self._part or UNADAPTED not in self.described()["facts"]:
            raise AttributeError(UNADAPTED)
        found = ServedEmbedder(self._connection, self._name, self._package, self._identity)
        found._known, found._part = self._known, UNADAPTED
        return found

    def embed(self, contents: Sequence[Content]) -> Vectors:
        """Unit vectors, shape (len(contents), dimension)."""
        if not contents:
            return np.empty((0, self.dimension), np.float32)
        found: Vectors = self.call("embed", list(contents))
        return found


class ServedReranker(Served):
    """A reranker."""

    methods = ("score",)
    facts = ("card",)

    @property
    def card(self) -> ModelCard:
        """What is known of the model."""
        found: ModelCard = self.fact("card")
        return found

    def score(self, query: str, texts: Sequence[str]) -> Scores:
        """One number for each text, shape (len(texts),)."""
        found: Scores = self.call("score", query, list(texts)) if texts else np.zeros(0, np.float32)
        return found
