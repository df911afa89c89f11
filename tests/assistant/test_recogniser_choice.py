"""Which reading of a recording is taken: request or prose for all of it, a grammar where its sounds fit, and how sure that is."""

import math

import numpy as np
import pytest

from assistant.evaluation.speech import calibration_error, right_words
from assistant.transcribers._confidence import agreement, commanded, confidence, support
from assistant.transcribers._decoding import Heard
from assistant.transcribers.base import UNSURE, Expected, Word
from assistant.transcribers.pocketsphinx import PocketSphinxTranscriber, Readings, asks, believed

NONE = Heard()


def heard(words, path=-1.0, seconds=1.0, chance=0.5):
    return Heard(tuple(Word(word=w, start=0, end=1, probability=chance) for w in words.split()), path, seconds)


def test_a_grammar_is_believed_only_where_enough_speaks_for_it():
    named = heard("turn on the light", seconds=1.5)
    assert believed(named, support(0.6, -1.3, -1.25))
    assert believed(named, support(0.0, -1.2, -1.25)), "its sounds fit better than those of any free word"
    assert not believed(named, support(0.6, -2.3, -1.25))
    assert not believed(named, support(0.0, -1.5, -1.25)), "no free word is the same"
    assert not believed(named, support(0.6, -1.3, -math.inf)), "free words that cannot be aligned prove nothing"
    assert not believed(heard("dim the fan", seconds=8.4), 1.0), "three words do not fill eight seconds"
    assert not believed(NONE, 1.0)


def test_words_that_little_speaks_for_are_asked_about():
    assert 0 < commanded(-0.1) < UNSURE < commanded(0.1) < commanded(1.0) <= 1
    assert commanded(-math.inf) == pytest.approx(0, abs=1e-6)


def test_one_language_is_taken_for_the_whole_recording():
    asked = Readings(prose=heard("ten on", -2.0), asked=heard("turn on", -1.0), named=NONE)
    prose = Readings(prose=heard("of the lamp", -1.0), asked=heard("off the lump", -1.1), named=NONE)
    assert asks([asked, prose])
    assert not asks([prose])
    assert prose.best(True)[0].text == "off the lump"
    assert prose.best(False)[0].text == "of the lamp"
    assert not asks([])


def test_a_stretch_too_long_for_a_request_stays_prose():
    long = Readings(prose=heard("a long speech", -9.0), asked=NONE, named=NONE)
    assert long.best(True) == (long.prose, 0.5)
    assert not asks([long])


def test_names_go_before_free_words_and_agree_with_the_nearer_ones():
    read = Readings(prose=heard("they are not"), asked=heard("turn on the lit"), named=heard("turn on the light"))
    found, agreed = read.best(False)
    assert found.text == "turn on the light"
    assert agreed == pytest.approx(0.75)


class Scripted:
    """A decoder that reads every stretch as the table says."""

    known = frozenset("turn on the light kitchen".split())

    def __init__(self, fits):
        self.fits = fits

    def prose(self, stretch):
        return heard("ten on delight", -2.0)

    def asked(self, stretch):
        return heard("turn on the lied", -1.0)

    def within(self, stretch, grammar):
        return heard("turn on the kitchen light") if grammar else NONE

    def fit(self, stretch, text):
        return self.fits.get(text, -1.5)


@pytest.mark.parametrize(("fit", "text"), [(-1.4, "turn on the kitchen light"), (-2.5, "turn on the lied")])
def test_a_recording_is_read_by_all_languages(fit, text):
    recogniser = PocketSphinxTranscriber()
    recogniser._decoding = Scripted({"turn on the kitchen light": fit})
    recogniser.listen_for(lambda: Expected(things=("kitchen light",)))
    found = recogniser.read(np.zeros(32_000, np.float32), [(0, 16_000)])
    assert [one.text for one, _ in found] == [text]


def test_surer_and_more_agreed_words_are_trusted_more():
    assert 0 < confidence(heard("a b", chance=0.1).words, 0.1) < confidence(heard("a b", chance=0.1).words, 0.9) < 1
    assert confidence(heard("a b", chance=0.1).words, 0.5) < confidence(heard("a b", chance=0.9).words, 0.5)
    assert confidence((), 1.0) == 0
    assert agreement(["a", "b"], ["a", "b"]) == 1
    assert agreement(["a"], ["b"]) == 0


def test_confidence_is_compared_with_the_words_that_were_heard_right():
    assert right_words("a b c".split(), "a x c".split()) == pytest.approx(2 / 3)
    assert right_words(["a"], []) == 0
    assert calibration_error([(0.8, 1.0), (0.8, 0.6), (0.2, 0.2), (0.2, 0.2)]) == pytest.approx(0.1)
    assert calibration_error([(0.9, 0.1)] * 8) == pytest.approx(0.8)
    assert calibration_error([]) == 0
