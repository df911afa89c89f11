"""Spotting: boxes come back in fractions of the picture, each thing once; the shipped network finds drawn things."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tools.spotting import STEP, Spot, Spotter, distinct, fitted, overlap, peaks
from tools.vqa._seeing import WEIGHTS


def test_the_same_thing_counts_once():
    spots = [Spot((0.1, 0.1, 0.4, 0.4), 0.6), Spot((0.11, 0.1, 0.4, 0.41), 0.9), Spot((0.6, 0.6, 0.9, 0.9), 0.5)]
    assert [s.score for s in distinct(spots)] == [0.9, 0.5]


def test_overlap_is_intersection_over_union():
    assert overlap((0, 0, 1, 1), (0, 0, 1, 0.5)) == pytest.approx(0.5)
    assert overlap((0, 0, 0.4, 1), (0.5, 0, 1, 1)) == 0


def test_a_peak_becomes_a_box():
    out = np.full((6, 8, 8), -9.0, np.float32)
    out[0, 3, 4] = 3.0
    out[1:5, 3, 4] = 0.25
    ((box, score),) = peaks(out, 32, 0.5)
    middle = (4.5 * STEP, 3.5 * STEP)
    assert box == pytest.approx((middle[0] - 8, middle[1] - 8, middle[0] + 8, middle[1] + 8))
    assert score > 0.9


def test_an_oblong_picture_is_fitted_with_its_rim_repeated():
    wide = np.zeros((10, 40, 3), np.uint8)
    wide[0] = 200
    square, (scale, left, top) = fitted(wide, 80)
    assert (square.shape, scale, left, top) == ((80, 80, 3), 2.0, 0, 30)
    assert square[0, 0, 0] > 100, "what is outside looks like the rim"


@pytest.mark.parametrize("size", [(240, 240), (300, 150), (150, 300)])
def test_two_figures_are_found_where_they_are(size):
    image = Image.new("RGB", size, (250, 244, 230))
    pen = ImageDraw.Draw(image)
    truth = [(20, 20, 80, 80), (size[0] - 70, size[1] - 75, size[0] - 15, size[1] - 20)]
    pen.ellipse(truth[0], fill=(210, 40, 40))
    pen.rectangle(truth[1], fill=(40, 80, 200))
    spots = Spotter(WEIGHTS).look(np.asarray(image)).spots
    assert len(spots) == 2
    for x0, y0, x1, y1 in truth:
        wanted = (x0 / size[0], y0 / size[1], x1 / size[0], y1 / size[1])
        assert max(overlap(wanted, s.box) for s in spots) > 0.6


def test_an_empty_picture_has_no_things():
    assert Spotter(WEIGHTS).look(np.full((90, 120, 3), 240, np.uint8)).spots == ()
