"""Reader: which sentences of the evidence answer the question, quoted with their marks, or none at all.

Extractive: it never writes a fact of its own. A small logistic model scores each sentence by meaning (MiniLM cosine), rare words shared,
the kind of answer asked for, and its passage; a second one, over the best sentence, decides whether anything answers. Both are fitted by
`training/router/train_reader.py`. Knows hits, not conversations.
"""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

from assistant.reflex.cross_reader import CrossReader
from assistant.reflex.features import chinese
from assistant.reflex.head import Floats
from assistant.reflex.matching import NEUTRAL, Candidate, Passage, Rarity, faq_features, fill_cosine, lexical_features, support_features
from assistant.reflex.sentences import IDF_BUCKETS, answer_type, split_sentences
from retrieval.content import Content
from retrieval.embedders.base import Embedder, Vectors

EMBEDDED = 10
"""Sentences compared by meaning, those most alike by words: bounds the time of a turn."""
EMBEDDED_CHARS = 200
"""Characters of a sentence that are embedded; 50 word pieces tell what it is about."""
REMEMBERED = 4096
"""Texts whose vectors are kept, so that a passage found again costs nothing."""
CERTAIN, DOUBTFUL = 0.8, 0.05
"""Below the first support what stands around a quote is read again; it is not quoted when no sentence there reaches the second
probability. Of 56 wrong quotes of passages that leave out what is asked 15 are doubted, of 26 right ones 2, of XQuAD's 156 right ones 1."""
WORTH_READING = 0.05
"""Least probability by the search of a passage that is read again. Of 100 questions on the sample, 25 had a sentence to which the cross
reader gave 0.15 or more: of the 13 right ones 11 stood in such passages, of the 12 wrong ones 3."""
SEARCH_WEIGHT = 0.6
"""How much the search's calibrated probability counts beside the reader's own, in log-odds."""
FAQ_SURE = 0.4
FAQ_SURE_BY_WORDS = 0.55
"""Least probability that a curated question is the one asked for its answer to be given; the second when only words compare."""


@dataclass(frozen=True)
class Found:
    """A sentence that answers."""

    text: str
    number: int
    probability: float


@dataclass(frozen=True)
class Reading:
    """What the reader found."""

    found: tuple[Found, ...]
    """Sentences to quote, best first; empty when it abstains."""
    support: float
    """Probability, 0 to 1, that the evidence answers the question."""
    closest: Found | None
    """The best sentence, also when it abstains."""


_NEAR_MINILM = ("minilm", "int8_minilm")
"""Spaces whose cosines are those that the features were fitted on."""
_POINTER = re.compile(
    r",?\s*\b(?:according to|based on|in|from|of) (?:this|that|the|my|these|the attached) "
    r"(?:attached )?(?:documents?|files?|pdfs?|texts?|pages?|reports?|papers?|attachments?)\b"
    r"|(?:根据|按照|依据|在)?(?:这份|这个|这篇|该|附上的|上面的)(?:文件|文档|文章|报告|附件)(?:里面|里|中|上)?[，,]?",
    re.IGNORECASE,
)
"""Where to look, which is no part of what is asked."""


