"""Fitting: the numbers of a fusion from readings with labels, by gradient descent on what serves them (`forward` of its file).

Knows arrays; where the readings come from is for the callers: a person's pairs, or the simulation that the shipped weights learned from.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.backends import names
from tools.fusions.base import MODALITIES, WIDTH, Array, Batch

PACKAGE = "tools.fusions"
RATE, NEAR = 0.01, 1e-4
DROPPED = 0.25
"""Chance that a modality is left out of a row in a step, so that the rest learns to do without it."""
CHECKED, PATIENCE = 20, 8


@dataclass(frozen=True)
class Plan:
    """How long and from what a fusion is fitted."""

    steps: int = 600
    rows: int = 512
    """Rows a step."""
    seed: int = 7
    width: int = WIDTH
    """Columns of the inputs that are read."""
    dropped: float = DROPPED
    report: Callable[[float], None] = lambda share: None


def ways() -> list[str]:
    """The ways to fuse, by the names of their files."""
    return names(PACKAGE)


def fitted(way: str, rows: Batch, labels: NDArray[np.int64], plan: Plan) -> dict[str, Array]:
    """Weights of `way` for readings (n of `rows`) and the places of their labels in LABELS; a sixth of them decides when to stop."""
    import torch

    module = importlib.import_module(f"{PACKAGE}.{way}")
    random = np.random.default_rng(plan.seed)
    order = random.permutation(len(labels))
    deciding, learning = np.split(order, [max(1, len(order) // 6)])
    inputs, evidence = (torch.from_numpy(np.asarray(one, np.float32)) for one in (rows.inputs, rows.evidence))
    target = torch.from_numpy(np.asarray(labels, np.int64))
    begun: dict[str, Array] = module.initial(plan.seed, plan.width)
    weights = {name: torch.nn.Parameter(torch.from_numpy(value.copy())) for name, value in begun.items()}
    optimizer = torch.optim.Adam(list(weights.values()), lr=RATE)

    def loss(which: NDArray[np.int64], drop: float) -> Any:
        kept = torch.from_numpy(_kept(random, inputs[which][:, :, 0].numpy(), drop))[..., None]
        logits, _ = module.forward(torch, weights, inputs[which] * kept, evidence[which] * kept)
        return torch.nn.functional.cross_entropy(logits, target[which])

    def judged() -> float:
        with torch.no_grad():
            return float(loss(deciding, 0.0))

    best, since, kept = judged(), 0, begun
    for step in range(plan.steps):
        which = learning if len(learning) <= plan.rows else random.choice(learning, plan.rows, replace=False)
        optimizer.zero_grad()
        away = sum(((value - torch.from_numpy(begun[name])) ** 2).sum() for name, value in weights.items())
        (loss(which, plan.dropped) + NEAR * away).backward()
        optimizer.step()
        if (step + 1) % CHECKED == 0:
            now = judged()
            since = 0 if now < best else since + 1
            if now < best:
                best, kept = now, {name: value.detach().numpy().copy() for name, value in weights.items()}
            plan.report((step + 1) / plan.steps)
            if since >= PATIENCE:
                break
    return kept


def _kept(random: np.random.Generator, there: Array, drop: float) -> Array:
    """(n, 3): 0 for what is left out in this step. A row keeps two readings at least: one alone is not fused."""
    kept = (random.random(there.shape) >= drop).astype(np.float32) if drop else np.ones_like(there)
    few = (kept * there).sum(1) < min(2, len(MODALITIES))
    kept[few] = 1
    return kept
