"""`assistant eval bundled` from the command line, on a folder that holds one small set."""

import hashlib
import json
import subprocess
import sys

import pytest

from assistant.evaluation.base import Score
from assistant.evaluation.bundled import MEASURES, Measured, Report, chosen
from assistant.evaluation.router import KEPT_BACK
from retrieval.faults import InvalidInput

ASKED = [f"please book a flight to Oslo for {n} people" for n in range(40)]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets")
    listed = folder / "intent_text" / "dev" / "clinc150.tsv"
    listed.parent.mkdir(parents=True)
    listed.write_text("text\tintent\n" + "".join(f"{text}\tbook_flight\n" for text in ASKED), "utf-8")
    return folder


def evaluate(*arguments):
    return subprocess.run([sys.executable, "-m", "ui.cli.main", "eval", "bundled", *arguments], capture_output=True, text=True, timeout=120)


def test_what_can_be_measured_is_and_what_cannot_says_why(data):
    done = evaluate("--data", str(data), "--only", "router", "--only", "vqa", "--json")
    assert done.returncode == 0, done.stderr
    router, vqa = json.loads(done.stdout)["measured"]
    scores = {score["name"]: score for score in router["scores"]}
    kept = [text for text in ASKED if int(hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(), 16) % KEPT_BACK == 0]
    assert scores["clinc150_out_of_scope"]["cases"] == len(kept)
    assert scores["heldout"]["value"] > 0.9
    assert not vqa["scores"]
    assert "--data" in vqa["skipped"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [([], "--data"), (["--data", "/no/such/folder"], "/no/such/folder"), (["--data", ".", "--only", "taste"], "router")],
)
def test_what_is_wrong_is_told_with_what_to_do(arguments, told):
    done = evaluate(*arguments)
    assert done.returncode in (1, 2)
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missed_goal_is_named_and_one_without_a_goal_is_not():
    scores = [
        Score("vqa", "low", 0.2, 5, goal=0.5),
        Score("vqa", "free", 0.1, 5),
        Score("speech", "wer", 0.3, 5, goal=0.4, lower_is_better=True),
    ]
    report = Report([Measured("vqa", 1.2, scores)])
    assert report.missed == ["vqa/low"]
    assert report.to_dict()["passed"] is False


def test_every_measure_is_taken_unless_some_are_chosen():
    assert chosen([]) == list(MEASURES)
    assert chosen(["vqa"]) == ["vqa"]
    with pytest.raises(InvalidInput):
        chosen(["taste"])
