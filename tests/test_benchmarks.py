"""The benchmarks run; what they measure is never asserted."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_the_quick_benchmark_runs(tmp_path):
    command = [sys.executable, "-m", "benchmarks.run", "--quick", "--no-peers", "--out", str(tmp_path / "results.md")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    written = (tmp_path / "results.md").read_text("utf-8")
    assert "Failed" not in written
    assert written.count("skipped") == 3
    for row in ("| ours |", "| bare encoder + bare FAISS |", "| none |"):
        assert row in written


def test_passages_are_the_same_every_time_and_differ():
    sys.path.insert(0, str(ROOT))
    try:
        from benchmarks.passages import clustered, passages, questions
    finally:
        sys.path.remove(str(ROOT))
    made = passages(50)
    assert made == passages(50)
    assert len(set(made)) == 50
    assert len(set(questions(20, 1000))) > 10
    vectors = clustered(10, np.eye(4, dtype=np.float32))
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
