"""already: pictures of the same words, pictures that surely show it, and nothing else."""

import pytest
from tool_samples import OWNER, NoText, make_kit, turn

from tools.already import find, named, same_request
from tools.base import ToolContext
from tools.image_generators.base import EditRequest, ImageRequest
from tools.keeping import keep
from tools.shapes.prompt import read
from tools.studio import Judged


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    for made in make_kit(tmp_path_factory.mktemp("already"), recognizer=NoText()):
        where = made.library.ensure_collection("default", OWNER)
        for name, prompt in (("boat", "a red boat"), ("house", "a green house")):
            content = _picture(made, prompt).content.model_copy(update={"name": f"{name}.png"})
            made.library.ingest(made.library.add_file(content, OWNER).id, where.id, OWNER)
        context = turn(made)
        red = _picture(made, "a red dog")
        for picture in (red, _picture(made, "a blue cat at night")):
            keep(made, context, Judged(picture, 0.9), picture.recipe.prompt)
        keep(made, context, Judged(_picture(made, "a yellow star"), 0.01, True), "a yellow star")
        blue = made.image_generator.edit(red.content, red.recipe, EditRequest(instruction="make it purple"))
        keep(made, context, Judged(blue), "a red dog, make it purple")
        yield made


def _picture(kit, prompt):
    return kit.image_generator.generate(ImageRequest(prompt=prompt, seed=5, width=160, height=160))[0]


def found(kit, prompt, language="en"):
    context: ToolContext = turn(kit, language, collections=("default", "pictures"))
    return [hit.item.title for hit in find(kit, context, prompt)]


@pytest.mark.parametrize("prompt", ["a red dog", "A Red  Dog", "draw a red dog", "红色的狗"])
def test_the_same_words_find_what_was_drawn_from_them(kit, prompt):
    titles = found(kit, prompt)
    assert len(titles) == 1, "not the one that was recoloured since"
    assert titles[0].startswith("a red dog")
    assert titles[0].endswith("(made here)")


def test_the_mark_is_in_the_language_of_the_turn(kit):
    assert found(kit, "红色的狗", "zh")[0].endswith("（在这里绘制）")


@pytest.mark.parametrize(
    "prompt", ["a blue dog", "a dog", "a red wolf", "a red dog at night", "two red dogs", "a blue cat", "a purple elephant"]
)
def test_what_is_not_surely_there_is_not_named(kit, prompt):
    assert found(kit, prompt) == []


def test_a_picture_that_the_judge_doubted_is_not_offered(kit):
    assert found(kit, "a yellow star") == []


def test_a_picture_of_ones_own_that_shows_it_is_found(kit):
    assert found(kit, "a red boat") == ["boat.png"]
    assert found(kit, "a blue boat") == []


def test_of_named_collections_pictures_made_here_are_found_too(kit):
    context = turn(kit, collections=("default",))
    assert [hit.item.title for hit in find(kit, context, "a blue cat at night")] == ["a blue cat at night.png (made here)"]


def test_requests_are_the_same_in_other_words():
    assert same_request("a blue dog", "蓝色的狗")
    assert same_request("paint a BLUE dog", "a blue dog")
    assert not same_request("a blue dog", "a red dog")
    assert not same_request("a blue dog, 3d style", "a blue dog, flat style")
    assert not same_request("a glorb", "a blarg")


@pytest.mark.parametrize(
    ("title", "prompt", "said"),
    [
        ("red_jacket.png", "a red jacket", "same"), ("red_jacket.png", "a jacket", "same"), ("red_jacket.png", "a red backpack", "other"),
        ("red_jacket.png", "a blue jacket", "other"), ("jacket.png", "a blue jacket", "unknown"), ("IMG_0042.jpg", "a jacket", "unknown"),
    ],
)  # fmt: skip
def test_the_name_of_a_file_may_say_what_it_shows(title, prompt, said):
    assert named(title, read(prompt)) == said
