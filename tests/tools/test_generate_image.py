"""generate_image: pictures kept with their recipes, findable, honest about what could not be drawn."""

import pytest
from tool_samples import OWNER, NoText, make_kit, run, turn

from retrieval.faults import Cancelled, InvalidInput, NotAllowed, NotFound
from retrieval.items import Draft
from retrieval.library import Query
from tools.generate_image import PICTURES, create
from tools.recipes import embed


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    yield from make_kit(tmp_path_factory.mktemp("generate"), recognizer=NoText())


def test_a_picture_is_stored_with_a_recipe_that_makes_it_again(kit):
    result = run(create(kit), turn(kit), prompt="two blue birds above a green tree", width=128, height=96, seed=7)
    file = kit.library.file(result.shown[0].file_id, OWNER)
    content = kit.library.open_file(file.id, OWNER)
    assert (content.width, content.height, file.purpose) == (128, 96, "generated")
    assert embed(kit.image_generator.make(file.recipe).content, file.recipe).data == content.data
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
    assert sorted(s.recipe.seed for s in result.shown) == [5, 6, 7]
    assert [p["number"] for p in result.data["pictures"]] == [1, 2, 3]
    scores = [s.score for s in result.shown]
    assert scores == sorted(scores, reverse=True), "the best comes first"
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


def test_what_is_there_already_is_shown_with_the_offer_to_draw_anew(kit):
    first = run(create(kit), turn(kit), prompt="a yellow car", width=192, height=192, seed=3)
    before = len(kit.library.files(OWNER))
    for language, words, said in (("en", "A yellow car", "Shall I draw a new one?"), ("zh", "一辆黄色的汽车", "要画一张新的吗？")):
        there = run(create(kit), turn(kit, language), prompt=words)
        assert there.data["offer"] is True
        assert [s.file_id for s in there.shown] == [first.shown[0].file_id]
        assert there.shown[0].score == pytest.approx(first.shown[0].score, abs=1e-3)
        assert said in there.answer
        assert "[1]" in there.answer
        assert there.evidence[0].hit.item.parent == first.shown[0].file_id
    assert len(kit.library.files(OWNER)) == before, "nothing was drawn"
    anew = run(create(kit), turn(kit), prompt="a yellow car", new=True)
    assert anew.data["offer"] is False
    assert anew.data["made_before"] == [first.shown[0].file_id]


@pytest.mark.parametrize("more", [{"n": 2}, {"seed": 0}, {"steps": 4}, {"negative_prompt": "a tree"}, {"width": 128, "height": 128}])
def test_who_says_how_to_draw_wants_a_drawing(kit, more):
    run(create(kit), turn(kit), prompt="a white duck", width=64, height=64, seed=1)
    result = run(create(kit), turn(kit), prompt="a white duck", **more)
    assert result.data["offer"] is False
    assert len(result.shown) == more.get("n", 1)


def product(kit, title, text, **metadata):
    where = kit.library.ensure_collection("products", OWNER)
    return kit.library.add_drafts([Draft(modality="text", title=title, text=text, metadata=metadata)], where.id, OWNER)[0]


def test_a_product_is_drawn_from_its_own_description_with_the_citation(kit):
    item = product(kit, "Gale Car", "Gale Car: light, for children.", category="toys", colour="red", price=12)
    context = turn(kit, collections=("products",))
    result = run(create(kit), context, about="the Gale Car", width=128, height=128, seed=0)
    assert "red car" in result.shown[0].recipe.prompt
    assert result.evidence[0].hit.item.id == item.id
    assert "“Gale Car”" in result.answer
    assert "It was drawn from its description [1]." in result.answer
    assert result.data["about"] == "Gale Car"


def test_a_product_that_is_not_there_is_not_made_up(kit):
    with pytest.raises(NotFound) as caught:
        run(create(kit), turn(kit, collections=("products",)), about="the flying submarine")
    assert caught.value.param == "about"


def test_a_prompt_written_from_a_product_goes_through_the_filter(kit):
    product(kit, "Lamp Eve", "Lamp Eve.", category="lamp", colour="red", setting="beside a naked woman", price=3)
    with pytest.raises(NotAllowed):
        run(create(kit), turn(kit, collections=("products",)), about="Lamp Eve")


def test_without_words_it_asks_for_some(kit):
    for prompt in ("", "   "):
        with pytest.raises(InvalidInput) as caught:
            run(create(kit), turn(kit), prompt=prompt)
        assert caught.value.param == "prompt"


def test_a_stopped_turn_keeps_nothing(kit):
    context = turn(kit)
    context.cancel.set()
    before = len(kit.library.files(OWNER))
    with pytest.raises(Cancelled):
        run(create(kit), context, prompt="a red car", width=64, height=64)
    assert len(kit.library.files(OWNER)) == before
