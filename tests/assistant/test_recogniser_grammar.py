"""The recogniser's grammars: names that can be said, requests that they allow, and that they are heard."""

import io
import wave

import numpy as np
import pytest

from assistant.synthesizers.espeak import create as create_voice
from assistant.transcribers._grammar import read, requests, sayable
from assistant.transcribers.base import RATE, Expected
from assistant.transcribers.pocketsphinx import create
from tools.devices.base import Device
from tools.intents.book import own as books
from tools.intents.book import shipped

KNOWN = frozenset(
    "kitchen light front door red jacket one two twenty five water bottle living room please turn on off the in set to percent find a white".split()
)


def home(*names, area=""):
    rooms = {"en": (area,)} if area else {}
    return tuple(
        Device(id=f"d{n}", names={"en": (name,)}, kind="light", area="a", area_names=rooms, actions=("on", "off", "set"))
        for n, name in enumerate(names)
    )


def takes(grammar, words):
    return read(grammar).takes(words.split())


def test_names_are_said_in_words_each_once():
    names = ["Kitchen light", "kitchen  light", "Front-door", "Zyxxqq lamp", "灯", "water bottle 2"]
    assert sayable(names, KNOWN) == ["kitchen light", "front door", "water bottle two"]


def test_two_spellings_of_one_sound_are_one_name():
    assert sayable(["Living room", "livingroom"], KNOWN | {"livingroom"}) == ["living room"]


def test_without_names_there_is_no_grammar():
    assert requests(Expected(), KNOWN) == ""
    assert requests(Expected(home=home("qqq"), books=(shipped("en"),)), frozenset(["moon"])) == ""


def test_a_grammar_is_made_of_the_intents_and_the_names():
    devices = requests(Expected(home=home("kitchen light", area="living room"), books=(shipped("en"),)), KNOWN)
    assert takes(devices, "please turn on the kitchen light")
    assert takes(devices, "set the kitchen light to twenty five percent")
    assert takes(devices, "turn off the kitchen light in the living room please")
    assert not takes(devices, "turn on the front door")
    assert not takes(devices, "turn on the")
    things = requests(Expected(things=("red jacket",)), KNOWN)
    assert takes(things, "find a red jacket")
    assert not takes(things, "turn on the red jacket")


def test_intents_of_ones_own_are_listened_for_at_once(tmp_path):
    (tmp_path / "intents").mkdir()
    (tmp_path / "intents" / "mine.yaml").write_text(
        "language: en\nlists: {drink: {latte: [white one]}}\nintents:\n  order:\n    action: set\n    device: light\n    value: '{drink}'\n"
        "    sentences: ['(set;please) [the] {drink}']\n    tests: [{say: please set the white one}]\n", "utf-8",
    )  # fmt: skip
    own = tuple(found for _, found in books(tmp_path))
    grammar = requests(Expected(home=home("light"), books=own), KNOWN)
    assert all(takes(grammar, said) for said in ("please set the white one", "set please white one"))
    assert not takes(grammar, "set the white one")


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
    recogniser.listen_for(lambda: Expected(home=home("kitchen light", "front door", "heating"), books=(shipped("en"),)))
    told = recogniser.transcribe(sound, "en")
    assert told.text == "turn on the kitchen light"
    assert told.confidence >= freely.confidence
    assert recogniser.transcribe(said("The quick brown fox jumps over the lazy dog."), "en").text.count("kitchen light") == 0


def test_one_of_a_few_words(said):
    assert create().among(said("seven"), ["seven", "three", "banana"]).text == "seven"
