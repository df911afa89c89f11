"""What counts as a gain: more than chance explains, and rows enough to tell."""

import numpy as np
import pytest

from assistant.training.gain import FEWEST, LEVEL, by_chance, judged


def test_rows_enough_that_all_come_out_better():
    assert judged([0] * FEWEST, [1] * FEWEST, 7) == (True, ())
    assert by_chance([0] * FEWEST, [1] * FEWEST, 7) == pytest.approx(0.5**FEWEST, abs=0.01)


def test_too_few_rows_and_what_would_do():
    better, (said,) = judged([0] * 4 + [1] * 8, [1] * 12, 7)
    assert not better
    assert "12 rows" in said
    assert "--holdout" in said


@pytest.mark.parametrize(("before", "after"), [([], []), ([1, 0], [1, 0]), ([1, 1, 1], [0, 0, 1])])
def test_no_gain_says_nothing_of_chance(before, after):
    assert judged(before, after, 7) == (False, ())


def test_what_teaches_nothing_is_seldom_a_gain():
    rng = np.random.default_rng(0)
    runs = [judged(rng.random(30), rng.random(30), seed)[0] for seed in range(200)]
    assert np.mean(runs) <= 2 * LEVEL


def test_a_small_gain_of_many_rows_is_one():
    rng = np.random.default_rng(0)
    before = rng.random(400)
    assert judged(before, before + rng.normal(0.05, 0.2, 400), 7)[0]
