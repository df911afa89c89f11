"""generate_image: pictures kept with their recipes, findable, honest about what could not be drawn."""

import pytest
from tool_samples import OWNER, NoText, make_kit, run, turn

from retrieval.faults import Cancelled, InvalidInput
from retrieval.library import Query
from tools.generate_image import PICTURES, create


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    yield from make_kit(tmp_path_factory.mktemp("generate"), recognizer=NoText())


def test_a_picture_is_stored_with_a_recipe_that_makes_it_again(kit):
    result = run(create(kit), turn(kit), prompt="two blue birds above a green tree", width=128, height=96, seed=7)
    file = kit.library.file(result.shown[0].file_id, OWNER)
    content = kit.library.open_file(file.id, OWNER)
    assert (content.width, content.height, file.purpose) == (128, 96, "generated")
    assert kit.image_generator.make(file.recipe).content.data == content.data
    assert "simple shapes" in result.answer, "the bundled model is named as what it is"


def test_a_made_picture_is_found_by_its_words(kit):
    run(create(kit), turn(kit), prompt="a rocket and a yellow moon", width=96, height=96, seed=1)
    hits = kit.library.search(Query(owner=OWNER, text="rocket", modalities=("image",), collections=(PICTURES,)))
    assert "rocket" in hits[0].item.title
    assert hits[0].item.metadata["generated"] is True


def test_several_pictures_have_several_handles_and_seeds(kit):
    context = turn(kit, "zh")
    result = run(create(kit), context, prompt="一只黄色的小猫", n=3, width=96, height=96, seed=5)
    assert [s.handle for s in result.shown] == ["image_1", "image_2", "image_3"]
    assert [s.recipe.seed for s in result.shown] == [5, 6, 7]
    assert "3张" in result.answer


def test_what_cannot_be_drawn_is_said(kit):
    result = run(create(kit), turn(kit), prompt="a gryphon and a cat", width=96, height=96)
    assert "gryphon" in result.answer
    with pytest.raises(InvalidInput) as caught:
        run(create(kit), turn(kit), prompt="a gryphon eating lasagne")
    assert caught.value.code == "cannot_draw"
    assert "cat" in caught.value.hint


def test_the_same_words_again_are_noticed(kit):
    run(create(kit), turn(kit), prompt="a green snail", width=64, height=64, seed=1)
    again = run(create(kit), turn(kit), prompt="A green  snail", width=64, height=64, seed=2)
    assert again.data["made_before"]


def test_a_stopped_turn_keeps_nothing(kit):
    context = turn(kit)
    context.cancel.set()
    before = len(kit.library.files(OWNER))
    with pytest.raises(Cancelled):
        run(create(kit), context, prompt="a red car", width=64, height=64)
    assert len(kit.library.files(OWNER)) == before
