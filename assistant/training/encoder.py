"""The encoder: the joint space moved a little towards a person's questions and answers, captions and pictures.

Texts of the bundled encoders are embedded once; a low-rank map of their vectors is learned (`contrastive.py`), compared on rows that were
held back, and written as an adapter (`retrieval/embedders/_adapter.py`) that `minilm:DIR` and `senses:DIR` load.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from assistant.adapted import Card
from assistant.training import contrastive, pairs
from assistant.training.contrastive import Array, Problem, mrr, places
from assistant.training.gain import judged
from assistant.training.rows import Split, split
from assistant.training.runs import Draft, Options, Progress, one_thread
from retrieval.content import Content
from retrieval.decoding import Decoder
from retrieval.embedders._adapter import FILE, IMAGE, WORDS, moved
from retrieval.faults import InvalidInput

if TYPE_CHECKING:
    from retrieval.embedders.base import Embedder

AT_ONCE = 64
"""Contents embedded between two reports."""
KEPT = 0.97
"""Least mean cosine of everyday names with themselves: below it, too much else has moved."""
Weights = dict[str, tuple[Array, Array]]
Ranks = tuple[list[int], list[int]]
"""Place, from 1, at which each row that was held back finds its own, before and after."""


class _Vectors:
    """Vectors of texts and pictures, each computed once."""

    def __init__(self, embedder: Embedder, progress: Progress) -> None:
        self._embedder, self._progress = embedder, progress
        self._known: dict[str, Array] = {}

    def embed(self, contents: Sequence[Content], what: str) -> None:
        """Compute them, with reports from 0 to 0.6 of the work."""
        todo = list({one.sha256: one for one in contents if one.sha256 not in self._known}.values())
        for start in range(0, len(todo), AT_ONCE):
            block = todo[start : start + AT_ONCE]
            self._known.update(zip((one.sha256 for one in block), self._embedder.embed(block), strict=True))
            self._progress(0.6 * (start + len(block)) / len(todo), what)

    def of(self, contents: Sequence[Content]) -> Array:
        """(n, d)."""
        return np.stack([self._known[one.sha256] for one in contents])


def train(options: Options, decoder: Decoder, progress: Progress) -> Card:
    """An adapted encoder beside the others. Raises NotFound, InvalidInput, Unreadable for data that cannot be used."""
    options.check()
    found = pairs.read(options.data, decoder)
    kept_back = pairs.read((options.holdout,), decoder) if options.holdout is not None else None
    asked = split(found.asked, lambda one: one.key, options.seed, kept_back.asked if kept_back else None) if found.asked else None
    shown = split(found.shown, lambda one: one.key, options.seed, kept_back.shown if kept_back else None) if found.shown else None
    if asked is None and shown is None:
        raise InvalidInput(
            "There is no pair in the data." + (f" {found.passed_over[0]}" if found.passed_over else ""),
            hint=f"Name tables with the columns {pairs.EXAMPLE}, or a folder of pictures.", param="data", code="too_few_rows",
        )  # fmt: skip
    draft = Draft(options, "encoder", str(options))
    vectors = _Vectors(_embedder(options, decoder, pictures=shown is not None), progress)
    weights: Weights = {}
    ranks: dict[str, Ranks] = {}
    if asked is not None:
        ranks[WORDS] = _texts(asked, vectors, weights, options.seed, lambda share: progress(0.6 + 0.2 * share, WORDS))
    if shown is not None:
        ranks[IMAGE] = _pictures(shown, vectors, weights, options.seed, lambda share: progress(0.8 + 0.2 * share, IMAGE))
    scores = {name: value for part, found in ranks.items() for name, value in _scores(part, *found).items()} | _kept(weights)
    before, after = ([1 / place for found in ranks.values() for place in found[when]] for when in (0, 1))
    better, said = judged(before, after, options.seed)
    better = better and all(scores[f"after_{part}_mrr"] > scores[f"before_{part}_mrr"] for part in weights)
    better = better and scores.get("kept_everyday", 1.0) >= KEPT
    try:
        draft.open()
        _save(draft, weights)
        roles = {"image_embedder": "senses", "audio_embedder": "senses"} | ({"text_embedder": "minilm"} if asked else {})
        counts = [one.counts() for one in (asked, shown) if one is not None]
        rows = {key: sum(count[key] for count in counts) for key in counts[0]} | {"passed_over": len(found.passed_over)}
        return draft.finish(FILE, roles=roles, scores=scores, better=better, rows=rows, notes=(*said, *found.passed_over[:10]))
    finally:
        draft.drop()


def _embedder(options: Options, decoder: Decoder, *, pictures: bool) -> Embedder:
    """The bundled one, that of texts alone when no picture is to be seen."""
    from retrieval.embedders import minilm, senses

    words = minilm.create(options.cache_dir)
    return senses.create(options.cache_dir, decoder, words) if pictures else words


def _everyday() -> Array:
    """Vectors of the everyday names of things and sounds."""
    from retrieval.labels import asked

    return np.concatenate([asked("label")[1], asked("sound")[1]])


def _texts(rows: Split[pairs.Asked], vectors: _Vectors, weights: Weights, seed: int, progress: contrastive.Report) -> Ranks:
    """Learn `words`."""
    answers = list(dict.fromkeys(one.answer for one in (*rows.train, *rows.held)))
    vectors.embed([Content.from_text(text) for one in (*rows.train, *rows.held) for text in (one.question, one.answer)], WORDS)
    known = list(dict.fromkeys(one.answer for one in rows.train))
    place = {answer: n for n, answer in enumerate(known)}
    own = np.array([place[one.answer] for one in rows.train])
    problem = Problem(_questions(rows.train, vectors), own, _answers(known, vectors), together=True)
    with one_thread():
        weights[WORDS] = contrastive.fit(problem, _everyday(), seed, progress)
    place = {answer: n for n, answer in enumerate(answers)}
    own = np.array([place[one.answer] for one in rows.held])
    asked, answered = _questions(rows.held, vectors), _answers(answers, vectors)
    before = places(asked, own, answered)
    after = places(moved(asked, *weights[WORDS]), own, moved(answered, *weights[WORDS]))
    return before, after


def _questions(rows: Sequence[pairs.Asked], vectors: _Vectors) -> Array:
    return vectors.of([Content.from_text(one.question) for one in rows])


def _answers(answers: Sequence[str], vectors: _Vectors) -> Array:
    return vectors.of([Content.from_text(text) for text in answers])


def _pictures(rows: Split[pairs.Shown], vectors: _Vectors, weights: Weights, seed: int, progress: contrastive.Report) -> Ranks:
    """Learn `image`, after `words` if that was; each picture is to find its words."""
    every = (*rows.train, *rows.held)
    captions = list(dict.fromkeys(one.caption for one in every))
    if len(captions) < 2:
        raise InvalidInput(
            "All pictures have the same words.", hint="Pictures of at least two things are needed.", param="data", code="one_class"
        )
    vectors.embed([one.picture for one in every] + [Content.from_text(text) for text in captions], IMAGE)
    plain = _answers(captions, vectors)
    named = moved(plain, *weights[WORDS]) if WORDS in weights else plain
    place = {caption: n for n, caption in enumerate(captions)}
    own, held = (np.array([place[one.caption] for one in part]) for part in (rows.train, rows.held))
    learn, measure = (vectors.of([one.picture for one in part]) for part in (rows.train, rows.held))
    problem = Problem(learn, own, named, together=False, after=_torch_map(weights.get(WORDS)))
    with one_thread():
        weights[IMAGE] = contrastive.fit(problem, _everyday(), seed, progress)
    seen = moved(measure, *weights[IMAGE])
    return places(measure, held, plain), places(moved(seen, *weights[WORDS]) if WORDS in weights else seen, held, named)


def _torch_map(weights: tuple[Array, Array] | None) -> contrastive.Map | None:
    import torch

    if weights is None:
        return None
    down, up = (torch.from_numpy(one) for one in weights)
    return lambda vectors: torch.nn.functional.normalize(vectors + (vectors @ down.T) @ up, dim=-1)


def _scores(part: str, before: list[int], after: list[int]) -> dict[str, float]:
    found: dict[str, float] = {}
    for when, ranks in (("before", before), ("after", after)):
        found |= {f"{when}_{part}_mrr": mrr(ranks), f"{when}_{part}_recall@1": float(np.mean([place == 1 for place in ranks]))}
    return found


def _kept(weights: Weights) -> dict[str, float]:
    """Mean cosine of everyday names with themselves after the map: 1 when nothing else was moved."""
    names = _everyday()
    return {"kept_everyday": float((moved(names, *weights[WORDS]) * names).sum(-1).mean())} if WORDS in weights else {}


def _save(draft: Draft, weights: Weights) -> None:
    from safetensors.numpy import save_file

    tensors = {
        f"{part}.{name}": np.ascontiguousarray(value)
        for part, pair in weights.items()
        for name, value in zip(("down", "up"), pair, strict=True)
    }
    save_file(tensors, draft.path / FILE)
