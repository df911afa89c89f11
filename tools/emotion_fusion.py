"""Fusion: readings of words, voice and face become one, each weighted by how certain it is; and how far they disagree. Pure values.

Late fusion: a weighted mean of distributions (a linear opinion pool). Disagreement is the weighted Jensen-Shannon divergence of the same
distributions (Lin 1991), divided by its upper bound, so 0 is agreement and 1 is certainty of opposites.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tools.emotions.base import LABELS, EmotionReading
from tools.phrasing import tell

NOTABLE = 0.12
"""Disagreement from which it is said; below, the readings only differ in how sure they are."""


@dataclass(frozen=True)
class Fused:
    """One reading of all."""

    label: str
    distribution: dict[str, float]
    uncertainty: float
    weights: dict[str, float]
    """Share of each modality, sums to 1."""
    disagreement: float


def fuse(readings: Mapping[str, EmotionReading]) -> Fused:
    """The fusion of one or more readings by modality name. Raises ValueError for none: the caller must have one."""
    if not readings:
        raise ValueError("nothing to fuse")
    names = list(readings)
    trust = np.asarray([max(0.03, 1.0 - readings[n].uncertainty) for n in names])
    weights = trust / trust.sum()
    table = np.asarray([[readings[n].distribution.get(label, 0.0) for label in LABELS] for n in names])
    table = table / np.maximum(table.sum(1, keepdims=True), 1e-12)
    mean = weights @ table
    uncertainty = float(np.clip(weights @ np.asarray([readings[n].uncertainty for n in names]), 0, 1))
    spread = _divergence(table, weights)
    return Fused(
        label=LABELS[int(mean.argmax())], distribution={label: round(float(p), 4) for label, p in zip(LABELS, mean, strict=True)},
        uncertainty=round(max(uncertainty, min(1.0, uncertainty + 0.5 * spread)), 4),
        weights={n: round(float(w), 4) for n, w in zip(names, weights, strict=True)}, disagreement=round(spread, 4),
    )  # fmt: skip


def _divergence(table: np.ndarray[tuple[int, int], np.dtype[np.float64]], weights: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """Weighted Jensen-Shannon divergence over its upper bound, 0 to 1; 0 for a single reading."""
    if len(weights) < 2:
        return 0.0
    mean = weights @ table
    inner = float((weights[:, None] * table * np.log(np.maximum(table, 1e-12) / np.maximum(mean, 1e-12))).sum())
    bound = float(-(weights * np.log(np.maximum(weights, 1e-12))).sum())
    return float(np.clip(inner / bound, 0, 1)) if bound > 0 else 0.0


def sentence(fused: Fused, readings: Mapping[str, EmotionReading], language: str) -> str:
    """The agreement or disagreement in words."""
    if len(readings) < 2:
        return tell(language, "emotion.one_source", source=source(next(iter(readings)), language))
    labels = {name: reading.label for name, reading in readings.items()}
    said = ("，" if language == "zh" else ", ").join(
        tell(language, "emotion.says", source=source(n, language), label=emotion(v, language)) for n, v in labels.items()
    )
    key = "emotion.disagree" if fused.disagreement >= NOTABLE and len(set(labels.values())) > 1 else "emotion.agree"
    return tell(language, key, said=said)


def source(name: str, language: str) -> str:
    """`text`, `audio` or `image` in words."""
    return tell(language, f"emotion.source_{name}")


def emotion(label: str, language: str) -> str:
    """A label in words."""
    return tell(language, f"emotion.{label}")
