"""Candidates: what each space and the words say of the items, for one part of a query. Knows no ranking and no probability.

A part is the words of a query, one picture or sound of it, or a stored item that others are compared with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np

from retrieval.across import MEDIA, Across, Found, JointEmbedder
from retrieval.content import Content, Modality
from retrieval.crossing import Crossing
from retrieval.embedders.base import Embedder, FullSize, Vectors, embed_query
from retrieval.faults import UnsupportedType
from retrieval.fusion import DENSE_WEIGHT, either, hybrid, inverse_frequency, lifted, trusted
from retrieval.items import Item
from retrieval.relevance import Evidence, evidence, query_terms, same, weights
from retrieval.stores.base import Scope, Scored, Store

SENSES = "senses"
RIVALS = 8
"""Best hits among which a rival is looked for."""
TIE = 0.05
"""A hit that says the same and scores no better than this above is support, not a rival."""
WORDS, LOOKS = "text_embedder", "image_likeness"
ROLES: Mapping[str, Modality] = {"image_embedder": "image", "audio_embedder": "audio"}
SIMILAR_WORDS_SHARE = 0.3
"""For a stored item, how much of the likeness of two pictures or sounds is the likeness of their words."""


@dataclass
class Part:
    """One part of a query: what each item scored, and the places in the lists."""

    scores: dict[str, float]
    ranks: dict[str, list[Scored]]
    chances: dict[str, float] = field(default_factory=dict)
    """Of what a joint space found: calibrated already."""
    by_text: dict[str, float] = field(default_factory=dict)
    """Score by the words alone, before pictures and sounds were lifted by what is in them."""
    cosines: dict[str, float] = field(default_factory=dict)
    lexical: dict[str, float] = field(default_factory=dict)
    """BM25 over the ideal."""
    weights: dict[str, float] = field(default_factory=dict)
    """Of the query's words."""
    by_words: bool = False

    def drop(self, item_ids: Sequence[str]) -> None:
        """Forget items."""
        for item_id in item_ids:
            for known in (self.scores, self.chances, self.by_text):
                known.pop(item_id, None)
        self.ranks = {name: [hit for hit in hits if hit.item_id not in item_ids] for name, hits in self.ranks.items()}


def _name(embedder: Embedder) -> str:
    return embedder.space.split("-", 1)[0]


