"""The benchmark of pictures runs, and compares pictures that are the same; what it measures is never asserted."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_the_quick_benchmark_of_pictures_runs(tmp_path):
    out = tmp_path / "pictures.json"
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.pictures", "--quick", "--rounds", "1", "--json", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    rows = json.loads(out.read_text("utf-8"))["rows"]
    assert [row["what"] for row in rows][:3] == ["tiny: bare", "tiny: bare and saved", "tiny: ours"]
    assert all(row["ratio"] > 0 for row in rows)
