"""How well each sentence of the evidence fits a question: the numbers the reader weighs. Knows passages, no weights."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from assistant.reflex.head import Floats
from assistant.reflex.sentences import Sentence, answer_type, bucket, shows, split_sentences, terms

SENTENCES = 240
"""Sentences looked at in all."""
FEATURES = (
    "cosine", "coverage", "pairs", "rarest", "shows", "shows_not", "passage", "with_previous", "length", "rank", "first", "missing",
    "passage_missing_rarest", "question_length", "shows_x_coverage", "names_missing", "number_missing", "cosine_x_coverage",
)  # fmt: skip


NEUTRAL = 0.15
"""The search's probability that neither speaks for nor against a passage."""


@dataclass(frozen=True)
class Passage:
    """A numbered piece of evidence with its words."""

    number: int
    text: str
    title: str = ""
    """Heading or name of the source: context that its sentences leave unsaid."""
    probability: float = NEUTRAL
    """What the search says of it: the calibrated chance that it answers."""


@dataclass(frozen=True)
class Candidate:
    """A sentence with its features."""

    sentence: Sentence
    passage: Passage
    values: Floats


class Rarity:
    """How rare a term is, from a table of hashed document frequencies."""

    def __init__(self, table: Floats) -> None:
        self._table = table

    def weigh(self, words: Sequence[str]) -> dict[str, float]:
        """Inverse document frequency of each term."""
        return {w: float(self._table[bucket(w)]) for w in dict.fromkeys(words)}


def _share(asked: dict[str, float], there: set[str]) -> float:
    total = sum(asked.values())
    return sum(v for w, v in asked.items() if w in there) / total if total else 0.0


def _pairs(words: Sequence[str]) -> set[tuple[str, str]]:
    return set(pairwise(words))


def lexical_features(question: str, passages: Sequence[Passage], rarity: Rarity, unseen: frozenset[str] = frozenset()) -> list[Candidate]:
    """Every sentence of the passages with its features, the cosine still 0.

    Terms in `unseen` count as missing from the passages: training uses it to act out questions in other words than the passage's.
    """
    asked_words = terms(question)
    asked = rarity.weigh(asked_words)
    rarest = max(asked, key=lambda w: asked[w]) if asked else ""
    asked_pairs = _pairs(asked_words)
    kind = answer_type(question)
    named = names(question)
    found: list[Candidate] = []
    for rank, passage in enumerate(passages):
        whole = set(terms(f"{passage.title}\n{passage.text}")) - unseen
        passage_share = _share(asked, whole)
        above = set(terms(passage.title))
        before: set[str] = set(above)
        absent = [n for n in named if not mentions(f"{passage.title}\n{passage.text}", n)]
        names_missing = len(absent) / max(len(named), 1)
        number_missing = any(n[0].isdigit() for n in absent)
        sentences = split_sentences(passage.text)[: SENTENCES // max(len(passages), 1)]
        for place, sentence in enumerate(sentences):
            words = terms(sentence.text)
            there = set(words) - unseen
            heading = place + 1 < len(sentences) and is_heading(sentence.text, passage.text, sentence.start)
            # A question answers nothing, and neither does what only says what was asked.
            if heading or _ASKS.match(sentence.text) or set(words) <= set(asked):
                above = before = above | there
                continue
            share = _share(asked, there)
            fits = bool(kind) and shows(kind, sentence.text, question)
            values = np.zeros(len(FEATURES), np.float32)
            values[1:] = (
                share, len(asked_pairs & _pairs(words)) / max(len(asked_pairs), 1), rarest in there, fits, bool(kind) and not fits,
                passage_share, _share(asked, there | before), min(len(words), 40) / 20, 1 / (1 + rank), place == 0, 1 - passage_share,
                bool(rarest) and rarest not in whole, min(len(asked), 12) / 6, fits * share, names_missing, number_missing, 0,
            )  # fmt: skip
            found.append(Candidate(sentence, passage, values))
            before = there | above
    return found


_NAME = re.compile(
    r"(?<!^)(?<![.?!] )\b[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*|\d+(?:[.,:]\d+)*|(?<=[\u3400-\u9fff《“])[A-Za-z]{2,}|《[^》]+》|“[^”]+”"
)


def names(question: str) -> list[str]:
    """Names, numbers and titles in a question: what a passage about something else does not mention."""
    return [m.group().strip("《》“”") for m in _NAME.finditer(question)]


def mentions(passage: str, name: str) -> bool:
    """Whether each word of the name is in the passage, whatever its ending."""
    low = passage.lower()
    return all((word if word[0].isdigit() else word[: max(4, len(word) - 2)]) in low for word in name.lower().split())


_ASKS = re.compile(
    r"(?:what|who|when|where|why|how|which)\b(?:(?![.!;:]\s).)*\?$|(?:what|who|where|how|which)\b[^.!;:?,]*[^.!:;?。！]$|[^。！？]*[？吗呢]$",
    re.IGNORECASE,
)
"""A sentence that asks; a heading that begins like a question counts too."""


def is_heading(text: str, passage: str, start: int) -> bool:
    """A short line of its own without a full stop says what follows is about; it answers nothing itself."""
    end = start + len(text)
    return (
        len(text) <= 80
        and text[-1] not in ".!?。！？:：;；"
        and "\n" in passage[end : end + 2]
        and (start == 0 or "\n" in passage[max(0, start - 2) : start])
    )


def fill_cosine(values: Floats, cosine: float) -> None:
    """Set the features that need the embedding, in place."""
    values[0] = cosine
    values[-1] = cosine * values[1]


def faq_features(question: str, known: str, cosine: float, rarity: Rarity) -> Floats:
    """How alike two questions are: by meaning, by the rare words of either that the other has too, and a constant."""
    asked, there = terms(question), terms(known)
    one = _share(rarity.weigh(asked), set(there))
    other = _share(rarity.weigh(there), set(asked))
    return np.array([cosine, one, other, 1.0], np.float32)


def support_features(ordered: Floats, scores: Floats) -> Floats:
    """Features of the whole reading: those of the best sentence, its score, and what is left over in the others."""
    best = ordered[0]
    logit = float(np.log(max(scores[0], 1e-6) / max(1 - scores[0], 1e-6)))
    second = float(scores[1]) if len(scores) > 1 else 0.0
    more = (logit, float(scores[0]), second, float(ordered[:, 0].max()), float(ordered[:, 6].max()), float(ordered[:, 1].max()), 1.0)
    return np.concatenate([best, np.array(more, np.float32)])