class Candidates:
    """Asks the store in every space that understands. Safe for threads."""

    def __init__(self, store: Store, embedders: Mapping[str, Embedder]) -> None:
        self._store = store
        self._embedders = embedders
        self._crossings: dict[str, Crossing] = {}

    def by_words(self, text: str, language: str, depth: int, scope: Scope) -> Part:
        """What the words of a query find."""
        lexical = self._store.lexical(text, depth, scope)
        terms = query_terms(text)[:64]
        total, frequencies = self._store.frequencies(terms)
        ideal = sum(inverse_frequency(total, frequencies[term]) for term in terms)
        lists = {"lexical": lexical}
        cosines: dict[str, float] = {}
        vector: Vectors | None = None
        nearest: Sequence[Scored] = ()
        words, inside = self._words, self._for_words(scope)
        if words is not None and inside is not None:
            vector = embed_query(words, Content.from_text(text))
            nearest = self._store.dense(words.space, vector, depth, inside)
            lists[_name(words)] = nearest
            cosines = self._cosines(words, vector, nearest, self._passages(lexical, inside), scope.owner)
        across = Found()
        for joint in self._joints():
            asked = joint.query(text, vector)
            if asked is not None:
                across.join(joint.by_words(asked, depth, scope))
        best = max([ideal, 1e-9, *(hit.score for hit in lexical)])
        share = DENSE_WEIGHT["en" if getattr(words, "knows_chinese", False) else language]
        by_text = hybrid(lexical, cosines, ideal, trusted(share, [hit.score for hit in nearest]))
        return Part(
            scores=lifted(by_text, across.chances), ranks=lists | ({SENSES: across.ranked} if across.ranked else {}),
            chances=across.chances, by_text=by_text, cosines=cosines, lexical={hit.item_id: hit.score / best for hit in lexical},
            weights=weights(terms, total, frequencies), by_words=True,
        )  # fmt: skip

    @property
    def _words(self) -> Embedder | None:
        return self._embedders.get(WORDS)

    def _spaces(self) -> list[tuple[Embedder, frozenset[str]]]:
        """Each space once, with all its roles: one embedder may have several."""
        roles: dict[str, set[str]] = {}
        for role, embedder in self._embedders.items():
            roles.setdefault(embedder.space, set()).add(role)
        return [(self._embedders[min(names)], frozenset(names)) for names in roles.values()]

    def _joints(self) -> list[Across | Crossing]:
        """The spaces in which words meet media; each is asked for the media of its roles alone."""
        found: list[Across | Crossing] = []
        for embedder, roles in self._spaces():
            kinds = [ROLES[role] for role in roles if role in ROLES and ROLES[role] in embedder.modalities]
            if not kinds or "text" not in embedder.modalities:
                continue
            if hasattr(embedder, "text_space"):
                both = cast(JointEmbedder, embedder)
                found.append(Across(self._store, both, self._words, kinds, self._embedders.get(LOOKS)))
            elif hasattr(embedder, "trained"):
                found.append(self._crossing(cast(FullSize, embedder), kinds, WORDS in roles))
        return found

    def _crossing(self, embedder: FullSize, kinds: Sequence[Modality], passages: bool) -> Crossing:
        """Kept, because it remembers what it compares with."""
        if embedder.space not in self._crossings:
            self._crossings[embedder.space] = Crossing(self._store, embedder, kinds, passages)
        return self._crossings[embedder.space]

    def _own_media(self) -> frozenset[Modality]:
        """The media whose vectors lie among those of words: they are asked for by themselves, because their cosines are smaller."""
        words = self._words
        return frozenset(kind for one in self._joints() if words and one.embedder.space == words.space for kind in one.kinds)

    def _for_words(self, scope: Scope) -> Scope | None:
        """The scope without such media; None when nothing else was asked for."""
        media = self._own_media()
        if not media:
            return scope
        kinds = tuple(kind for kind in scope.modalities or (*MEDIA, "text", "video", "file") if kind not in media)
        return replace(scope, modalities=kinds) if kinds else None

    def _passages(self, lexical: list[Scored], inside: Scope) -> list[Scored]:
        """Of what has the words of a query, what has its words in the space of words."""
        if not self._own_media():
            return lexical
        kept = {item.id for item in self._store.get([hit.item_id for hit in lexical], inside.owner) if item.modality in inside.modalities}
        return [hit for hit in lexical if hit.item_id in kept]

    def _cosines(self, words: Embedder, vector: Vectors, found: Sequence[Scored], also: Sequence[Scored], owner: str) -> dict[str, float]:
        """Cosine of the dense hits, and of other candidates that the dense list did not reach; 0 is what unrelated texts have."""
        cosines = {hit.item_id: hit.score for hit in found}
        missing = [hit.item_id for hit in also if hit.item_id not in cosines]
        if missing:
            others = self._store.vectors(words.space, missing, owner)
            cosines |= dict(zip(others, (np.array(list(others.values())) @ vector).tolist(), strict=True)) if others else {}
        floor = float(getattr(words, "floor", 0.0))
        return {item_id: (cosine - floor) / (1 - floor) for item_id, cosine in cosines.items()} if floor else cosines

    def by_medium(self, content: Content, depth: int, scope: Scope) -> Part:
        """What a picture or a sound finds. Raises UnsupportedType."""
        able = {embedder.space: embedder for embedder in self._embedders.values() if content.modality in embedder.modalities}
        if not able:
            raise UnsupportedType(
                f"A {content.modality} cannot be searched with.", hint="Send a picture, a sound or words.", param="query",
            )  # fmt: skip
        part = Part({}, {})
        joints = [one for one in self._joints() if content.modality in one.embedder.modalities]
        for joint in joints:
            vector = embed_query(joint.embedder, content)
            self._add(part, joint.by_medium(content.modality, vector, depth, scope, joint.look(content)))
        for embedder in () if joints else able.values():
            vector = embedder.embed([content])[0]
            found = self._store.dense(embedder.space, vector, depth, scope)
            part.ranks[_name(embedder)] = found
            part.scores |= {hit.item_id: max(0.0, hit.score, part.scores.get(hit.item_id, 0.0)) for hit in found}
        return part

    @staticmethod
    def _add(part: Part, found: Found) -> None:
        for item_id, chance in found.chances.items():
            part.chances[item_id] = either(chance, part.chances.get(item_id, 0.0))
            part.scores[item_id] = max(chance, part.scores.get(item_id, 0.0))
        part.ranks[SENSES] = sorted([*part.ranks.get(SENSES, ()), *found.ranked], key=lambda hit: -hit.score)

    def like(self, item: Item, depth: int, scope: Scope) -> Part:
        """What is like a stored item, without itself."""
        part, looks = Part({}, {}), False
        joints = {one.embedder.space: one for one in self._joints()}
        for embedder, roles in self._spaces():
            if item.modality == "text" or roles == {WORDS}:
                continue
            vector = self._store.vectors(embedder.space, [item.id], item.owner).get(item.id)
            if vector is None:
                continue
            looks = True
            joint = joints.get(embedder.space)
            if joint is not None:
                self._add(part, joint.by_medium(item.modality, vector, depth, scope, joint.look_of(item.id, item.owner)))
            elif LOOKS not in roles or not joints:
                part.ranks[_name(embedder)] = self._store.dense(embedder.space, vector, depth, scope)
                part.scores |= {hit.item_id: max(0.0, hit.score) for hit in part.ranks[_name(embedder)]}
        if item.modality not in self._own_media():
            self._like_in_words(part, item, SIMILAR_WORDS_SHARE if looks else 1.0, depth, scope)
        part.drop([item.id])
        return part

    def _like_in_words(self, part: Part, item: Item, share: float, depth: int, scope: Scope) -> None:
        """Weigh in how alike the words are; for a passage, look for pictures and sounds that show what it says."""
        words, inside = self._words, self._for_words(scope)
        vector = self._store.vectors(words.space, [item.id], item.owner).get(item.id) if words is not None else None
        if words is None or vector is None:
            return
        for joint in self._joints() if share == 1.0 else ():
            asked = vector if joint.passages else joint.query(words_in(item), None)
            if asked is not None:
                self._add(part, joint.by_words(asked, depth, scope))
        near = self._store.dense(words.space, vector, depth, inside) if inside is not None else []
        part.ranks[_name(words)] = near
        own = {hit.item_id: max(0.0, hit.score) for hit in near}
        for item_id in {*own, *part.scores}:
            weighed = (1 - share) * part.scores.get(item_id, 0.0) + share * own.get(item_id, 0.0)
            part.scores[item_id] = weighed if share < 1 else max(part.scores.get(item_id, 0.0), own.get(item_id, 0.0))


def words_in(item: Item) -> str:
    """Title and text."""
    return f"{item.title}\n{item.text}"


def evidence_for(part: Part, item: Item, found: Sequence[Item]) -> Evidence:
    """What speaks for an item that the words found; `found` are the items among which its rivals are."""
    mine = part.by_text[item.id]
    others = [(part.by_text[other.id], other) for other in found if other.id != item.id and other.id in part.by_text]
    others = sorted(others, key=lambda pair: -pair[0])[:RIVALS]
    rivals = [score for score, other in others if score > mine + TIE or not same(words_in(item), words_in(other))]
    margin = mine - max(rivals, default=0.0)
    return evidence(part.weights, words_in(item), part.cosines.get(item.id, 0.0), part.lexical.get(item.id, 0.0), margin)
