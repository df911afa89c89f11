"""Sounds and words by CLAP: a tower for each, compared by a trained scale.

The model hears a few seconds (ten, mostly). A longer sound is heard in windows and its vector is their mean; the model's own way, one
window at random, would give another vector each time.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np

from retrieval.content import Content, Modality
from retrieval.decoding import Decoder
from retrieval.embedders._full_size import TEXT_CHARS, Encoder, sampling_rate, tensor, unit
from retrieval.embedders.base import Embedder, Trained
from retrieval.faults import InvalidInput, Unreadable
from retrieval.hosting.host import ModelHost
from retrieval.hosting.weights import Weights

WINDOWS = 12
"""Of a sound, spread evenly over it: bounds time and memory."""
TRAINED_SCALE = 1 / 0.07


class Clap(Encoder):
    """The embedder."""

    role = "audio_embedder"
    modalities: frozenset[Modality] = frozenset({"text", "audio"})

    @cached_property
    def dimension(self) -> int:
        """Length of a vector, as the configuration says. Raises InvalidInput when this is no CLAP."""
        if self.config.model_type != "clap":
            raise InvalidInput(
                f"'{self.weights.source}' is a model of type '{self.config.model_type}', not CLAP.",
                hint="Choose a CLAP, or take it with sentence_transformers.", param=self.role,
            )  # fmt: skip
        return int(self.config.projection_dim)

    @cached_property
    def trained(self) -> Trained:
        """The trained scale of words against sounds."""
        scale = tensor(self.weights, "logit_scale_t")
        return Trained(TRAINED_SCALE if scale is None else math.exp(scale))

    def _load(self, weights: Weights) -> Any:
        assert self.dimension
        return self._towers(weights)

    def _prepare(self, content: Content) -> Any:
        if content.modality == "text":
            return content.text[:TEXT_CHARS]
        samples = self._sound_decoder().pcm(content, sampling_rate(self.weights))
        if not len(samples):
            raise Unreadable("There is no sound in it.", hint="Send a recording that has some.")
        return samples

    def _run(self, model: Any, prepared: list[Any], modality: Modality, asked: bool) -> Any:
        import torch

        processor, network = model
        if modality == "text":
            most = min(int(self.config.text_config.max_position_embeddings) - 2, int(processor.tokenizer.model_max_length))
            given = processor(text=prepared, return_tensors="pt", padding=True, truncation=True, max_length=most)
            with torch.inference_mode():
                found = network.get_text_features(**given.to(network.device))
            return getattr(found, "pooler_output", found).float().cpu().numpy()
        return np.stack([self._heard(processor, network, samples) for samples in prepared])

    @staticmethod
    def _heard(processor: Any, network: Any, samples: Any) -> Any:
        import torch

        extractor = processor.feature_extractor
        cut = windows(samples, int(extractor.nb_max_samples))
        given = processor(audio=cut, sampling_rate=extractor.sampling_rate, return_tensors="pt")
        if "is_longer" in given:
            given["is_longer"][:] = False  # else one of the batch, by chance, is taken for a part of something longer
        with torch.inference_mode():
            found = network.get_audio_features(**given.to(network.device, network.dtype))
        return unit(getattr(found, "pooler_output", found).float().cpu().numpy()).mean(0)


def windows(samples: Any, size: int) -> list[Any]:
    """Stretches of at most `size` samples that cover a sound evenly; all of it where it has no more than `WINDOWS` of them."""
    count = min(WINDOWS, max(1, math.ceil(len(samples) / size)))
    starts = np.linspace(0, max(0, len(samples) - size), count).astype(int)
    return [samples[start : start + size] for start in starts]


def create(reference: str = "", *, models: ModelHost, decoder: Decoder | None = None) -> Embedder:
    """The embedder of `org/name` or a directory; give it the service's decoder."""
    return Clap(reference, models, decoder)
