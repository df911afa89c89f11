"""Retrieval and grounding in figures: recall@k, MRR, citation support, abstention. Pure counting.

Recall@k and mean reciprocal rank as in Manning, Raghavan and Schütze, Introduction to Information Retrieval, chapter 8; abstention as
precision and recall of the answer "I do not know" against what the collection can answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

CUTS = (1, 5, 10)
"""Places up to which a hit counts."""


@dataclass
class Ranking:
    """Places of the expected hits, of one direction (`text-image`: asked with words, a picture is expected)."""

    places: list[int | None] = field(default_factory=list)
    """From 1; None when it was not among the hits."""
    missed: list[dict[str, Any]] = field(default_factory=list)
    """Cases whose source was not in the first five, to look at."""

    def add(self, place: int | None, case: dict[str, Any]) -> None:
        """Count a case."""
        self.places.append(place)
        if place is None or place > 5:
            self.missed.append({**case, "place": place})

    def recall(self, k: int) -> float:
        """Share of the cases whose source is among the first `k`."""
        return _share(sum(place is not None and place <= k for place in self.places), len(self.places))

    @property
    def mrr(self) -> float:
        """Mean of 1/place, 0 where it was not found."""
        return sum(1 / place for place in self.places if place) / len(self.places) if self.places else 0.0

    def to_dict(self) -> dict[str, float]:
        """The figures."""
        return {"cases": len(self.places), **{f"recall@{k}": self.recall(k) for k in CUTS}, "mrr": round(self.mrr, 4)}


@dataclass
class Grounding:
    """What was answered, with which evidence, and what was refused."""

    answered: int = 0
    """Answers to questions that have one in the collection."""
    answerable: int = 0
    right: int = 0
    """Of `answerable`: answered with expected evidence among the citations."""
    citations: int = 0
    """Citations in answers to answerable questions."""
    supported: int = 0
    """Of `citations`: those that are expected evidence."""
    unanswerable: int = 0
    refused_rightly: int = 0
    refused_wrongly: int = 0
    wrong: list[dict[str, Any]] = field(default_factory=list)

    def add(self, *, answerable: bool, refused: bool, citations: Sequence[bool], case: dict[str, Any]) -> None:
        """Count a case; `citations` says of each one whether it is expected evidence."""
        if not answerable:
            self.unanswerable += 1
            self.refused_rightly += refused
            if not refused:
                self.wrong.append({**case, "why": "answered, and nothing there answers it"})
            return
        self.answerable += 1
        self.refused_wrongly += refused
        if refused:
            self.wrong.append({**case, "why": "refused, and there is an answer"})
            return
        self.answered += 1
        self.citations += len(citations)
        self.supported += sum(citations)
        self.right += any(citations)
        if not any(citations):
            self.wrong.append({**case, "why": "answered from something else"})

    def to_dict(self) -> dict[str, float | None]:
        """The figures; None where there was nothing to count."""
        refused = self.refused_rightly + self.refused_wrongly
        return {
            "cases": self.answerable + self.unanswerable,
            "right": _share(self.right, self.answerable) if self.answerable else None,
            "right_of_answered": _share(self.right, self.answered) if self.answered else None,
            "citation_support": _share(self.supported, self.citations) if self.citations else None,
            "abstention_precision": _share(self.refused_rightly, refused) if refused else None,
            "abstention_recall": _share(self.refused_rightly, self.unanswerable) if self.unanswerable else None,
        }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
