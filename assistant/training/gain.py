"""Gain: whether what was trained does better on the rows held back than chance explains. Knows scores of rows, no model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.05
"""Most chance with which a gain as large would be seen although there is none."""
FLIPS, BLOCK = 9000, 500
"""Random flips, and how many are made at a time."""
FEWEST = 5
"""Rows that must at least come out better, and none worse, for that: half to the power of five is 0.03."""
Scores = Sequence[float] | NDArray[np.floating] | NDArray[np.bool_]


def by_chance(before: Scores, after: Scores, seed: int) -> float:
    """How often the rows would gain as much in all if each had come out better or worse by the toss of a coin, 0 to 1.

    `before` and `after`: a score of each row, larger is better. Randomisation test of paired scores (Fisher 1935), on random flips with
    the one that was seen among them (Phipson and Smyth 2010).
    """
    gains = np.asarray(after, np.float64) - np.asarray(before, np.float64)
    gains = gains[gains != 0]
    if not len(gains):
        return 1.0
    rng = np.random.default_rng(seed)
    least = gains.sum() - 1e-9 * np.abs(gains).sum()
    as_large = sum(int((rng.choice((-1.0, 1.0), (BLOCK, len(gains))) @ gains >= least).sum()) for _ in range(FLIPS // BLOCK))
    return (1 + as_large) / (1 + FLIPS)


def judged(before: Scores, after: Scores, seed: int) -> tuple[bool, tuple[str, ...]]:
    """Whether the gain is no chance, and what to say when the rows do better and it may be one."""
    chance = by_chance(before, after, seed)
    if chance <= LEVEL:
        return True, ()
    if np.sum(np.asarray(after, np.float64)) <= np.sum(np.asarray(before, np.float64)):
        return False, ()
    return False, (
        f"The gain may be chance: as much would be seen in {chance:.0%} of trainings that teach nothing (at most {LEVEL:.0%} is asked). "
        f"{len(before)} rows were held back; at least {FEWEST} must come out better. Give more rows, or a file of them with --holdout.",
    )
