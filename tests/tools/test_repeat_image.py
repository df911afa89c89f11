"""repeat_image: the same recipe gives the same bytes, for drawings, changes, masks and whole chains; what cannot be repeated says why."""

import io

import media_samples as samples
import pytest
from PIL import Image, ImageDraw
from tool_samples import OWNER, NoText, attach, make_kit, run, turn

from retrieval.faults import Conflict, InvalidInput
from tools import edit_image, generate_image, repeat_image


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    yield from make_kit(tmp_path_factory.mktemp("repeat"), recognizer=NoText())


def again(kit, context, image=""):
    result = run(repeat_image.create(kit), context, image=image)
    assert result.data["identical"] is True
    assert result.data["sha256"] == kit.library.file(result.data["file_id"], OWNER).sha256
    return result


def mask(size, box):
    image = Image.new("L", size, 0)
    ImageDraw.Draw(image).rectangle(box, fill=255)
    return samples.png_bytes(image)


def test_a_drawing_comes_out_byte_for_byte(kit):
    context = turn(kit)
    first = run(generate_image.create(kit), context, prompt="a blue dog", width=96, height=64, seed=0, negative_prompt="a tree")
    result = again(kit, context)
    assert result.shown[0].file_id == first.shown[0].file_id, "the same bytes are not kept twice"
    assert "byte for byte" in result.answer


def test_a_chain_of_changes_comes_out_byte_for_byte(kit):
    context = turn(kit, "zh")
    attach(kit, context, samples.picture(size=(90, 60)), "photo.png")
    for words in ("make it black and white", "rotate it left", "make it larger"):
        run(edit_image.create(kit), context, instruction=words)
        assert "每个字节都一样" in again(kit, context).answer


def test_a_change_of_a_drawing_comes_out_byte_for_byte(kit):
    context = turn(kit)
    run(generate_image.create(kit), context, prompt="a red circle", width=64, height=64, seed=4)
    run(edit_image.create(kit), context, instruction="make it green")
    again(kit, context)
    run(edit_image.create(kit), context, operation="variation", seed=9)
    again(kit, context)


def test_a_masked_change_finds_its_mask_again(kit):
    context = turn(kit)
    photo = attach(kit, context, samples.picture(size=(80, 60)), "photo.png")
    brush = attach(kit, context, mask((80, 60), (10, 10, 40, 40)), "mask.png")
    changed = run(edit_image.create(kit), context, instruction="make it black and white", image=photo.handle, mask=brush.file_id)
    recipe = changed.shown[0].recipe
    assert recipe.parameters["mask"] == kit.library.file(brush.file_id, OWNER).sha256
    before, after = (
        Image.open(io.BytesIO(kit.library.open_file(i, OWNER).data)).convert("RGB") for i in (photo.file_id, changed.shown[0].file_id)
    )
    assert before.getpixel((60, 50)) == after.getpixel((60, 50))
    assert before.getpixel((20, 20)) != after.getpixel((20, 20))
    again(kit, context, changed.shown[0].handle)


def test_a_copy_sent_back_in_can_be_made_again(kit):
    context = turn(kit)
    made = run(generate_image.create(kit), context, prompt="a yellow star", width=64, height=64, seed=2)
    later = turn(kit)
    attach(kit, later, kit.library.open_file(made.shown[0].file_id, OWNER).data, "download.png")
    again(kit, later)


def test_a_photograph_has_no_recipe(kit):
    context = turn(kit)
    attach(kit, context, samples.picture(), "photo.png")
    with pytest.raises(InvalidInput) as caught:
        run(repeat_image.create(kit), context)
    assert caught.value.code == "not_generated"


def test_another_model_is_said_and_nothing_is_drawn(kit):
    context = turn(kit)
    made = run(generate_image.create(kit), context, prompt="a red circle", width=64, height=64, seed=1)
    file = kit.library.file(made.shown[0].file_id, OWNER)
    other = file.recipe.model_copy(update={"model_sha256": "0" * 64})
    old = kit.library.add_file(kit.library.open_file(file.id, OWNER), OWNER, purpose="generated", recipe=other)
    with pytest.raises(Conflict) as caught:
        run(repeat_image.create(kit), context, image=old.id)
    assert caught.value.code == "other_model"


def test_a_change_whose_photograph_is_gone_cannot_be_made_again(kit):
    context = turn(kit)
    photo = attach(kit, context, samples.picture(size=(70, 50)), "photo.png")
    run(edit_image.create(kit), context, instruction="make it black and white")
    kit.library.delete_file(photo.file_id, OWNER)
    from retrieval.faults import Fault

    with pytest.raises(Fault) as caught:
        run(repeat_image.create(kit), context)
    assert caught.value.hint
