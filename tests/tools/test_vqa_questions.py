"""Questions about pictures are taken apart: kind, colour, figure, words, negation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.vqa._questions import understand


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("What does the sign say?", "text"),
        ("read the text", "text"),
        ("How much does it cost?", "text"),
        ("What is the total?", "text"),
        ("上面写着什么？", "text"),
        ("这个多少钱？", "text"),
        ("Until when?", "text"),
        ("几点关门？", "text"),
        ("What colour is the car?", "colour"),
        ("what is the color of the shape?", "colour"),
        ("车是什么颜色？", "colour"),
        ("How many dogs are there?", "count"),
        ("有几只猫？", "count"),
        ("count the circles", "count"),
        ("Where is the red ball?", "where"),
        ("猫在哪里？", "where"),
        ("what shape is in the image?", "shape"),
        ("what is the blue shape?", "shape"),
        ("这是什么形状？", "shape"),
        ("Is there a red circle?", "yes_no"),
        ("does the image not contain a triangle?", "yes_no"),
        ("有没有红色的圆？", "yes_no"),
        ("Does it say STOP?", "yes_no"),
        ("How big is the picture?", "size"),
        ("图片多大？", "size"),
        ("Is it dark?", "yes_no"),
        ("What is in this picture?", "describe"),
        ("Describe the photo", "describe"),
        ("图里有什么？", "describe"),
    ],
)
def test_kinds(question, kind):
    assert understand(question).kind == kind


def test_what_a_question_names():
    asked = understand("Is there no red triangle?")
    assert (asked.colour, asked.figure, asked.negated) == ("red", "triangle", True)
    assert understand('Where is the word "EXIT"?').quoted == "EXIT"
    assert understand("Does the sign say NO ENTRY?").quoted == "NO ENTRY"
    assert understand("What colour is the background?").of_background
    assert understand("How many dogs are there?").noun == "dogs"
    assert understand("how many things are there").generic


@given(st.text(max_size=100))
def test_any_words_are_a_question(text):
    assert understand(text).kind
