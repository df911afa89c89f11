"""Any model of sentence-transformers: text alone, or text, pictures, sounds and videos in one space, as the model's files say.

EmbeddingGemma 2 and Qwen3-VL-Embedding are such models; so is every text encoder of the library. What is looked for gets the model's
prompt for queries, what is kept the one for documents.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from retrieval.content import Content, Modality
from retrieval.decoding import Decoder, pixels
from retrieval.embedders._full_size import TEXT_CHARS, Encoder, sampling_rate, tensor
from retrieval.embedders.base import Embedder, Trained
from retrieval.faults import InvalidInput, Unreadable
from retrieval.hosting.host import ModelHost
from retrieval.hosting.processors import given_to_sentence_transformers, sees_videos
from retrieval.hosting.weights import Weights

FRAMES = 16
"""Of a video, evenly over it."""
DEFAULT_SCALE = 20.0
"""Of the losses of sentence-transformers, for models that do not store theirs."""
MEDIA: dict[str, Modality] = {"text": "text", "image": "image", "audio": "audio", "video": "video"}
PROCESSORS: dict[str, Modality] = {"image_processor": "image", "feature_extractor": "audio", "video_processor": "video"}
UNRELATED = (
    ("how long is the warranty?", "Simmer the onions in butter until they are soft and golden."),
    ("who painted the ceiling?", "The train to the coast leaves from platform four at noon."),
    ("side effects of aspirin", "Our choir meets every Thursday in the old school."),
    ("change the password of the router", "Penguins keep their eggs warm between their feet."),
    ("best month to plant garlic", "The committee postponed the vote on the new bridge."),
    ("capital of Mongolia", "Press the two halves together and turn them clockwise."),
)
"""Queries and passages, none about the same thing as any other."""


class SentenceTransformers(Encoder):
    """The embedder."""

    options = ("device", "dtype", "dimension")

    @cached_property
    def _module(self) -> dict[str, Any]:
        """Configuration of the first module; empty for a model that is no more than a transformer."""
        modules: Any = self.weights.config("modules.json") or [{"path": ""}]  # this one file is a list
        folder = str(modules[0]["path"])
        return self.weights.config(str(Path(folder, "sentence_bert_config.json")))

    @cached_property
    def modalities(self) -> frozenset[Modality]:
        """What the model's files say it takes, and this machine has the packages for."""
        declared = self._module.get("modality_config")
        if declared is not None:
            found = {MEDIA[name] for name in declared if name in MEDIA}
        else:
            processor = self.weights.config("processor_config.json") | self.weights.config("preprocessor_config.json")
            found = {"text", *(kind for name, kind in PROCESSORS.items() if name in processor or f"{name}_type" in processor)}
        return frozenset(found if sees_videos() else found - {"video"})

    @cached_property
    def dimension(self) -> int:
        """Length of a vector: of one that was made, because what models declare is not always so."""
        return int(self.embed([Content.from_text("a")]).shape[1])

    @cached_property
    def trained(self) -> Trained:
        """The scale that was trained, where the model keeps it."""
        bias = tensor(self.weights, "logit_bias")
        scale = tensor(self.weights, "logit_scale")
        return Trained(DEFAULT_SCALE if scale is None else float(np.exp(scale)), bias)

    @cached_property
    def floor(self) -> float:
        """Cosine of a query and a passage that have nothing to do with each other: the mean over some such."""
        asked = self.embed_queries([Content.from_text(query) for query, _ in UNRELATED])
        kept = self.embed([Content.from_text(passage) for _, passage in UNRELATED])
        return min(max(float((asked @ kept.T).mean()), 0.0), 0.95)

    def _load(self, weights: Weights) -> Any:
        from sentence_transformers import SentenceTransformer

        with given_to_sentence_transformers():
            return SentenceTransformer(
                str(weights.path), device=self._models.device(weights), local_files_only=True, trust_remote_code=False,
                model_kwargs={"dtype": self._models.dtype(weights), "use_safetensors": True},
            )  # fmt: skip

    def _prepare(self, content: Content) -> dict[str, Any]:
        """Always under the name of its modality: the library takes a bare text that looks like an address for one, and fetches it."""
        if content.modality == "text":
            return {"text": content.text[:TEXT_CHARS]}
        if content.modality == "image":
            return {"image": Image.fromarray(pixels(content))}
        if content.modality == "audio":
            rate = sampling_rate(self.weights)
            samples = self._sound_decoder().pcm(content, rate)
            if not len(samples):
                raise Unreadable("There is no sound in it.", hint="Send a recording that has some.")
            return {"audio": {"array": samples, "sampling_rate": rate}}
        frames = self._frames(content)
        told = {"fps": FRAMES / (content.seconds or FRAMES), "total_num_frames": len(frames), "frames_indices": list(range(len(frames)))}
        return {"video": {"array": frames, "video_metadata": {**told, "duration": content.seconds or 1.0}}}

    def _frames(self, content: Content) -> list[Image.Image]:
        end = content.seconds or 0.0
        found = self._sound_decoder().frames(content, [end * (n + 0.5) / FRAMES for n in range(FRAMES if end else 1)])
        return [Image.fromarray(pixels(Content(modality="image", media_type="image/jpeg", data=data))) for data in found]

    def _run(self, model: Any, prepared: list[Any], modality: Modality, asked: bool) -> Any:
        shorter = self.weights.options.get("dimension", "")
        more = {"processing_kwargs": {"video": {"do_sample_frames": False}}} if modality == "video" else {}
        found = (model.encode_query if asked else model.encode_document)(
            prepared, batch_size=1 if _together(model, modality) else len(prepared), show_progress_bar=False, convert_to_numpy=True, **more
        )
        if shorter and not (shorter.isdecimal() and 0 < int(shorter) <= found.shape[1]):
            raise InvalidInput(
                f"'{shorter}' is no dimension of this model.", hint=f"Give a whole number up to {found.shape[1]}, or leave it out.",
                param="dimension",
            )  # fmt: skip
        return found[:, : int(shorter)] if shorter else found


def _together(model: Any, modality: Modality) -> bool:
    """Whether the model's processor takes several pictures (sounds, videos) for parts of one content.

    So do those that are made for chats, when they are called without one; a CLIP's has a method for each medium.
    """
    ways = getattr(model[0], "modality_config", {})
    return modality != "text" and "message" not in ways and ways.get(modality, {}).get("method") == "forward"


def create(reference: str = "", *, models: ModelHost, decoder: Decoder | None = None) -> Embedder:
    """The embedder of `org/name` or a directory; `?dimension=` shortens vectors of a model that was trained for it (Matryoshka)."""
    return SentenceTransformers(reference, models, decoder)
