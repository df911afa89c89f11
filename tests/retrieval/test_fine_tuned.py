"""MiniLM with low-rank additions: the export agrees with training, company changes nothing, other weights are refused."""

import hashlib
from importlib.resources import files

import numpy as np
import pytest
from library_samples import CACHE
from safetensors.numpy import load

from retrieval.faults import Unavailable
from retrieval.fine_tuned import AGREEMENT, PIECES, RECORDED, UP, FineTuned


@pytest.fixture(scope="module")
def blob():
    return files("assistant.reflex").joinpath("cross_reader.safetensors").read_bytes()


@pytest.fixture(scope="module")
def weights(blob):
    return load(blob)


@pytest.fixture(scope="module")
def encoder(blob, weights):
    """Under the weights' own hash, as the service keeps it: an export of other weights in the cache is none of these."""
    return FineTuned(CACHE, weights, hashlib.sha256(blob).hexdigest())


def test_the_export_agrees_with_what_was_recorded_in_training(encoder, weights):
    (states,) = encoder.of([weights[PIECES].tolist()])
    ours, theirs = states.mean(0), weights[RECORDED]
    assert ours @ theirs / (np.linalg.norm(ours) * np.linalg.norm(theirs)) >= AGREEMENT


def test_the_additions_change_the_states(encoder, weights, tmp_path):
    none = {name: np.zeros_like(value) if name.endswith(UP) else value for name, value in weights.items()}
    with pytest.raises(Unavailable, match="disagrees"):
        FineTuned(tmp_path, none, "b" * 64).of([weights[PIECES].tolist()])


def test_company_and_order_change_nothing(encoder):
    texts = ["Which bus goes to the museum?", "Hello.", "A rather long sentence about the weather in the north of the country."]
    rows = encoder.pieces(texts)
    together = encoder.of(rows)
    for row, states in zip(rows, together, strict=True):
        assert states.shape == (len(row), 384)
        np.testing.assert_allclose(states, encoder.of([row])[0], atol=2e-2)


def test_nothing_in_nothing_out(encoder):
    assert encoder.of([]) == []
