"""Weighted: late fusion. The logarithms of the readings' shares are added, each times how far its modality is to be relied on.

A logarithmic opinion pool (Genest and Zidek 1986): readings that are sure move the result, flat ones do not, and two that agree make it
surer than either. Reliabilities below 1 say that readings of one person are not independent, or not calibrated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tools.emotions.base import LABELS
from tools.fusions._learned import LearnedFusion, lengths, opened
from tools.fusions.base import MODALITIES, WIDTH, Array


def forward(xp: Any, weights: Mapping[str, Any], inputs: Any, evidence: Any) -> tuple[Any, Any]:
    """See `Forward`. A share is how much of what moves the result came from the modality."""
    relied = abs(weights["reliability"])[None, :, None]
    there = inputs[:, :, 0]
    return (relied * evidence).sum(1) + weights["bias"], relied[..., 0] * lengths(xp, evidence) * there


def initial(seed: int, width: int = WIDTH) -> dict[str, Array]:
    """Weights to begin a training with: every modality believed as it says. It reads no input columns, so `width` does not matter."""
    del seed, width
    return {"reliability": np.ones(len(MODALITIES), np.float32), "bias": np.zeros(len(LABELS), np.float32)}


def create(reference: str = "") -> LearnedFusion:
    """The fusion; `reference` is a directory of `assistant train fusion`."""
    return opened(__file__, forward, reference)
