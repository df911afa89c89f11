"""The recogniser's grammars: names that can be said, requests that they allow, and that they are heard."""

import io
import wave

import numpy as np
import pytest

from assistant.synthesizers.espeak import create as create_voice
from assistant.transcribers._grammar import requests, sayable
from assistant.transcribers.base import RATE, Expected
from assistant.transcribers.pocketsphinx import create

KNOWN = frozenset("kitchen light front door red jacket one two twenty five water bottle living room".split())


def test_names_are_said_in_words_each_once():
    names = ["Kitchen light", "kitchen  light", "Front-door", "Zyxxqq lamp", "灯", "water bottle 2"]
    assert sayable(names, KNOWN) == ["kitchen light", "front door", "water bottle two"]


def test_two_spellings_of_one_sound_are_one_name():
    assert sayable(["Living room", "livingroom"], KNOWN | {"livingroom"}) == ["living room"]


def test_without_names_there_is_no_grammar():
    assert requests(Expected(), KNOWN) == ""
    assert requests(Expected(devices=("qqq",)), KNOWN) == ""


def test_a_grammar_has_the_kinds_its_names_allow():
    devices = requests(Expected(devices=("kitchen light",), areas=("living room",)), KNOWN)
    assert "<power>" in devices
    assert "<find>" not in devices
    things = requests(Expected(things=("red jacket",)), KNOWN)
    assert "<draw>" in things
    assert "<power>" not in things


@pytest.fixture(scope="module")
def said():
    speaker = create_voice("")

    def say(text):
        with wave.open(io.BytesIO(speaker.speak(text, "en").data)) as file:
            rate = file.getframerate()
            loud = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
        return np.interp(np.arange(0, len(loud), rate / RATE), np.arange(len(loud)), loud).astype(np.float32)

    yield say
    speaker.close()


def test_names_that_may_be_said_are_heard(said):
    recogniser = create()
    sound = said("Turn on the kitchen light.")
    freely = recogniser.transcribe(sound, "en")
    recogniser.listen_for(lambda: Expected(devices=("kitchen light", "front door", "heating")))
    told = recogniser.transcribe(sound, "en")
    assert told.text == "turn on the kitchen light"
    assert told.confidence >= freely.confidence
    assert recogniser.transcribe(said("The quick brown fox jumps over the lazy dog."), "en").text.count("kitchen light") == 0


def test_one_of_a_few_words(said):
    assert create().among(said("seven"), ["seven", "three", "banana"]).text == "seven"
