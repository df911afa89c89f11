"""Texts to the states of their tokens after the lower half of MiniLM: what small heads that read text are trained on. Knows no head.

The graph is the second one of the text encoder's export (`retrieval/embedders/_export.py`) and maps the same weights, so it costs no memory
beside the encoder, and half its time.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.embedders import _export
from retrieval.embedders.minilm import MAX_CHARS, MiniLM, cores, model_directory

DEPTH = _export.HALF
"""Layers below the states."""
WIDTH = 384
TOGETHER = 4096
"""Padded tokens computed at once."""
States = NDArray[np.float32]


class TokenStates:
    """The lower encoder. Export and session are made at the first call; safe from several threads."""

    def __init__(self, cache_dir: Path, most: int) -> None:
        """`most` word pieces of a text are read."""
        self._encoder = MiniLM(cache_dir)
        self._most = most
        self._lock = threading.Lock()
        self._session: Any = None
        self._tokenizer: Any = None

    def of(self, texts: Sequence[str]) -> list[States]:
        """(tokens, 384) for each text, the marks at its beginning and end included."""
        session, tokenizer = self._load()
        ids = [encoding.ids for encoding in tokenizer.encode_batch([text[:MAX_CHARS] for text in texts])]
        order = sorted(range(len(ids)), key=lambda i: -len(ids[i]))
        found: list[States] = [np.empty((0, WIDTH), np.float32)] * len(ids)
        start = 0
        while start < len(order):
            part = order[start : start + max(1, TOGETHER // len(ids[order[start]]))]
            for i, states in zip(part, together(session, [ids[i] for i in part]), strict=True):
                found[i] = states
            start += len(part)
        return found

    def whole(self, word: str) -> bool:
        """Whether a word in small letters is one piece: common words are, rare and unknown ones are cut up."""
        return self._load()[1].token_to_id(word) is not None

    def _load(self) -> tuple[Any, Any]:
        with self._lock:
            if self._session is None:
                import onnxruntime
                from tokenizers import Tokenizer

                graph = self._encoder.exported() / _export.LOWER
                self._tokenizer = Tokenizer.from_file(str(model_directory() / "tokenizer.json"))
                self._tokenizer.no_padding()
                self._tokenizer.enable_truncation(self._most)
                options = onnxruntime.SessionOptions()
                options.intra_op_num_threads = cores()
                # Spinning threads keep both cores busy after every text, and starve whatever runs beside.
                options.add_session_config_entry("session.intra_op.allow_spinning", "0")
                options.log_severity_level = 3
                self._session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
            return self._session, self._tokenizer


def together(session: Any, ids: Sequence[Sequence[int]]) -> list[States]:
    """The states of some texts, computed side by side; the first is the longest."""
    table, mask = np.zeros((len(ids), len(ids[0])), np.int64), np.zeros((len(ids), len(ids[0])), np.int64)
    for row, one in enumerate(ids):
        table[row, : len(one)], mask[row, : len(one)] = one, 1
    states = session.run(None, {"input_ids": table, "attention_mask": mask})[0]
    return [states[row, : len(one)] for row, one in enumerate(ids)]
