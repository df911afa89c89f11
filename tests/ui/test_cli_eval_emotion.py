"""`assistant eval emotion` and `assistant train fusion`: on a person's own pairs, from the command line."""

import json

import fusion_samples as samples
import pytest
from library_samples import CACHE
from typer.testing import CliRunner

from assistant.settings import read
from ui.cli.main import app


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return samples.paired(tmp_path_factory.mktemp("pairs"), each=10)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("ASSISTANT_CACHE_DIR", str(CACHE))

    def invoke(*arguments, code=0):
        done = CliRunner().invoke(app, [*map(str, arguments), "--data-dir", str(tmp_path / "data")], catch_exceptions=False)
        assert done.exit_code == code, done.output
        return done.stdout

    return invoke


def test_every_way_is_measured_and_one_of_ones_own_beside_them(run, pairs, tmp_path):
    made = json.loads(run("train", "fusion", "--data", pairs, "--way", "gated", "--use", "--json"))
    assert made["in_use"]
    assert made["roles"] == {"fusion": "gated"}
    assert read({"data_dir": tmp_path / "data"}, {}).backend("fusion") == ("gated", made["path"])
    told = json.loads(run("eval", "emotion", "--data", pairs, "--min", 0.9, "--json"))
    rows = {(row["reader"], row["condition"]): row for row in told["rows"]}
    assert told["passed"]
    assert told["in_use"] == "gated, yours"
    assert told["pairs"]["joy"] == 10
    assert rows["gated, yours", "as they are"]["macro_f1"] > 0.9 > rows["text", "as they are"]["macro_f1"]
    assert {"weighted", "early", "gated", "attention"} <= {reader for reader, _ in rows}
    assert {"without audio", "voice in noise, 0 dB", "audio of another", "words shuffled"} <= {condition for _, condition in rows}


def test_a_figure_that_is_too_low_is_a_failure_and_the_table_is_shown(run, pairs):
    shown = run("eval", "emotion", "--data", pairs, "--min", 0.99, code=1)
    assert "weighted (in use)" in shown
    assert "macro-F1 when something is missing or damaged" in shown
