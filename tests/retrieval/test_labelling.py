"""Labels of a person's own: checked, ranked, and refused where none fits."""

import io
import json

import numpy as np
import pytest
from library_samples import CACHE, HashedWords, PictureMeans, minilm
from PIL import Image, ImageDraw

from retrieval.content import Content
from retrieval.embedders._export import digest
from retrieval.embedders.senses import HERE, WEIGHTS, Senses
from retrieval.faults import InvalidInput, UnsupportedType
from retrieval.labelling import FILE, SURE, Labeller, checked, evidence, unknown


@pytest.fixture(scope="module")
def labeller():
    words = minilm()
    return Labeller(Senses(CACHE, words=words), words)


def star():
    image = Image.new("RGB", (200, 200), "white")
    points = [(100 + r * np.sin(n * np.pi / 5), 100 - r * np.cos(n * np.pi / 5)) for n, r in enumerate((90, 36) * 5)]
    ImageDraw.Draw(image).polygon(points, fill="#f2c230")
    out = io.BytesIO()
    image.save(out, "PNG")
    return Content(modality="image", media_type="image/png", data=out.getvalue(), name="star.png")


def test_the_curves_belong_to_the_weights_that_are_here():
    assert json.loads(FILE.read_text())["weights"] == {name: digest(HERE / name) for name in WEIGHTS.values()}


def test_the_measure_is_good_enough_to_be_of_use():
    scores = json.loads(FILE.read_text())["scores"]
    for kind in ("image", "audio"):
        assert scores[kind]["given_and_right"] > 0.8
        assert scores[kind]["none_when_not_asked_for"] > 0.85


def test_a_name_that_fits_is_given_and_the_others_are_ranked(labeller):
    found = labeller.label(star(), ["star", "bus", "elephant"])
    assert found.scores[0][0] == "star"
    assert found.label in ("star", "")
    assert (found.label == "star") == (found.probability >= SURE)
    assert len(found.scores) == 3


def test_chinese_names_are_understood(labeller):
    assert labeller.label(star(), ["大象", "星星", "公共汽车"]).scores[0][0] == "星星"


def test_what_does_not_fit_is_not_given(labeller):
    found = labeller.label(star(), ["elephant", "laptop"])
    assert found.label == ""
    assert found.probability < SURE


def test_a_single_name_is_weighed_against_everyday_ones():
    vector = np.zeros(384, np.float32)
    vector[0] = 1
    assert evidence(vector, vector[None], "image").shape == (1, 3)


def test_words_are_not_labelled(labeller):
    with pytest.raises(UnsupportedType):
        labeller.label(Content.from_text("a cat"), ["cat"])


def test_embedders_that_share_no_space_are_refused():
    with pytest.raises(UnsupportedType):
        Labeller(PictureMeans(), HashedWords())


def test_names_are_checked():
    assert checked([" cat ", "cat", "", "dog"]) == ("cat", "dog")
    for bad in ([], [" "], ["x" * 101], [str(n) for n in range(201)]):
        with pytest.raises(InvalidInput):
            checked(bad)


def test_names_that_cannot_be_translated_are_told():
    assert unknown(["cat", "猫"]) == []
    assert unknown(["魑魅魍魉"]) == ["魑魅魍魉"]
