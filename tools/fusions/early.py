"""Early: what was measured in all modalities is joined to one row of numbers, and a small network reads it.

It corrects the sum of the readings' evidence rather than starting from nothing. How much of the result is due to a modality is found by
letting it say nothing and seeing how far the result moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tools.emotions.base import LABELS
from tools.fusions._learned import LearnedFusion, lengths, opened
from tools.fusions.base import MODALITIES, WIDTH, Array

_UNITS = 24


def forward(xp: Any, weights: Mapping[str, Any], inputs: Any, evidence: Any) -> tuple[Any, Any]:
    """See `Forward`."""
    whole = _logits(xp, weights, inputs, evidence)
    moved = []
    for place in range(len(MODALITIES)):
        heard, said = np.ones((1, len(MODALITIES), WIDTH), np.float32), np.ones((1, len(MODALITIES), 1), np.float32)
        heard[:, place, 1:], said[:, place] = 0, 0
        without = _logits(xp, weights, inputs * xp.asarray(heard), evidence * xp.asarray(said))
        moved.append(lengths(xp, whole - without) * inputs[:, place, 0])
    return whole, xp.stack(moved, 1)


def _logits(xp: Any, weights: Mapping[str, Any], inputs: Any, evidence: Any) -> Any:
    width = weights["hidden.weight"].shape[1]
    units = xp.tanh(xp.einsum("nmw,mwu->nu", inputs[:, :, :width], weights["hidden.weight"]) + weights["hidden.bias"])
    return evidence.sum(1) + units @ weights["out.weight"] + weights["out.bias"]


def initial(seed: int, width: int = WIDTH) -> dict[str, Array]:
    """Weights to begin a training with, for networks that read `width` columns of each modality."""
    random = np.random.default_rng(seed)
    scale = 1 / np.sqrt(len(MODALITIES) * width)
    return {
        "hidden.weight": random.normal(0, scale, (len(MODALITIES), width, _UNITS)).astype(np.float32),
        "hidden.bias": np.zeros(_UNITS, np.float32),
        "out.weight": random.normal(0, 0.01, (_UNITS, len(LABELS))).astype(np.float32),
        "out.bias": np.zeros(len(LABELS), np.float32),
    }


def create(reference: str = "") -> LearnedFusion:
    """The fusion; `reference` is a directory of `assistant train fusion`."""
    return opened(__file__, forward, reference)
