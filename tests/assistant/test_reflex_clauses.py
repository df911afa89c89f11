"""Taking a turn apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reflex.clauses import opens_request, split_devices, split_requests


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("draw a blue dog and read it aloud", ["draw a blue dog", "read it aloud"]),
        ("turn on the light, then find the manual", ["turn on the light", "find the manual"]),
        ("What is this? How much does it cost?", ["What is this", "How much does it cost?"]),
        ("draw a cat and a dog", ["draw a cat and a dog"]),
        ("how does she feel: I left and then find out", ["how does she feel: I left and then find out"]),
        ('say "open the door and read the sign"', ['say "open the door and read the sign"']),
        ("I waited an hour. The food was cold. Is this positive?", ["I waited an hour. The food was cold. Is this positive?"]),
        ("画一只狗，然后读出来", ["画一只狗", "读出来"]),
        ("打开灯并告诉我保修多久", ["打开灯", "告诉我保修多久"]),
        ("猫和狗有什么区别", ["猫和狗有什么区别"]),
        ("", []),
    ],
)
def test_split(text, parts):
    assert split_requests(text) == parts


def test_openers():
    assert opens_request("could you please draw a cat")
    assert opens_request("帮我找一件外套")
    assert not opens_request("the food was cold")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("turn off the lamp and the fan", ["turn off the lamp", "turn off the fan"]),
        ("turn the lamp and the fan off", ["turn the lamp off", "turn the fan off"]),
        ("打开台灯和风扇", ["打开台灯", "打开风扇"]),
        ("把台灯和风扇关掉", ["把台灯关掉", "把风扇关掉"]),
        ("turn off the lamp", ["turn off the lamp"]),
    ],
)
def test_devices(text, parts):
    assert split_devices(text) == parts


@given(st.text(max_size=200))
def test_splitting_loses_no_word_of_the_ends(text):
    parts = split_requests(text)
    assert all(p.strip() for p in parts)
    if parts:
        assert text.strip().startswith(parts[0][:1])
