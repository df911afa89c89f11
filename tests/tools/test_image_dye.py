"""Dye: the asked colour, with the light and shade of the drawing, and its ink and paper left alone."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tools.image_generators._dye import dyed
from tools.shapes.palette import TONES


@pytest.fixture
def ball():
    """A red ball with a lighter and a darker half, a black eye, on nothing."""
    image = Image.new("RGBA", (80, 80))
    draw = ImageDraw.Draw(image)
    draw.ellipse((5, 5, 75, 75), fill=(220, 60, 60, 255))
    draw.pieslice((5, 5, 75, 75), 0, 180, fill=(160, 30, 30, 255))
    draw.ellipse((30, 15, 42, 27), fill=(10, 10, 12, 255))
    return image


@pytest.mark.parametrize("name", sorted(TONES))
def test_most_of_it_takes_the_colour(ball, name):
    pixels = np.asarray(dyed(ball, TONES[name]), np.int16)
    inside = pixels[pixels[..., 3] > 200][:, :3]
    assert np.abs(np.median(inside, axis=0) - TONES[name]).max() < 60


def test_opacity_ink_and_shade_stay(ball):
    before, after = np.asarray(ball, np.int16), np.asarray(dyed(ball, TONES["green"]), np.int16)
    assert (before[..., 3] == after[..., 3]).all()
    assert after[21, 36, :3].max() < 60
    assert after[20, 60, :3].sum() > after[60, 40, :3].sum()
