"""Whether two questions ask the same: what speaks for it, as a calibrated chance. Knows vectors and words, no store.

Logistic regression on the features of `Likeness`; coefficients fitted and measured by `training/fit_faq.py`. What `contradicts`
(`retrieval.contradiction`) finds is refused whatever the curve says.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache

import numpy as np

from retrieval.catalogue import language_of
from retrieval.contradiction import contradicts, kinds, numbers, other_kind
from retrieval.embedders.base import Vectors
from retrieval.fusion import DENSE_WEIGHT
from retrieval.relevance import weights
from retrieval.synonyms import concepts

CONSIDERED = 8
"""Best entries that are compared closely."""
EXACT = 1.0
"""Chance of a question whose words are the same."""
_POLITE = re.compile(
    r"^(?:please|hi|hello|hey|excuse me|请问一下|请问|您好|你好|麻烦问下|問一下|請問)[\s,，。!！]*(?=.{3})"
    r"|[\s,，]*\b(?:please|thanks|thank you)$|谢谢$"
)
_MARKS = re.compile(r"[\W_]+")


@lru_cache(maxsize=8192)
def normalised(text: str) -> str:
    """The words alone: no case, width, punctuation, blanks between Chinese characters or words of courtesy."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").strip()
    plain = _POLITE.sub("", plain)
    spaced = _MARKS.sub(" ", plain.replace("'", "")).strip()
    return re.sub(r"(?<=[\u3400-\u9fff]) | (?=[\u3400-\u9fff])", "", spaced)


@dataclass(frozen=True)
class Likeness:
    """What speaks for two questions asking the same; each 0 to 1 except where said."""

    cosine: float
    """Of their vectors, negative as 0."""
    asked: float
    """Share of the asked question's words that the known one has, weighed by how rare each is."""
    known: float
    """The same the other way round."""
    asked_all: float
    """Share of the asked question's words that the known one has, each counting the same, a run of common words as one: two questions
    about "chronic lymphocytic leukemia" have three words in common and may ask of its symptoms and its causes."""
    known_all: float
    """The same the other way round."""
    asked_whole: float
    """1 when the known question has every word of the asked one."""
    known_whole: float
    """The same the other way round."""
    clash: float
    """(1 - asked_all)(1 - known_all): each has words of its own."""
    characters: float
    """Share of common characters (Chinese) or letter triples (else), which also sees parts of words."""
    number: float
    """1 when one has a number and the other does not."""
    kind: float
    """1 when they want other kinds of answer (when, where, who, how much), a half when only one says which."""
    margin: float
    """How much better it fits than the best other entry; negative below the first place."""


@dataclass(frozen=True)
class Candidate:
    """A known entry and what speaks for it."""

    entry: str
    form: str
    """The form of its question that is nearest."""
    likeness: Likeness
    contradicted: bool
    """Whether the question says something that rules the entry out."""
    score: float
    """Words and vectors in one number, for the order."""


COEFFICIENTS: dict[str, tuple[float, ...]] = {
    "en": (-5.31, 8.31, 3.35, 0.47, -1.27, -0.59, -0.47, 0.76, 0.65, -4.09, -2.80, -0.19, 7.06),
    "zh": (-2.10, 0.00, 2.48, 1.90, 0.00, 0.00, 0.00, 0.00, -1.75, 1.22, -2.76, -2.21, 4.90),
}
"""Intercept, then one for each field of Likeness, by language of the question.

Fitted on COVID-QA, MedQuAD and the sites marked + of `training/faq_questions.txt`. About half of what is asked has no answer in the
collection, most of that being about something that was left out of it, so that its neighbours are near. Questions in the very words of an
entry are not counted. Precision | recall:

    at            fitted on      sites marked -   Banking77, 1 or 2 forms an entry | 5 forms
    en 0.85       0.92 | 0.51    0.97 | 0.21      0.86 | 0.21                        0.88 | 0.39
    en 0.9        0.93 | 0.43    1.00 | 0.15      0.87 | 0.16                        0.93 | 0.33
    en 0.95       0.95 | 0.33    1.00 | 0.07      0.91 | 0.08                        0.97 | 0.22
    zh 0.9        0.95 | 0.46    0.97 | 0.30

Those columns were looked at while features, thresholds and the list of `retrieval.synonyms` were chosen, and are too good for it. Measured
once, at `SURE`, after that: CLINC150 0.97 | 0.12 with one or two forms an entry (69 answers given) and 0.98 | 0.28 with five (93 given);
a Chinese site about other things, in words the list lacks, 1.00 | 0.02 (2 given). So in Chinese other words are recognised only as far as
the list or the paraphrases of an entry have them. What is not sure goes on to retrieval, which finds the entry among everything else.
The intents of Banking77 overlap: "Where do I find PIN for my card?" and "Where's my card PIN?" are two of them.
"""
SURE = {"en": 0.92, "zh": 0.9}
"""Chance from which a curated answer is given without looking further."""


def probability(candidate: Candidate, language: str) -> float:
    """Chance, 0 to 1, that the entry answers the question."""
    if candidate.contradicted:
        return 0.0
    intercept, *slopes = COEFFICIENTS[language]
    return 1 / (1 + math.exp(-(intercept + sum(a * b for a, b in zip(slopes, astuple(candidate.likeness), strict=True)))))


