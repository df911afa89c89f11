"""Scores of the answerer: questions are judged by their bare answer, and scenes are the same every time."""

import random

import pytest

from assistant.evaluation.printed import printed
from assistant.evaluation.questions import Ask, field_of, pluralised
from assistant.evaluation.scenes import COLOURS, recoloured
from assistant.evaluation.vqa import exactly, is_right
from tools.vqa.base import VisualAnswer


def told(value, kind="object"):
    return VisualAnswer(text=value, confidence=0.8, kind=kind, value=value)


@pytest.mark.parametrize(
    ("one", "value", "right"),
    [
        (Ask("count", "en", "", ("3",)), "3", True),
        (Ask("count", "en", "", ("3",)), "2", False),
        (Ask("where", "en", "", ("top_left",)), "at the top left", True),
        (Ask("where", "zh", "", ("top_left",)), "at the top left", False),
        (Ask("what", "zh", "", ("dog",)), "狗", True),
        (Ask("what", "en", "", ("bird",)), "owl", True),
        (Ask("what", "en", "", ("dog",)), "dog, cat", False),
        (Ask("colour", "en", "", ("yellow",)), "gold", True),
        (Ask("colour", "en", "", ("red",)), "", False),
    ],
)
def test_a_bare_answer_is_judged(one, value, right):
    assert is_right(told(value), one) is right


def test_unsure_is_not_right():
    assert not is_right(told("dog", "unknown"), Ask("what", "en", "", ("dog",)))


def test_printed_words_are_compared_letter_by_letter():
    assert exactly(told("WET  FLOOR", "text"), "WET FLOOR")
    assert not exactly(told("WET FLOOR 1", "text"), "WET FLOOR")
    assert exactly(told("Bread  1.20", "text"), "1.20")


def test_printed_pictures_are_the_same_every_time():
    first, second = printed(random.Random(5)), printed(random.Random(5))
    assert (first.answer, first.question) == (second.answer, second.question)
    assert first.image.tobytes() == second.image.tobytes()


def test_fields_and_plurals():
    assert field_of((0, 0, 0.2, 0.2)) == "top_left"
    assert [pluralised(n) for n in ("dog", "bus", "cherry", "wolf", "glasses", "sheep")] == [
        "dogs",
        "buses",
        "cherries",
        "wolves",
        "glasses",
        "sheep",
    ]


def test_a_recoloured_drawing_has_its_new_colour():
    from PIL import Image

    sprite = Image.new("RGBA", (8, 8), (200, 30, 30, 255))
    pixel = recoloured(sprite, COLOURS["blue"][0]).getpixel((4, 4))
    assert pixel[2] > pixel[0]
