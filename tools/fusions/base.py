"""Fusion: readings of words, voice and face in, one reading out, with each one's share and their disagreement. One file per way to fuse.

Knows readings only, not how they were made. What all ways have in common is here: the readings as arrays in a fixed order, and a result
whose shares sum to 1. A reading that stands alone is given back as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.items import ModelCard
from tools.emotions.base import DIMENSIONS, FEATURES, LABELS, EmotionReading

MODALITIES = ("text", "audio", "image")
FLOOR = 0.01
"""Part of every reading that is spread evenly, so that no single one can rule a feeling out by itself."""
JOINT = len(LABELS) + len(DIMENSIONS)
"""Numbers of `EmotionReading.features` that all modalities have in common; what the modality itself measured follows."""
CORE = 2 + JOINT
"""Columns that do not depend on features: there, certain, LABELS, DIMENSIONS."""
WIDTH = CORE + max(FEATURES.values()) - JOINT
Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Fused:
    """One reading of all."""

    label: str
    distribution: dict[str, float]
    """Over LABELS, sums to 1."""
    uncertainty: float
    """0 to 1."""
    weights: dict[str, float]
    """Share of each modality, sums to 1."""
    disagreement: float
    """0 (they say the same) to 1 (each is certain of something else)."""


class Fusion(Protocol):
    """A way to fuse."""

    card: ModelCard

    def fuse(self, readings: Mapping[str, EmotionReading]) -> Fused:
        """The fusion of one or more readings by modality, whatever their order. Raises ValueError for none and for an unknown modality."""
        ...


@dataclass(frozen=True)
class Batch:
    """Readings of n situations as arrays; a missing modality is zeros."""

    inputs: Array
    """(n, 3, WIDTH): CORE columns, then what the modality itself measured."""
    evidence: Array
    """(n, 3, 7): centred logarithms of the shares over the reading's base, scaled down where the signal is weak."""

    @property
    def there(self) -> Array:
        """(n, 3): 1 where a modality was read."""
        return np.asarray(self.inputs[:, :, 0])


def batch(situations: Sequence[Mapping[str, EmotionReading]]) -> Batch:
    """The readings as arrays."""
    inputs = np.zeros((len(situations), len(MODALITIES), WIDTH), np.float32)
    evidence = np.zeros((len(situations), len(MODALITIES), len(LABELS)), np.float32)
    for n, readings in enumerate(situations):
        for name, reading in readings.items():
            place = MODALITIES.index(name)
            inputs[n, place], evidence[n, place] = _numbers(reading)
    return Batch(inputs, evidence)


def _numbers(reading: EmotionReading) -> tuple[Array, Array]:
    """The columns of one reading, and its evidence."""
    shares = shares_of(reading)
    logs = _logs(shares) - _logs(evened(reading.base))
    logs -= logs.mean()
    sides = [2 * reading.dimensions.get(name, 0.5) - 1 for name in DIMENSIONS]
    row = np.zeros(WIDTH, np.float32)
    row[:CORE] = [1.0, 1.0 - reading.uncertainty, *(logs / 3), *sides]
    own = reading.features[JOINT : JOINT + WIDTH - CORE]
    row[CORE : CORE + len(own)] = own
    return row, logs * quality(reading)


def _logs(shares: Array) -> Array:
    return np.asarray(np.log((1 - FLOOR) * shares + FLOOR / len(LABELS)))


def shares_of(reading: EmotionReading) -> Array:
    """Its distribution over LABELS, sum 1."""
    return evened(reading.distribution)


def evened(told: Mapping[str, float]) -> Array:
    """Shares of LABELS, sum 1; even ones where nothing is told."""
    shares = np.asarray([max(0.0, told.get(label, 0.0)) for label in LABELS])
    total = float(shares.sum())
    return shares / total if total > 1e-9 else np.full(len(LABELS), 1 / len(LABELS))


def quality(reading: EmotionReading) -> float:
    """How much of its sharpness a reading stands for, 0 to 1: below 1 where it calls itself less certain than its shares look.

    That is how a weak signal (noise, a blurred face, words that tell nothing) loses its say.
    """
    sharp = 1.0 - spread(shares_of(reading))
    return float(np.clip((1.0 - reading.uncertainty) / sharp, 0.0, 1.0)) if sharp > 1e-6 else 0.0


def spread(shares: Array) -> float:
    """Normalised entropy, 0 to 1."""
    return float(-(shares * np.log(np.maximum(shares, 1e-12))).sum() / np.log(len(shares)))


def softmax(logits: Array) -> Array:
    """Over the last axis."""
    raised = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(raised / raised.sum(-1, keepdims=True))


def checked(readings: Mapping[str, EmotionReading]) -> dict[str, EmotionReading]:
    """The readings in the order of MODALITIES. Raises ValueError for none: the caller must have one."""
    if not readings:
        raise ValueError("nothing to fuse")
    if unknown := set(readings) - set(MODALITIES):
        raise ValueError(f"no such modality: {', '.join(sorted(unknown))}")
    return {name: readings[name] for name in MODALITIES if name in readings}


def alone(name: str, reading: EmotionReading) -> Fused:
    """The reading of one modality, given back."""
    shares = _rounded(shares_of(reading))
    return Fused(LABELS[int(np.argmax(shares_of(reading)))], shares, round(reading.uncertainty, 4), {name: 1.0}, 0.0)


def fused(readings: Mapping[str, EmotionReading], shares: Array, weights: Array) -> Fused:
    """The result: `shares` (7,) of the fusion, `weights` of the readings in their order.

    Its uncertainty is its entropy, raised by what the readings lost through weak signals and by how far they disagree.
    """
    weights = weights / weights.sum()
    table = np.asarray([shares_of(reading) for reading in readings.values()])
    apart = disagreement(table, weights)
    lost = np.asarray([max(0.0, r.uncertainty - spread(s)) for r, s in zip(readings.values(), table, strict=True)])
    return Fused(
        label=LABELS[int(shares.argmax())], distribution=_rounded(shares),
        uncertainty=round(float(np.clip(spread(shares) + weights @ lost + 0.5 * apart, 0, 1)), 4),
        weights=dict(zip(readings, (round(float(w), 4) for w in weights), strict=True)), disagreement=round(apart, 4),
    )  # fmt: skip


def _rounded(shares: Array) -> dict[str, float]:
    return {label: round(float(p), 4) for label, p in zip(LABELS, shares, strict=True)}


def disagreement(table: Array, weights: Array) -> float:
    """Weighted Jensen-Shannon divergence (Lin 1991) of distributions (m, 7) over its upper bound, 0 to 1; 0 for a single one."""
    if len(weights) < 2:
        return 0.0
    mean = weights @ table
    inner = float((weights[:, None] * table * np.log(np.maximum(table, 1e-12) / np.maximum(mean, 1e-12))).sum())
    bound = float(-(weights * np.log(np.maximum(weights, 1e-12))).sum())
    return float(np.clip(inner / bound, 0, 1)) if bound > 0 else 0.0
