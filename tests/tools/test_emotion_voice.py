"""Prosody: pitch is measured, a livelier voice is more aroused, tones and silence are no voice."""

import numpy as np
import pytest

from retrieval.faults import Unreadable
from tools.emotion_reading import to_wav
from tools.emotions._voice import RATE, measure
from tools.emotions.base import FEATURES
from tools.emotions.prosody import arousal, create, spread_over
from tools.fusions.base import quality


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
    assert arousal(measure(voice(220, 7, bright=0.85))) > arousal(measure(voice(120, 1, bright=0.35))) + 0.2


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


def test_loudness_does_not_change_the_reading():
    samples = voice(200, 5)
    assert arousal(measure(samples * 0.1)) == pytest.approx(arousal(measure(samples)), abs=0.01)


def test_a_telephone_reads_alike():
    samples = voice(200, 5)
    narrow = np.repeat(samples.reshape(-1, 2).mean(1), 2).astype(np.float32)
    assert arousal(measure(narrow)) == pytest.approx(arousal(measure(samples)), abs=0.15)


def test_only_arousal_is_told_and_followed_in_time():
    lively, flat = voice(260, 7, 6.0, bright=0.85), voice(110, 1, 6.0, bright=0.35)
    reading = create("").analyze(to_wav(np.concatenate([flat, lively])), "en")
    assert set(reading.dimensions) == {"arousal"}
    assert reading.timeline[-1].dimensions["arousal"] > reading.timeline[0].dimensions["arousal"] + 0.2
    assert reading.timeline[-1].end == pytest.approx(12, abs=0.1)
    assert len(reading.features) == FEATURES["audio"]
    assert max(map(abs, reading.features)) <= 1.5


@pytest.mark.parametrize(
    ("samples", "said"), [(np.zeros(2 * RATE), "silent"), (voice(150, 3)[: RATE // 10], "0.1 s")], ids=["silence", "short"]
)
def test_why_there_is_nothing_to_read(samples, said):
    with pytest.raises(Unreadable) as caught:
        create("").analyze(to_wav(np.asarray(samples, np.float32)), "en")
    assert said in caught.value.message


def test_noise_makes_it_less_sure():
    clean = voice(200, 5)
    noisy = clean + np.random.default_rng(4).normal(0, 0.04, len(clean)).astype(np.float32)
    clear, unsure = (create("").analyze(to_wav(s), "en") for s in (clean, noisy))
    assert unsure.uncertainty > clear.uncertainty or "noise" in unsure.note


def test_a_voice_drowned_in_noise_loses_its_say():
    clean = voice(200, 5)
    noise = np.random.default_rng(4).normal(0, 0.15, len(clean)).astype(np.float32)
    clear, drowned = (create("").analyze(to_wav(samples), "en") for samples in (clean, clean + noise))
    assert quality(drowned) < 0.6 * quality(clear)
    assert "noise" in drowned.note
