"""The words of the pictures as vectors of the text tower, and quick figures on pictures that were kept back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from retrieval.content import Content
from retrieval.embedders.minilm import create as create_minilm
from training import data as sets
from training.image_text_pairs import Picture, article, grounded_texts, tinted_texts

NOT_DRAWN = ("flag:", "button", "keycap")


class Texts:
    """All words of all pictures as unit vectors, and which of them belong to whom."""

    def __init__(self, listed: list[Picture], cache: Path) -> None:
        self._places: dict[str, int] = {}
        self.own = [[[self._place(t) for t in kind] for kind in ((one.label,), one.captions, one.keywords)] for one in listed]
        trained = {one.label: one.photo for one in listed if not one.held and (one.photo or one.set.endswith("emoji"))}
        self.labels = torch.tensor(sorted({self._place(label) for label in trained} | {
            self._place(f"a photo of {article(label)}") for label, photo in trained.items() if photo}))  # fmt: skip
        coloured = [one.label for one in listed if one.set.endswith("emoji") and not any(word in one.label for word in NOT_DRAWN)]
        self.tints = {label: [self._place(t) for t in tinted_texts(label)] for label in dict.fromkeys(coloured)}
        self.grounds = {label: [self._place(t) for t in grounded_texts(label)] for label in dict.fromkeys(coloured)}
        self.vectors = torch.from_numpy(_vectors(list(self._places), cache))

    def _place(self, text: str) -> int:
        return self._places.setdefault(text, len(self._places))


def _vectors(texts: list[str], cache: Path) -> np.ndarray[Any, Any]:
    path = cache / f"texts_{hashlib.sha256(chr(10).join(texts).encode()).hexdigest()[:12]}.npy"
    if not path.exists():
        embedder = create_minilm(cache)
        parts = [embedder.embed([Content.from_text(t) for t in texts[n : n + 512]]) for n in tqdm(range(0, len(texts), 512), desc="texts")]
        np.save(path, np.concatenate(parts).astype(np.float16))
    return np.load(path, allow_pickle=False).astype(np.float32)


class Scorer:
    """Quick figures on pictures that were kept back, while it trains."""

    def __init__(self, listed: list[Picture], cache: Path) -> None:
        held = [(n, one) for n, one in enumerate(listed) if one.held]
        self._photos = [(n, one) for n, one in held if one.set.endswith("caltech101")]
        self._style = [(n, one) for n, one in held if f"{sets.STYLE_LEFT_OUT}_" in one.file]
        self._new = [(n, one) for n, one in held if one.set.endswith("emoji") and f"{sets.STYLE_LEFT_OUT}_" not in one.file]
        self._classes = sorted({one.label for one in listed if one.set.endswith("caltech101")})
        self._concepts = sorted({one.label for one in listed if one.set.endswith("emoji")})
        self._class_vectors = torch.from_numpy(_vectors([f"a photo of {article(c)}" for c in self._classes], cache))
        self._concept_vectors = torch.from_numpy(_vectors(self._concepts, cache))

    def figures(self, embed: Callable[[list[int]], Tensor]) -> dict[str, float]:
        """The figures of an encoder that maps rows to unit vectors."""
        photos, style, new = (embed([place for place, _ in chosen]) for chosen in (self._photos, self._style, self._new))
        ranks = (photos @ self._class_vectors.T).argsort(1, descending=True)
        right = torch.tensor([self._classes.index(one.label) for _, one in self._photos])
        return {
            "caltech_top1": (ranks[:, 0] == right).float().mean().item(),
            "caltech_top5": (ranks[:, :5] == right[:, None]).any(1).float().mean().item(),
            "style_recall5": self._found(style, self._style), "new_recall5": self._found(new, self._new),
        }  # fmt: skip

    def _found(self, vectors: Tensor, chosen: list[tuple[int, Picture]]) -> float:
        """Picture -> its own name among all concepts' names, in the first five."""
        ranks = (vectors @ self._concept_vectors.T).topk(5, 1).indices
        right = torch.tensor([self._concepts.index(one.label) for _, one in chosen])
        return (ranks == right[:, None]).any(1).float().mean().item()
