"""`assistant train`: figures before and after, a model that is used, taken back and removed, and one that is no better."""

import json

import pytest
import training_samples as samples
from library_samples import CACHE
from typer.testing import CliRunner

from assistant.settings import read
from retrieval.faults import Conflict, InvalidInput
from ui.cli.main import app


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("ASSISTANT_CACHE_DIR", str(CACHE))

    def invoke(*arguments, code=0):
        done = CliRunner().invoke(app, ["train", *map(str, arguments), "--data-dir", str(tmp_path / "data")], catch_exceptions=False)
        assert done.exit_code == code, done.output
        return done.stdout

    return invoke


def test_an_encoder_is_trained_used_taken_back_and_removed(run, tmp_path):
    made = json.loads(run("encoder", "--data", samples.faq(tmp_path), "--name", "shop", "--json"))
    assert made["better"]
    assert not made["in_use"]
    assert made["scores"]["after_words_mrr"] > made["scores"]["before_words_mrr"]
    assert "use --undo" in run("use", "shop")
    settings = read({"data_dir": tmp_path / "data"})
    assert settings.backend("text_embedder")[1] == made["path"]
    row = json.loads(run("list", "--json"))["data"][0]
    assert row["in_use"] == ["audio_embedder", "image_embedder", "text_embedder"]
    assert "text_embedder" in run("list")
    with pytest.raises(Conflict):
        run("remove", "shop")
    assert "only what comes along" in run("use", "--undo")
    assert json.loads(run("remove", "shop", "--json")) == {"removed": "shop"}
    assert json.loads(run("list", "--json"))["data"] == []


def test_one_that_is_no_better_is_kept_beside_and_not_used(run, tmp_path):
    """All of this is read rightly already, so nothing can be gained."""
    said = {"joy": "I am so happy and glad that the {} came", "anger": "I am furious and angry that the {} broke"}
    things = ("bus", "post", "lamp", "cake", "boat", "train", "clock", "phone", "chair", "tent", "kettle", "mug")
    rows = [(text.format(thing), label) for label, text in said.items() for thing in things]
    data = samples.write(tmp_path / "texts.csv", ("text", "label"), rows)
    shown = run("emotion", "--data", data, "--use", "--name", "noise", code=1)
    assert "held back" in shown
    assert json.loads(run("list", "--json"))["data"][0]["in_use"] == []
    with pytest.raises(Conflict, match="no better"):
        run("use", "noise")


def test_a_label_of_ones_own_is_mapped(run, tmp_path):
    data = samples.write(tmp_path / "texts.csv", ("text", "label"), [("well", "meh")] * 2)
    with pytest.raises(InvalidInput, match="'meh' is no feeling"):
        run("emotion", "--data", data)
    with pytest.raises(InvalidInput, match="maps onto no feeling"):
        run("emotion", "--data", data, "--label", "meh=bored")


def test_a_setting_that_wins_is_named(run, tmp_path, monkeypatch):
    shown = run("encoder", "--data", samples.faq(tmp_path), "--name", "shop")
    assert "kept_everyday\t1.000\t0.9" in shown
    assert "words_recall@1\t0." in shown
    monkeypatch.setenv("ASSISTANT_MODELS_TEXT_EMBEDDER", "minilm")
    assert "models.text_embedder is set elsewhere (environment ASSISTANT_MODELS_TEXT_EMBEDDER)" in run("use", "shop")


def test_without_a_pipeline_a_lora_is_refused_with_the_reason(run, tmp_path):
    with pytest.raises(InvalidInput, match="cannot take a LoRA"):
        run("image-lora", "--data", samples.catalogue(tmp_path))


def test_use_wants_a_name_or_undo(run):
    for arguments in (("use",), ("use", "shop", "--undo")):
        with pytest.raises(InvalidInput, match="Name a model"):
            run(*arguments)
