"""EmotionAnalyzer: one modality in, a distribution over emotions out. One file per back-end; fusion is in `tools/analyze_emotion.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from retrieval.content import Content, Modality
from retrieval.items import Box, ModelCard

LABELS = ("anger", "disgust", "fear", "joy", "sadness", "surprise", "neutral")
FINE = (
    "admiration", "amusement", "anger", "annoyance", "approval", "caring", "confusion", "curiosity", "desire", "disappointment",
    "disapproval", "disgust", "embarrassment", "excitement", "fear", "gratitude", "grief", "joy", "love", "nervousness", "optimism",
    "pride", "realization", "relief", "remorse", "sadness", "surprise", "neutral",
)  # fmt: skip
"""The 27 feelings of GoEmotions (Demszky et al. 2020) and neutral; a text may have several."""
GROUPS = {
    "anger": "anger annoyance disapproval",
    "disgust": "disgust",
    "fear": "fear nervousness",
    "neutral": "neutral",
    "joy": "joy amusement approval excitement gratitude love optimism relief pride admiration desire caring",
    "sadness": "sadness disappointment embarrassment grief remorse",
    "surprise": "surprise realization confusion curiosity",
}
"""Ekman's six and neutral, as the GoEmotions paper groups FINE."""
GROUP_OF = {fine: LABELS.index(group) for group, words in GROUPS.items() for fine in words.split()}
"""Of FINE the place in LABELS."""
DIMENSIONS = ("arousal", "valence", "dominance")
FEATURES = {"text": 39, "audio": 24, "image": 16}
"""Length of `EmotionReading.features` by modality, whichever back-end reads it."""


def distribution(logits: NDArray[np.floating[Any]]) -> dict[str, float]:
    """Softmax over LABELS."""
    shifted = np.exp(logits - logits.max())
    return {label: float(p) for label, p in zip(LABELS, shifted / shifted.sum(), strict=True)}


def entropy(shares: dict[str, float]) -> float:
    """Normalised entropy, 0 to 1."""
    values = np.asarray([max(p, 1e-12) for p in shares.values()])
    return float(-(values * np.log(values)).sum() / np.log(len(values)))


def joined(modality: Modality, shares: dict[str, float], dimensions: dict[str, float], own: Sequence[float]) -> tuple[float, ...]:
    """The features of a reading: shares of LABELS, DIMENSIONS around 0 (0 where not told), then what the modality itself measured.

    `own` is cut or filled with zeros to FEATURES[modality]. Text: how sure each of FINE is, and the length. Audio: the measures of
    prosody against their norms. Image: smile, faces, size and place of the largest.
    """
    values = [*(shares.get(label, 0.0) for label in LABELS), *(2 * dimensions.get(d, 0.5) - 1 for d in DIMENSIONS), *own]
    size = FEATURES[modality]
    return tuple(round(float(np.clip(v, -1.5, 1.5)), 4) for v in [*values, *[0.0] * size][:size])


class Moment(BaseModel):
    """A stretch of time with its own reading."""

    model_config = ConfigDict(frozen=True)

    start: float
    """Seconds."""
    end: float
    """Seconds."""
    label: str
    scores: dict[str, float] = Field(default_factory=dict)
    dimensions: dict[str, float] = Field(default_factory=dict)
    """Those of DIMENSIONS that can be told, 0 to 1."""


class FaceReading(BaseModel):
    """One face of a picture."""

    model_config = ConfigDict(frozen=True)

    box: Box
    """(x0, y0, x1, y1) as fractions of the picture."""
    place: str
    """Which of the faces it is, in words: "the left face"."""
    label: str
    distribution: dict[str, float]
    """Over LABELS, sums to 1."""
    uncertainty: float
    """As in EmotionReading."""
    weight: float
    """Its share of the picture's own reading: larger faces weigh more; sums to 1 over the faces."""
    dimensions: dict[str, float] = Field(default_factory=dict)
    start: float | None = None
    """Seconds, for a face of a frame of a video."""


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
    dimensions: dict[str, float] = Field(default_factory=dict)
    """Those of DIMENSIONS that can be told, 0 (calm, unpleasant, yielding) to 1 (aroused, pleasant, in charge), 0.5 between;
    others are left out."""
    faces: tuple[FaceReading, ...] = ()
    """Each face, from left to right; the reading is their mean, weighted by size."""
    features: tuple[float, ...] = ()
    """What a joint network is given: FEATURES[modality] numbers, about -1 to 1; see `joined`."""
    base: dict[str, float] = Field(default_factory=dict)
    """What the back-end says of what it can tell nothing about; empty for even shares. Fusion counts only what goes beyond it."""


class EmotionAnalyzer(Protocol):
    """Reads emotion from one modality."""

    modality: Modality
    card: ModelCard

    def analyze(self, content: Content, language: str) -> EmotionReading:
        """The reading. Raises Unreadable when there is nothing to read (no face, no voice, no words)."""
        ...
