"""The embedder that needs no learned model: colour_layout for pictures."""

import subprocess
import sys

import media_samples as samples
import numpy as np
import pytest
from PIL import Image, ImageDraw

from retrieval.content import Content
from retrieval.embedders import colour_layout
from retrieval.faults import UnsupportedType


def drawn(colour, shape="ellipse", paper="white", at=(20, 20, 80, 80), size=(100, 100)):
    image = Image.new("RGB", size, paper)
    getattr(ImageDraw.Draw(image), shape)(at, fill=colour)
    return Content(modality="image", media_type="image/png", data=samples.png_bytes(image))


@pytest.fixture
def case(tmp_path):
    return colour_layout.create(tmp_path), [drawn("red"), drawn("blue"), drawn("green", "rectangle")]


def test_vectors_are_unit_float32_and_the_same_each_time(case):
    embedder, contents = case
    vectors = embedder.embed(contents)
    assert vectors.shape == (3, embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert (vectors == embedder.embed(contents)).all()
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_the_card_is_honest(case):
    embedder, _ = case
    assert (embedder.card.kind, embedder.card.dimension) == ("classical", embedder.dimension)
    assert embedder.card.limits
    assert all(0 < score < 1 for score in embedder.card.scores.values())
    assert set(embedder.card.modalities) == embedder.modalities


def test_other_media_are_refused(case):
    with pytest.raises(UnsupportedType):
        case[0].embed([Content.from_text("hello")])


def test_colour_and_place_and_shape_count():
    embedder = colour_layout.create()
    red, redder, blue, moved, square = embedder.embed(
        [drawn("red"), drawn((230, 20, 20)), drawn("blue"), drawn("red", at=(50, 50, 95, 95)), drawn("red", "rectangle")]
    )
    assert red @ redder > 0.95
    assert red @ redder > max(red @ moved, red @ square, red @ blue)
    assert blue @ red > blue @ moved


def test_size_does_not_matter_and_tiny_and_grey_pictures_work():
    embedder = colour_layout.create()
    small, large = embedder.embed([drawn("red"), drawn("red", at=(200, 200, 800, 800), size=(1000, 1000))])
    assert small @ large > 0.9
    tiny, black = embedder.embed([drawn("red", size=(8, 8)), drawn("black", paper="black")])
    assert np.isfinite(tiny).all()
    assert np.isfinite(black).all()


def test_importing_is_free():
    code = "import sys; from retrieval.embedders import colour_layout; print(sorted({'cv2', 'av', 'torch'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.strip() == "[]"
