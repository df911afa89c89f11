"""Reranker of any size: a cross-encoder (bge-reranker, gte-reranker, ms-marco) or a language model asked yes or no (Qwen3-Reranker).

The passages of a search are a batch, and searches of several people that come while one is at work are the next one together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from retrieval.faults import InvalidInput, Unavailable
from retrieval.hosting.batching import Batcher
from retrieval.hosting.host import ModelHost
from retrieval.hosting.hosted import Hosted
from retrieval.hosting.weights import Weights
from retrieval.items import ModelCard
from retrieval.rerankers.base import Reranker, Scores

MAX_CHARS = 4096
"""Of a text, and of a query: passages are shorter."""
BATCH_CHARS = 32_768
"""Padded characters of a batch: bounds the memory of activations."""
SEARCHES = 8
"""Searches that may go together."""


class CrossEncoder:
    """The reranker."""

    def __init__(self, reference: str, models: ModelHost) -> None:
        self._models = models
        self._hosted = Hosted(models, reference, "reranker", allowed=("device", "dtype"))
        self._searches: Batcher[tuple[str, Sequence[str]], Scores] = Batcher(self._scored, most=SEARCHES)

    @property
    def card(self) -> ModelCard:
        """What is known of the model; of one that is not here, that it is not."""
        return self._hosted.card(modalities=("text",), limits="Orders what was found; its numbers are no probabilities.")

    def _load(self, weights: Weights) -> Any:
        from sentence_transformers import CrossEncoder as Model

        model = Model(
            str(weights.path), device=self._models.device(weights), local_files_only=True, trust_remote_code=False,
            model_kwargs={"dtype": self._models.dtype(weights), "use_safetensors": True},
        )  # fmt: skip
        if model.num_labels != 1:
            raise InvalidInput(
                f"'{weights.source}' tells {model.num_labels} classes apart and gives no score of relevance.",
                hint="Choose a reranker, such as BAAI/bge-reranker-v2-m3.", param="reranker",
            )  # fmt: skip
        _exact_head(model.model)
        return model

    def score(self, query: str, texts: Sequence[str]) -> Scores:
        """One number for each text, shape (len(texts),). Raises NotInstalled, InvalidInput, TooLarge, Unavailable."""
        scores = self._searches((query, texts))
        if not np.isfinite(scores).all():
            raise Unavailable("The reranker gave scores that are not numbers.", hint="Write ?dtype=float32 behind its name.")
        return scores

    def _scored(self, searches: Sequence[tuple[str, Sequence[str]]]) -> list[Scores]:
        """The scores of each search."""
        pairs = [(query[:MAX_CHARS], text[:MAX_CHARS]) for query, texts in searches for text in texts]
        scores = np.zeros(len(pairs), np.float32)
        for places in _batches([len(query) + len(text) for query, text in pairs]):
            with self._hosted.resident("CrossEncoder", self._load).use() as model:
                scores[places] = model.predict(
                    [pairs[n] for n in places], batch_size=len(places), show_progress_bar=False, convert_to_numpy=True
                )
        return np.split(scores, np.cumsum([len(texts) for _, texts in searches])[:-1])


def _exact_head(model: Any) -> None:
    """Let the last layer compute in 32 bits: in 16 a score keeps three digits, and passages that differ tie."""
    import torch

    def exact(head: Any, given: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(value.float() if isinstance(value, torch.Tensor) else value for value in given)

    for name in ("classifier", "score"):
        head = getattr(model, name, None)
        if isinstance(head, torch.nn.Module):
            head.float().register_forward_pre_hook(exact)


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of pairs of so many characters, the longest first."""
    order = sorted(range(len(lengths)), key=lambda n: -lengths[n])
    while order:
        size = max(1, BATCH_CHARS // (lengths[order[0]] + 1))
        yield order[:size]
        order = order[size:]


def create(reference: str = "", *, models: ModelHost) -> Reranker:
    """The reranker of `org/name` or a directory."""
    return CrossEncoder(reference, models)
