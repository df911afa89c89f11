"""What every way to fuse keeps to, with the weights that ship."""

import itertools

import pytest
from fusion_samples import FLAT, of, reading
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.backends import load, names
from retrieval.faults import NotInstalled, Unavailable
from tools.emotions.base import DIMENSIONS, FEATURES, LABELS
from tools.fusions.base import MODALITIES

WAYS = names("tools.fusions")
FUSIONS = {way: load("tools.fusions", way)() for way in WAYS}
every_way = pytest.mark.parametrize("fusion", FUSIONS.values(), ids=list(FUSIONS))
shares = st.lists(st.floats(0, 1), min_size=7, max_size=7).filter(lambda v: sum(v) > 0.01)
read = st.builds(
    lambda values, unsure, sides: of(dict(zip(LABELS, values, strict=True)), unsure, dimensions=sides),
    shares, st.none() | st.floats(0, 1), st.dictionaries(st.sampled_from(DIMENSIONS), st.floats(0, 1)),
)  # fmt: skip
several = st.dictionaries(st.sampled_from(MODALITIES), read, min_size=1)


def test_these_are_the_ways():
    assert WAYS == ["attention", "early", "gated", "weighted"]


@every_way
@settings(max_examples=60, deadline=None)
@given(several)
def test_a_fusion_is_a_distribution_whose_shares_sum_to_one(fusion, readings):
    fused = fusion.fuse(readings)
    assert sum(fused.distribution.values()) == pytest.approx(1, abs=1e-3)
    assert min(fused.distribution.values()) >= 0
    assert fused.label == max(fused.distribution, key=fused.distribution.get) or fused.distribution[fused.label] == pytest.approx(
        max(fused.distribution.values()), abs=1e-3
    )
    assert set(fused.weights) == set(readings)
    assert sum(fused.weights.values()) == pytest.approx(1, abs=1e-3)
    assert min(fused.weights.values()) > 0
    assert 0 <= fused.disagreement <= 1
    assert 0 <= fused.uncertainty <= 1


@every_way
@settings(max_examples=20, deadline=None)
@given(several)
def test_the_order_does_not_matter(fusion, readings):
    found = [fusion.fuse(dict(order)) for order in itertools.permutations(readings.items())]
    assert all(one == found[0] for one in found)


@every_way
@settings(max_examples=20, deadline=None)
@given(read, st.sampled_from(MODALITIES))
def test_one_reading_is_given_back(fusion, one, name):
    fused = fusion.fuse({name: one})
    assert fused.distribution == {label: round(value, 4) for label, value in one.distribution.items()}
    assert (fused.weights, fused.disagreement, fused.uncertainty) == ({name: 1.0}, 0.0, round(one.uncertainty, 4))


@every_way
@pytest.mark.parametrize("name", MODALITIES)
@pytest.mark.parametrize("label", ["joy", "anger", "sadness"])
def test_what_knows_nothing_gets_little_weight(fusion, name, label):
    others = {other: reading(label) for other in MODALITIES if other != name}
    fused = fusion.fuse({**others, name: FLAT})
    assert fused.weights[name] < 0.2
    assert fused.label == label


@every_way
def test_a_missing_modality_takes_its_share_with_it_and_nothing_else(fusion):
    whole = fusion.fuse({"text": reading("joy", 0.8), "audio": reading("joy", 0.4), "image": reading("joy", 0.7)})
    for name in MODALITIES:
        less = fusion.fuse(
            {other: reading("joy", share) for other, share in zip(MODALITIES, (0.8, 0.4, 0.7), strict=True) if other != name}
        )
        assert name not in less.weights
        assert less.label == whole.label
        assert less.disagreement < 0.2


@every_way
def test_a_reading_loses_its_say_as_it_calls_itself_unsure(fusion):
    found = [fusion.fuse({"text": reading("anger", 0.8, u), "audio": reading("joy", 0.8)}) for u in (0.5, 0.97)]
    assert found[1].distribution["joy"] > found[0].distribution["joy"]
    assert found[1].weights["audio"] > found[0].weights["audio"]


@every_way
def test_two_that_say_the_same_are_surer_and_two_that_do_not_are_not(fusion):
    alone = reading("sadness", 0.6)
    agreed = fusion.fuse({"text": alone, "audio": reading("sadness", 0.6), "image": reading("sadness", 0.6)})
    parted = fusion.fuse({"text": reading("sadness", 0.9), "image": reading("joy", 0.9)})
    assert agreed.distribution["sadness"] > 0.6
    assert agreed.disagreement < 0.01
    assert parted.disagreement > 0.5
    assert parted.uncertainty > agreed.uncertainty


@every_way
def test_features_of_any_length_are_taken(fusion):
    plain = {"text": reading("joy"), "audio": reading("joy", 0.5)}
    for features in ((), (0.5,) * FEATURES["audio"], (0.1,) * 3):
        assert fusion.fuse({**plain, "audio": reading("joy", 0.5, features=features)}).label == "joy"


@every_way
def test_nothing_and_what_is_unknown_cannot_be_fused(fusion):
    with pytest.raises(ValueError, match="nothing"):
        fusion.fuse({})
    with pytest.raises(ValueError, match="smell"):
        fusion.fuse({"smell": reading("joy")})


@every_way
def test_the_card_tells_what_was_measured(fusion):
    assert fusion.card.role == "fusion"
    assert fusion.card.bytes < 20_000
    assert fusion.card.limits
    assert fusion.card.scores["pairs_macro_f1"] > 0


@pytest.mark.parametrize("way", WAYS)
def test_a_directory_without_weights_or_with_broken_ones_is_told(way, tmp_path):
    with pytest.raises(NotInstalled):
        load("tools.fusions", way)(str(tmp_path / "none"))
    (tmp_path / "fusion.safetensors").write_bytes(b"no weights")
    with pytest.raises(Unavailable):
        load("tools.fusions", way)(str(tmp_path))
