"""Search: a query's words, pictures and sounds asked in the spaces that understand them, and joined to hits. Knows no table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from retrieval.catalogue import language_of
from retrieval.content import Content, Modality
from retrieval.embedders.base import Embedder, Vectors
from retrieval.faults import InvalidInput, TooLarge, UnsupportedType
from retrieval.fusion import DENSE_WEIGHT, blend, hybrid, inverse_frequency, ranked
from retrieval.items import Hit, Item
from retrieval.records import LibraryLimits, Query
from retrieval.relevance import Evidence, evidence, likeness, probability, query_terms, same, weights
from retrieval.stores.base import Scope, Scored, Store

DEPTH = 50
"""Candidates taken from each list, and at least four times what was asked for."""
MAX_K = 1000
RIVALS = 8
"""Best hits among which a rival is looked for."""
TIE = 0.05
"""A hit that says the same and scores no better than this above is support, not a rival."""
WORDS = "text_embedder"
SIMILAR_WORDS_SHARE = 0.3
"""For `similar`, how much of the likeness of two pictures or sounds is the likeness of their words."""


@dataclass
class _Part:
    """One part of a query: what each item scored, and the places in the lists."""

    scores: dict[str, float]
    ranks: dict[str, list[Scored]]
    cosines: dict[str, float] = field(default_factory=dict)
    lexical: dict[str, float] = field(default_factory=dict)
    """BM25 over the ideal."""
    weights: dict[str, float] = field(default_factory=dict)
    """Of the query's words."""
    by_words: bool = False


def _name(embedder: Embedder) -> str:
    return embedder.space.split("-", 1)[0]