@lru_cache(maxsize=8192)
def _pieces(text: str) -> frozenset[str]:
    plain = normalised(text)
    if language_of(plain) == "zh":
        return frozenset(plain.replace(" ", ""))
    padded = f" {plain} "
    return frozenset(padded[i : i + 3] for i in range(len(padded) - 2))


class Forms:
    """The forms of known questions, ready to be compared with one that is asked. Unchanging; safe for threads."""

    def __init__(self, entries: Sequence[str], texts: Sequence[str], vectors: Vectors) -> None:
        """`entries[i]` is the entry of form `texts[i]`, `vectors` its unit vectors, shape (len(texts), dimension)."""
        self._entries, self._texts, self._vectors = list(entries), list(texts), vectors
        self._terms = [frozenset(concepts(text)) for text in texts]
        containing: dict[str, set[str]] = defaultdict(set)
        self._places: dict[str, list[int]] = defaultdict(list)
        for place, (entry, found) in enumerate(zip(self._entries, self._terms, strict=True)):
            for term in found:
                containing[term].add(entry)
                self._places[term].append(place)
        self._frequencies = {term: len(holders) for term, holders in containing.items()}
        self._total = len(set(self._entries))
        self._exact: dict[str, str] = {}
        for entry, text in zip(self._entries, self._texts, strict=True):
            self._exact.setdefault(normalised(text), entry)

    def exact(self, text: str) -> str:
        """The entry that has the very words of `text`; empty when none has."""
        words = normalised(text)
        return self._exact.get(words, "") if words else ""

    def find(self, text: str, vector: Vectors) -> list[Candidate]:
        """The entries most like `text`, best first, each with its nearest form."""
        if not self._texts:
            return []
        language = language_of(text)
        asked = weights(concepts(text), self._total, self._frequencies)
        cosines = np.maximum(self._vectors @ vector, 0.0)
        common = self._common(asked)
        whole = sum(asked.values()) or 1.0
        share = DENSE_WEIGHT[language]
        scores = share * cosines + (1 - share) * common / whole
        places = self._best(scores)
        found = [self._compare(text, place, asked, float(cosines[place]), float(scores[place])) for place in places]
        found.sort(key=lambda candidate: -candidate.score)
        return [self._ranked(candidate, found) for candidate in found]

    def _common(self, asked: Mapping[str, float]) -> Vectors:
        common = np.zeros(len(self._texts), np.float32)
        for term, weight in asked.items():
            common[self._places.get(term, [])] += weight
        return common

    def _best(self, scores: Vectors) -> list[int]:
        """The best form of each of the best entries."""
        best: dict[str, int] = {}
        for place in np.argsort(-scores, kind="stable"):
            best.setdefault(self._entries[place], int(place))
            if len(best) == CONSIDERED:
                break
        return list(best.values())

    def _compare(self, text: str, place: int, asked: Mapping[str, float], cosine: float, score: float) -> Candidate:
        form, terms = self._texts[place], self._terms[place]
        known = weights(sorted(terms), self._total, self._frequencies)
        asked_all, known_all = _units(concepts(text), concepts(form))
        likeness = Likeness(
            cosine=cosine, asked=_share(asked, terms), known=_share(known, frozenset(asked)), asked_all=asked_all, known_all=known_all,
            asked_whole=float(asked_all == 1.0), known_whole=float(known_all == 1.0), clash=(1 - asked_all) * (1 - known_all),
            characters=_overlap(text, form), number=float(bool(numbers(text)) != bool(numbers(form))), margin=0.0,
            kind=1.0 if other_kind(text, form) else 0.5 * (bool(kinds(text)) != bool(kinds(form))),
        )  # fmt: skip
        fit = 0.5 * score + 0.25 * (asked_all + known_all)
        return Candidate(self._entries[place], form, likeness, contradicts(text, form), fit)

    @staticmethod
    def _ranked(candidate: Candidate, found: Sequence[Candidate]) -> Candidate:
        """`candidate` with its margin over the best other entry that is not ruled out."""
        rivals = [other.score for other in found if other.entry != candidate.entry and not other.contradicted]
        margin = min(candidate.score - max(rivals, default=0.0), MARGIN)
        return replace(candidate, likeness=replace(candidate.likeness, margin=margin))


MARGIN = 0.3
"""A larger margin says no more: the only entry of a collection has no rival, and may still be the wrong one."""


def _share(weight: Mapping[str, float], terms: frozenset[str]) -> float:
    whole = sum(weight.values())
    return sum(value for term, value in weight.items() if term in terms) / whole if whole else 0.0


def _units(one: Sequence[str], other: Sequence[str]) -> tuple[float, float]:
    """Share of each one's units that the other has; a run of words that both have is one unit."""
    blocks = [block for block in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks() if block.size]
    inside = {word for block in blocks for word in one[block.a : block.a + block.size]}
    common = len(blocks) + len(set(one) & set(other) - inside)
    shares = [common / max(1, common + len(set(words) - set(rest))) for words, rest in ((one, other), (other, one))]
    return shares[0], shares[1]


def _overlap(one: str, other: str) -> float:
    a, b = _pieces(one), _pieces(other)
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0
