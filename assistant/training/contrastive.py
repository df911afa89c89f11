"""Contrastive: a low-rank map of unit vectors that brings each row nearer to its own candidate than to the others. Knows no file.

InfoNCE over all candidates at once (van den Oord et al. 2018), with the vectors computed beforehand: an epoch takes milliseconds. Vectors
of everyday names are held in place, so that what has nothing to do with the rows stays where it was. Part of the rows decides when
to stop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

RANK = 32
STEPS, CHECKED = 400, 20
"""Steps at most, and between two looks at the rows that decide."""
PATIENCE = 5
"""Looks without getting better before it stops."""
RATE, TEMPERATURE, BATCH = 2e-3, 0.05, 256
HELD_IN_PLACE = 20.0
"""Weight of everyday names staying where they are."""
Array = NDArray[np.float32]
Report = Callable[[float], None]
Map = Callable[[Any], Any]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Problem:
    """Rows (n, d) with the place of their candidate among `candidates` (m, d)."""

    rows: Array
    own: Places
    candidates: Array
    together: bool
    """Whether candidates are moved as rows are: both are texts."""
    after: Map | None = None
    """What a moved row goes through before it is compared: torch tensors of shape (n, d)."""


def places(rows: Array, own: Places, candidates: Array) -> list[int]:
    """The place, from 1, of each row's own candidate; candidates as near as it come before it."""
    scores = rows @ candidates.T
    mine = scores[np.arange(len(own)), own]
    return [int(n) for n in (scores >= mine[:, None]).sum(1)]


def mrr(found: list[int]) -> float:
    """Mean of 1/place."""
    return float(np.mean([1 / place for place in found])) if found else 0.0


def fit(problem: Problem, fixed: Array, seed: int, progress: Report) -> tuple[Array, Array]:
    """`down` (RANK, d) and `up` (RANK, d); zeros in `up` when nothing helped. `fixed` (k, d) are to stay where they are."""
    import torch

    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(problem.rows))
    cut = max(1, len(order) // 6)
    deciding, learning = order[:cut], order[cut:]
    size = problem.rows.shape[1]
    down = torch.nn.Parameter(torch.randn(RANK, size) / size**0.5)
    up = torch.nn.Parameter(torch.zeros(RANK, size))
    rows, candidates, own = torch.from_numpy(problem.rows), torch.from_numpy(problem.candidates), torch.from_numpy(problem.own)
    still = torch.from_numpy(fixed)
    optimizer = torch.optim.AdamW([down, up], lr=RATE, weight_decay=0.01)

    def moved(vectors: Any) -> Any:
        return torch.nn.functional.normalize(vectors + (vectors @ down.T) @ up, dim=-1)

    def sides(which: Any) -> tuple[Any, Any]:
        left = moved(rows[which])
        left = problem.after(left) if problem.after is not None else left
        return left, moved(candidates) if problem.together else candidates

    def judged() -> float:
        with torch.no_grad():
            left, right = sides(torch.from_numpy(deciding))
            return float(torch.nn.functional.cross_entropy(left @ right.T / TEMPERATURE, own[torch.from_numpy(deciding)]))

    best, since, kept = judged(), 0, (down.detach().numpy().copy(), up.detach().numpy().copy())
    for step in range(STEPS):
        which = torch.from_numpy(generator.permutation(learning)[:BATCH])
        left, right = sides(which)
        loss = torch.nn.functional.cross_entropy(left @ right.T / TEMPERATURE, own[which])
        some = still[torch.from_numpy(generator.integers(len(fixed), size=BATCH))]
        loss = loss + HELD_IN_PLACE * ((moved(some) - some) ** 2).sum(-1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        progress((step + 1) / STEPS)
        if (step + 1) % CHECKED == 0:
            now = judged()
            since = 0 if now < best else since + 1
            if now < best:
                best, kept = now, (down.detach().numpy().copy(), up.detach().numpy().copy())
            if since >= PATIENCE:
                break
    return kept
