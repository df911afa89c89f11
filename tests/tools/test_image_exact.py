"""Exact: what is about pixels alone is told from what a model must draw; a variation's own words are told from the wish for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.image_generators._exact import added, exact


@pytest.mark.parametrize(
    ("instruction", "name"),
    [
        ("rotate it left", "rotate"),
        ("rotate it 90 degrees to the left please", "rotate"),
        ("向左旋转90度", "rotate"),
        ("make it black and white", "grayscale"),
        ("可以把照片变成黑白吗", "grayscale"),
        ("make it twice as large", "resize"),
        ("把图片放大两倍", "upscale"),
        ("crop the left half", "crop"),
        ("裁成正方形", "crop"),
        ("make it a little brighter", "brighter"),
        ("remove the background", "remove_background"),
        ("去掉背景", "remove_background"),
        ('add the caption "A dog on a mirror"', "caption"),
        ("add a white border", "border"),
        ("tint it blue", "tint"),
        ("blur the background", "blur_background"),
        ("make it warmer", "warmer"),
        ("flip it horizontally", "flip"),
    ],
)
def test_pixels_alone(instruction, name):
    assert exact(instruction).name == name


@pytest.mark.parametrize(
    "instruction",
    [
        "make it red", "turn the black dog white", "put a frame on the wall", "add a mirror", "make the dog darker", "把狗转成猫", "把狗变亮一点",
        "a black and white cat", "give the dog bigger ears", "put it on a beach", "turn the cat into a dog", "a cat with a blurred background",
        "add a bright light", "hello", "",
    ],
)  # fmt: skip
def test_there_is_more_to_it(instruction):
    assert exact(instruction) is None


@pytest.mark.parametrize(
    ("instruction", "more"),
    [
        ("more like the second one", ""),
        ("variation of image_2", ""),
        ("4 more like this", ""),
        ("draw it another way", ""),
        ("再来一张类似的", ""),
        ("像第二张那样，但是红色的", "红色的"),
        ("more like this, but red", "red"),
        ("another one but at night", "at night"),
    ],
)
def test_what_a_wish_for_a_variation_adds(instruction, more):
    assert added(instruction) == more


@given(st.text(max_size=80))
def test_any_words_are_read(text):
    assert exact(text) is None or exact(text).name
    assert isinstance(added(text), str)
