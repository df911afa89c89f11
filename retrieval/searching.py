"""Search: candidates of every part of a query joined, folded and judged: hits. Knows no table and no space."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from retrieval.candidates import RIVALS, Candidates, Part, evidence_for, words_in
from retrieval.catalogue import language_of
from retrieval.content import Modality
from retrieval.embedders.base import Embedder
from retrieval.faults import InvalidInput, TooLarge
from retrieval.folding import Folded, fold
from retrieval.fusion import blend, either, ranked
from retrieval.items import Hit, Item
from retrieval.records import LibraryLimits, Query
from retrieval.relevance import Evidence, likeness, probability, same
from retrieval.rerankers.base import Reranker
from retrieval.stores.base import Scope, Scored, Store

DEPTH = 50
"""Candidates taken from each list, and at least four times what was asked for."""
MAX_K = 1000
PUSH = 0.5
"""How much likeness to what is not wanted takes off, against likeness to what is (Rocchio's beta, in scores instead of vectors)."""
RERANKED = 30
"""Best passages that a reranker reads together with the query."""
COPY = 0.8
"""Share of common words from which on a text answers what the other one answers."""
Calibrated = Callable[[Item, str, float], float]
"""(item, language of the query, probability by words) -> probability in the item's collection."""


class Searcher:
    """Finds items. Safe for threads."""

    def __init__(
        self, store: Store, embedders: Mapping[str, Embedder], limits: LibraryLimits,
        calibrated: Calibrated = lambda item, language, chance: chance, reranker: Reranker | None = None,
    ) -> None:  # fmt: skip
        """`calibrated` makes the probability that a text answers one of its collection; `reranker` orders the best passages."""
        self._store = store
        self._candidates = Candidates(store, embedders)
        self._limits = limits
        self._calibrated = calibrated
        self._reranker = reranker

    def search(self, query: Query) -> list[Hit]:
        """Hits, best first. `query.collections` are ids. Raises InvalidInput, TooLarge, UnsupportedType."""
        text = self._text(query)
        media = [content for content in query.contents if content.modality != "text"]
        if not text and not media:
            raise InvalidInput("There is nothing to search for.", hint="Give words, a picture or a sound.", param="query")
        _check(query.k)
        scope = Scope(query.owner, query.collections, query.modalities, query.filter)
        language = language_of(text)
        parts = [self._candidates.by_words(text, language, _depth(query.k), scope)] if text else []
        if parts and self._reranker is not None:
            self._rerank(self._reranker, text, parts[0], query.owner)
        parts += [self._candidates.by_medium(content, _depth(query.k), scope) for content in media]
        unwanted = [self._candidates.by_medium(content, _depth(query.k), scope) for content in query.unlike]
        return self._hits(parts, _away(blend([part.scores for part in parts]), unwanted), query.k, query.owner, language)

    def _rerank(self, reranker: Reranker, text: str, part: Part, owner: str) -> None:
        """Let the reranker say which of the best passages takes which place.

        The places keep the scores they had, so its own numbers, which nobody has fitted, never become evidence: the probability of a
        passage is what the fitted curve says of its own words and of the place it now has. The best one is never likelier than a first
        hit with such words would be without a reranker, and a query that nothing answers is refused as before.
        """
        items = [item for item in self._store.get(ranked(part.by_text)[:RERANKED], owner) if item.modality == "text"]
        if len(items) < 2:
            return
        read = zip(items, reranker.score(text, [words_in(item).strip() for item in items]), strict=True)
        order = sorted((Scored(item.id, float(score)) for item, score in read), key=lambda hit: -hit.score)
        for scores in (part.by_text, part.scores):
            places = sorted((scores[hit.item_id] for hit in order), reverse=True)
            scores.update(zip((hit.item_id for hit in order), places, strict=True))
        part.ranks["reranker"] = order

    def _text(self, query: Query) -> str:
        text = "\n".join(part for part in (query.text, *(c.text for c in query.contents)) if part.strip()).strip()
        if len(text) > self._limits.prompt_chars:
            raise TooLarge(
                f"The query has {len(text)} characters; {self._limits.prompt_chars} are allowed.", hint="Shorten it.", param="query"
            )
        return text

    def similar(self, item: Item, k: int, modalities: tuple[Modality, ...], collections: tuple[str, ...]) -> list[Hit]:
        """The items most like `item`, without itself. `collections` are ids. Raises InvalidInput."""
        return self.recommend([item], [], Query(owner=item.owner, k=k, modalities=modalities, collections=collections))

    def recommend(self, liked: Sequence[Item], disliked: Sequence[Item], query: Query) -> list[Hit]:
        """Items like those `liked` and unlike those `disliked`, without any of them; the words of `query`, if any, narrow it.

        Scores are half the mean and half the best of the likenesses to what is liked, less `PUSH` times the best likeness to what is
        disliked. Raises InvalidInput, TooLarge.
        """
        _check(query.k)
        if not liked:
            raise InvalidInput("There is nothing to go by.", hint="Name at least one item that is liked.", param="positive")
        scope = Scope(query.owner, query.collections, query.modalities, query.filter)
        text, depth = self._text(query), _depth(query.k) + len(liked) + len(disliked)
        wanted = [self._candidates.like(item, depth, scope) for item in liked]
        unwanted = [self._candidates.like(item, depth, scope) for item in disliked]
        scores = _nearest(wanted)
        if text:
            wanted.append(self._candidates.by_words(text, language_of(text), depth, scope))
            scores = blend([scores, wanted[-1].scores])
        given = {item.id for item in (*liked, *disliked)}
        kept = {item_id: score for item_id, score in _away(scores, unwanted).items() if item_id not in given}
        return self._hits(wanted, kept, query.k, query.owner, language_of(text))

    def evidence(self, text: str, k: int, scope: Scope) -> list[tuple[Item, Evidence]]:
        """The hits of a query in words with what speaks for each, before it becomes a probability: for calibration."""
        part = self._candidates.by_words(text, language_of(text), _depth(k), scope)
        found = self._store.get(ranked(part.by_text)[: max(k, RIVALS)], scope.owner)
        return [(item, evidence_for(part, item, found)) for item in found[:k]]

    def probability_without(self, text: str, item: Item, scope: Scope) -> float | None:
        """Probability, as fitted for all collections, of the first passage without `item` and all that says the same; None for none."""
        language = language_of(text)
        part = self._candidates.by_words(text, language, DEPTH, scope)
        found = [other for other in self._store.get(ranked(part.by_text)[: 2 * RIVALS], scope.owner) if other.modality == "text"]
        left = [other for other in found if other.id != item.id and not same(words_in(item), words_in(other), COPY)]
        part.drop([gone.id for gone in found if gone not in left])
        return probability(evidence_for(part, left[0], left), language) if left else None

    def _hits(self, parts: Sequence[Part], scores: Mapping[str, float], k: int, owner: str, language: str) -> list[Hit]:
        folded = fold(ranked(scores), k, lambda names: self._store.get(names, owner))
        found = self._rivals(parts, folded, owner)
        places = {name: {hit.item_id: n for n, hit in enumerate(hits, 1)} for part in parts for name, hits in part.ranks.items()}
        return [
            Hit(
                item=one.item, score=min(1.0, max(0.0, scores[one.item.id])),
                probability=max(self._chance(part, one.item, found, language) for part in parts),
                ranks={name: place[one.item.id] for name, place in places.items() if one.item.id in place},
                duplicates=one.duplicates,
            )
            for one in folded
        ]  # fmt: skip

    def _rivals(self, parts: Sequence[Part], folded: Sequence[Folded], owner: str) -> list[Item]:
        """What is shown, and the best passages: pictures that are lifted above those do not take their place as rivals."""
        shown = [one.item for one in folded]
        best = [item_id for part in parts for item_id in ranked(part.by_text)[:RIVALS]]
        missing = [item_id for item_id in dict.fromkeys(best) if item_id not in {item.id for item in shown}]
        return [*shown, *self._store.get(missing, owner)]

    def _chance(self, part: Part, item: Item, found: Sequence[Item], language: str) -> float:
        if item.id not in part.scores:
            return 0.0
        if not part.by_words:
            return part.chances[item.id] if item.id in part.chances else likeness(part.scores[item.id])
        by_text = probability(evidence_for(part, item, found), language) if item.id in part.by_text else 0.0
        return either(self._calibrated(item, language, by_text), part.chances.get(item.id, 0.0))


def _away(scores: Mapping[str, float], unwanted: Sequence[Part]) -> dict[str, float]:
    """The scores, less for what is like something unwanted."""
    if not unwanted:
        return dict(scores)
    return {item_id: score - PUSH * max(part.scores.get(item_id, 0.0) for part in unwanted) for item_id, score in scores.items()}


def _nearest(parts: Sequence[Part]) -> dict[str, float]:
    """Half the mean and half the best likeness of every item to the examples."""
    names = set().union(*(part.scores for part in parts))
    found = {}
    for item_id in names:
        likenesses = [part.scores.get(item_id, 0.0) for part in parts]
        found[item_id] = (sum(likenesses) / len(likenesses) + max(likenesses)) / 2
    return found


def _depth(k: int) -> int:
    return max(DEPTH, 4 * k)


def _check(k: int) -> None:
    if not 1 <= k <= MAX_K:
        raise InvalidInput(f"{k} hits cannot be asked for.", hint=f"Ask for 1 to {MAX_K}.", param="k")
