"""Every study of reliability at its fast size: no failure, and as many trials as it says."""

import pytest

from benchmarks.reliability.study import studies
from retrieval.faults import NotInstalled

SEED = 20261122


@pytest.mark.parametrize("study", studies(), ids=lambda study: study.name)
def test_a_fast_part_of_each_study_passes(study, tmp_path):
    try:
        outcome = study.run(study.trials["fast"], SEED, tmp_path, lambda done: None)
    except NotInstalled as fault:  # strace or a C compiler
        pytest.skip(f"{fault.message} {fault.hint}")
    assert outcome.failures == []
    assert outcome.failed == 0
    assert outcome.done == study.trials["fast"]
