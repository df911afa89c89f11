"""`assistant emotion` and `assistant audit` beside a running server: sentences, bars, JSON, consent, and the log of it."""

import json

import pytest
from own_service import serving_here
from typer.testing import CliRunner

from ui.cli.feelings import BAR, bar
from ui.cli.main import app


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    with serving_here(tmp_path_factory.mktemp("emotion")) as folder:
        yield folder


@pytest.fixture
def call(data):
    def run(*words):
        return CliRunner().invoke(app, [*words, "--data-dir", str(data)])

    return run


def test_words_and_a_file_are_told_in_bars(call, tmp_path):
    (tmp_path / "note.txt").write_text("and I am so proud of you")
    done = call("emotion", "I am so happy", str(tmp_path / "note.txt"))
    assert done.exit_code == 0, done.output
    assert "This reads as joy" in done.output
    assert done.output.count("█") > BAR / 2
    assert "words" in done.output


def test_chinese_words_are_told_in_chinese(call):
    assert "愤怒" in call("emotion", "太差了，气死我了，再也不来！").output


def test_json_is_the_shape_of_the_api_and_the_use_is_in_the_log(call):
    read = json.loads(call("emotion", "I am so happy", "--json").output)
    assert read["fused"]["label"] == "joy"
    newest = json.loads(call("audit", "--json", "--limit", "1").output)["data"][0]
    assert (newest["why"], newest["modalities"], newest["consent"]) == ("request", ["text"], False)
    assert "request" in call("audit").output


def test_a_voice_needs_consent(call, tmp_path):
    from media_samples import wav

    (tmp_path / "voice.wav").write_bytes(wav())
    done = call("emotion", str(tmp_path / "voice.wav"))
    assert done.exit_code == 1
    assert "consent" in str(done.exception)


def test_a_kind_that_is_not_read_is_refused(call, tmp_path):
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.4")
    assert "cannot be read here" in str(call("emotion", str(tmp_path / "paper.pdf")).exception)


def test_a_bar_shows_the_share_and_how_far_it_may_reach():
    assert bar(0.5, 1.0) == "█" * (BAR // 2) + "░" * (BAR // 2)
    assert bar(0.0, 0.0) == " " * BAR
