"""Gated: a gated multimodal unit (Arevalo et al. 2017). Gates that see all modalities decide how much each of them passes on.

Each modality becomes a few units; its gates multiply them, and the mean of its gates multiplies its evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tools.emotions.base import LABELS
from tools.fusions._learned import LearnedFusion, lengths, opened
from tools.fusions.base import MODALITIES, WIDTH, Array

_UNITS = 12


def forward(xp: Any, weights: Mapping[str, Any], inputs: Any, evidence: Any) -> tuple[Any, Any]:
    """See `Forward`."""
    seen = inputs[:, :, : weights["unit.weight"].shape[1]]
    there = seen[:, :, :1]
    units = xp.tanh(xp.einsum("nmw,mwu->nmu", seen, weights["unit.weight"]) + weights["unit.bias"])
    gates = there / (1 + xp.exp(-xp.clip(xp.einsum("nkw,kwmu->nmu", seen, weights["gate.weight"]) + weights["gate.bias"], -20.0, 20.0)))
    passed = gates.mean(-1)[..., None]
    logits = (2 * passed * evidence).sum(1) + (gates * units).sum(1) @ weights["out.weight"] + weights["out.bias"]
    return logits, passed[..., 0] * lengths(xp, evidence)


def initial(seed: int, width: int = WIDTH) -> dict[str, Array]:
    """Weights to begin a training with, for networks that read `width` columns of each modality."""
    random = np.random.default_rng(seed)
    count = len(MODALITIES)
    return {
        "unit.weight": random.normal(0, 1 / np.sqrt(width), (count, width, _UNITS)).astype(np.float32),
        "unit.bias": np.zeros((count, _UNITS), np.float32),
        "gate.weight": random.normal(0, 0.1 / np.sqrt(width), (count, width, count, _UNITS)).astype(np.float32),
        "gate.bias": np.zeros((count, _UNITS), np.float32),
        "out.weight": random.normal(0, 0.01, (_UNITS, len(LABELS))).astype(np.float32),
        "out.bias": np.zeros(len(LABELS), np.float32),
    }


def create(reference: str = "") -> LearnedFusion:
    """The fusion; `reference` is a directory of `assistant train fusion`."""
    return opened(__file__, forward, reference)
