"""The wake phrase: heard where it begins an utterance, not in other words, not in the middle of speech; spoken here by the voice that comes along."""

import io
import wave
from pathlib import Path

import numpy as np
import pytest

from assistant.live.pronouncing import arpabet
from assistant.live.wake import WakeSpotter
from assistant.synthesizers.espeak import EspeakSynthesizer
from retrieval.faults import InvalidInput

RATE = 16_000
SPOKEN = Path(__file__).parents[2] / "assistant" / "samples" / "sounds" / "spoken_question.wav"
PAUSE = np.zeros(RATE // 2, np.float32)


@pytest.fixture(scope="module")
def say():
    pytest.importorskip("espeakng_loader")
    voice = EspeakSynthesizer()

    def said(text):
        content = voice.speak(text, "en", voice="en-us", speed=0.9)
        with wave.open(io.BytesIO(content.data)) as file:
            rate = file.getframerate()
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
        return np.interp(np.arange(0, len(samples), rate / RATE), np.arange(len(samples)), samples).astype(np.float32)

    yield said
    voice.close()


@pytest.fixture(scope="module")
def spotter():
    return WakeSpotter("what is the")


def hits(spotter, *sounds, piece=1600):
    """Seconds at which it woke."""
    whole = np.concatenate([PAUSE, *sounds, PAUSE, PAUSE])
    return [start / RATE for start in range(0, len(whole), piece) if spotter.feed(whole[start : start + piece])]


def test_the_phrase_wakes_once_however_the_sound_is_cut(spotter):
    with wave.open(str(SPOKEN)) as file:
        question = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
    at = [hits(spotter, question, piece=piece) for piece in (160, 1600, 7777)]
    assert [len(found) for found in at] == [1, 1, 1], "what is the warranty on jackets"
    assert all(0.5 < found[0] < 2 for found in at)


def test_other_words_do_not_wake(spotter, say):
    assert not hits(spotter, say("A few boxes were full of grass."), PAUSE, say("Turn on the light."), PAUSE, say("Nobody came home."))


def test_in_the_middle_of_speech_it_is_no_call(spotter, say):
    assert not hits(spotter, say("Yesterday my brother went into town and asked what is the"))


def test_silence_and_noise_do_not_wake(spotter):
    assert not hits(spotter, np.zeros(RATE), np.random.default_rng(1).normal(0, 0.1, 2 * RATE).astype(np.float32), np.zeros(0, np.float32))


def test_a_word_that_no_dictionary_has_is_spelled_out(say):
    assert arpabet("snowboy") == "S N OW B OY"
    assert hits(WakeSpotter("snowboy", sensitivity=1.0), say("Snowboy."))


@pytest.mark.parametrize("phrase", ["", "42", "hello-world", "嘿", "a", "one two three four five six", "oh"])
def test_what_is_no_phrase_is_refused(phrase):
    with pytest.raises(InvalidInput) as caught:
        WakeSpotter(phrase)
    assert caught.value.hint
