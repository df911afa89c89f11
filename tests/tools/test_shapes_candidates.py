"""Candidates of one request: a real choice, within what the words ask for."""

import pytest

from tools.image_generators.base import ImageRequest
from tools.image_generators.shapes import create
from tools.shapes.candidates import another, placed
from tools.shapes.prompt import read


@pytest.fixture(scope="module")
def generator():
    return create("")


def test_the_first_is_drawn_as_if_it_were_alone(generator):
    alone, first = (generator.generate(ImageRequest(prompt="a blue dog", n=n, seed=3, width=64, height=64))[0] for n in (1, 3))
    assert alone.content.data == first.content.data
    assert alone.recipe == first.recipe


def test_the_others_differ_and_are_made_again_from_their_recipes(generator):
    made = generator.generate(ImageRequest(prompt="a blue dog", n=8, seed=3, width=64, height=64))
    assert len({picture.content.sha256 for picture in made}) == 8
    assert all(generator.make(picture.recipe).content.data == picture.content.data for picture in made)


@pytest.mark.parametrize("words", ["a dog on a beach", "a dog at night", "a dog on a yellow background"])
def test_a_place_or_an_hour_that_was_asked_for_stays(words):
    plan = read(words)
    assert all(placed(plan, plan.scene or "meadow", another(number)) == plan for number in range(8))


def test_what_suggests_its_own_place_keeps_it():
    plan = read("a fish")
    assert all(placed(plan, "underwater", another(number)) == plan for number in range(8))
    assert placed(read("a dog"), "meadow", another(1)).time == "sunset"
    assert placed(read("a dog"), "plain", another(2)).scene == "meadow"
