"""Instructions: what people ask of a picture, in English and Chinese; nonsense is none of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.image_generators._instructions import enlarged, find_colour, understand


@pytest.mark.parametrize(
    ("instruction", "name"),
    [
        ("make it black and white", "grayscale"),
        ("turn it into grayscale", "grayscale"),
        ("变成黑白", "grayscale"),
        ("give it a vintage look", "sepia"),
        ("复古一点", "sepia"),
        ("brighten it", "brighter"),
        ("调亮一点", "brighter"),
        ("make it darker", "darker"),
        ("more contrast", "contrast"),
        ("reduce the contrast", "less_contrast"),
        ("blur it", "blur"),
        ("模糊", "blur"),
        ("sharpen the photo", "sharpen"),
        ("rotate it", "rotate"),
        ("旋转90度", "rotate"),
        ("flip it horizontally", "flip"),
        ("左右翻转", "flip"),
        ("flip it vertically", "flip_vertical"),
        ("crop to a square", "crop"),
        ("裁成正方形", "crop"),
        ("resize to 200x100", "resize"),
        ("make it smaller", "resize"),
        ("invert the colours", "invert"),
        ("remove the background", "remove_background"),
        ("去掉背景", "remove_background"),
        ("make the background blue", "background"),
        ("把背景变成黄色", "background"),
        ("blur the background", "blur_background"),
        ('add the caption "Hi"', "caption"),
        ("remove the text", "remove_text"),
        ("去掉文字", "remove_text"),
        ("upscale it", "upscale"),
        ("make it green", "recolour"),
        ("make the car red", "recolour"),
        ("变成蓝色", "recolour"),
        ("tint it blue", "tint"),
        ("pixelate it", "pixelate"),
        ("turn it into a cartoon", "cartoon"),
        ("变成素描", "sketch"),
        ("add a border", "border"),
        ("warmer", "warmer"),
        ("make it more colourful", "saturation"),
        ("make it twice as large", "resize"),
        ("放大三倍", "upscale"),
        ("put it on a beach", "scene"),
        ("put the dog on a beach at night", "scene"),
        ("change the background to a beach", "scene"),
        ("give it a beach background", "scene"),
        ("放到海滩上", "scene"),
        ("把它放到海边", "scene"),
        ("背景换成太空", "scene"),
    ],
)
def test_an_instruction_is_understood(instruction, name):
    assert understand(instruction).name == name


@pytest.mark.parametrize(
    "instruction", ["", "hello", "sing a song", "make it nice", "你好", "put a hat on the dog", "put a hat on it on the beach"]
)
def test_nonsense_is_not(instruction):
    assert understand(instruction) is None


def test_values_are_taken_along():
    assert understand("rotate it 45 degrees to the left").amount == -45
    assert understand("rotate 180°").amount == 180
    assert understand("resize to 640 x 480").place == "640x480"
    assert understand("scale it to 50%").amount == 0.5
    assert understand("upscale it 3x").amount == 3
    assert understand('write the text "Hello world" on top').text == "Hello world"
    assert understand("make the background light blue").colour == "cyan"
    assert understand("crop the left half").place == "left"
    assert understand("make it three times as large").amount == 3
    assert understand("把它放到海滩上").text == "海滩上"
    assert enlarged("to 800x600").place == "800x600"
    assert enlarged("more pixels").amount == 2
    assert enlarged("100x").amount == 2, "eight times at most are meant seriously, four are done"


@pytest.mark.parametrize(
    ("text", "colour"), [("a light blue car", "cyan"), ("the greenhouse", ""), ("深蓝色", "navy"), ("红色的", "red"), ("golden", "gold")]
)
def test_colours_are_found(text, colour):
    assert find_colour(text) == colour


@given(st.text(max_size=100))
def test_any_words_are_understood_or_not(text):
    operation = understand(text)
    assert operation is None or operation.name
