"""EmotionAnalyzer: one modality in, a distribution over emotions out. One file per back-end; fusion is in `tools/analyze_emotion.py`."""

from __future__ import annotations

from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from retrieval.content import Content, Modality
from retrieval.items import ModelCard

LABELS = ("anger", "disgust", "fear", "joy", "sadness", "surprise", "neutral")


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


class EmotionAnalyzer(Protocol):
    """Reads emotion from one modality."""

    modality: Modality
    card: ModelCard

    def analyze(self, content: Content, language: str) -> EmotionReading:
        """The reading. Raises Unreadable when there is nothing to read (no face, no voice, no words)."""
        ...
