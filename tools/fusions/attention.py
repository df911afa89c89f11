"""Attention: every modality looks at the others (cross-modal attention, Vaswani et al. 2017; Tsai et al. 2019) before it is weighed.

A second attention over what came of that gives the shares, so weight moves away from a modality that is missing, or that the others and
its own uncertainty show to be noise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tools.emotions.base import LABELS
from tools.fusions._learned import LearnedFusion, lengths, masked_softmax, opened
from tools.fusions.base import MODALITIES, WIDTH, Array

_UNITS = 12


def forward(xp: Any, weights: Mapping[str, Any], inputs: Any, evidence: Any) -> tuple[Any, Any]:
    """See `Forward`."""
    seen = inputs[:, :, : weights["token.weight"].shape[1]]
    there = seen[:, :, 0]
    tokens = xp.tanh(xp.einsum("nmw,mwu->nmu", seen, weights["token.weight"]) + weights["token.bias"])
    scores = xp.einsum("nqu,nku->nqk", tokens @ weights["query"], tokens @ weights["key"]) / np.sqrt(_UNITS)
    looked = masked_softmax(xp, scores, there[:, None, :])
    joined = xp.tanh(tokens + looked @ (tokens @ weights["value"]))
    shares = masked_softmax(xp, (joined * weights["weigh"]).sum(-1), there)
    count = there.sum(1)[:, None, None]
    logits = (count * shares[..., None] * evidence).sum(1) + (shares[..., None] * joined).sum(1) @ weights["out.weight"]
    return logits + weights["out.bias"], shares * lengths(xp, evidence)


def initial(seed: int, width: int = WIDTH) -> dict[str, Array]:
    """Weights to begin a training with, for networks that read `width` columns of each modality."""
    random = np.random.default_rng(seed)
    count, square = len(MODALITIES), (_UNITS, _UNITS)
    return {
        "token.weight": random.normal(0, 1 / np.sqrt(width), (count, width, _UNITS)).astype(np.float32),
        "token.bias": np.zeros((count, _UNITS), np.float32),
        **{name: random.normal(0, 1 / np.sqrt(_UNITS), square).astype(np.float32) for name in ("query", "key", "value")},
        "weigh": random.normal(0, 0.1, (count, _UNITS)).astype(np.float32),
        "out.weight": random.normal(0, 0.01, (_UNITS, len(LABELS))).astype(np.float32),
        "out.bias": np.zeros(len(LABELS), np.float32),
    }


def create(reference: str = "") -> LearnedFusion:
    """The fusion; `reference` is a directory of `assistant train fusion`."""
    return opened(__file__, forward, reference)
