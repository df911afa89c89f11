"""A joint space with a text tower of its own, of a full-size encoder, asked from every side. Knows no model.

A cosine of a sentence and a picture means 0.3 in one model and 0.1 in another, so it is read as the model was trained. SigLIP learned a
scale and a bias: their sigmoid is the chance. CLIP, CLAP and the like learned to choose among alternatives: the odds are those of the
query against what says nothing (`NEUTRAL`), with the learned scale, and against `RARE`. Nothing here is fitted to anybody's data.
"""

from __future__ import annotations

import io
import math
import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.across import MEDIA, TEXT, Found, narrowed
from retrieval.content import Content, Modality
from retrieval.embedders.base import FullSize, Trained, Vectors, embed_query
from retrieval.labels import translated
from retrieval.stores.base import Scope, Scored, Store
from retrieval.waves import recording

NEUTRAL: dict[Modality, tuple[str, ...]] = {
    "image": ("a photo.", "a picture.", "an image of something.", "a picture of a thing.", "一张图片。"),
    "audio": ("a sound.", "a recording.", "a recording of something.", "the sound of a thing.", "一段声音。"),
}
"""Words that fit every picture, and every sound."""
RARE = 20.0
"""Of so many things that may be asked for, one is taken to be shown: what fits no better than `NEUTRAL` is unlikely to be meant."""
ALIKE_AT, ALIKE_SLOPE = 0.7, 20.0
"""Two media of one kind: cosine at which a half are of the same kind of thing, and steepness. No model stores such a scale, and this is
not fitted: a default between encoders in which unrelated pictures have 0.5 and those in which near copies have 0.9."""
SIDE, RATE = 64, 16_000
Floats = NDArray[np.float32]


class Crossing:
    """Asks a store in one space. Safe for threads."""

    def __init__(self, store: Store, embedder: FullSize, kinds: Sequence[Modality], passages: bool) -> None:
        """`kinds` are the media it is asked for; `passages`: it is the text embedder too, so passages lie in the same space."""
        self._store, self.embedder, self.passages = store, embedder, passages
        self.kinds = tuple(kind for kind in MEDIA if kind in kinds and kind in embedder.modalities)
        self._neutral: dict[tuple[Modality, Modality], Vectors] = {}
        self._lock = threading.Lock()

    def query(self, text: str, vector: Vectors | None) -> Vectors | None:
        """The vector of a query for media: `vector`, when that is of this space; None for Chinese that it does not understand."""
        if vector is not None and self.passages:
            return vector
        said = text if self.embedder.knows_chinese else translated(text)
        return embed_query(self.embedder, Content.from_text(said)) if said else None

    def by_words(self, vector: Vectors, depth: int, scope: Scope) -> Found:
        """Pictures and sounds for the vector of some words."""
        return self._found(TEXT, vector, self.kinds, depth, scope)

    def look(self, content: Content) -> Vectors | None:
        """None: such an encoder needs no second sign."""
        return None

    def look_of(self, item_id: str, owner: str) -> Vectors | None:
        """None, as above."""
        return None

    def by_medium(self, kind: Modality, vector: Vectors, depth: int, scope: Scope, look: Vectors | None = None) -> Found:
        """Pictures, sounds and passages for the vector of a picture, a sound or a video."""
        asked: Modality = "image" if kind == "video" else kind
        return self._found(asked, vector, (*self.kinds, TEXT) if self.passages else self.kinds, depth, scope)

    def _found(self, asked: Modality, vector: Vectors, kinds: Sequence[Modality], depth: int, scope: Scope) -> Found:
        found = Found()
        for kind in kinds:
            inside = narrowed(scope, kind)
            hits = self._store.dense(self.embedder.space, vector, depth, inside) if inside else []
            others = self._store.vectors(self.embedder.space, [hit.item_id for hit in hits], scope.owner)
            hits = [hit for hit in hits if hit.item_id in others]
            if hits:
                found.add(hits, self._chances(asked, kind, hits, np.stack([others[hit.item_id] for hit in hits])).tolist())
        return found

    def _chances(self, asked: Modality, kind: Modality, hits: Sequence[Scored], vectors: Vectors) -> Floats:
        cosines = np.array([hit.score for hit in hits], np.float32)
        if asked == kind:
            return _raised(ALIKE_SLOPE * (cosines - ALIKE_AT))
        neutral = self._background(asked, kind) if self.embedder.trained.bias is None else None
        return _crossed(self.embedder.trained, cosines, vectors, neutral)

    def _background(self, asked: Modality, kind: Modality) -> Vectors:
        """Vectors of what says nothing, of the modality that was asked with, shape (n, dimension)."""
        with self._lock:
            if (asked, kind) not in self._neutral:
                contents = _neutral(kind, self.embedder) if asked == TEXT else _pictures() if asked == "image" else _sounds()
                self._neutral[asked, kind] = self.embedder.embed_queries(contents)
            return self._neutral[asked, kind]


def shown_chances(embedder: FullSize, said: str, pictures: Sequence[Content]) -> Floats:
    """Chance, 0 to 1, that each of `pictures` shows what is said, in words that the encoder understands."""
    vectors = embedder.embed(pictures)
    neutral = embedder.embed_queries(_neutral("image", embedder)) if embedder.trained.bias is None else None
    return _crossed(embedder.trained, vectors @ embed_query(embedder, Content.from_text(said)), vectors, neutral)


def _crossed(trained: Trained, cosines: Floats, vectors: Vectors, neutral: Vectors | None) -> Floats:
    """Chances of what was found by another modality; `neutral` are vectors of what says nothing, None where a bias was trained."""
    if trained.bias is not None:
        return _raised(trained.scale * cosines + trained.bias)
    assert neutral is not None
    against = np.logaddexp.reduce(trained.scale * vectors @ neutral.T, axis=1) - math.log(len(neutral))
    return _raised(trained.scale * cosines - against - math.log(RARE))


def _raised(values: Floats) -> Floats:
    chances: Floats = (1 / (1 + np.exp(-np.clip(values, -60, 60)))).astype(np.float32)
    return chances


def _neutral(kind: Modality, embedder: FullSize) -> list[Content]:
    """Words that fit everything, as far as the encoder understands them."""
    return [Content.from_text(said) for said in NEUTRAL.get(kind, ()) if embedder.knows_chinese or said.isascii()]


def _pictures() -> list[Content]:
    """Grey, white, and noise."""
    from PIL import Image

    noise = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    found = []
    for pixels in (np.full_like(noise, 128), np.full_like(noise, 255), noise):
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, "PNG")
        found.append(Content(modality="image", media_type="image/png", data=out.getvalue(), width=SIDE, height=SIDE))
    return found


def _sounds() -> list[Content]:
    """A second of next to nothing, and of noise."""
    chance, found = np.random.default_rng(0), []
    for loudness in (30, 3000):
        found.append(recording(chance.normal(0, loudness, RATE).astype("<i2").tobytes(), RATE, ""))
    return found
