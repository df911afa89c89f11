"""Search: a query's words, pictures and sounds asked in the spaces that understand them, and joined to hits. Knows no table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from retrieval.across import Across, Found, joint
from retrieval.catalogue import language_of
from retrieval.content import Content, Modality
from retrieval.embedders.base import Embedder, Vectors
from retrieval.faults import InvalidInput, TooLarge, UnsupportedType
from retrieval.fusion import DENSE_WEIGHT, blend, either, hybrid, inverse_frequency, lifted, ranked
from retrieval.items import Hit, Item
from retrieval.records import LibraryLimits, Query
from retrieval.relevance import Evidence, evidence, likeness, probability, query_terms, same, weights
from retrieval.stores.base import Scope, Scored, Store

DEPTH = 50
"""Candidates taken from each list, and at least four times what was asked for."""
MAX_K = 1000
SENSES = "senses"
RIVALS = 8
"""Best hits among which a rival is looked for."""
TIE = 0.05
"""A hit that says the same and scores no better than this above is support, not a rival."""
WORDS, LOOKS = "text_embedder", "image_likeness"
SIMILAR_WORDS_SHARE = 0.3
"""For `similar`, how much of the likeness of two pictures or sounds is the likeness of their words."""


@dataclass
class _Part:
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
        return _Part(
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

    def _by_medium(self, content: Content, depth: int, scope: Scope) -> _Part:
        able = [embedder for embedder in self._embedders.values() if content.modality in embedder.modalities]
        if not able:
            raise UnsupportedType(
                f"A {content.modality} cannot be searched with.", hint="Send a picture, a sound or words.", param="query",
            )  # fmt: skip
        part = _Part({}, {})
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
    def _add(part: _Part, found: Found) -> None:
        part.ranks[SENSES] = found.ranked
        for item_id, chance in found.chances.items():
            part.chances[item_id] = either(chance, part.chances.get(item_id, 0.0))
            part.scores[item_id] = max(chance, part.scores.get(item_id, 0.0))

    def similar(self, item: Item, k: int, modalities: tuple[Modality, ...], collections: tuple[str, ...]) -> list[Hit]:
        """The items most like `item`, without itself. `collections` are ids. Raises InvalidInput."""
        _check(k)
        scope = Scope(item.owner, collections, modalities)
        depth = max(DEPTH, 4 * k) + 1
        part, looks = _Part({}, {}), False
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
        for known in (part.scores, part.chances):
            known.pop(item.id, None)
        part.ranks = {name: [hit for hit in hits if hit.item_id != item.id] for name, hits in part.ranks.items()}
        return self._hits([part], k, item.owner, "en")

    def _like_in_words(self, part: _Part, item: Item, share: float, depth: int, scope: Scope) -> None:
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

    def evidence(self, text: str, k: int, scope: Scope) -> list[tuple[Item, Evidence]]:
        """The hits of a query in words with what speaks for each, before it becomes a probability: for calibration."""
        part = self._by_words(text, language_of(text), max(DEPTH, 4 * k), scope)
        found = self._store.get(ranked(part.by_text)[: max(k, RIVALS)], scope.owner)
        return [(item, _evidence(part, item, found)) for item in found[:k]]

    def _hits(self, parts: Sequence[_Part], k: int, owner: str, language: str) -> list[Hit]:
        scores = blend([part.scores for part in parts])
        best = ranked(scores)[: max(k, RIVALS)]
        # A passage's rivals are passages: pictures that are lifted above them do not take their place.
        rivals = [item_id for part in parts for item_id in ranked(part.by_text)[:RIVALS]]
        found = self._store.get(list(dict.fromkeys([*best, *rivals])), owner)
        shown = {item.id: item for item in found}
        places = {name: {hit.item_id: n for n, hit in enumerate(hits, 1)} for part in parts for name, hits in part.ranks.items()}
        return [
            Hit(
                item=shown[item_id], score=min(1.0, max(0.0, scores[item_id])),
                probability=max(_chance(part, shown[item_id], found, language) for part in parts),
                ranks={name: place[item_id] for name, place in places.items() if item_id in place},
            )
            for item_id in [item_id for item_id in best if item_id in shown][:k]
        ]  # fmt: skip


def _chance(part: _Part, item: Item, found: Sequence[Item], language: str) -> float:
    if item.id not in part.scores:
        return 0.0
    if not part.by_words:
        return part.chances[item.id] if item.id in part.chances else likeness(part.scores[item.id])
    by_text = probability(_evidence(part, item, found), language) if item.id in part.by_text else 0.0
    return either(by_text, part.chances.get(item.id, 0.0))


def _words(item: Item) -> str:
    return f"{item.title}\n{item.text}"


def _evidence(part: _Part, item: Item, found: Sequence[Item]) -> Evidence:
    mine = part.by_text[item.id]
    others = [(part.by_text[other.id], other) for other in found if other.id != item.id and other.id in part.by_text]
    others = sorted(others, key=lambda pair: -pair[0])[:RIVALS]
    rivals = [score for score, other in others if score > mine + TIE or not same(_words(item), _words(other))]
    margin = mine - max(rivals, default=0.0)
    return evidence(part.weights, _words(item), part.cosines.get(item.id, 0.0), part.lexical.get(item.id, 0.0), margin)


def _check(k: int) -> None:
    if not 1 <= k <= MAX_K:
        raise InvalidInput(f"{k} hits cannot be asked for.", hint=f"Ask for 1 to {MAX_K}.", param="k")
