"""Fusion: surer readings weigh more, agreement is zero, opposites are far apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.emotion_fusion import NOTABLE, fuse, sentence
from tools.emotions.base import LABELS, EmotionReading


def reading(label, share=0.9, uncertainty=0.2):
    rest = (1 - share) / (len(LABELS) - 1)
    return EmotionReading(label=label, distribution={name: share if name == label else rest for name in LABELS}, uncertainty=uncertainty)


def test_one_reading_is_itself():
    fused = fuse({"text": reading("joy")})
    assert (fused.label, fused.weights, fused.disagreement) == ("joy", {"text": 1.0}, 0.0)


def test_the_surer_reading_wins():
    fused = fuse({"text": reading("anger", uncertainty=0.9), "audio": reading("joy", uncertainty=0.1)})
    assert fused.label == "joy"
    assert fused.weights["audio"] > 0.8


def test_opposites_disagree_and_twins_do_not():
    assert fuse({"text": reading("joy"), "image": reading("sadness")}).disagreement > 0.5
    assert fuse({"text": reading("joy"), "image": reading("joy")}).disagreement == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(("language", "word"), [("en", "disagree"), ("zh", "不一致")])
def test_a_disagreement_is_a_sentence(language, word):
    readings = {"text": reading("joy"), "audio": reading("sadness")}
    fused = fuse(readings)
    assert fused.disagreement > NOTABLE
    assert word in sentence(fused, readings, language)


def test_nothing_cannot_be_fused():
    with pytest.raises(ValueError, match="nothing"):
        fuse({})


shares = st.lists(st.floats(0.01, 1), min_size=7, max_size=7)


@given(st.lists(st.tuples(shares, st.floats(0, 1)), min_size=1, max_size=3))
def test_a_fusion_is_a_distribution(parts):
    readings = {}
    for name, (values, uncertainty) in zip(("text", "audio", "image"), parts, strict=False):
        total = sum(values)
        spread = {label: v / total for label, v in zip(LABELS, values, strict=True)}
        readings[name] = EmotionReading(label=max(spread, key=spread.get), distribution=spread, uncertainty=uncertainty)
    fused = fuse(readings)
    assert sum(fused.distribution.values()) == pytest.approx(1, abs=0.01)
    assert sum(fused.weights.values()) == pytest.approx(1, abs=0.01)
    assert 0 <= fused.disagreement <= 1
    assert 0 <= fused.uncertainty <= 1
