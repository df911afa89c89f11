"""The judge of drawings: its colours, counts and halves are right on pictures whose answer is known."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from assistant.evaluation.drawing import _halves, colour_name, count, edge_colour, main_colour

PAINTS = {
    "red": (200, 30, 30), "orange": (255, 140, 20), "yellow": (250, 220, 60), "green": (40, 160, 60), "blue": (40, 90, 210),
    "purple": (130, 60, 180), "pink": (250, 150, 190), "brown": (130, 80, 40), "black": (20, 20, 22), "white": (250, 250, 250),
    "gray": (140, 140, 142),
}  # fmt: skip


def discs(colour, places, ground=(235, 240, 250)):
    image = Image.new("RGB", (160, 120), ground)
    for x, y in places:
        ImageDraw.Draw(image).ellipse((x - 15, y - 15, x + 15, y + 15), fill=colour)
    return image


@pytest.mark.parametrize("name", sorted(PAINTS))
def test_colours_have_their_usual_names(name):
    assert colour_name(np.asarray(PAINTS[name])) == name


def test_the_thing_and_the_ground_are_told_apart():
    picture = discs(PAINTS["red"], [(80, 60)], PAINTS["green"])
    assert (main_colour(picture), edge_colour(picture)) == ("red", "green")


@pytest.mark.parametrize("places", [[(80, 60)], [(40, 60), (120, 60)], [(30, 60), (80, 60), (130, 60)]])
def test_separate_shapes_are_counted(places):
    assert count(discs(PAINTS["blue"], places)) == len(places)


def test_a_picture_is_cut_between_its_two_things():
    left, right = _halves(discs(PAINTS["red"], [(45, 60), (120, 60)]))
    assert count(left) == count(right) == 1
