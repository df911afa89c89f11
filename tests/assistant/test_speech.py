"""Speech: voice activity tells voices from other sounds; written words become words for the ear."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.speech import RATE, for_the_ear, number_words, sentences, speech_probabilities, speech_spans, spelled_out
from assistant.synthesizers.espeak import create as create_voice


@pytest.fixture(scope="module")
def voice():
    import io
    import wave

    speaker = create_voice("")
    content = speaker.speak("Good morning, please show me the red jacket.", "en")
    speaker.close()
    with wave.open(io.BytesIO(content.data)) as file:
        rate = file.getframerate()
        loud = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
    return np.interp(np.arange(0, len(loud), rate / RATE), np.arange(len(loud)), loud).astype(np.float32)


def quiet(seconds):
    return np.zeros(int(seconds * RATE), np.float32)


def test_a_voice_between_silences_is_found_where_it_is(voice):
    (span,) = speech_spans(np.concatenate([quiet(2), voice, quiet(2)]))
    assert span[0] == pytest.approx(2 * RATE, abs=0.5 * RATE)
    assert span[1] == pytest.approx(2 * RATE + len(voice), abs=0.7 * RATE)


def test_a_long_pause_makes_two_stretches(voice):
    assert len(speech_spans(np.concatenate([voice, quiet(2), voice]))) == 2


def test_a_long_speech_is_cut(voice):
    parts = speech_spans(np.concatenate([voice] * 6), gap=3.0, longest=6.0)
    assert all((b - a) / RATE <= 6.6 for a, b in parts)
    assert all(a[1] <= b[0] for a, b in pairwise(parts))


@pytest.mark.parametrize("seconds", [0, 0.01, 1.5])
def test_silence_has_no_speech(seconds):
    assert speech_spans(quiet(seconds)) == []


def test_noise_and_tones_have_no_speech():
    assert speech_spans(np.random.default_rng(0).normal(0, 0.1, 2 * RATE).astype(np.float32)) == []
    assert speech_spans((np.sin(np.arange(2 * RATE) * 0.2) * 0.5).astype(np.float32)) == []


def test_a_word_that_fills_its_recording_is_found(voice):
    loud = np.flatnonzero(np.abs(voice) > 0.05)
    assert speech_spans(voice[loud[0] : loud[0] + RATE // 2])


def test_what_is_only_a_little_like_speech_is_left_out(voice):
    assert speech_spans(voice, sure=0.5)
    assert not speech_spans(voice, sure=1.01)


def test_probabilities_cover_the_sound(voice):
    chances = speech_probabilities(voice)
    assert len(chances) == -(-len(voice) // 512)
    assert chances.min() >= 0
    assert chances.max() > 0.9
    assert len(speech_probabilities(np.zeros(0, np.float32))) == 0


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("It lasts two years [1].", "It lasts two years."),
        ("**Bold** and _soft_ and `code`", "Bold and soft and code"),
        ("# Title\n- one\n- two", "Title\none\ntwo"),
        ("See [the manual](https://example.org/a_(b)).", "See the manual."),
        ("https://www.example.org/path?x=1 is here", "example.org is here"),
        ("It costs $1,299 or 20% less", "It costs 1299 dollars or 20 percent less"),
        ("€40 & more", "40 euros and more"),
        ("Well done 🎉!", "Well done !"),
        ("A | B\n---|---\n1 | 2", "A, B\n1, 2"),
    ],
)
def test_english_for_the_ear(written, spoken):
    assert for_the_ear(written, "en") == spoken


@pytest.mark.parametrize(
    ("written", "spoken"), [("价格是¥99[1]。", "价格是99元。"), ("便宜20%", "便宜百分之20"), ("**重点**：`代码`", "重点：代码")]
)
def test_chinese_for_the_ear(written, spoken):
    assert for_the_ear(written, "zh") == spoken


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("It weighs 1.5 kg. Good.", ["It weighs 1.5 kg.", "Good."]),
        ("Dr. Smith came. Yes.", ["Dr. Smith came.", "Yes."]),
        ("第一句。第二句！", ["第一句。", "第二句！"]),
        ("no stop", ["no stop"]),
        ("", []),
    ],
)
def test_sentences(text, parts):
    assert sentences(text) == parts


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_word_is_lost_between_sentences(text):
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


@settings(deadline=None)
@given(st.text(max_size=200), st.sampled_from(["en", "zh"]))
def test_any_text_can_be_prepared_for_the_ear(text, language):
    assert isinstance(for_the_ear(text, language), str)


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "zero"), (13, "thirteen"), (40, "forty"), (21, "twenty one"), (305, "three hundred five"), (2_019, "two thousand nineteen")],
)
def test_numbers_in_words(value, words):
    assert number_words(value) == words


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Set it to 21 degrees!", "set it to twenty one degrees"),
        ("It's 20%, isn’t it?", "it's twenty percent isn't it"),
        ("A T-shirt for $15.50", "a t shirt for fifteen dollars fifty"),
        ("1234567", "one two three four five six seven"),
        ("灯", ""),
    ],
)
def test_spelled_out_as_a_recogniser_writes(written, spoken):
    assert spelled_out(written) == spoken
