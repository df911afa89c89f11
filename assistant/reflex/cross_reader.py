"""Cross reader: question and passage read in one pass of an encoder; which sentence answers, or none. Knows passages, no search.

A cross-encoder: MiniLM with low-rank additions, and a small head over the mean of each sentence's word pieces, where the first piece stands
for "none of them", as in SQuAD 2.0 (Rajpurkar et al. 2018). It understands questions in other words than the passage's, which the reader's
features do not, and takes tens of milliseconds, so it reads only what the reader would refuse. `training/router/train_cross_reader.py`.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from assistant.reflex.glossing import in_words
from assistant.reflex.head import Floats
from assistant.reflex.matching import Candidate, Passage, Rarity, lexical_features
from assistant.reflex.sentences import split_sentences
from retrieval.faults import Unavailable
from retrieval.fine_tuned import FineTuned

log = logging.getLogger(__name__)

FILE, CARD = "cross_reader.safetensors", "cross_reader.card.json"
BEGIN, END = 101, 102
"""The word pieces around a text and between its parts."""
QUESTION, TITLE, SENTENCE, WINDOW = 48, 24, 96, 224
"""Most word pieces of each part, and of all together."""
WINDOWS = 6
"""Windows read for a question; bounds the time."""
REMEMBERED = 128
"""Windows whose probabilities are kept."""
_VERDICT = re.compile(r"(?:yes|no|sure|of course|certainly|unfortunately not)[.!]", re.IGNORECASE)
"""Says to what only with the sentence behind it."""
Pieces = Callable[[Sequence[str]], list[list[int]]]


@dataclass(frozen=True)
class Window:
    """As much of a passage as is read at once."""

    pieces: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]
    """Where the question, the first piece, and each candidate stand."""
    candidates: tuple[Candidate, ...]


def windows(question: str, passage: Passage, rarity: Rarity, cut: Pieces) -> list[Window]:
    """The passage behind the question, in windows of whole sentences; those without a candidate are left out."""
    told = lexical_features(question, [passage], rarity)
    candidates = {c.sentence.start: c for c in told if not _VERDICT.fullmatch(c.sentence.text)}
    sentences = split_sentences(passage.text)
    asked, title, *pieces_of = cut([in_words(t) for t in (question, passage.title, *(s.text for s in sentences))])
    head = [BEGIN, *asked[: QUESTION - 1], END]
    fixed = ((1, len(head) - 1), (0, 1))
    if title:
        head += [*title[:TITLE], END]
    found: list[Window] = []
    pieces, spans, kept = list(head), list(fixed), list[Candidate]()
    for place, sentence in enumerate(sentences):
        words = pieces_of[place][:SENTENCE]
        if len(pieces) + len(words) + 1 > WINDOW and len(pieces) > len(head):
            found += [Window((*pieces, END), tuple(spans), tuple(kept))]
            pieces, spans, kept = list(head), list(fixed), []
        if words and sentence.start in candidates:
            spans.append((len(pieces), len(pieces) + len(words)))
            kept.append(candidates[sentence.start])
        pieces += words
    return [w for w in (*found, Window((*pieces, END), tuple(spans), tuple(kept))) if w.candidates]


class CrossReader:
    """The trained model. The encoder is made at the first reading; safe from several threads."""

    def __init__(self, cache_dir: Path) -> None:
        self._cache_dir = cache_dir

    def read(self, question: str, passages: Sequence[Passage], rarity: Rarity, near: str = "") -> tuple[Candidate, float] | None:
        """The sentence that answers best and its probability, 0 to 1; None when there is nothing to read.

        With `near` only the windows that have a sentence of it are read.
        """
        model = self._model()
        if model is None:
            return None
        found: list[Window] = []
        for passage in passages:
            if len(found) < WINDOWS:
                found += windows(question, passage, rarity, model.encoder.pieces)
        if near:
            found = [w for w in found if any(" ".join(c.sentence.text.split()) in near for c in w.candidates)]
        scored = list(zip(found, model.probabilities(found[:WINDOWS]), strict=False))
        if not scored:
            return None
        window, chances = max(scored, key=lambda one: float(one[1][1:].max()))
        place = int(chances[1:].argmax())
        return window.candidates[place], float(chances[place + 1])

    @property
    def threshold(self) -> float:
        """Least probability with which a sentence is quoted."""
        return _load(self._cache_dir).threshold

    def prepare(self) -> None:
        """Export the encoder, so that no question waits for it. Raises Unavailable when it cannot be made."""
        _load(self._cache_dir).encoder.pieces([])

    def _model(self) -> CrossModel | None:
        """The model; None, and said in the log, where it cannot be made: what it would find is then refused."""
        try:
            self.prepare()
        except Unavailable as error:
            log.warning("the cross reader is left out: %s", error)
            return None
        return _load(self._cache_dir)


class CrossModel:
    """Encoder and head."""

    def __init__(self, cache_dir: Path, data: bytes, threshold: float) -> None:
        from safetensors.numpy import load

        weights: dict[str, Any] = load(data)
        self.encoder = FineTuned(cache_dir, weights, hashlib.sha256(data).hexdigest())
        self.threshold = threshold
        self._head = {name: weights[name].astype(np.float32) for name in ("wide", "inner", "inner_bias", "outer", "outer_bias")}
        self._known: OrderedDict[tuple[int, ...], Floats] = OrderedDict()
        self._lock = threading.Lock()

    def probabilities(self, read: Sequence[Window]) -> list[Floats]:
        """(1 + candidates) of each window: of none, and of each sentence. What was read lately is remembered: a turn asks twice."""
        with self._lock:
            known = {w.pieces: self._known[w.pieces] for w in read if w.pieces in self._known}
        fresh = [w for w in read if w.pieces not in known]
        known |= {w.pieces: self._of(w, states) for w, states in zip(fresh, self.encoder.of([w.pieces for w in fresh]), strict=True)}
        with self._lock:
            self._known |= known
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return [known[w.pieces] for w in read]

    def _of(self, window: Window, states: Floats) -> Floats:
        parts = np.stack([states[start:stop].mean(0) for start, stop in window.spans])
        asked, parts = parts[:1], parts[1:]
        seen = np.concatenate([parts, asked * parts * 4, np.abs(asked - parts), np.broadcast_to(parts[:1], parts.shape)], 1)
        head = self._head
        logits = _gelu(seen @ head["inner"].T + head["inner_bias"]) @ head["outer"] + head["outer_bias"]
        values = np.stack([c.values for c in window.candidates])
        logits[1:] += values @ head["wide"][:-1] + head["wide"][-1]
        chances = np.exp(logits - logits.max())
        return np.asarray(chances / chances.sum(), dtype=np.float32)


def _gelu(x: Floats) -> Floats:
    """By the logistic function (Hendrycks and Gimpel 2016), as it was trained."""
    return np.asarray(x / (1 + np.exp(-1.702 * x)), dtype=np.float32)


@lru_cache(maxsize=2)
def _load(cache_dir: Path) -> CrossModel:
    folder = files("assistant.reflex")
    card = json.loads(folder.joinpath(CARD).read_text("utf-8"))
    return CrossModel(cache_dir, folder.joinpath(FILE).read_bytes(), card["threshold"])
