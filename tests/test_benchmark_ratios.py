"""What a change makes dearer beside the bare libraries: ratios of processor time in one run, never a time."""

import pytest

from benchmarks.ratios import PAIRS, TRIES, WORSE, kept, regressed


def test_every_ratio_is_kept():
    assert set(kept()) == set(PAIRS)


@pytest.mark.slow
@pytest.mark.parametrize("name", PAIRS)
def test_no_ratio_is_worse(name):
    most = WORSE * kept()[name]
    found = regressed(name, most)
    assert found <= most, (
        f"'{name}' takes {found:.2f} times the processor time of the bare libraries in the best of {TRIES} measurements; {kept()[name]:.2f} is"
        " known. If that is meant: .venv/bin/python -m benchmarks.ratios --write"
    )
