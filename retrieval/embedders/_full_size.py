"""What all full-size encoders do alike: find their weights, name their space, batch, and bring vectors to length 1. Knows no model class.

Single contents from several threads go together (a busy service embeds many queries at once); many contents of one call are cut into
batches of bounded size, between which waiting queries get their turn.
"""

from __future__ import annotations

import hashlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from retrieval.content import Content, Modality
from retrieval.decoding import Decoder
from retrieval.embedders.base import Trained, Vectors
from retrieval.faults import Fault, InvalidInput, Unavailable, UnsupportedType
from retrieval.hosting.batching import Batcher
from retrieval.hosting.host import ModelHost
from retrieval.hosting.hosted import Hosted
from retrieval.hosting.residency import Resident
from retrieval.hosting.weights import Weights
from retrieval.items import ModelCard

VERSION = 1
"""Raise when contents are prepared in another way: their vectors are then of another space."""
PREPARATION = ("*config*.json", "*/config.json", "modules.json", "tokenizer.json", "vocab.*", "*.model", "merges.txt")
"""Files that say how contents are prepared and pooled."""
TEXT_CHARS = 32_768
"""Characters of a text that are looked at, and padded characters of a batch: bounds the memory of activations."""
AT_ONCE: dict[Modality, int] = {"text": 64, "image": 16, "audio": 4, "video": 1}
MULTILINGUAL, CHINESE_BERT = 100_000, 21_128
"""Entries of a vocabulary: from so many on it is made for many languages; the Chinese BERT's has exactly so many."""


