"""Full-size emotion classifiers, shrunk: labels by their names, several feelings at once, and honest refusals."""

import numpy as np
import pytest
import tiny_classifiers
import tiny_pictures
import tiny_speech

from retrieval.content import Content
from retrieval.faults import InvalidInput, NotInstalled, Unreadable
from retrieval.hosting.host import ModelHost
from tools.emotion_reading import to_wav
from tools.emotions import _smile
from tools.emotions._names import known, over_labels, unknown
from tools.emotions.base import FEATURES, FINE, LABELS
from tools.emotions.transformers import create
from tools.spotting import Spot

WORDS = Content.from_text("I am so glad that you are here, thank you!")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("classifiers")


@pytest.fixture(scope="module")
def models(folder):
    return ModelHost(folder, 2**30)


def analyzer(path, models, modality="text"):
    return create(f"{path}?dtype=float32", models=models, modality=modality)


def test_every_feeling_of_the_fine_list_has_its_group():
    assert {known(name) for name in FINE} == set(LABELS)
    assert [known(name) for name in LABELS] == list(LABELS)


@pytest.mark.parametrize(
    ("name", "label"),
    [("ANG", "anger"), ("Happy", "joy"), ("calm", "neutral"), ("fearful", "fear"), ("male_sad", "sadness"), ("生气", "anger"), ("LABEL_3", ""),
     ("surprise/awe", "surprise"), ("valence", "")],
)  # fmt: skip
def test_labels_are_matched_by_their_names(name, label):
    assert known(name) == label
    assert unknown([name]) == ([] if label else [name])


def test_shares_of_labels_add_up_and_probabilities_of_several_join():
    names = ["annoyance", "anger", "joy", "LABEL_3"]
    alone = over_labels(names, np.array([0.2, 0.3, 0.1, 0.4]), False)
    assert alone["anger"] == pytest.approx(0.5 / 0.6)
    several = over_labels(names, np.array([0.5, 0.5, 0.25, 0.9]), True)
    assert several["anger"] == pytest.approx(0.75)
    assert sum(several.values()) == pytest.approx(1)


def test_a_text_shows_what_the_classifier_is_sure_of(folder, models):
    reading = analyzer(tiny_classifiers.text(folder / "nervous", sure="nervousness"), models).analyze(WORDS, "en")
    assert reading.label == "fear"
    assert list(reading.fine) == ["nervousness"]
    assert reading.fine["nervousness"] > 0.9
    assert "nervous" in reading.note
    assert reading.uncertainty < 0.7


def test_a_long_text_is_read_to_its_end(folder, models):
    reader = analyzer(tiny_classifiers.text(folder / "long"), models)
    start = "I am here. " * 30
    one, other = (reader.analyze(Content.from_text(start + end), "en").distribution for end in ("x" * 60, "glad " * 12))
    assert one != other


def test_a_classifier_of_few_labels_that_knows_nothing_is_wholly_uncertain(folder, models):
    voice = to_wav(tiny_speech.speech("I really do not know what to say about all of this, whether you like it or not."))
    reading = analyzer(tiny_classifiers.voice(folder / "voice"), models, "audio").analyze(voice, "en")
    assert reading.uncertainty == pytest.approx(1, abs=0.02), "the model is random"
    assert reading.distribution["disgust"] == 0
    assert 0 < reading.dimensions["arousal"] < 1
    assert all("arousal" in m.dimensions for m in reading.timeline)
    assert [m.start for m in reading.timeline] == sorted(m.start for m in reading.timeline)


def test_labels_without_a_meaning_are_named_and_make_it_less_sure(folder, models):
    names = ("anger", "LABEL_1", "joy")
    reading = analyzer(tiny_classifiers.text(folder / "odd", names, several=False, sure="LABEL_1"), models).analyze(WORDS, "zh")
    assert "LABEL_1" in reading.note
    assert reading.uncertainty == 1


def test_faces_are_read_where_the_finder_finds_them(folder, models, monkeypatch):
    reader = analyzer(tiny_classifiers.face(folder / "face"), models, "image")
    image = tiny_pictures.picture()
    monkeypatch.setattr(_smile, "drawn", lambda picture, box: False)
    monkeypatch.setattr(_smile, "find", lambda picture: [])
    with pytest.raises(Unreadable):
        reader.analyze(image, "en")
    monkeypatch.setattr(_smile, "find", lambda picture: [Spot((0.1, 0.1, 0.6, 0.9), 0.9), Spot((0.7, 0.1, 0.9, 0.5), 0.8)])
    both = reader.analyze(image, "en")
    assert "faces read: 2" in both.note
    assert [face.place for face in both.faces] == ["the left face", "the right face"]
    assert both.faces[0].weight > both.faces[1].weight
    assert len(both.features) == FEATURES["image"]
    assert sum(both.distribution.values()) == pytest.approx(1)
    monkeypatch.setattr(_smile, "find", lambda picture: [Spot((0.7, 0.1, 0.9, 0.5), 0.8)])
    assert reader.analyze(image, "en").distribution != both.distribution


def test_a_model_of_something_else_is_refused(folder, models):
    for modality, path in (("audio", tiny_classifiers.text(folder / "words")), ("text", folder / "words")):
        names = ("cat", "dog") if modality == "text" else tiny_classifiers.GO
        made = tiny_classifiers.text(folder / f"not-{modality}", names, several=False) if modality == "text" else path
        content = WORDS if modality == "text" else to_wav(tiny_speech.speech())
        with pytest.raises(InvalidInput) as caught:
            analyzer(made, models, modality).analyze(content, "en")
        assert caught.value.code == "model_unfit"


def test_a_model_that_is_not_here_has_a_card_that_says_so(models):
    absent = create("someone/absent-emotions", models=models)
    assert "assistant models pull someone/absent-emotions" in absent.card.limits
    with pytest.raises(NotInstalled):
        absent.analyze(WORDS, "en")