class Searcher:
    """Finds items. Safe for threads."""

    def __init__(self, store: Store, embedders: Mapping[str, Embedder], limits: LibraryLimits) -> None:
        self._store = store
        self._embedders = embedders
        self._limits = limits

    def search(self, query: Query) -> list[Hit]:
        """Hits, best first. `query.collections` are ids. Raises InvalidInput, TooLarge, UnsupportedType."""
        text = "\n".join(part for part in (query.text, *(c.text for c in query.contents)) if part.strip()).strip()
        media = [content for content in query.contents if content.modality != "text"]
        if not text and not media:
            raise InvalidInput("There is nothing to search for.", hint="Give words, a picture or a sound.", param="query")
        if len(text) > self._limits.prompt_chars:
            raise TooLarge(
                f"The query has {len(text)} characters; {self._limits.prompt_chars} are allowed.", hint="Shorten it.", param="query"
            )
        _check(query.k)
        scope = Scope(query.owner, query.collections, query.modalities, query.filter)
        depth = max(DEPTH, 4 * query.k)
        language = language_of(text)
        parts = [self._by_words(text, language, depth, scope)] if text else []
        parts += [self._by_medium(content, depth, scope) for content in media]
        return self._hits(parts, query.k, query.owner, language)

    def _by_words(self, text: str, language: str, depth: int, scope: Scope) -> _Part:
        lexical = self._store.lexical(text, depth, scope)
        terms = query_terms(text)[:64]
        total, frequencies = self._store.frequencies(terms)
        ideal = sum(inverse_frequency(total, frequencies[term]) for term in terms)
        lists = {"lexical": lexical}
        cosines: dict[str, float] = {}
        content = Content.from_text(text)
        for role, embedder in self._embedders.items():
            if "text" in embedder.modalities:
                vector = embedder.embed([content])[0]
                found = self._store.dense(embedder.space, vector, depth, scope)
                lists[_name(embedder)] = found
                candidates = lexical if role == WORDS else []
                for item_id, cosine in self._cosines(embedder.space, vector, found, candidates, scope.owner).items():
                    cosines[item_id] = max(cosine, cosines.get(item_id, -1.0))
        best = max([ideal, 1e-9, *(hit.score for hit in lexical)])
        return _Part(
            scores=hybrid(lexical, cosines, ideal, DENSE_WEIGHT[language]), ranks=lists, cosines=cosines,
            lexical={hit.item_id: hit.score / best for hit in lexical}, weights=weights(terms, total, frequencies), by_words=True,
        )  # fmt: skip

    def _cosines(self, space: str, vector: Vectors, found: Sequence[Scored], others: Sequence[Scored], owner: str) -> dict[str, float]:
        """Cosine of the dense hits, and of other candidates that the dense list did not reach."""
        cosines = {hit.item_id: hit.score for hit in found}
        missing = [hit.item_id for hit in others if hit.item_id not in cosines]
        if missing:
            cosines |= {item_id: float(other @ vector) for item_id, other in self._store.vectors(space, missing, owner).items()}
        return cosines

    def _by_medium(self, content: Content, depth: int, scope: Scope) -> _Part:
        able = [embedder for embedder in self._embedders.values() if content.modality in embedder.modalities]
        if not able:
            raise UnsupportedType(
                f"A {content.modality} cannot be searched with.", hint="Send a picture, a sound or words.", param="query",
            )  # fmt: skip
        part = _Part({}, {})
        for embedder in able:
            found = self._store.dense(embedder.space, embedder.embed([content])[0], depth, scope)
            part.ranks[_name(embedder)] = found
            part.scores |= {hit.item_id: max(0.0, hit.score, part.scores.get(hit.item_id, 0.0)) for hit in found}
        return part

    def similar(self, item: Item, k: int, modalities: tuple[Modality, ...], collections: tuple[str, ...]) -> list[Hit]:
        """The items most like `item`, without itself. `collections` are ids. Raises InvalidInput."""
        _check(k)
        scope = Scope(item.owner, collections, modalities)
        depth = max(DEPTH, 4 * k) + 1
        part = _Part({}, {})
        own = [e for role, e in self._embedders.items() if role != WORDS]
        spaces = [(e, 1 - SIMILAR_WORDS_SHARE) for e in own if self._store.vectors(e.space, [item.id], item.owner)]
        if WORDS in self._embedders:
            spaces.append((self._embedders[WORDS], SIMILAR_WORDS_SHARE if spaces else 1.0))
        for embedder, share in spaces:
            vector = self._store.vectors(embedder.space, [item.id], item.owner).get(item.id)
            if vector is None:
                continue
            found = [hit for hit in self._store.dense(embedder.space, vector, depth, scope) if hit.item_id != item.id]
            part.ranks[_name(embedder)] = found
            for hit in found:
                part.scores[hit.item_id] = part.scores.get(hit.item_id, 0.0) + share * max(0.0, hit.score)
        return self._hits([part], k, item.owner, "en")

    def evidence(self, text: str, k: int, scope: Scope) -> list[tuple[Item, Evidence]]:
        """The hits of a query in words with what speaks for each, before it becomes a probability: for calibration."""
        part = self._by_words(text, language_of(text), max(DEPTH, 4 * k), scope)
        found = self._store.get(ranked(part.scores)[: max(k, RIVALS)], scope.owner)
        return [(item, _evidence(part, item, found)) for item in found[:k]]

    def _hits(self, parts: Sequence[_Part], k: int, owner: str, language: str) -> list[Hit]:
        scores = blend([part.scores for part in parts])
        found = self._store.get(ranked(scores)[: max(k, RIVALS)], owner)
        places = {name: {hit.item_id: n for n, hit in enumerate(hits, 1)} for part in parts for name, hits in part.ranks.items()}
        return [
            Hit(
                item=item, score=min(1.0, max(0.0, scores[item.id])),
                probability=max(_chance(part, item, found, language) for part in parts),
                ranks={name: place[item.id] for name, place in places.items() if item.id in place},
            )
            for item in found[:k]
        ]  # fmt: skip


def _chance(part: _Part, item: Item, found: Sequence[Item], language: str) -> float:
    if item.id not in part.scores:
        return 0.0
    if not part.by_words:
        return likeness(part.scores[item.id])
    return probability(_evidence(part, item, found), language)


def _words(item: Item) -> str:
    return f"{item.title}\n{item.text}"


def _evidence(part: _Part, item: Item, found: Sequence[Item]) -> Evidence:
    mine = part.scores[item.id]
    others = [(part.scores[other.id], other) for other in found[:RIVALS] if other.id != item.id and other.id in part.scores]
    rivals = [score for score, other in others if score > mine + TIE or not same(_words(item), _words(other))]
    margin = mine - max(rivals, default=0.0)
    return evidence(part.weights, _words(item), part.cosines.get(item.id, 0.0), part.lexical.get(item.id, 0.0), margin)


def _check(k: int) -> None:
    if not 1 <= k <= MAX_K:
        raise InvalidInput(f"{k} hits cannot be asked for.", hint=f"Ask for 1 to {MAX_K}.", param="k")