class Encoder(ABC):
    """A full-size encoder. Safe for threads; nothing is looked for before the first use."""

    options: tuple[str, ...] = ("device", "dtype")
    role = "text_embedder"

    def __init__(self, reference: str, models: ModelHost, decoder: Decoder | None = None) -> None:
        self._models, self._decoder = models, decoder
        self._hosted = Hosted(models, reference, self.role, allowed=self.options)
        self._one_at_a_time = threading.Lock()
        self._singles: Batcher[tuple[Content, bool], Vectors] = Batcher(
            lambda calls: list(self._batch([content for content, _ in calls], calls[0][1])), most=AT_ONCE["text"],
            key=lambda call: (call[0].modality, call[1], len(call[0].data) > TEXT_CHARS // AT_ONCE["text"]),
        )  # fmt: skip

    # What a back-end says

    @abstractmethod
    def _load(self, weights: Weights) -> Any:
        """The model in memory."""

    @abstractmethod
    def _run(self, model: Any, prepared: list[Any], modality: Modality, asked: bool) -> Any:
        """Vectors, shape (len(prepared), dimension), of whatever float; `asked`: they are looked for, not kept."""

    @abstractmethod
    def _prepare(self, content: Content) -> Any:
        """What `_run` takes for one content; without the model, so that others may use it meanwhile."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    @abstractmethod
    def modalities(self) -> frozenset[Modality]:
        """What can be embedded; known without the weights."""

    @property
    @abstractmethod
    def trained(self) -> Trained:
        """How cosines between words and media are read."""

    # What is the same for all

    @property
    def weights(self) -> Weights:
        """The files. Raises NotInstalled, InvalidInput."""
        return self._hosted.weights

    @cached_property
    def config(self) -> Any:
        """The configuration of transformers, with its defaults filled in. Raises InvalidInput for one that is not known."""
        from transformers import AutoConfig

        try:
            return AutoConfig.from_pretrained(str(self.weights.path), local_files_only=True, trust_remote_code=False)
        except (ValueError, OSError) as error:
            raise InvalidInput(
                f"'{self.weights.source}' has a configuration that is not understood: {str(error).splitlines()[0]}",
                hint="Choose a model of a supported architecture, or update the package 'transformers'.", param=self.role,
            ) from error  # fmt: skip

    @cached_property
    def space(self) -> str:
        """Named by the weights and by all that prepares contents for them."""
        path, options = self.weights.path, self.weights.options
        named = f"{type(self).__name__}|{VERSION}|{self._models.files.digest(self.weights)}|{options.get('dimension', '')}"
        found = hashlib.sha256(named.encode())
        for file in sorted({file for pattern in PREPARATION for file in path.glob(pattern) if file.is_file()}):
            found.update(f"{file.relative_to(path)}|".encode() + file.read_bytes())
        name = self.weights.source.rstrip("/").rsplit("/", 1)[-1].lower().replace("-", "_")
        return f"{name}-{found.hexdigest()[:12]}"

    @property
    def card(self) -> ModelCard:
        """What is known of the model; of one that is not here, that it is not."""
        try:
            known: dict[str, Any] = {"modalities": tuple(sorted(self.modalities)), "dimension": self.dimension}
        except Fault:
            known = {}
        return self._hosted.card(limits="Not measured here; its publisher's card has its scores.", **known)

    @cached_property
    def knows_chinese(self) -> bool:
        """Judged by the vocabulary: large ones are made for many languages."""
        config = getattr(self.config, "text_config", None) or self.config
        size = int(getattr(config, "vocab_size", 0) or 0)
        return size >= MULTILINGUAL or size == CHINESE_BERT

    @cached_property
    def floor(self) -> float:
        """Cosine of a query and a passage that have nothing to do with each other; words are compared with media only, so 0."""
        return 0.0

    @cached_property
    def _resident(self) -> Resident[Any]:
        return self._hosted.resident(type(self).__name__, self._load)

    def embed(self, contents: Sequence[Content]) -> Vectors:
        """Unit vectors, shape (len(contents), dimension). Raises UnsupportedType, NotInstalled, TooLarge, and what decoding raises."""
        return self._embed(contents, asked=False)

    def embed_queries(self, contents: Sequence[Content]) -> Vectors:
        """The same for what is looked for."""
        return self._embed(contents, asked=True)

    def _embed(self, contents: Sequence[Content], asked: bool) -> Vectors:
        for content in contents:
            if content.modality not in self.modalities:
                known = ", ".join(sorted(self.modalities))
                raise UnsupportedType(f"This model cannot embed {content.modality}.", hint=f"It takes: {known}.")
        if len(contents) == 1:
            return self._singles((contents[0], asked))[None]
        vectors = np.empty((len(contents), self.dimension), np.float32)
        for places in batches(contents):
            vectors[places] = self._batch([contents[n] for n in places], asked)
        return vectors

    def _batch(self, contents: Sequence[Content], asked: bool) -> Vectors:
        prepared = [self._prepare(content) for content in contents]
        # Tokenizers and processors are not made for several threads, and two batches at once would need the memory of both.
        with self._resident.use() as model, self._one_at_a_time:
            found = self._run(model, prepared, contents[0].modality, asked)
        return unit(np.asarray(found, np.float32))

    def _towers(self, weights: Weights) -> Any:
        """(processor, model), as transformers reads them from the files."""
        from transformers import AutoModel, AutoProcessor

        processor = AutoProcessor.from_pretrained(str(weights.path), local_files_only=True, trust_remote_code=False)
        model = AutoModel.from_pretrained(
            str(weights.path), local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype=self._models.dtype(weights)
        )
        return processor, model.to(self._models.device(weights)).eval()

    def _sound_decoder(self) -> Decoder:
        with self._one_at_a_time:
            if self._decoder is None:
                self._decoder = Decoder(workers=1)
            return self._decoder


def batches(contents: Sequence[Content]) -> Iterator[list[int]]:
    """Places of contents of one modality each, the longest texts first, so that little is padded and the largest batch comes first."""
    for modality, most in AT_ONCE.items():
        places = [n for n, content in enumerate(contents) if content.modality == modality]
        if modality == "text":
            places.sort(key=lambda n: -len(contents[n].data))
        while places:
            longest = min(len(contents[places[0]].data), TEXT_CHARS) if modality == "text" else 0
            size = min(most, max(1, TEXT_CHARS // max(longest, 1)))
            yield places[:size]
            places = places[size:]


def unit(vectors: Vectors) -> Vectors:
    """Vectors of length 1, in 32-bit floats. Raises Unavailable when the model gave no numbers."""
    if not np.isfinite(vectors).all():
        raise Unavailable("The model gave vectors that are not numbers.", hint="Write ?dtype=float32 behind its name.")
    found: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
    return found


def tensor(weights: Weights, name: str) -> float | None:
    """A number that was trained with the model, read without loading it; None when there is none of that name."""
    from safetensors import safe_open

    for path in sorted(weights.path.glob("*.safetensors")):
        with safe_open(str(path), "pt") as file:
            if name in file.keys():  # noqa: SIM118 - not a dict
                return float(file.get_tensor(name).float().reshape(-1)[0])
    return None


def sampling_rate(weights: Weights) -> int:
    """Samples a second that the model was trained on."""
    processor = weights.config("processor_config.json")
    found = processor.get("feature_extractor") or weights.config("preprocessor_config.json") or processor
    return int(found.get("sampling_rate") or 16_000)
