"""Every transcriber: words in order of time, silence and noise without words, a fault that says what is missing."""

import io
import os
import wave

import numpy as np
import pytest

from assistant.synthesizers.espeak import create as create_voice
from assistant.transcribers.base import RATE
from retrieval.backends import load, names
from retrieval.faults import NotInstalled

REFERENCES = {"whisper": os.environ.get("ASSISTANT_TEST_WHISPER", "")}
"""Where a test run may find weights that no package carries."""


@pytest.fixture(scope="module")
def speech():
    speaker = create_voice("")
    content = speaker.speak("The meeting starts at ten.", "en")
    speaker.close()
    with wave.open(io.BytesIO(content.data)) as file:
        rate = file.getframerate()
        loud = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
    return np.interp(np.arange(0, len(loud), rate / RATE), np.arange(len(loud)), loud).astype(np.float32)


@pytest.fixture(params=names("assistant.transcribers"), scope="module")
def transcriber(request):
    return load("assistant.transcribers", request.param)(REFERENCES.get(request.param, ""))


def hear(transcriber, samples, language=""):
    try:
        return transcriber.transcribe(samples, language)
    except NotInstalled as fault:
        assert fault.hint
        pytest.skip(fault.message)


def test_speech_becomes_words_in_order_of_time(transcriber, speech):
    found = hear(transcriber, speech)
    assert "meeting" in found.text.lower()
    assert found.language == "en"
    assert 0 < found.confidence <= 1
    assert found.seconds == pytest.approx(len(speech) / RATE)
    starts = [w.start for w in found.words]
    assert starts == sorted(starts)
    for word in found.words:
        assert 0 <= word.start <= word.end <= found.seconds + 0.5
        assert 0 <= word.probability <= 1


def test_a_pause_before_the_words_moves_their_times(transcriber, speech):
    early = hear(transcriber, speech)
    late = hear(transcriber, np.concatenate([np.zeros(3 * RATE, np.float32), speech]))
    assert late.words[0].start - early.words[0].start == pytest.approx(3, abs=0.6)


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(2 * RATE),
        np.random.default_rng(3).normal(0, 0.05, 2 * RATE),
        np.sin(np.arange(2 * RATE) * 0.17) * 0.4,
        np.zeros(0),
        np.zeros(100),
        np.full(RATE, 0.5),
    ],
    ids=["silence", "noise", "tone", "nothing", "a moment", "offset"],
)
def test_what_is_not_speech_has_no_words(transcriber, samples):
    found = hear(transcriber, np.asarray(samples, np.float32))
    assert (found.text, found.words) == ("", ())


def test_the_card_is_there_without_loading(transcriber):
    assert transcriber.card.role == "transcriber"
    assert transcriber.card.limits


def test_an_english_recogniser_says_so_to_chinese():
    with pytest.raises(NotInstalled) as caught:
        load("assistant.transcribers", "pocketsphinx")("").transcribe(np.zeros(RATE, np.float32), "zh")
    assert "whisper" in caught.value.hint.lower()


def test_whisper_without_a_file_says_what_to_set(speech):
    with pytest.raises(NotInstalled) as caught:
        load("assistant.transcribers", "whisper")("").transcribe(speech, "en")
    assert "whisper:/" in caught.value.hint
