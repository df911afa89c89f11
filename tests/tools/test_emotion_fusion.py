"""The bundled fusion: surer readings weigh more, agreement is zero, opposites are far apart, weak signals lose their say."""

import numpy as np
import pytest
from fusion_samples import FLAT, of, reading

from tools.emotion_fusion import NOTABLE, emotion, source
from tools.emotions.base import LABELS
from tools.fusions.base import CORE, MODALITIES, WIDTH, batch, disagreement, quality
from tools.fusions.weighted import create

fuse = create().fuse


def test_the_surer_reading_wins():
    fused = fuse({"text": reading("anger", uncertainty=0.9), "audio": reading("joy", uncertainty=0.1)})
    assert fused.label == "joy"
    assert fused.weights["audio"] > 0.8


def test_opposites_disagree_and_twins_do_not():
    assert fuse({"text": reading("joy"), "image": reading("sadness")}).disagreement > 0.5
    assert fuse({"text": reading("joy"), "image": reading("joy")}).disagreement == pytest.approx(0, abs=1e-6)
    assert NOTABLE < disagreement(np.eye(7)[:2], np.array([0.5, 0.5])) == pytest.approx(1)


def test_three_that_lean_the_same_way_are_surer_than_any():
    fused = fuse({name: reading("sadness", 0.4) for name in MODALITIES})
    assert fused.distribution["sadness"] > 0.8
    assert fused.uncertainty < reading("sadness", 0.4).uncertainty


def test_a_certain_error_can_be_outvoted():
    sure = of({label: float(label == "anger") for label in LABELS})
    assert fuse({"image": sure, "text": reading("joy", 0.95), "audio": reading("joy", 0.8)}).label == "joy"


def test_a_reading_counts_as_far_as_it_trusts_itself():
    assert quality(reading("joy", 0.8)) == pytest.approx(1)
    assert quality(reading("joy", 0.8, 0.9)) < 0.3
    assert quality(FLAT) == 0
    noise = fuse({"text": reading("joy", 0.8), "audio": reading("anger", 0.8, 1.0)})
    assert noise.distribution == pytest.approx(fuse({"text": reading("joy", 0.8), "audio": FLAT}).distribution, abs=1e-3)
    assert noise.uncertainty > reading("joy", 0.8).uncertainty


def test_what_a_reading_says_of_anything_does_not_count():
    """A face that does not smile is mostly called neutral; that it is says only that there is no joy."""
    plain = of({"neutral": 0.4, "joy": 0.1, "anger": 0.1, "sadness": 0.1, "fear": 0.1, "disgust": 0.1, "surprise": 0.1})
    known = plain.model_copy(update={"base": of({**plain.distribution, "joy": 0.4}).distribution})
    words = reading("anger", 0.4)
    assert fuse({"text": words, "image": known}).label == "anger"
    assert fuse({"text": words, "image": known}).distribution["joy"] < fuse({"text": words, "image": FLAT}).distribution["joy"]
    assert fuse({"text": words, "image": plain}).distribution["neutral"] > fuse({"text": words, "image": known}).distribution["neutral"]


def test_what_a_modality_measured_stands_in_its_row():
    rows = batch([{"audio": reading("joy", dimensions={"arousal": 1.0}, features=(0.0,) * 10 + (0.5, -0.5))}])
    row = rows.inputs[0, MODALITIES.index("audio")]
    assert row.shape == (WIDTH,)
    assert row[0] == 1
    assert row[CORE - 3] == 1
    assert row[CORE : CORE + 3].tolist() == [0.5, -0.5, 0.0]
    assert not rows.inputs[0, MODALITIES.index("text")].any()


@pytest.mark.parametrize(("language", "words"), [("en", ("voice", "joy")), ("zh", ("声音", "喜悦"))])
def test_modalities_and_feelings_have_names(language, words):
    assert (source("audio", language), emotion("joy", language)) == words
