"""Pictures and words by a dual encoder of any size: CLIP, SigLIP, SigLIP 2, MetaCLIP 2, Chinese-CLIP, AltCLIP.

Each has a tower for pictures and one for words; the towers' vectors are compared by a scale that was trained with them.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

from PIL import Image

from retrieval.content import Content, Modality
from retrieval.decoding import pixels
from retrieval.embedders._full_size import TEXT_CHARS, Encoder, tensor
from retrieval.embedders.base import Embedder, Trained
from retrieval.faults import InvalidInput
from retrieval.hosting.host import ModelHost
from retrieval.hosting.weights import Weights

ARCHITECTURES = ("clip", "siglip", "siglip2", "metaclip_2", "chinese_clip", "altclip")
CLIP_SCALE = 100.0
"""Where CLIP's training ends nearly always, because it is clipped there."""


class Dual(Encoder):
    """The embedder."""

    role = "image_embedder"
    modalities: frozenset[Modality] = frozenset({"text", "image"})

    @cached_property
    def _kind(self) -> str:
        kind = str(self.config.model_type)
        if kind not in ARCHITECTURES:
            raise InvalidInput(
                f"'{self.weights.source}' is a model of type '{kind}', which is no dual encoder of pictures and words.",
                hint=f"Choose one of: {', '.join(ARCHITECTURES)}; or take it with sentence_transformers.", param=self.role,
            )  # fmt: skip
        return kind

    @cached_property
    def dimension(self) -> int:
        """Length of a vector, as the configuration says."""
        if self._kind.startswith("siglip"):
            return int(getattr(self.config.text_config, "projection_size", None) or self.config.text_config.hidden_size)
        return int(self.config.projection_dim)

    @cached_property
    def trained(self) -> Trained:
        """The trained scale, and SigLIP's bias."""
        scale, bias = tensor(self.weights, "logit_scale"), tensor(self.weights, "logit_bias")
        return Trained(CLIP_SCALE if scale is None else math.exp(scale), bias)

    def _load(self, weights: Weights) -> Any:
        assert self._kind
        return self._towers(weights)

    def _prepare(self, content: Content) -> Any:
        return content.text[:TEXT_CHARS] if content.modality == "text" else Image.fromarray(pixels(content))

    def _run(self, model: Any, prepared: list[Any], modality: Modality, asked: bool) -> Any:
        import torch

        processor, network = model
        if modality == "text":
            given = processor(text=prepared, return_tensors="pt", truncation=True, **self._length(processor))
        else:
            given = processor(images=prepared, return_tensors="pt")
        given = given.to(network.device, network.dtype)  # whole numbers stay whole
        with torch.inference_mode():
            found = network.get_text_features(**given) if modality == "text" else network.get_image_features(**given)
        return getattr(found, "pooler_output", found).float().cpu().numpy()

    def _length(self, processor: Any) -> dict[str, Any]:
        """SigLIP saw only texts padded to their full length, and knows no others."""
        text = self.config.text_config
        most = min(int(text.max_position_embeddings), int(processor.tokenizer.model_max_length))
        return {"max_length": most, "padding": "max_length" if self._kind.startswith("siglip") else True}


def create(reference: str = "", *, models: ModelHost) -> Embedder:
    """The embedder of `org/name` or a directory."""
    return Dual(reference, models)
