"""Candidates: what each space and the words say of the items, for one part of a query. Knows no ranking and no probability.

A part is the words of a query, one picture or sound of it, or a stored item that others are compared with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from retrieval.across import Across, Found, joint
from retrieval.content import Content
from retrieval.embedders.base import Embedder, Vectors
from retrieval.faults import UnsupportedType
from retrieval.fusion import DENSE_WEIGHT, either, hybrid, inverse_frequency, lifted
from retrieval.items import Item
from retrieval.relevance import Evidence, evidence, query_terms, same, weights
from retrieval.stores.base import Scope, Scored, Store

SENSES = "senses"
RIVALS = 8
"""Best hits among which a rival is looked for."""
TIE = 0.05
"""A hit that says the same and scores no better than this above is support, not a rival."""
WORDS, LOOKS = "text_embedder", "image_likeness"
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

    def by_words(self, text: str, language: str, depth: int, scope: Scope) -> Part:
        """What the words of a query find."""
        lexical = self._store.lexical(text, depth, scope)
        terms = query_terms(text)[:64]
        total, frequencies = self._store.frequencies(terms)
        ideal = sum(inverse_frequency(total, frequencies[term]) for term in terms)
        lists = {"lexical": lexical}
        cosines: dict[str, float] = {}
        content, vector = Content.from_text(text), None
        for role, embedder in self._spaces():
            if "text" in embedder.modalities and joint(embedder, self._words) is None:
                asked = embedder.embed([content])[0]
                vector = asked if role == WORDS else vector
                found = self._store.dense(embedder.space, asked, depth, scope)
                lists[_name(embedder)] = found
                candidates = lexical if role == WORDS else []
                for item_id, cosine in self._cosines(embedder.space, asked, found, candidates, scope.owner).items():
                    cosines[item_id] = max(cosine, cosines.get(item_id, -1.0))
        across = self._across_by_words(text, vector, depth, scope)
        best = max([ideal, 1e-9, *(hit.score for hit in lexical)])
        by_text = hybrid(lexical, cosines, ideal, DENSE_WEIGHT[language])
        return Part(
            scores=lifted(by_text, across.chances), ranks=lists | ({SENSES: across.ranked} if across.ranked else {}),
            chances=across.chances, by_text=by_text, cosines=cosines, lexical={hit.item_id: hit.score / best for hit in lexical},
            weights=weights(terms, total, frequencies), by_words=True,
        )  # fmt: skip

    @property
    def _words(self) -> Embedder | None:
        return self._embedders.get(WORDS)

    def _spaces(self) -> list[tuple[str, Embedder]]:
        """Each space once: one embedder may have two roles."""
        found: dict[str, tuple[str, Embedder]] = {}
        for role, embedder in self._embedders.items():
            found.setdefault(embedder.space, (role, embedder))
        return list(found.values())

    def _joints(self) -> list[Across]:
        found = []
        for _, embedder in self._spaces():
            both = joint(embedder, self._words)
            if both is not None and self._words is not None:
                found.append(Across(self._store, both, self._words, self._embedders.get(LOOKS)))
        return found

    def _across_by_words(self, text: str, vector: Vectors | None, depth: int, scope: Scope) -> Found:
        for across in self._joints():
            asked = across.query(text, vector)
            if asked is not None:
                return across.by_words(asked, depth, scope)
        return Found()

    def _cosines(self, space: str, vector: Vectors, found: Sequence[Scored], others: Sequence[Scored], owner: str) -> dict[str, float]:
        """Cosine of the dense hits, and of other candidates that the dense list did not reach."""
        cosines = {hit.item_id: hit.score for hit in found}
        missing = [hit.item_id for hit in others if hit.item_id not in cosines]
        if missing:
            cosines |= {item_id: float(other @ vector) for item_id, other in self._store.vectors(space, missing, owner).items()}
        return cosines

    def by_medium(self, content: Content, depth: int, scope: Scope) -> Part:
        """What a picture or a sound finds. Raises UnsupportedType."""
        able = [embedder for embedder in self._embedders.values() if content.modality in embedder.modalities]
        if not able:
            raise UnsupportedType(
                f"A {content.modality} cannot be searched with.", hint="Send a picture, a sound or words.", param="query",
            )  # fmt: skip
        part = Part({}, {})
        for across in [one for one in self._joints() if content.modality in one.embedder.modalities]:
            vector = across.embedder.embed([content])[0]
            self._add(part, across.by_medium(content.modality, vector, depth, scope, across.look(content)))
            return part
        for embedder in {embedder.space: embedder for embedder in able}.values():
            vector = embedder.embed([content])[0]
            found = self._store.dense(embedder.space, vector, depth, scope)
            part.ranks[_name(embedder)] = found
            part.scores |= {hit.item_id: max(0.0, hit.score, part.scores.get(hit.item_id, 0.0)) for hit in found}
        return part

    @staticmethod
    def _add(part: Part, found: Found) -> None:
        part.ranks[SENSES] = found.ranked
        for item_id, chance in found.chances.items():
            part.chances[item_id] = either(chance, part.chances.get(item_id, 0.0))
            part.scores[item_id] = max(chance, part.scores.get(item_id, 0.0))

    def like(self, item: Item, depth: int, scope: Scope) -> Part:
        """What is like a stored item, without itself."""
        part, looks = Part({}, {}), False
        for role, embedder in self._spaces():
            vector = self._store.vectors(embedder.space, [item.id], item.owner).get(item.id) if role != WORDS else None
            if vector is None:
                continue
            looks = True
            across = next((one for one in self._joints() if one.embedder.space == embedder.space), None)
            if across is not None:
                self._add(part, across.by_medium(item.modality, vector, depth, scope, across.look_of(item.id, item.owner)))
            elif role != LOOKS or not self._joints():
                part.ranks[_name(embedder)] = self._store.dense(embedder.space, vector, depth, scope)
                part.scores |= {hit.item_id: max(0.0, hit.score) for hit in part.ranks[_name(embedder)]}
        self._like_in_words(part, item, SIMILAR_WORDS_SHARE if looks else 1.0, depth, scope)
        part.drop([item.id])
        return part

    def _like_in_words(self, part: Part, item: Item, share: float, depth: int, scope: Scope) -> None:
        """Weigh in how alike the words are; for a passage, look for pictures and sounds that show what it says."""
        words = self._words
        vector = self._store.vectors(words.space, [item.id], item.owner).get(item.id) if words is not None else None
        if words is None or vector is None:
            return
        if share == 1.0:
            for across in self._joints():
                found = across.by_words(vector, depth, scope)
                part.ranks[SENSES], part.chances, part.scores = found.ranked, found.chances, dict(found.chances)
        near = self._store.dense(words.space, vector, depth, scope)
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
