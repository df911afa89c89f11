"""Boxes: tight around what stands out; parts of one thing are one, two things that touch stay two, an uneven ground tells nothing."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tools.spotting import Sight, Spot, overlap
from tools.vqa._boxes import ground_left, looked_again, tightened


def shaded(size=(200, 200)):
    """A ground that grows lighter to the right."""
    ramp = np.linspace(150, 200, size[0])[None, :, None]
    return Image.fromarray(np.broadcast_to(ramp, (size[1], size[0], 3)).astype(np.uint8))


def seen(draw):
    image = shaded()
    draw(ImageDraw.Draw(image))
    return ground_left(np.asarray(image))


def test_a_loose_box_is_drawn_tight_on_a_shaded_ground():
    mask = seen(lambda d: d.ellipse((40, 60, 99, 119), fill="red"))
    (spot,) = tightened([Spot((0.1, 0.2, 0.6, 0.7), 0.8)], mask)
    assert spot.box == pytest.approx((0.2, 0.3, 0.5, 0.6), abs=0.015)
    assert spot.score == 0.8


def test_parts_of_a_long_thing_are_one():
    mask = seen(lambda d: d.rectangle((20, 80, 179, 99), fill="navy"))
    (spot,) = tightened([Spot((0.1, 0.35, 0.65, 0.55), 0.7), Spot((0.6, 0.35, 0.9, 0.55), 0.42)], mask)
    assert spot.box == pytest.approx((0.1, 0.4, 0.9, 0.5), abs=0.015)


def test_sure_things_that_touch_stay_two():
    mask = seen(lambda d: (d.ellipse((20, 60, 99, 139), fill="red"), d.ellipse((98, 60, 177, 139), fill="blue")))
    assert len(tightened([Spot((0.1, 0.3, 0.49, 0.7), 0.8), Spot((0.5, 0.3, 0.89, 0.7), 0.8)], mask)) == 2


def test_a_missing_part_is_taken_in_and_a_frame_is_not():
    def draw(pen):
        pen.rectangle((80, 60, 119, 119), fill="yellow")
        pen.rectangle((90, 124, 109, 134), fill="black")
        pen.rectangle((12, 12, 187, 187), outline="black")

    (spot,) = tightened([Spot((0.4, 0.3, 0.6, 0.6), 0.8)], seen(draw))
    assert spot.box == pytest.approx((0.4, 0.3, 0.6, 0.675), abs=0.015)


def test_an_uneven_ground_tells_nothing():
    assert ground_left(np.random.default_rng(1).integers(0, 255, (120, 120, 3), np.uint8)) is None


class Twice:
    """A finder that sees the red disc again from near and nothing elsewhere."""

    def look(self, pixels, least=0.35):
        red = (pixels[..., 0] > 180) & (pixels[..., 1] < 60)
        if not red.any():
            return Sight((), np.zeros((4, 4), np.float32))
        rows, columns = np.flatnonzero(red.any(1)), np.flatnonzero(red.any(0))
        height, width = red.shape
        box = (columns[0] / width, rows[0] / height, (columns[-1] + 1) / width, (rows[-1] + 1) / height)
        return Sight((Spot(box, 0.9),), np.ones((4, 4), np.float32))


def test_before_a_photograph_a_nearer_look_confirms_and_tightens():
    image = Image.fromarray(np.random.default_rng(1).integers(90, 160, (200, 200, 3), np.uint8))
    ImageDraw.Draw(image).ellipse((40, 60, 99, 119), fill=(220, 20, 20))
    found, mask = looked_again(Twice(), np.asarray(image), [Spot((0.15, 0.25, 0.5, 0.65), 0.5), Spot((0.7, 0.7, 0.9, 0.9), 0.5)])
    assert len(found) == 1, "what is not seen again is nothing"
    assert overlap(found[0].box, (0.2, 0.3, 0.5, 0.6)) > 0.85
    assert mask[90, 70]
    assert not mask[160, 160]
