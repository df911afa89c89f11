from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.live.options import LiveOptions
from assistant.live.speaking import PIECE, RATE, Telling, clauses, pcm, pieces, resampled
from assistant.live.spoken import spoken
from assistant.synthesizers.espeak import create
from retrieval.waves import recording

ANSWER = (
    "The warranty covers two years. It pays for repairs, up to 3.5 kg of parts [1]. Wear is not covered, nor is loss, and nothing else is."
)


@pytest.fixture(scope="module")
def voices():
    made = create()
    yield made
    made.close()


def told(parts):
    telling = Telling()
    return [said for part in parts for said in telling.feed(part, "en")] + telling.rest("en")


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(0, len(ANSWER)), max_size=30))
def test_what_is_said_does_not_depend_on_how_the_words_come(cuts):
    edges = [0, *sorted(cuts), len(ANSWER)]
    parts = [ANSWER[a:b] for a, b in pairwise(edges)]
    assert " ".join(told(parts)) == spoken(ANSWER, "en")


def test_the_first_sentence_is_said_before_the_second_is_known():
    telling = Telling()
    assert telling.feed("The light is on. It", "en") == ["The light is on."]
    assert telling.feed(" is bright.", "en") == []
    assert telling.rest("en") == ["It is bright."]


def test_code_is_not_said_while_it_is_written():
    telling = Telling()
    assert telling.feed("```\nx = 1. Then. y = 2.\n", "en") == []


def test_a_long_sentence_is_spoken_in_clauses_that_hold_all_of_it():
    sentence = "First there is a rather long beginning of it all, then there is more of the very same kind, and in the end, it ends."
    assert len(clauses(sentence)) > 1
    assert " ".join(clauses(sentence)) == sentence
    assert clauses("Short, it is.") == ["Short, it is."]
    assert clauses("...") == []


class Kept:
    """A voice that keeps what it said last, because eSpeak never says a thing twice in quite the same way."""

    def __init__(self, voices):
        self.voices, self.said = voices, None

    def speak(self, *args, **options):
        self.said = self.voices.speak(*args, **options)
        return self.said


def test_a_voice_comes_in_pieces_of_100_ms_and_nothing_is_lost(voices):
    kept = Kept(voices)
    found = list(pieces(kept, "The light is on.", "en"))
    assert {len(piece) for piece in found[:-1]} == {2 * PIECE}
    assert b"".join(found) == pcm(kept.said).tobytes()
    assert list(pieces(kept, "[1] ...", "en")) == []


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 24000])
def test_any_rate_becomes_24_khz(rate):
    tone = (10_000 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)).astype("<i2")
    sound = pcm(recording(tone.tobytes(), rate, "tone.wav"))
    assert sound.dtype == np.int16
    assert abs(len(sound) - RATE) <= 1
    strongest = int(np.abs(np.fft.rfft(sound)).argmax()) * RATE / len(sound)
    assert strongest == pytest.approx(440, abs=2)
    assert resampled(sound, RATE) is sound


def test_options_that_make_no_sense_are_refused():
    for wrong in ({"silence_ms": 5}, {"speed": 9}, {"turn_detection": "maybe"}, {"unknown": 1}):
        with pytest.raises(ValueError, match="validation error"):
            LiveOptions(**wrong)
