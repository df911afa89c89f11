"""edit_image: pictures made here are drawn again, others changed in their pixels; the chain of parents is kept."""

import io

import media_samples as samples
import numpy as np
import pytest
from PIL import Image
from tool_samples import OWNER, attach, make_kit, run, turn

from retrieval.faults import InvalidInput
from tools.edit_image import create
from tools.generate_image import create as create_generator
from tools.recipes import embed


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    yield from make_kit(tmp_path_factory.mktemp("edit"))


def shown_pixels(kit, result):
    return np.asarray(Image.open(io.BytesIO(kit.library.open_file(result.shown[0].file_id, OWNER).data)).convert("RGB")).astype(int)


def test_a_drawn_picture_is_drawn_again_with_the_change(kit):
    context = turn(kit)
    first = run(create_generator(kit), context, prompt="a red circle", width=96, height=96, seed=1)
    changed = run(create(kit), context, instruction="make it green")
    r, g, b = shown_pixels(kit, changed)[48, 48]
    assert g > r
    assert g > b
    recipe = changed.shown[0].recipe
    assert recipe.parents == (kit.library.file(first.shown[0].file_id, OWNER).sha256,)
    assert (recipe.operation, recipe.parameters["edits"]) == ("recolour", ["make it green"])


def test_an_edit_of_an_edit_keeps_both(kit):
    context = turn(kit)
    run(create_generator(kit), context, prompt="a cat and a sun", width=96, height=96, seed=1)
    run(create(kit), context, instruction="add a hat")
    last = run(create(kit), context, instruction="去掉太阳")
    assert last.shown[0].recipe.parameters["edits"] == ["add a hat", "去掉太阳"]
    again = embed(kit.image_generator.make(last.shown[0].recipe).content, last.shown[0].recipe)
    assert again.sha256 == kit.library.file(last.shown[0].file_id, OWNER).sha256


def test_any_picture_can_be_changed_in_its_pixels(kit):
    context = turn(kit)
    attach(kit, context, samples.picture(size=(80, 60)), "red.png")
    result = run(create(kit), context, instruction="make it black and white", image="image_1")
    r, g, b = shown_pixels(kit, result)[30, 40]
    assert r == g == b
    assert result.data["operation"] == "grayscale"


def test_printed_text_is_found_and_removed(kit):
    context = turn(kit)
    attach(kit, context, samples.png_bytes(samples.sign(["NO ENTRY"], size=(400, 140))), "sign.png")
    result = run(create(kit), context, instruction="remove the text")
    assert shown_pixels(kit, result).min() > 150, "no ink is left"


def test_no_text_to_remove_is_said(kit):
    context = turn(kit, "zh")
    attach(kit, context, samples.picture(size=(80, 60)), "red.png")
    with pytest.raises(InvalidInput, match="文字"):
        run(create(kit), context, instruction="去掉文字")


def test_an_unknown_change_lists_what_can_be_done(kit):
    context = turn(kit)
    attach(kit, context, samples.picture(), "red.png")
    with pytest.raises(InvalidInput) as caught:
        run(create(kit), context, instruction="make it sing a song")
    assert caught.value.code == "unknown_edit"
    assert "rotate" in caught.value.hint


def test_without_a_picture_it_asks_for_one(kit):
    with pytest.raises(InvalidInput) as caught:
        run(create(kit), turn(kit), instruction="make it green")
    assert caught.value.code == "missing_media"
