"""Subject: the main thing before a calm background is found whole."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tools.image_generators.base import ImageRequest
from tools.image_generators.shapes import create
from tools.subject import background_distance, find_subject


def test_a_disc_is_found_whole():
    image = Image.new("RGB", (120, 90), (235, 238, 240))
    ImageDraw.Draw(image).ellipse((40, 20, 90, 70), fill=(200, 40, 40))
    subject = find_subject(np.asarray(image))
    truth = np.asarray(image)[..., 1] < 100
    overlap = (subject.mask & truth).sum() / (subject.mask | truth).sum()
    assert overlap > 0.93
    assert subject.certainty > 0.5


def test_a_thing_at_the_edge_is_not_background():
    image = Image.new("RGB", (120, 90), "white")
    ImageDraw.Draw(image).rectangle((0, 30, 40, 60), fill="blue")
    distance, calm = background_distance(np.asarray(image))
    assert distance[45, 20] > 60
    assert calm > 0.8


def test_noise_is_uncertain():
    pixels = np.random.default_rng(0).integers(0, 255, (80, 80, 3), np.uint8)
    assert find_subject(pixels).certainty < 0.4


@pytest.mark.parametrize("shape", [(8, 8, 3), (9, 300, 3), (400, 12, 3)])
def test_small_and_narrow_pictures_do_not_break(shape):
    assert find_subject(np.full(shape, 120, np.uint8)).mask.shape == shape[:2]


def test_the_same_picture_gives_the_same_mask():
    picture = create("").generate(ImageRequest(prompt="a cat", seed=1, width=96, height=96))[0]
    pixels = np.asarray(Image.open(io.BytesIO(picture.content.data)).convert("RGB"))
    assert (find_subject(pixels).mask == find_subject(pixels).mask).all()
