"""Candidates of one request: a real choice, within what the words ask for."""

import pytest

from tools.image_generators.base import ImageRequest
from tools.image_generators.shapes import create
from tools.shapes.candidates import another, placed
from tools.shapes.prompt import read


@pytest.fixture(scope="module")
def generator():
    return create("")


def test_a_seed_decides_alone(generator):
    made = generator.generate(ImageRequest(prompt="a blue dog", n=3, seed=3, width=64, height=64))
    again = [generator.generate(ImageRequest(prompt="a blue dog", seed=seed, width=64, height=64))[0] for seed in (3, 4, 5)]
    assert [picture.recipe for picture in made] == [picture.recipe for picture in again]
    assert [picture.content.data for picture in made] == [picture.content.data for picture in again]


def test_without_one_the_first_is_drawn_as_if_it_were_alone_and_the_others_differ(generator):
    made = generator.generate(ImageRequest(prompt="a blue dog", n=8, width=64, height=64))
    first = generator.generate(ImageRequest(prompt="a blue dog", seed=made[0].recipe.seed, width=64, height=64))[0]
    assert first.content.data == made[0].content.data
    assert len({picture.content.sha256 for picture in made}) == 8
    assert [picture.recipe.parameters.get("setting") for picture in made[:3]] == [None, {"time": "sunset"}, {"scene": "plain"}]
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
