import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval import likeness
from retrieval.embedders._export import digest
from retrieval.embedders.senses import HERE, WEIGHTS
from retrieval.labels import asked

PAIRS = [f"{one}-{other}" for one in ("text", "image", "audio") for other in ("text", "image", "audio") if (one, other) != ("text", "text")]


def test_every_pair_has_a_curve_fitted_to_the_bundled_weights():
    known = likeness.fitted()
    assert set(known["pairs"]) == set(PAIRS)
    assert set(known["names"]) == {"label", "sound"}
    assert known["weights"] == {name: digest(HERE / name) for name in WEIGHTS.values() if (HERE / name).is_file()}, (
        "run training/fit_likeness.py again"
    )


@given(st.sampled_from(PAIRS), st.floats(-1, 1), st.floats(-1, 0))
def test_nearer_is_likelier(kinds, cosine, gap):
    one, other = kinds.split("-")
    low, high = likeness.chances(one, other, np.array([cosine, cosine + 0.2], np.float32), gap)
    assert 0 <= low <= high <= 1


def test_a_pair_without_a_curve_is_never_likely(monkeypatch):
    monkeypatch.setattr(likeness, "fitted", lambda: {"pairs": {}, "names": {}})
    assert likeness.chances("text", "image", np.array([0.9], np.float32)).tolist() == [0.0]


def test_a_name_is_known_by_its_own_vector():
    names, vectors = asked("label")
    place = next(n for n, label in enumerate(names) if label.english == "guitar")
    found = likeness.named("label", vectors[place])
    assert found[0][0].english == "guitar"
    assert [chance for _, chance in found] == sorted((chance for _, chance in found), reverse=True)
    assert likeness.best_name(vectors[:5]) == pytest.approx(1, abs=2e-3)


def test_the_file_is_plain_numbers():
    assert all(isinstance(x, float) for curve in json.loads(likeness.FILE.read_text("utf-8"))["pairs"].values() for x in curve)


def test_the_best_name_of_a_vector_is_the_same_when_it_is_known_already(monkeypatch):
    vectors = np.random.default_rng(5).normal(size=(7, 384)).astype(np.float32)
    monkeypatch.setattr(likeness, "_best", likeness.OrderedDict())
    monkeypatch.setattr(likeness, "REMEMBERED", 5)
    whole = (vectors @ np.concatenate([asked("label")[1], asked("sound")[1]]).T).max(1)
    for part in ([0, 1], [1, 0, 2], range(7), [6, 3, 6], range(7)):
        assert likeness.best_name(vectors[list(part)]) == pytest.approx(whole[list(part)], abs=1e-5)
        assert len(likeness._best) <= 5
