"""Repeating: a recipe gives the same bytes and the same recipe again, whatever made it; anything else is said."""

import pytest
import tiny_pictures

from retrieval.faults import Conflict, InvalidInput, NotFound
from retrieval.hosting.host import ModelHost
from tools.image_generators import diffusion, shapes
from tools.image_generators.base import EditRequest, ImageRequest, Watch
from tools.image_generators.diffusers import create
from tools.repeating import repeat

KINDS = ("stable_diffusion", "stable_diffusion_xl", "flux")
pytestmark = [  # what diffusers' schedulers say of numpy, and of a model without a history
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The configuration file of this scheduler:FutureWarning"),
]


@pytest.fixture(scope="module")
def pipelines(tmp_path_factory):
    folder = tmp_path_factory.mktemp("repeated")
    models = ModelHost(folder, 2**30)
    return {kind: create(f"{getattr(tiny_pictures, kind)(folder / kind)}?dtype=float32", models=models) for kind in KINDS}


@pytest.fixture(scope="module", params=("shapes", "diffusion"))
def drawing(request):
    return {"shapes": shapes, "diffusion": diffusion}[request.param].create()


def draw(generator, prompt="a blue car and a tree", **fields):
    return generator.generate(ImageRequest(**{"prompt": prompt, "width": 64, "height": 64, "seed": 0, **fields}))[0]


def same(generator, made, source=None, parent=None, mask=None):
    again = repeat(generator, made.recipe, source, parent, mask)
    assert again.content.data == made.content.data
    assert again.recipe == made.recipe
    return True


def test_a_drawing_and_a_chain_of_its_edits(drawing):
    made, chain = draw(drawing, negative_prompt="tree"), []
    assert same(drawing, made)
    for instruction, operation in (("make it red", "change"), ("put it on a beach", "change"), ("another one", "variation"),
                                   ("larger", "upscale"), ("add a sun", "change")):  # fmt: skip
        changed = drawing.edit(made.content, made.recipe, EditRequest(instruction=instruction, operation=operation))
        chain.append((changed, made))
        made = changed
    for changed, before in chain:
        assert changed.content.sha256 != before.content.sha256
        assert same(drawing, changed, before.content, before.recipe)
        assert same(drawing, changed), "a whole recipe needs no picture"


def test_changes_of_pixels_one_after_another(drawing):
    made, parent = draw(drawing), None
    for instruction in ("rotate it left", "make it black and white", 'add the caption "Hi"', "put it on a beach"):
        before, parent = made, made.recipe
        made = drawing.edit(before.content, parent, EditRequest(instruction=instruction))
        if made.recipe.model == "pixels-1":
            assert same(drawing, made, before.content, parent)


def test_a_change_inside_a_mask(drawing):
    source, mask = tiny_pictures.picture(), tiny_pictures.mask(30)
    made = drawing.edit(source, None, EditRequest(instruction="invert the colours", mask=mask))
    assert made.recipe.parameters["mask"] == mask.sha256
    assert same(drawing, made, source, None, mask)
    with pytest.raises(NotFound) as missing:
        repeat(drawing, made.recipe, source, None, None)
    assert missing.value.code == "missing_mask"
    with pytest.raises(Conflict):
        repeat(drawing, made.recipe, source, None, tiny_pictures.mask(31))


def test_a_thing_drawn_into_a_mask():
    generator, source, mask = diffusion.create(), tiny_pictures.picture(), tiny_pictures.mask(40)
    made = generator.edit(source, None, EditRequest(instruction="put a red apple here", mask=mask, seed=0))
    assert made.recipe.operation == "inpaint"
    assert same(generator, made, source, None, mask)


@pytest.mark.parametrize("kind", KINDS)
def test_diffusion_of_any_kind(pipelines, kind):
    generator = pipelines[kind]
    first = draw(generator, steps=2, negative_prompt="rain", guidance=3.0)
    assert same(generator, first)
    mask = tiny_pictures.mask(20, 64, 64)
    for asked in (
        EditRequest(instruction="make it red", steps=2),
        EditRequest(instruction="a hat", mask=mask, steps=2, seed=0),
        EditRequest(instruction="another one", operation="variation", steps=2, strength=0.4),
        EditRequest(instruction="make it green", steps=2, guidance=4.0),
        EditRequest(instruction="flip it horizontally"),
    ):
        changed = generator.edit(first.content, first.recipe, asked)
        assert same(generator, changed, first.content, first.recipe, asked.mask)
        assert same(generator, changed, first.content, None, asked.mask), "what the source showed stands in the recipe"
        first = changed


def test_what_was_changed_on_pixels_is_made_again_by_any_back_end(pipelines):
    source = tiny_pictures.picture()
    made = pipelines["flux"].edit(source, None, EditRequest(instruction="make it sharper"))
    assert same(shapes.create(), made, source)


def test_another_model_or_version_is_refused(drawing, pipelines):
    made = draw(drawing)
    for generator, recipe in (
        (pipelines["flux"], made.recipe),
        (drawing, made.recipe.model_copy(update={"model_sha256": "0" * 64})),
        (drawing, draw(pipelines["flux"], steps=1).recipe),
    ):
        with pytest.raises(Conflict) as caught:
            repeat(generator, recipe, None, None, None)
        assert caught.value.code == "other_model"
        assert caught.value.hint


def test_another_picture_in_the_place_of_its_source_is_refused(drawing):
    source = tiny_pictures.picture()
    made = drawing.edit(source, None, EditRequest(instruction="make it brighter"))
    with pytest.raises(Conflict) as caught:
        repeat(drawing, made.recipe, tiny_pictures.picture(60, 40), None, None)
    assert caught.value.code == "other_source"
    with pytest.raises(NotFound) as missing:
        repeat(drawing, made.recipe, None, None, None)
    assert missing.value.code == "missing_source"


@pytest.mark.parametrize("update", [{"width": 20_000}, {"prompt": ""}, {"steps": 0}, {"seed": -1}, {"guidance": 99.0}])
def test_a_recipe_that_nobody_could_have_made_is_refused(drawing, update):
    with pytest.raises(InvalidInput) as caught:
        repeat(drawing, draw(drawing).recipe.model_copy(update=update), None, None, None)
    assert caught.value.code == "bad_recipe"


def test_a_damaged_change_of_pixels_is_refused(drawing):
    source = tiny_pictures.picture()
    recipe = drawing.edit(source, None, EditRequest(instruction="make it brighter")).recipe
    for update in ({"operation": "explode"}, {"parameters": {**recipe.parameters, "amount": 1e9}}):
        with pytest.raises(InvalidInput) as caught:
            repeat(drawing, recipe.model_copy(update=update), source, None, None)
        assert caught.value.code == "bad_recipe"


def test_who_follows_changes_nothing(drawing):
    seen = []
    made = draw(drawing)
    again = repeat(drawing, made.recipe, None, None, None, Watch(preview=lambda number, content: seen.append(content)))
    assert again.content.data == made.content.data
    assert seen
