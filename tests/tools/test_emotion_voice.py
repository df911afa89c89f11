"""Prosody: pitch is measured, a livelier voice is more aroused, tones and silence are no voice."""

import numpy as np
import pytest

from retrieval.faults import Unreadable
from tools.analyze_emotion import to_wav
from tools.emotions.prosody import RATE, create, measure, spread_over


def voice(pitch, swing, seconds=3.0, bright=0.4):
    """A buzz with syllables and a moving pitch: enough like a voice to be measured."""
    time = np.arange(int(seconds * RATE)) / RATE
    hertz = pitch * 2 ** (swing * np.sin(2 * np.pi * 0.7 * time) / 12)
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    buzz = sum(np.sin(k * phase) * (bright ** (k - 1)) for k in range(1, 20))
    return (0.2 * buzz * (0.55 + 0.45 * np.sin(2 * np.pi * 4 * time))).astype(np.float32)


@pytest.mark.parametrize("pitch", [90, 140, 220, 320])
def test_pitch_is_measured(pitch):
    assert measure(voice(pitch, 2)).pitch == pytest.approx(pitch, rel=0.06)


def test_a_lively_voice_is_more_aroused_than_a_flat_one():
    assert measure(voice(220, 7, bright=0.85)).arousal > measure(voice(120, 1, bright=0.35)).arousal + 0.2


def test_arousal_moves_the_shares_but_excludes_nothing():
    calm, aroused = spread_over(0.1), spread_over(0.95)
    assert aroused["anger"] > calm["anger"]
    assert calm["sadness"] > aroused["sadness"]
    assert min(*calm.values(), *aroused.values()) > 0.02


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(RATE),
        np.sin(np.arange(2 * RATE) * 2 * np.pi * 200 / RATE) * 0.5,
        np.random.default_rng(1).normal(0, 0.1, RATE),
        np.zeros(10),
    ],
    ids=["silence", "tone", "noise", "nothing"],
)
def test_what_is_no_voice_is_unreadable(samples):
    with pytest.raises(Unreadable):
        create("").analyze(to_wav(np.asarray(samples, np.float32)), "en")


def test_it_says_how_little_it_can_tell():
    reading = create("").analyze(to_wav(voice(200, 5, 9.0)), "en")
    assert reading.uncertainty >= 0.8
    assert "Hz" in reading.note
    assert len(reading.timeline) >= 2