class Reader:
    """Reads passages. Deterministic; safe to call from several threads."""

    def __init__(self, embedder: Embedder | None, cross: CrossReader | None = None) -> None:
        """`cross` reads again where nothing was found."""
        self._embedder = embedder if embedder is not None and embedder.space.startswith(_NEAR_MINILM) else None
        self._cross = cross
        self._known: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of `texts`, (n, 384); those seen lately come from memory."""
        assert self._embedder is not None
        cut = [text[:EMBEDDED_CHARS] for text in texts]
        with self._lock:
            found = {text: self._known[text] for text in cut if text in self._known}
        missing = [text for text in dict.fromkeys(cut) if text not in found]
        if missing:
            fresh = self._embedder.embed([Content.from_text(text) for text in missing])
            found.update(zip(missing, fresh, strict=True))
        with self._lock:
            for text in cut:
                self._known[text] = found[text]
                self._known.move_to_end(text)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return np.stack([found[text] for text in cut])

    def read(self, question: str, passages: Sequence[Passage]) -> Reading:
        """The sentences of `passages` (best first) that answer `question`."""
        model = _load()
        question = _POINTER.sub("", question).strip() or question
        candidates = lexical_features(question, passages, model.rarity)
        if not candidates:
            return Reading((), 0.0, None)
        language = "zh" if chinese(question) or self._embedder is None else "en"  # the Chinese weights go by words alone
        candidates = self._compare(question, candidates, language)
        scores = model.score(np.stack([c.values for c in candidates]), language)
        order = np.argsort(-scores, kind="stable")
        support = model.support(np.stack([candidates[i].values for i in order]), scores[order], language)
        support = _weighed(support, candidates[order[0]].passage.probability)
        chosen = [Found(" ".join(candidates[i].sentence.text.split()), candidates[i].passage.number, float(scores[i])) for i in order]
        if support < model.threshold[language]:
            return Reading((), support, chosen[0])
        best = self._with_next(chosen[0], candidates[order[0]], question)
        also = [c for c in chosen[1:3] if c.probability > 0.85 * best.probability and c.probability > 0.5 and c.text != best.text]
        return Reading((best, *also[:1]), support, best)

    def again(self, question: str, passages: Sequence[Passage]) -> Found | None:
        """What the cross reader finds in `passages`, best first, for an English question; None when that is not likely enough."""
        question = _POINTER.sub("", question).strip() or question
        if self._cross is None:
            return None
        read = self._cross.read(question, [p for p in passages if p.probability >= WORTH_READING], rarity())
        if read is None or read[1] < self._cross.threshold:
            return None
        return Found(" ".join(read[0].sentence.text.split()), read[0].passage.number, read[1])

    def doubts(self, question: str, found: Found, support: float, passage: Passage) -> bool:
        """Whether the cross reader sees no answer to an English question where a reading that is not quite certain found it."""
        if self._cross is None or support >= CERTAIN:
            return False
        read = self._cross.read(_POINTER.sub("", question).strip() or question, [passage], rarity(), near=found.text)
        return read is not None and read[1] < DOUBTFUL

    def curated(self, question: str, known: Sequence[str]) -> tuple[int, float]:
        """(place in `known` of the curated question that is the one asked, probability); (-1, ...) when none is sure enough."""
        if not known:
            return -1, 0.0
        model = _load()
        meant = self._embedder is not None and not chinese(question)
        cosines = np.zeros(len(known), np.float32)
        if meant and self._embedder is not None:
            vectors = self._vectors([question, *known])
            cosines = vectors[1:] @ vectors[0]
        values = np.stack([faq_features(question, k, float(c), model.rarity) for k, c in zip(known, cosines, strict=True)])
        scores = model.same_question(values, meant)
        best = int(np.argmax(scores))
        return (best if scores[best] >= (FAQ_SURE if meant else FAQ_SURE_BY_WORDS) else -1), float(scores[best])

    def _with_next(self, best: Found, candidate: Candidate, question: str) -> Found:
        """A procedure rarely ends with its first sentence: "how do I ..." gets the next one as well."""
        if answer_type(question) != "how":
            return best
        text = candidate.passage.text
        after = split_sentences(text[candidate.sentence.start + len(candidate.sentence.text) :].split("\n")[0])
        return Found(f"{best.text} {' '.join(after[0].text.split())}", best.number, best.probability) if after else best

    def _compare(self, question: str, candidates: list[Candidate], language: str) -> list[Candidate]:
        """The candidates worth keeping, with the cosine of the most likely ones filled in."""
        if language == "zh" or self._embedder is None:
            return candidates
        rough = [float(c.values[1] + 0.5 * c.values[7] + 0.3 * c.values[4] + 0.2 * c.values[9]) for c in candidates]
        kept = [candidates[i] for i in np.argsort(-np.array(rough), kind="stable")[:EMBEDDED]]
        vectors = self._vectors([question, *(c.sentence.text for c in kept)])
        for candidate, cosine in zip(kept, vectors[1:] @ vectors[0], strict=True):
            fill_cosine(candidate.values, float(cosine))
        return kept


def _weighed(support: float, probability: float) -> float:
    """The support of the words together with what the search says of the passage."""
    search = np.log(_clip(probability) / (1 - _clip(probability))) - np.log(NEUTRAL / (1 - NEUTRAL))
    logit = np.log(_clip(support) / (1 - _clip(support))) + SEARCH_WEIGHT * search
    return float(1 / (1 + np.exp(-logit)))


def _clip(probability: float) -> float:
    return min(max(probability, 0.005), 0.995)


class ReaderModel:
    """The fitted weights."""

    def __init__(self, data: bytes, threshold: dict[str, float]) -> None:
        from safetensors.numpy import load

        weights = {name: value.astype(np.float32) for name, value in load(data).items()}
        table = weights["idf"]
        self.rarity = Rarity(table if table.shape == (IDF_BUCKETS,) else np.ones(IDF_BUCKETS, np.float32))
        self._weights = weights
        self.threshold = threshold

    def score(self, values: Floats, language: str) -> Floats:
        """Probability that each sentence, shape (n, features), answers."""
        logits = values @ self._weights[f"sentence_{language}"] + self._weights[f"sentence_bias_{language}"]
        return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float32)

    def same_question(self, values: Floats, meant: bool) -> Floats:
        """Probability that two questions ask the same; `meant` when their cosine is known."""
        return np.asarray(1 / (1 + np.exp(-(values @ self._weights["faq" if meant else "faq_lexical"]))), dtype=np.float32)

    def support(self, ordered: Floats, scores: Floats, language: str) -> float:
        """Probability that the best sentence answers at all."""
        logit = float(support_features(ordered, scores) @ self._weights[f"support_{language}"])
        return float(1 / (1 + np.exp(-logit)))


@lru_cache(maxsize=1)
def _load() -> ReaderModel:
    folder = files("assistant.reflex")
    card = json.loads(folder.joinpath("reader.card.json").read_text("utf-8"))
    return ReaderModel(folder.joinpath("reader.safetensors").read_bytes(), card["thresholds"])


def rarity() -> Rarity:
    """The shipped table of word rarities."""
    return _load().rarity
