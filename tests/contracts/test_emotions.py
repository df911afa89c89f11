"""Every emotion analyzer: a distribution over the labels, an honest uncertainty, a fault when there is nothing to read."""

import io
import wave

import media_samples as samples
import numpy as np
import pytest
import tiny_classifiers

from assistant.synthesizers.espeak import create as create_voice
from retrieval.backends import call, load, names
from retrieval.content import Content
from retrieval.faults import NotInstalled, Unreadable
from retrieval.hosting.host import ModelHost
from tools.emotion_reading import to_wav
from tools.emotions.base import DIMENSIONS, FEATURES, LABELS


@pytest.fixture(scope="module")
def voice():
    speaker = create_voice("")
    content = speaker.speak("I really do not know what to say about all of this.", "en")
    with wave.open(io.BytesIO(content.data)) as file:
        rate = file.getframerate()
        loud = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
    speaker.close()
    return to_wav(np.interp(np.arange(0, len(loud), rate / 16_000), np.arange(len(loud)), loud).astype(np.float32))


MADE = {"text": tiny_classifiers.text, "audio": tiny_classifiers.voice, "image": tiny_classifiers.face}
"""Classifiers of the transformers library, built on the spot: tiny, with random weights."""


@pytest.fixture(params=[n for n in names("tools.emotions") if n != "transformers"] + [f"transformers {modality}" for modality in MADE])
def analyzer(request, tmp_path):
    name, _, modality = request.param.partition(" ")
    reference = f"{MADE[modality](tmp_path / modality)}?dtype=float32" if modality else ""
    return call(load("tools.emotions", name), reference=reference, models=ModelHost(tmp_path, 2**30), modality=modality)


def something(analyzer, voice):
    if analyzer.modality == "text":
        return Content.from_text("I am so glad that you are here, thank you!")
    return voice if analyzer.modality == "audio" else Content(modality="image", media_type="image/png", data=samples.picture())


def nothing(analyzer):
    if analyzer.modality == "text":
        return Content.from_text(" … ")
    silence = to_wav(np.zeros(16_000, np.float32))
    return silence if analyzer.modality == "audio" else Content(modality="image", media_type="image/png", data=samples.picture())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_reading_is_a_distribution(analyzer, voice, language):
    try:
        reading = analyzer.analyze(something(analyzer, voice), language)
    except Unreadable as fault:
        assert analyzer.modality == "image", "there is no face in the picture"
        assert fault.hint
        return
    assert set(reading.distribution) == set(LABELS)
    assert sum(reading.distribution.values()) == pytest.approx(1, abs=1e-6)
    assert reading.label == max(reading.distribution, key=reading.distribution.get)
    assert 0 <= reading.uncertainty <= 1
    assert reading.note
    assert len(reading.features) == FEATURES[analyzer.modality]
    assert all(-1.5 <= value <= 1.5 for value in reading.features)
    assert set(reading.dimensions) <= set(DIMENSIONS)
    assert all(0 <= value <= 1 for value in reading.dimensions.values())


def test_nothing_to_read_is_a_fault_with_a_hint(analyzer):
    with pytest.raises((Unreadable, NotInstalled)) as caught:
        analyzer.analyze(nothing(analyzer), "en")
    assert caught.value.hint


def test_the_card_says_what_it_rests_on(analyzer):
    assert analyzer.card.role == "emotion"
    assert analyzer.card.limits
    assert analyzer.modality in ("text", "audio", "image")
    assert analyzer.card.modalities == (analyzer.modality,)
