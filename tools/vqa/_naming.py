"""Naming: which everyday noun a cut-out shows, from its outline and from its vector in the joint space of pictures and words.

A noun's vectors are those of a few phrases around its English words. Both opinions are log-probabilities and are added; the outline's is
mixed with a little of "any noun", because it knows fewer. Which cut-outs show the same thing is told beside it:
counting is easier than naming. Knows no region.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from retrieval.content import Content
from retrieval.embedders.base import Embedder
from tools.subject import Pixels
from tools.vqa._names import Name, names
from tools.vqa._outlines import features, outlines

Array = NDArray[np.float32]
SHARP = 24.0
"""Factor on the cosine before the soft maximum."""
_BESIDE = 0.9
"""What the joint space counts beside outlines: nearly as much."""
_DOUBT = 0.2
"""Share that the outline's opinion leaves to nouns it does not know."""
_ALIKE = 0.96
"""Cosine of vectors from which two cut-outs are taken for copies of one drawing: they are named together."""
_SAME = ((0.8, 0.5), (0.5, 0.65))
"""Cosines of outlines (of either hand) and of vectors from which two cut-outs show the same thing: either pair will do. A ball and a
biscuit have one outline and differ in their vectors; a crown and a cup have near vectors and differ in outline.
"""
_PHRASES = ("{0}", "a drawing of {1}", "a photo of {1}")


@dataclass(frozen=True)
class Opinion:
    """How well every noun fits every cut-out, as log-probabilities up to a constant: (cut-outs, nouns)."""

    fits: Array
    vectors: Array | None
    """Unit vectors, where there is a joint space."""
    alike: NDArray[np.bool_]
    """Which cut-outs show the same thing: (cut-outs, cut-outs), symmetric."""


class Namer:
    """Names cut-outs. The nouns' vectors are computed at the first use."""

    def __init__(self, embedder: Embedder | None) -> None:
        self._embedder = embedder if joint(embedder) else None

    @cached_property
    def nouns(self) -> list[Name]:
        """What can be named, in the order of the columns of `fits`."""
        return list(names().values())

    @cached_property
    def _place(self) -> dict[str, int]:
        return {name.noun: n for n, name in enumerate(self.nouns)}

    @property
    def knows_words(self) -> bool:
        """Whether it can look for a noun that is not on the list."""
        return self._embedder is not None

    @cached_property
    def _vectors(self) -> Array:
        return self._meaning([(name.noun, *name.also) for name in self.nouns])

    def _meaning(self, groups: Sequence[Sequence[str]]) -> Array:
        """One unit vector for each group of words that mean the same."""
        texts = [_phrases(words) for words in groups]
        assert self._embedder is not None
        flat = self._embedder.embed([Content.from_text(t) for group in texts for t in group])
        ends = np.cumsum([len(group) for group in texts])
        return _unit(np.stack([part.mean(0) for part in np.split(flat, ends[:-1])]))

    def look(self, crops: Sequence[Pixels], other: str = "", *, drawn: bool = True) -> Opinion:
        """Every noun's fit, and after them that of the phrase `other`. Copies of a drawing share theirs. Outlines count only where things
        are `drawn`.
        """
        width = len(self.nouns) + bool(other)
        fits = np.zeros((len(crops), width), np.float32)
        vectors = None
        if self._embedder is not None:
            vectors = _shared(self._embedder.embed([_content(crop) for crop in crops]))
            table = np.concatenate([self._vectors, self._meaning([(other,)])]) if other else self._vectors
            fits += (_BESIDE if drawn else 1.0) * np.log(soft(SHARP * vectors @ table.T) + 1e-9)
        if not drawn or not len(crops):
            return Opinion(fits, vectors, np.eye(len(crops), dtype=bool))
        both = features([*crops, *(crop[:, ::-1] for crop in crops)])
        fits += self._by_outline(both, width)
        return Opinion(fits.astype(np.float32), vectors, _alike(both, vectors))

    def _by_outline(self, both: Array, width: int) -> Array:
        """Log-shares of the nouns, means of those of a cut-out and of its mirror image: a drawing may look to either side."""
        known = outlines()
        if known is None:
            return np.zeros((len(both) // 2, width), np.float32)
        shares = np.full((len(both), width), _DOUBT / width, np.float32)
        shares[:, [self._place[noun] for noun in known.nouns]] += (1 - _DOUBT) * soft(known.scores(both))
        mean: Array = np.log(shares).reshape(2, -1, width).mean(0)
        return mean

    def column(self, noun: str) -> int | None:
        """Where a noun's column is; none when it is not known."""
        return self._place.get(noun)

    def allowed(self, groups: Sequence[str]) -> NDArray[np.bool_]:
        """Which nouns belong to these kinds of things; all of them for no kind."""
        return np.asarray([not groups or name.group in groups for name in self.nouns])


def _alike(both: Array, vectors: Array | None) -> NDArray[np.bool_]:
    """Which cut-outs show the same thing, by the outlines of them and of their mirror images, and by their vectors."""
    straight, mirrored = np.split(_unit(both), 2)
    outline = np.maximum(straight @ straight.T, straight @ mirrored.T)
    outline = np.maximum(outline, outline.T)
    near = np.ones_like(outline) if vectors is None else vectors @ vectors.T
    same: NDArray[np.bool_] = np.eye(len(outline), dtype=bool)
    for least, nearest in _SAME[: 1 if vectors is None else 2]:
        same |= (outline > least) & (near > nearest)
    return same


def _shared(vectors: Array) -> Array:
    """The vectors, each the mean of those that are nearly the same."""
    close = vectors @ vectors.T > _ALIKE
    return _unit(np.stack([vectors[row].mean(0) for row in close]))


def _phrases(words: Sequence[str]) -> list[str]:
    return [phrase.format(word, _article(word)) for word in words for phrase in _PHRASES]


def _article(word: str) -> str:
    if word.endswith("s") and not word.endswith("ss"):
        return word
    return ("an " if word[0] in "aeiou" else "a ") + word


def _unit(vectors: Array) -> Array:
    unit: Array = (vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)).astype(np.float32)
    return unit


def _content(crop: Pixels) -> Content:
    out = io.BytesIO()
    Image.fromarray(crop).save(out, "PNG", compress_level=1)
    return Content(modality="image", media_type="image/png", data=out.getvalue(), width=crop.shape[1], height=crop.shape[0])


def soft(logits: Array) -> Array:
    """Shares that sum to 1 in each row."""
    lifted: Array = np.exp(logits - logits.max(-1, keepdims=True))
    shares: Array = (lifted / lifted.sum(-1, keepdims=True)).astype(np.float32)
    return shares


def joint(embedder: Embedder | None) -> bool:
    """Whether pictures and words share the embedder's space, so that pictures can be named by it."""
    return embedder is not None and {"text", "image"} <= set(embedder.modalities)
