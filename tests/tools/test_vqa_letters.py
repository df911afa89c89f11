"""Writing beside figures is not counted as things."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tools.vqa._letters import written
from tools.vqa._scene import see


def picture(*lines):
    image = Image.new("RGB", (500, 300), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((40, 60, 160, 180), fill="purple")
    pen.ellipse((220, 60, 340, 180), fill="green")
    pen.polygon([(380, 180), (440, 60), (490, 180)], fill="orange")
    for n, line in enumerate(lines):
        pen.text((40, 200 + 40 * n), line, fill="black", font_size=32)
    return np.asarray(image)


@pytest.mark.parametrize("lines", [(), ("OPEN DAILY 9-17",), ("Fresh bread", "from six o clock")])
def test_figures_are_counted_and_letters_are_not(lines):
    assert sorted(t.figure for t in see(picture(*lines)).things) == ["circle", "square", "triangle"]


def test_writing_alone_stays_what_is_there():
    image = Image.new("RGB", (400, 120), "white")
    ImageDraw.Draw(image).text((20, 40), "HHHHHH", fill="black", font_size=40)
    assert see(np.asarray(image)).things


def row(count, height=0.08, gap=0.01):
    return [(0.1 + n * (0.05 + gap), 0.5, 0.15 + n * (0.05 + gap), 0.5 + height) for n in range(count)]


def test_a_line_is_small_near_and_of_several():
    none = [False] * 6
    assert written(row(6), none, 1.5) == set(range(6))
    assert written(row(3), none, 1.5) == set()
    assert written(row(6, height=0.3), none, 1.5) == set()
    assert written(row(6, gap=0.1), none, 1.5) == set()


def test_a_row_of_figures_is_no_writing():
    assert written(row(6), [True] * 6, 1.5) == set()
    assert written(row(6), [True] + [False] * 5, 1.5) == set(range(6))
