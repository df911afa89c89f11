"""Fusion learned from pairs: what the voice tells comes to count where the words tell nothing."""

import json

import fusion_samples as samples
import pytest
from tool_samples import NoText, make_kit
from training_samples import options, silent

from assistant import adapted
from assistant.settings import read
from assistant.training import fusion
from retrieval.backends import load
from retrieval.content import Content
from retrieval.faults import InvalidInput


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    yield from make_kit(tmp_path_factory.mktemp("kit"), recognizer=NoText())


@pytest.fixture(scope="module")
def trained(kit, tmp_path_factory):
    room = tmp_path_factory.mktemp("fusion")
    chosen = options(room, samples.paired(room / "pairs"), name="ours")
    return chosen.data_dir, fusion.train(chosen, kit, "", silent)


def test_pairs_that_were_held_back_are_read_right(trained):
    _, card = trained
    print(card.scores, card.notes)
    assert card.better
    assert card.scores["after_macro_f1"] > 0.85 > card.scores["before_macro_f1"] + 0.2
    assert card.rows["held_back"] == 6
    assert "audio" in card.notes[1]


def test_the_setting_loads_it(trained, kit):
    data_dir, card = trained
    adapted.use(data_dir, "ours")
    way, reference = read({"data_dir": data_dir}, {}).backend("fusion")
    assert (way, reference) == (card.roles["fusion"], str((data_dir / "models" / "ours").resolve()))
    made = load("tools.fusions", way)(reference)
    assert made.card.scores == card.scores
    readings = {
        "text": kit.emotions["text"].analyze(Content.from_text("The meeting is at eleven."), "en"),
        "audio": kit.emotions["audio"].analyze(Content(modality="audio", media_type="audio/wav", data=samples.voice(False, 99)), "en"),
    }
    assert made.fuse(readings).label == "sadness"


def test_a_way_can_be_chosen_and_a_folder_of_feelings_read(kit, tmp_path):
    for label, lively in (("joy", True), ("sadness", False)):
        place = tmp_path / "pairs" / label
        place.mkdir(parents=True)
        for n in range(11):
            (place / f"{n}.txt").write_text(f"{n} chairs stand in the hall.", "utf-8")
            (place / f"{n}.wav").write_bytes(samples.voice(lively, n, 1.0))
    card = fusion.train(options(tmp_path, tmp_path / "pairs"), kit, "weighted", silent)
    assert card.roles == {"fusion": "weighted"}
    assert json.loads((tmp_path / "data" / "models" / card.name / "card.json").read_text("utf-8"))["kind"] == "fusion"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("text,label\na,joy\nb,meh", "'meh' is no feeling"),
        ("text,label\na,joy\nb,joy", "rows of 1 feelings"),
        ("label\njoy", "names no words"),
    ],
)
def test_bad_pairs_are_refused_and_nothing_is_written(kit, tmp_path, rows, message):
    (tmp_path / "pairs.csv").write_text(rows + "\n", "utf-8")
    with pytest.raises(InvalidInput, match=message):
        fusion.train(options(tmp_path, tmp_path / "pairs.csv"), kit, "", silent)
    assert not (tmp_path / "data" / "models").exists()


def test_an_unknown_way_is_named(kit, tmp_path):
    with pytest.raises(InvalidInput, match="'late' is no way"):
        fusion.train(options(tmp_path, tmp_path / "pairs.csv"), kit, "late", silent)
