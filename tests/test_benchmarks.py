"""The benchmarks run; what they measure is never asserted."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import parts, quality, report_store
from benchmarks.ingesting import CONTESTANTS, PEERS
from benchmarks.parts import WITHOUT_SERVERS
from benchmarks.passages import clustered, passages, questions
from benchmarks.rows import Goal, Row
from benchmarks.run import wanted

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_the_quick_benchmark_runs(tmp_path):
    parts = ",".join(name for name in WITHOUT_SERVERS if name != "speaking")  # which needs the voice
    command = [sys.executable, "-m", "benchmarks.run", "--quick", "--no-peers", "--parts", parts, "--out", str(tmp_path / "results.md")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    written = (tmp_path / "results.md").read_text("utf-8")
    assert "Failed" not in written
    assert written.count("| skipped: not asked for") == len(PEERS)
    for row in ("| ours |", "| bare encoder + bare FAISS |", "| none |", "| ingest, exact, over the bare bf16 loop |"):
        assert row in written


def test_a_part_that_fails_says_why_and_stops_no_other(monkeypatch, tmp_path):
    def broken(plan):
        raise RuntimeError("no | disk\nleft")

    monkeypatch.setattr(parts, "PARTS", {"broken": broken})
    report = parts.measured("broken", parts.Plan(tmp_path))
    assert [row.line() for row in report.rows] == ["| broken |  |  |  |  |  | not measured: no / disk left |"]


def test_a_module_that_prints_no_result_says_its_last_words():
    assert "No module named benchmarks.none" in parts.child(sys.executable, "none")["error"]


def test_goals_are_met_or_missed():
    for value, goal, end in (
        (2.1, Goal(least=2.0), "| 2.1 | ≥ 2 | met |"),
        (1.9, Goal(least=2.0), "| 1.9 | ≥ 2 | missed |"),
        (2.5, Goal(most=2.0, unit=" ms"), "| 2.5 ms | ≤ 2 ms | missed |"),
        (math.nan, Goal(most=2.0), "|  | ≤ 2 | not measured: no figure |"),
    ):
        assert Row("speed", value, goal, "ours", "bare", "peer").line() == f"| speed | ours | bare | peer {end}"


def test_an_unknown_part_is_refused():
    with pytest.raises(SystemExit, match="There is no part nonsense"):
        wanted("nonsense", quick=False)


def test_ingestion_without_peers_compares_with_the_bare_loop():
    run = {"passages_per_s": 8.0, "passages_per_cpu_s": 9.0, "query_cpu_ms": 1.0, "peak_mb": 300.0, "disk_per_text": 3.0}
    runs = {name: [{"error": "not asked for"}] if name in PEERS else [run] for name in CONTESTANTS}
    met = {row.what: row.line().rsplit("|", 2)[1].strip() for row in report_store.ingesting(runs, 10).rows}
    assert met["ingest, exact, over the bare bf16 loop"] == "met"
    assert met["ingest, exact, over the best peer"] == "not measured: not asked for"
    assert met["disk over text"] == "met"


def test_questions_of_one_half_are_about_the_articles_of_that_half(tmp_path):
    articles = [{"paragraphs": [{"context": f"Passage {n}.", "qas": [{"question": f"What is {n}?"}]}]} for n in range(6)]
    (tmp_path / "set.json").write_text(json.dumps({"data": articles}), "utf-8")
    (tmp_path / "more.jsonl").write_text('{"answer": "More."}\n', "utf-8")
    found = quality.sets(tmp_path, "reported", 7, 10)["English"]
    assert sorted(found.questions) == [("What is 1?", 1), ("What is 3?", 3), ("What is 5?", 5)]
    assert found.passages == [*(f"Passage {n}." for n in range(6)), "More."]


def test_passages_are_the_same_every_time_and_differ():
    made = passages(50)
    assert made == passages(50)
    assert len(set(made)) == 50
    assert len(set(questions(20, 1000))) > 10
    vectors = clustered(10, np.eye(4, dtype=np.float32))
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
