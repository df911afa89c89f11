"""EmotionAnalyzer: one modality in, a distribution over emotions out. One file per back-end; fusion is in `tools/analyze_emotion.py`."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from retrieval.content import Content, Modality
from retrieval.items import ModelCard

LABELS = ("anger", "disgust", "fear", "joy", "sadness", "surprise", "neutral")
FINE = (
    "admiration", "amusement", "anger", "annoyance", "approval", "caring", "confusion", "curiosity", "desire", "disappointment",
    "disapproval", "disgust", "embarrassment", "excitement", "fear", "gratitude", "grief", "joy", "love", "nervousness", "optimism",
    "pride", "realization", "relief", "remorse", "sadness", "surprise", "neutral",
)  # fmt: skip
"""The 27 feelings of GoEmotions (Demszky et al. 2020) and neutral; a text may have several."""


def distribution(logits: NDArray[np.floating[Any]]) -> dict[str, float]:
    """Softmax over LABELS."""
    shifted = np.exp(logits - logits.max())
    return {label: float(p) for label, p in zip(LABELS, shifted / shifted.sum(), strict=True)}


def entropy(shares: dict[str, float]) -> float:
    """Normalised entropy, 0 to 1."""
    values = np.asarray([max(p, 1e-12) for p in shares.values()])
    return float(-(values * np.log(values)).sum() / np.log(len(values)))


class Moment(BaseModel):
    """A stretch of time with its own reading."""

    model_config = ConfigDict(frozen=True)

    start: float
    """Seconds."""
    end: float
    """Seconds."""
    label: str
    scores: dict[str, float] = Field(default_factory=dict)


class EmotionReading(BaseModel):
    """What one modality says."""

    model_config = ConfigDict(frozen=True)

    label: str
    """Most likely of LABELS."""
    distribution: dict[str, float]
    """Over LABELS, sums to 1."""
    uncertainty: float
    """0 (certain) to 1 (knows nothing): normalised entropy, raised when the signal is weak."""
    note: str = ""
    """What the reading rests on and what it cannot tell, one sentence."""
    timeline: tuple[Moment, ...] = ()
    fine: dict[str, float] = Field(default_factory=dict)
    """Those of FINE that the text shows, strongest first, with how sure each is, 0 to 1; empty where a back-end tells only LABELS apart."""


class EmotionAnalyzer(Protocol):
    """Reads emotion from one modality."""

    modality: Modality
    card: ModelCard

    def analyze(self, content: Content, language: str) -> EmotionReading:
        """The reading. Raises Unreadable when there is nothing to read (no face, no voice, no words)."""
        ...
