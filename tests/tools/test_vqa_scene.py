"""Scene: figures and colours are told by their outline and pixels."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from retrieval.recognition import Line
from tools.vqa._lines import asked_lines, is_text
from tools.vqa._questions import understand
from tools.vqa._scene import NAMES, name_pixels, see

FIGURES = {
    "circle": lambda d: d.ellipse((30, 30, 90, 90), fill="red"),
    "square": lambda d: d.rectangle((30, 30, 90, 90), fill="red"),
    "rectangle": lambda d: d.rectangle((20, 40, 100, 80), fill="red"),
    "triangle": lambda d: d.polygon([(60, 25), (95, 90), (25, 90)], fill="red"),
    "diamond": lambda d: d.polygon([(60, 20), (95, 60), (60, 100), (25, 60)], fill="red"),
    "hexagon": lambda d: d.regular_polygon((60, 60, 40), 6, fill="red"),
}


def canvas(size=(120, 120)):
    return Image.new("RGB", size, (240, 244, 248))


@pytest.mark.parametrize("figure", sorted(FIGURES))
def test_a_figure_is_named(figure):
    image = canvas()
    FIGURES[figure](ImageDraw.Draw(image))
    (thing,) = see(np.asarray(image)).things
    assert (thing.figure, thing.colour) == (figure, "red")
    assert 0 < thing.box[0] < thing.box[2] < 1


def test_things_are_counted_apart():
    image = canvas((200, 120))
    for n in range(4):
        ImageDraw.Draw(image).ellipse((10 + n * 48, 40, 46 + n * 48, 76), fill="blue")
    assert len(see(np.asarray(image)).things) == 4


@pytest.mark.parametrize("name", ["red", "green", "blue", "yellow", "black", "white", "gray", "teal", "brown", "orange", "purple", "pink"])
def test_css_colours_have_their_names(name):
    pixels = np.asarray(Image.new("RGB", (12, 12), name))
    assert NAMES[int(name_pixels(pixels)[5, 5])] == name


def test_an_empty_picture_has_no_things():
    scene = see(np.asarray(canvas()))
    assert scene.things == ()
    assert scene.background in ("white", "gray")


def test_the_row_that_a_question_is_about():
    def line(text, y):
        return Line(text, (0.1, y, 0.6, y + 0.05), 0.95)

    lines = [line("Tea 2.50", 0.1), line("Coffee 3.20", 0.2), line("Total 5.70", 0.3)]
    assert [x.text for x in asked_lines(lines, understand("What is the total?"))] == ["Total 5.70"]
    assert [x.text for x in asked_lines(lines, understand("How much is the coffee?"))] == ["Coffee 3.20"]
    assert len(asked_lines(lines, understand("What does it say?"))) == 3
    assert is_text(lines[0])
    assert not is_text(Line("O O", (0, 0, 1, 1), 0.9)), "two wheels are no word"
