"""Correction: what a person's own labelled texts change of the reading of texts. Knows its form, not how it was learned.

To the logits of the reading is added what a linear layer says of the sentence's vector (`assistant/training/emotion.py`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.adapted import reading
from retrieval.content import Content
from retrieval.embedders.minilm import MiniLM
from retrieval.items import ModelCard

FILE, CARD = "emotion.safetensors", "card.json"
Logits = NDArray[np.float32]


class Correction:
    """The weights in a directory, read at once: some kilobytes. The text encoder loads at the first text."""

    def __init__(self, folder: Path, cache_dir: Path) -> None:
        """Raises NotInstalled when the directory has none, Unavailable for a damaged one."""
        from safetensors.numpy import load

        with reading("adapted reading of feelings", folder):
            data = (folder / FILE).read_bytes()
            self._words = load(data)["words"].astype(np.float32)
            self._card = json.loads((folder / CARD).read_text("utf-8")) if (folder / CARD).is_file() else {}
        self._sha256, self._bytes = hashlib.sha256(data).hexdigest(), len(data)
        self._encoder = MiniLM(cache_dir)

    def logits(self, texts: Sequence[str], seven: Logits) -> Logits:
        """The corrected logits of texts, shape (n, 7)."""
        vectors = self._encoder.embed([Content.from_text(text) for text in texts])
        return np.asarray(seven + vectors @ self._words, dtype=np.float32)

    def card(self, base: ModelCard) -> ModelCard:
        """The card of `base` with this correction on it."""
        return base.model_copy(update={
            "name": f"{base.name} + {self._card.get('name', '')}", "sha256": self._sha256, "bytes": base.bytes + self._bytes,
            "scores": self._card.get("scores", {}), "limits": f"{base.limits} Adapted to your own texts; scores are of texts held back.",
        })  # fmt: skip
