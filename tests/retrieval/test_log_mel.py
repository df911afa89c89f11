"""Log-mel windows: loudness does not matter, silence is defined, quiet stretches are left out, every length has a window."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.embedders import _log_mel as mel

CHANCE = np.random.default_rng(2)


def tone(hertz, seconds):
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * mel.RATE)) / mel.RATE)).astype(np.float32)


@pytest.mark.parametrize("samples", [0, 1, 100, mel.SPAN - 1, mel.SPAN, mel.SPAN + 1, 5 * mel.RATE])
def test_every_length_has_windows_of_one_shape(samples):
    found = mel.windows(CHANCE.normal(0, 0.1, samples).astype(np.float32))
    assert found.dtype == np.float32
    assert found.shape[1:] == (1, mel.MELS, mel.FRAMES)
    assert len(found) >= 1
    assert np.isfinite(found).all()


@settings(deadline=None, max_examples=20)
@given(st.floats(1e-3, 1))
def test_loudness_does_not_matter(gain):
    sound = np.random.default_rng(4).normal(0, 0.3, mel.SPAN).astype(np.float32)
    assert np.allclose(mel.windows(sound), mel.windows(sound * np.float32(gain)), atol=0.02)


def test_silence_is_at_the_floor():
    assert np.allclose(mel.windows(np.zeros(mel.RATE, np.float32)), (mel.FLOOR - mel.MEAN) / mel.STD)


def test_a_higher_tone_lies_in_a_higher_band():
    bands = [int(mel.powers(tone(hertz, 3)[: mel.SPAN]).mean(1).argmax()) for hertz in (100, 400, 1000, 3000, 7000)]
    assert bands == sorted(set(bands))


def test_every_band_hears_something():
    assert (mel.mel_bank().sum(1) > 0).all()
    assert np.allclose(mel.mel_bank().sum(1), 1, atol=1e-5)


def test_a_pause_is_not_averaged_with_the_sound():
    loud = np.concatenate([tone(440, 3), np.zeros(12 * mel.RATE, np.float32)])
    assert max(mel.places(loud)) < 3 * mel.RATE
    assert len(mel.places(tone(440, 15))) > 8


def test_what_lies_after_a_minute_is_not_looked_at():
    assert max(mel.places(np.ones(200 * mel.RATE, np.float32))) <= mel.LONGEST


def test_the_weights_say_what_they_are_given():
    assert {"rate", "mels", "hop", "window", "frames", "mean", "std"} == set(mel.METADATA)
