"""Every image generator: n pictures of the size asked for, recipes that make them again, progress, and a stop that is heard."""

import io
import threading

import pytest
import tiny_pictures
from PIL import Image

from retrieval.backends import call, load, names
from retrieval.content import Content
from retrieval.faults import Cancelled, InvalidInput
from retrieval.hosting.host import ModelHost
from tools.image_generators.base import EditRequest, ImageRequest, Watch

BY_WORDS = ("diffusers",)
"""Back-ends that take any words for an instruction; theirs are models built on the spot, whose pictures are noise."""
pytestmark = [  # what diffusers' schedulers say of numpy, and of a model without a history
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The configuration file of this scheduler:FutureWarning"),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    return ModelHost(folder, 2**30), tiny_pictures.stable_diffusion(folder / "tiny-turbo")


@pytest.fixture(params=names("tools.image_generators"))
def generator(request):
    if request.param not in BY_WORDS:
        return call(load("tools.image_generators", request.param))
    models, folder = request.getfixturevalue("made")
    return call(load("tools.image_generators", request.param), reference=f"{folder}?dtype=float32", models=models)


def follows(generator, name):
    return type(generator).__module__.endswith(name)


def generate(generator, cancel=None, progress=None, **fields):
    return generator.generate(ImageRequest(**fields), Watch(progress or (lambda share: None), cancel=cancel or threading.Event()))


def photograph():
    out = io.BytesIO()
    Image.merge("RGB", [Image.linear_gradient("L"), Image.radial_gradient("L"), Image.new("L", (256, 256), 90)]).resize((60, 40)).save(
        out, "PNG"
    )
    return Content(modality="image", media_type="image/png", data=out.getvalue(), name="photo.png", width=60, height=40)


def test_the_card_says_what_it_is(generator):
    assert generator.card.role == "image_generator"
    assert generator.card.kind in ("classical", "learned")
    assert generator.card.licence
    assert generator.card.limits


@pytest.mark.parametrize(("width", "height"), [(64, 64), (200, 96), (96, 160)])
def test_pictures_have_the_size_and_number_asked_for(generator, width, height):
    made = generate(generator, prompt="a red circle", n=2, width=width, height=height, seed=3)
    assert len(made) == 2
    for picture in made:
        image = Image.open(io.BytesIO(picture.content.data))
        assert image.format == "PNG"
        assert image.size == (picture.content.width, picture.content.height) == (width, height)
    assert made[0].recipe.seed != made[1].recipe.seed


def test_the_same_request_gives_the_same_bytes(generator):
    first, second = (generate(generator, prompt="a cat and a tree", width=96, height=96, seed=11)[0] for _ in range(2))
    assert first.content.sha256 == second.content.sha256
    assert first.recipe == second.recipe


def test_a_seed_left_out_is_chosen_and_written_down(generator):
    picture = generate(generator, prompt="a star", width=64, height=64)[0]
    again = generate(generator, prompt="a star", width=64, height=64, seed=picture.recipe.seed)[0]
    assert again.content.sha256 == picture.content.sha256


def test_progress_rises_to_one(generator):
    shares = []
    generate(generator, progress=shares.append, prompt="three stars", n=2, width=64, height=64)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert all(0 <= share <= 1 for share in shares)


def test_a_stop_is_heard(generator):
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        generate(generator, cancel, prompt="nine stars", width=64, height=64)


def test_a_stop_is_heard_in_edits(generator):
    cancel = threading.Event()
    cancel.set()
    for instruction in ("make it black and white", "put it on a beach"):
        with pytest.raises(Cancelled):
            generator.edit(photograph(), None, EditRequest(instruction=instruction), Watch(cancel=cancel))


def test_pictures_are_in_the_order_of_their_seeds_and_zero_is_a_seed(generator):
    made = generate(generator, prompt="a house and a tree", n=3, width=64, height=64, seed=0)
    assert [picture.recipe.seed for picture in made] == [0, 1, 2]
    assert [picture.recipe.model for picture in made] == [generator.identity()[0]] * 3
    assert {picture.recipe.model_sha256 for picture in made} == {generator.identity()[1]}


def test_who_looks_sees_small_pictures_and_changes_nothing(generator):
    seen = []
    request = ImageRequest(prompt="a tree", width=64, height=64, seed=2, n=2, steps=6)
    watched = generator.generate(request, Watch(preview=lambda number, content: seen.append((number, content))))
    assert {number for number, _ in seen} == {0, 1}
    assert len(seen) <= 6
    assert all(max(content.width, content.height) <= 256 for _, content in seen)
    assert [p.content.sha256 for p in watched] == [p.content.sha256 for p in generator.generate(request)]


def test_several_threads_at_once_do_not_mix(generator):
    wanted = {seed: generate(generator, prompt="a cat", width=64, height=64, seed=seed)[0].content.sha256 for seed in range(4)}
    got = {}
    threads = [
        threading.Thread(
            target=lambda s=s: got.update({s: generate(generator, prompt="a cat", width=64, height=64, seed=s)[0].content.sha256})
        )
        for s in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == wanted


def test_an_edit_names_its_parent_and_its_operation(generator):
    image = photograph()
    changed = generator.edit(image, None, EditRequest(instruction="make it black and white"))
    assert changed.recipe.parents == (image.sha256,)
    assert changed.recipe.operation != "generate"
    assert changed.content.sha256 != image.sha256


def test_an_edit_of_its_own_picture_takes_the_recipe_along(generator):
    first = generate(generator, prompt="a red circle", width=64, height=64, seed=1)[0]
    changed = generator.edit(first.content, first.recipe, EditRequest(instruction="make it green"))
    assert changed.recipe.parents == (first.content.sha256,)
    assert (changed.content.width, changed.content.height) == (64, 64)


def test_a_picture_is_turned_not_drawn_again(generator):
    turned = generator.edit(photograph(), None, EditRequest(instruction="rotate it left"))
    before = Image.open(io.BytesIO(photograph().data))
    assert Image.open(io.BytesIO(turned.content.data)).tobytes() == before.transpose(Image.Transpose.ROTATE_90).tobytes()
    assert turned.recipe.model == "pixels-1"


def test_a_variation_of_its_own_picture_is_another_one(generator):
    first = generate(generator, prompt="a tree", width=64, height=64, seed=0)[0]
    varied = generator.edit(first.content, first.recipe, EditRequest(instruction="more like this", operation="variation"))
    assert varied.recipe.operation == "variation"
    assert varied.recipe.seed != 0
    assert varied.content.sha256 != first.content.sha256
    assert (varied.content.width, varied.content.height) == (64, 64)


def test_a_picture_is_enlarged_twice_or_as_told(generator):
    for instruction, size in (("larger", (120, 80)), ("three times as large", (180, 120)), ("to 90x60", (90, 60))):
        larger = generator.edit(photograph(), None, EditRequest(instruction=instruction, operation="upscale"))
        assert (larger.content.width, larger.content.height) == size
    with pytest.raises(InvalidInput):
        generator.edit(photograph(), None, EditRequest(instruction="to 9999x9999", operation="upscale"))


@pytest.mark.parametrize("instruction", ["put it on a beach", "放到海滩上"])
def test_a_photograph_is_put_on_a_beach(generator, instruction):
    changed = generator.edit(photograph(), None, EditRequest(instruction=instruction))
    assert changed.recipe.parents == (photograph().sha256,)
    assert (changed.content.width, changed.content.height) == (60, 40)
    assert changed.content.sha256 != photograph().sha256


def test_a_mask_of_another_size_or_without_a_mark_is_refused(generator):
    for size, code in (((59, 40), "mask_size"), ((60, 40), "no_mask")):
        out = io.BytesIO()
        Image.new("L", size, 0).save(out, "PNG")
        mask = Content(modality="image", media_type="image/png", data=out.getvalue())
        with pytest.raises(InvalidInput) as caught:
            generator.edit(photograph(), None, EditRequest(instruction="invert the colours", mask=mask))
        assert (caught.value.param, caught.value.code) == ("mask", code)
        assert caught.value.hint


def test_an_edit_beyond_it_says_what_it_can_do(generator):
    if follows(generator, BY_WORDS):
        pytest.skip("takes any words")
    with pytest.raises(InvalidInput) as caught:
        generator.edit(photograph(), None, EditRequest(instruction="qwertz uiop"))
    assert caught.value.hint


def test_a_mask_keeps_the_rest(generator):
    out = io.BytesIO()
    mask = Image.new("L", (60, 40), 0)
    mask.paste(255, (0, 0, 30, 40))
    mask.save(out, "PNG")
    request = EditRequest(instruction="invert the colours", mask=Content(modality="image", media_type="image/png", data=out.getvalue()))
    changed = Image.open(io.BytesIO(generator.edit(photograph(), None, request).content.data)).convert("RGB")
    before = Image.open(io.BytesIO(photograph().data)).convert("RGB")
    assert max(abs(a - b) for a, b in zip(changed.getpixel((55, 10)), before.getpixel((55, 10)), strict=True)) < 6
    assert max(abs(a - b) for a, b in zip(changed.getpixel((3, 3)), before.getpixel((3, 3)), strict=True)) > (
        0 if follows(generator, BY_WORDS) else 60
    )
