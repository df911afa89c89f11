"""Across the senses: a joint space of pictures, sounds and words, asked from any side. Knows no lexical index.

Each modality is asked for separately, and its cosines become calibrated chances before they meet, so that none drowns another. `Across`
is for the bundled networks, whose words are the text embedder's and whose curves were fitted; `retrieval.crossing` for full-size ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from retrieval.content import Content, Modality
from retrieval.embedders.base import Embedder, Vectors, embed_query
from retrieval.labels import translated
from retrieval.likeness import best_name, chances
from retrieval.stores.base import Scope, Scored, Store

MEDIA: tuple[Modality, ...] = ("image", "audio")
TEXT: Modality = "text"
UNSEEN = 0.75
"""Cosine of the looks of two pictures that is taken where one has no such vector: that of any two."""
Floats = NDArray[np.float32]


class JointEmbedder(Embedder, Protocol):
    """An embedder whose vectors may be compared with those of a text embedder."""

    text_space: str
    """The space of that text embedder."""


@dataclass
class Found:
    """What joint spaces answer: items by falling chance, and each one's chance."""

    ranked: list[Scored] = field(default_factory=list)
    chances: dict[str, float] = field(default_factory=dict)

    def add(self, hits: Sequence[Scored], likely: Sequence[float]) -> None:
        """More items, of another modality."""
        self.chances |= {hit.item_id: float(chance) for hit, chance in zip(hits, likely, strict=True)}
        self.ranked = [Scored(name, chance) for name, chance in sorted(self.chances.items(), key=lambda pair: (-pair[1], pair[0]))]

    def join(self, other: Found) -> None:
        """What another space answers."""
        self.add(other.ranked, [hit.score for hit in other.ranked])


def joint(embedder: Embedder, words: Embedder | None) -> JointEmbedder | None:
    """The embedder as a joint one, when its space is that of `words` too."""
    known = getattr(embedder, "text_space", "")
    return cast(JointEmbedder, embedder) if words is not None and known == words.space else None


def narrowed(scope: Scope, kind: Modality) -> Scope | None:
    """The scope for one modality; None when that was not asked for."""
    return replace(scope, modalities=(kind,)) if not scope.modalities or kind in scope.modalities else None


class Across:
    """Asks a store in one joint space."""

    def __init__(
        self, store: Store, embedder: JointEmbedder, words: Embedder | None, kinds: Sequence[Modality] = MEDIA,
        looks: Embedder | None = None,
    ) -> None:  # fmt: skip
        """`words` is the text embedder when the two may be compared, so that passages are found too; else its words are its own.

        `kinds` are the media it is asked for. `looks` compares pictures by colour and layout: a second sign that two show the same.
        """
        self.passages = joint(embedder, words) is not None
        self._words: Embedder = words if words is not None and self.passages else embedder
        self._store, self.embedder, self._looks = store, embedder, looks
        self.kinds = tuple(kind for kind in MEDIA if kind in kinds and kind in embedder.modalities)

    def query(self, text: str, vector: Vectors | None) -> Vectors | None:
        """The vector of a query for media: that of its words (`vector`, when they are English already); None when none is understood."""
        english = translated(text)
        if not english:
            return None
        if english == text and vector is not None and self.passages:
            return vector
        return embed_query(self._words, Content.from_text(english))

    def by_words(self, vector: Vectors, depth: int, scope: Scope) -> Found:
        """Pictures and sounds for the vector of some words."""
        found = Found()
        for kind in self.kinds:
            inside = narrowed(scope, kind)
            hits = self._store.dense(self.embedder.space, vector, depth, inside) if inside else []
            if hits:
                others = self._store.vectors(self.embedder.space, [hit.item_id for hit in hits], scope.owner)
                hits = [hit for hit in hits if hit.item_id in others]
                cosines = np.array([hit.score for hit in hits], np.float32)
                best = best_name(np.stack([others[hit.item_id] for hit in hits])) if hits else cosines
                found.add(hits, chances(TEXT, kind, cosines, cosines - best).tolist())
        return found

    def look(self, content: Content) -> Vectors | None:
        """The vector of a picture's colours and layout."""
        return self._looks.embed([content])[0] if self._looks is not None and content.modality in self._looks.modalities else None

    def look_of(self, item_id: str, owner: str) -> Vectors | None:
        """The same of a stored picture."""
        return self._store.vectors(self._looks.space, [item_id], owner).get(item_id) if self._looks is not None else None

    def _alike(self, vector: Vectors, look: Vectors, depth: int, scope: Scope) -> tuple[list[Scored], Floats]:
        """Pictures near to a picture in the joint space or in its looks: cosines in the one, and in the other."""
        assert self._looks is not None
        cosines: list[dict[str, float]] = []
        for space, asked in ((self.embedder.space, vector), (self._looks.space, look)):
            cosines.append({hit.item_id: hit.score for hit in self._store.dense(space, asked, depth, scope)})
        names = sorted({*cosines[0], *cosines[1]})
        for known, space, asked in zip(cosines, (self.embedder.space, self._looks.space), (vector, look), strict=True):
            missing = [name for name in names if name not in known]
            known |= {name: float(other @ asked) for name, other in self._store.vectors(space, missing, scope.owner).items()}
        hits = [Scored(name, cosines[0][name]) for name in names if name in cosines[0]]
        return hits, np.array([cosines[1].get(hit.item_id, UNSEEN) for hit in hits], np.float32)

    def by_medium(self, kind: Modality, vector: Vectors, depth: int, scope: Scope, look: Vectors | None = None) -> Found:
        """Pictures, sounds and passages for the vector of a picture or a sound."""
        found = Found()
        for other in (*self.kinds, TEXT) if self.passages else self.kinds:
            inside = narrowed(scope, other)
            if inside and kind == other == "image" and look is not None:
                hits, looks = self._alike(vector, look, depth, inside)
                found.add(hits, chances(kind, other, np.array([hit.score for hit in hits], np.float32), looks).tolist())
                continue
            space = self._words.space if other == TEXT else self.embedder.space
            hits = self._store.dense(space, vector, depth, inside) if inside else []
            cosines = np.array([hit.score for hit in hits], np.float32)
            gaps = cosines - best_name(vector[None])[0] if other == TEXT else UNSEEN if kind == other == "image" else 0.0
            found.add(hits, chances(kind, other, cosines, gaps).tolist())
        return found
