"""Adapter: a small change of the vectors of the joint space, learned from one's own pairs. Knows how it is applied, not how it is learned.

A vector x becomes x + up(down(x)), brought back to length 1: a linear map of low rank beside the identity, as LoRA does it for a layer (Hu
et al. 2021). `words` moves the whole space, so texts, pictures and sounds still meet; `image` moves pictures only, before that.
`assistant/training/encoder.py` makes them.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.adapted import reading
from retrieval.items import ModelCard

FILE, CARD = "adapter.safetensors", "card.json"
WORDS, IMAGE = "words", "image"
Array = NDArray[np.float32]


def unit(vectors: Array) -> Array:
    """Of length 1."""
    found: Array = (vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)).astype(np.float32)
    return found


def moved(vectors: Array, down: Array, up: Array) -> Array:
    """Unit vectors (n, d) after the map; `down` and `up` are (rank, d)."""
    return unit(np.asarray(vectors + (vectors @ down.T) @ up, dtype=np.float32))


class Adapter:
    """The weights in a directory, read at once: some hundred kilobytes."""

    def __init__(self, folder: Path) -> None:
        """Raises NotInstalled when the directory has no adapter, Unavailable for a damaged one."""
        from safetensors.numpy import load

        with reading("adapted encoder", folder):
            data = (folder / FILE).read_bytes()
            self._weights: dict[str, Array] = {name: value.astype(np.float32) for name, value in load(data).items()}
            self._card = json.loads((folder / CARD).read_text("utf-8"))
        self.sha256 = hashlib.sha256(data).hexdigest()
        self.bytes = len(data)

    def moves(self, part: str) -> bool:
        """Whether it changes `words` or `image`."""
        return f"{part}.down" in self._weights

    def words(self, vectors: Array) -> Array:
        """Unit vectors (n, dimension) of the joint space, whatever they are of."""
        return self._moved(WORDS, vectors)

    def medium(self, kind: str, vectors: Array) -> Array:
        """Unit vectors (n, dimension) of pictures (`image`) or sounds (`audio`)."""
        return self.words(self._moved(kind, vectors))

    def _moved(self, part: str, vectors: Array) -> Array:
        if not self.moves(part):
            return vectors
        return moved(vectors, self._weights[f"{part}.down"], self._weights[f"{part}.up"])

    def card(self, base: ModelCard) -> ModelCard:
        """The card of `base` with this adapter on it: its name, its scores before and after."""
        return base.model_copy(update={
            "name": f"{base.name} + {self._card['name']}", "sha256": self.sha256, "bytes": base.bytes + self.bytes,
            "scores": self._card["scores"], "limits": f"{base.limits} Adapted to your own data; scores are of rows held back.",
        })  # fmt: skip
