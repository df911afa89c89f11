"""Running studies and writing the report: what failed is told, and every case stands there with its tests."""

import json
import re

import pytest

from benchmarks.reliability import running
from benchmarks.reliability.cases import BATTERY
from benchmarks.reliability.running import read_ends, run_all
from benchmarks.reliability.study import Outcome, Study

JUNIT = """<testsuites><testsuite>
<testcase file="tests/a.py" name="test_one[x]"/><testcase file="tests/a.py" name="test_one[y]"><failure/></testcase>
<testcase file="tests/a.py" name="test_two[x]"><skipped/></testcase><testcase file="tests/a.py" name="test_two[y]"/>
</testsuite></testsuites>"""


def study(name, run):
    return Study(
        name=name, title=f"<{name}>", goal="none lost", unit="coins", trials={"fast": 3, "full": 5, "nightly": 9}, run=run, covers=("D01",)
    )


def toss(trials, seed, folder, tick):
    seen = Outcome(figures={"seed of it": seed})
    for _ in range(trials):
        seen.done += 1
        tick(1)
    assert list(folder.iterdir()) == []
    return seen


def lose(trials, seed, folder, tick):
    seen = toss(trials, seed, folder, tick)
    for n in range(30):
        seen.fail(f"coin {n} <lost>")
    return seen


def crash(trials, seed, folder, tick):
    raise ValueError("no coins")


def test_a_report_of_what_passed(tmp_path):
    assert run_all([study("toss", toss)], "full", 7, tmp_path / "reports", tests=False) == 0
    found = json.loads((tmp_path / "reports" / "reliability.json").read_text())
    assert [(row["name"], row["done"], row["passed"], row["figures"]) for row in found["studies"]] == [("toss", 5, True, {"seed of it": 7})]
    assert {case["id"] for case in found["cases"]} == set(BATTERY)
    page = (tmp_path / "reports" / "reliability.html").read_text()
    assert "&lt;toss&gt;" in page
    assert all(f"<td>{case}<td>" in page for case in BATTERY)


def test_failures_end_with_an_exit_code_and_stand_in_the_report(tmp_path, capsys):
    assert run_all([study("crash", crash), study("lose", lose)], "fast", 7, tmp_path, trials=2, tests=False) == 1
    crashed, lost = json.loads((tmp_path / "reliability.json").read_text())["studies"]
    assert "no coins" in crashed["failures"][0]
    assert (lost["done"], lost["failed"], len(lost["failures"])) == (2, 30, 20)
    assert "coin 3 &lt;lost&gt;" in (tmp_path / "reliability.html").read_text()
    assert re.search(r"2 studies, 0 tests, 2 failed", capsys.readouterr().out)


@pytest.mark.parametrize(("ends", "code"), [({"tests/a.py::test": "passed"}, 0), ({"tests/a.py::test": "failed"}, 1)])
def test_the_tests_of_the_battery_count(monkeypatch, tmp_path, ends, code):
    monkeypatch.setattr(running, "run_marked", lambda console: ends)
    assert run_all([study("toss", toss)], "fast", 7, tmp_path) == code


def test_the_worst_end_of_a_tests_parameters_counts():
    assert read_ends(JUNIT) == {"tests/a.py::test_one": "failed", "tests/a.py::test_two": "passed"}
