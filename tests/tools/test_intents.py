"""Intents: the tests that stand beside them, templates, numbers, and a person's own."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.faults import InvalidInput
from tools.devices._home_file import read_home
from tools.devices.simulated import create
from tools.intents import book, numbers
from tools.intents.automaton import machine
from tools.intents.checking import check
from tools.intents.templates import parse, pattern
from tools.intents.understanding import Intents

OWN = """
language: en
intents:
  reading:
    sentences: ["(reading|book) time [please]"]
    do: [{action: set, device: floor lamp, value: 80}, {action: off, device: tv}]
    response: Enjoy your book.
    tests: [{say: reading time, devices: [floor_lamp, tv], value: 80}]
"""
SALAD = """
language: en
lists: {size: {large: [big, large], small: [small]}, oil: ["[some] (oil|vinegar)"]}
rules: {start: "[get] (a|the)"}
intents:
  salad:
    action: "on"
    device: kitchen light
    value: "{size} {oil}"
    response: A {size} salad.
    sentences: ["<start> ({size};green) salad [with {oil}]"]
    tests: [{say: a big green salad, slots: {size: large}}]
"""


@pytest.fixture(scope="module")
def devices(tmp_path_factory):
    return create(tmp_path_factory.mktemp("home")).devices()


@pytest.fixture(scope="module")
def intents():
    return Intents()


@pytest.mark.parametrize("language", book.LANGUAGES)
def test_the_tests_beside_the_intents_hold(devices, language):
    count, failures = check([book.shipped(language)], devices)
    assert failures == []
    assert count >= len(book.shipped(language).intents)


def test_the_checker_finds_what_is_wrong(devices):
    wrong = book.shipped("en").model_dump()
    wrong["intents"] = {"toggle": wrong["intents"]["toggle"] | {"tests": (
        {"say": "toggle the tv", "devices": ("bedroom_fan",)}, {"say": "flip the hall light", "understood": False},
        {"say": "toggle the moon"},
    )}}  # fmt: skip
    _, failures = check([book.Book.model_validate(wrong)], devices)
    assert [failure.found for failure in failures] == ["toggle toggle tv", "toggle", "not understood"]


def found(intents, devices, said, language=""):
    return [(c.action, c.device, c.value) for c in intents.understand(said, devices, language)]


def test_several_commands_in_a_sentence(intents, devices):
    said = "Please turn on the kitchen light, close the blinds and set the thermostat to 22"
    assert [action for action, _, _ in found(intents, devices, said)] == ["on", "close", "set"]
    assert [action for action, _, _ in found(intents, devices, "打开客厅灯，然后把窗帘拉上")] == ["on", "close"]


@pytest.mark.parametrize(
    "said",
    [
        "what does the warranty cover?", "turn on the kitchen light and tell me a joke", "draw a blue dog", "我想要一只猫", "",
        "the light in my life", "open the report", "turn on the fountain", "x" * 1000, "把猫打开", "don't turn on the light",
        "do not unlock the door", "不要打开灯", "别关灯",
    ],
)  # fmt: skip
def test_what_is_not_wholly_understood_is_nothing(intents, devices, said):
    assert found(intents, devices, said) == []


@given(st.text(max_size=60))
@settings(deadline=None, max_examples=60)
def test_any_words_are_understood_or_not(intents, devices, said):
    for command in intents.understand(said, devices, "en") + intents.understand(said, devices, "zh"):
        assert command.device


def test_own_intents_come_first_and_do_several_things(tmp_path, devices):
    (tmp_path / "intents").mkdir()
    (tmp_path / "intents" / "mine.yaml").write_text(OWN, "utf-8")
    mine = Intents(tmp_path).understand("Reading time, please!", devices)
    assert [(c.action, c.device, c.value) for c in mine] == [("set", "floor lamp", "80"), ("off", "tv", "")]
    assert mine[0].response == "Enjoy your book."
    assert check([b for _, b in book.own(tmp_path)], devices)[1] == []


@pytest.mark.parametrize(
    ("before", "after"),
    [("do:", "done:"), ("sentences:", "words:"), ("language: en", "language: fr"), ("response: Enjoy", "action: on\n    response: Enjoy")],
)
def test_a_mistake_in_an_own_file_is_told(tmp_path, before, after):
    (tmp_path / "intents").mkdir()
    (tmp_path / "intents" / "mine.yaml").write_text(OWN.replace(before, after), "utf-8")
    with pytest.raises(InvalidInput, match=r"mine\.yaml"):
        Intents(tmp_path)


@pytest.mark.parametrize(
    "template", ["(a|b", "a]", "a|b", "{colours} on", "a }", "(a]", "x" * 700, "(a;b", "a;b", "(a|b;c)", "(a;b;c;d;e)", "<lost>"]
)
def test_a_template_that_cannot_be_read_is_refused(template):
    with pytest.raises(InvalidInput):
        pattern(parse(template), {"devices": ".+? "}, "en")


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("twenty one point five", "21.5"), ("twenty-one", "21"), ("a hundred", ""), ("one hundred and ten", "110"), ("half", "50"),
        ("15", "15"), ("21.5", "21.5"), ("百分之三十", "30"), ("二十三", "23"), ("十五", "15"), ("一百", "100"), ("两百五十", "250"), ("二十一点五", "21.5"),
        ("最亮", "100"), ("blue", ""), ("", ""), ("zero", "0"),
    ],
)  # fmt: skip
def test_numbers_in_words(words, value):
    assert numbers.number(words) == value


def test_the_example_holds_in_its_own_home():
    folder = Path(__file__).parents[2] / "examples" / "coffee-machine"
    count, failures = check([found for _, found in book.own(folder)], read_home(folder).listed())
    assert failures == []
    assert count > 15


def test_pieces_in_any_order_rules_and_lists(tmp_path, devices):
    (tmp_path / "intents").mkdir()
    (tmp_path / "intents" / "mine.yaml").write_text(SALAD, "utf-8")
    intents = Intents(tmp_path)
    for said in ("a big green salad with some oil", "please get a green big salad with some oil"):
        (found,) = intents.understand(said, devices)
        assert found.slots == {"size": "large", "oil": "some oil"}
        assert (found.value, found.response) == ("large some oil", "A large salad.")
    assert intents.understand("a big salad", devices) == []


@pytest.mark.parametrize("wrong", ["lists: {devices: [a]}", "lists: {size: []}", "lists: {bad_name: [a]}", "rules: {x: '<x>'}"])
def test_lists_and_rules_that_cannot_be_read_are_told(tmp_path, devices, wrong):
    (tmp_path / "intents").mkdir()
    text = f"language: en\n{wrong}\nintents:\n  a: {{action: 'on', sentences: ['<x> {{devices}}'], tests: [{{say: a}}]}}\n"
    (tmp_path / "intents" / "mine.yaml").write_text(text, "utf-8")
    with pytest.raises(InvalidInput):
        Intents(tmp_path).understand("a", devices, "en")


def test_a_machine_takes_exactly_the_sentences_of_its_tree():
    found = machine(parse("(turn|switch) (on|off) [the] (lamp|tall lamp) [and (lamp|fan)]"))
    assert all(found.takes(words.split()) for words in ("turn on lamp", "switch off the tall lamp and fan"))
    assert not any(found.takes(words.split()) for words in ("turn on", "turn lamp", "turn on lamp and", "on lamp", ""))
    assert machine(parse("(a b|a b|a [x] b)")).states == 4
