"""Full-size drawing, shrunk: three kinds of pipelines draw, redraw and fill; a stop is heard within a step; equal requests go together."""

import io
import threading
from contextlib import contextmanager

import pytest
import tiny_pictures
from gathering import gather
from PIL import Image

from retrieval.content import Content
from retrieval.faults import Cancelled, InvalidInput, NotInstalled
from retrieval.hosting.host import ModelHost
from tools.image_generators import _families
from tools.image_generators.base import EditRequest, ImageRequest, Watch
from tools.image_generators.diffusers import create

KINDS = ("stable_diffusion", "stable_diffusion_xl", "flux")
pytestmark = [  # what diffusers' schedulers say of numpy, and of a model without a history
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The configuration file of this scheduler:FutureWarning"),
]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    return ModelHost(tmp_path_factory.mktemp("host"), 2**30)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pipelines")


@pytest.fixture(scope="module", params=KINDS)
def generator(request, folder, models):
    made = getattr(tiny_pictures, request.param)(folder / f"{request.param}-turbo")
    return create(f"{made}?dtype=float32", models=models)


@pytest.fixture(scope="module")
def drawing(folder, models):
    return create(f"{tiny_pictures.stable_diffusion(folder / 'plain')}?dtype=float32", models=models)


def generate(generator, cancel=None, progress=None, **fields):
    fields = {"prompt": "a cat", "width": 64, "height": 64, "seed": 5} | fields
    return generator.generate(ImageRequest(**fields), Watch(progress or (lambda share: None), cancel=cancel or threading.Event()))


def opened(picture):
    return Image.open(io.BytesIO(picture.content.data)).convert("RGB")


def test_a_picture_can_be_made_again_from_its_recipe(generator):
    first, second = generate(generator, n=2)
    recipe = second.recipe
    again = generate(
        generator, prompt=recipe.prompt, seed=recipe.seed, width=recipe.width, height=recipe.height, steps=recipe.steps,
        guidance=recipe.guidance,
    )[0]  # fmt: skip
    assert again.content.sha256 == second.content.sha256 != first.content.sha256
    assert recipe.model.startswith("diffusers:")
    assert recipe.model_sha256 == generator.card.sha256
    assert (recipe.steps, recipe.guidance) == (2, 0.0), "as the name says: a distilled model"


def test_other_words_give_another_picture(generator):
    assert generate(generator)[0].content.sha256 != generate(generator, prompt="zebras")[0].content.sha256


def test_a_picture_is_drawn_anew_after_words(generator):
    source = tiny_pictures.picture()
    changed, other = (generator.edit(source, None, EditRequest(instruction=words, seed=1)) for words in ("red", "a tree"))
    assert changed.recipe.operation == "redraw"
    assert changed.recipe.parents == (source.sha256,)
    assert (changed.content.width, changed.content.height) == (64, 48)
    assert changed.content.sha256 != other.content.sha256


def test_only_what_the_mask_shows_is_filled(generator):
    source = tiny_pictures.picture()
    filled = generator.edit(source, None, EditRequest(instruction="a hat", mask=tiny_pictures.mask(20)))
    before, after = Image.open(io.BytesIO(source.data)), opened(filled)
    assert filled.recipe.operation == "inpaint"
    assert before.crop((20, 0, 64, 48)).tobytes() == after.crop((20, 0, 64, 48)).tobytes()
    assert before.crop((0, 0, 20, 48)).tobytes() != after.crop((0, 0, 20, 48)).tobytes()


@pytest.mark.parametrize("kind", ["flux2_klein", "z_image"])
def test_pipelines_that_read_with_a_language_model_draw_and_change(kind, folder, models):
    generator = create(f"{getattr(tiny_pictures, kind)(folder / f'{kind}-turbo')}?dtype=float32", models=models)
    first, same, other = (generate(generator, steps=1, prompt=words)[0] for words in ("a cat", "a cat", "zebras"))
    assert first.content.sha256 == same.content.sha256 != other.content.sha256
    changed = generator.edit(first.content, first.recipe, EditRequest(instruction="make it look like winter", seed=2))
    assert changed.recipe.parents == (first.content.sha256,)
    assert (changed.content.width, changed.content.height) == (first.content.width, first.content.height)
    assert changed.content.sha256 != first.content.sha256


@contextmanager
def stopped_early():
    """Watches a work, stops it after a fifth, and holds it to having stopped at once."""
    cancel, shares = threading.Event(), []

    def progress(share):
        shares.append(share)
        if share >= 0.2:
            cancel.set()

    with pytest.raises(Cancelled):
        yield Watch(progress, cancel=cancel)
    assert max(shares) < 0.35


def test_a_stop_is_heard_within_a_step(generator):
    with stopped_early() as watch:
        generate(generator, watch.cancel, watch.progress, steps=20)
    assert generate(generator)[0].content.sha256 == generate(generator)[0].content.sha256, "and it draws on"


def test_requests_that_differ_in_their_seeds_are_drawn_together(drawing, monkeypatch):
    alone = {seed: generate(drawing, seed=seed, steps=2)[0].content.sha256 for seed in range(3)}
    found, drawing.batched.sizes = {}, type(drawing.batched.sizes)()
    threads = [
        threading.Thread(target=lambda s=seed: found.update({s: generate(drawing, seed=s, steps=2)[0].content.sha256})) for seed in range(3)
    ]
    gather(drawing.batched, threads)
    assert list(drawing.batched.sizes) == [3]
    assert found == alone


def test_one_stop_among_requests_that_go_together_stops_no_other(drawing):
    cancels, found = [threading.Event(), threading.Event()], {}

    def work(n):
        try:
            found[n] = generate(drawing, cancels[n], (lambda share: cancels[1].set()) if n else None, seed=n, steps=3)[0]
        except Cancelled as fault:
            found[n] = fault

    threads = [threading.Thread(target=work, args=(n,)) for n in range(2)]
    gather(drawing.batched, threads)
    assert isinstance(found[1], Cancelled)
    assert found[0].content.sha256 == generate(drawing, seed=0, steps=3)[0].content.sha256


@pytest.mark.parametrize(
    ("name", "steps", "guidance"),
    [
        ("stabilityai/sd-turbo", 2, 0.0), ("org/sdxl-turbo", 2, 0.0), ("org/Z-Image-Turbo", 9, 0.0), ("org/FLUX.2-klein-4B", 4, 1.0),
        ("org/FLUX.1-schnell", 4, 0.0), ("org/SDXL-Lightning", 4, 0.0), ("org/stable-diffusion-v1-5", 50, 7.5), ("/models/turbo/sd", 50, 7.5),
    ],
)  # fmt: skip
def test_a_name_tells_how_a_distilled_model_is_run(name, steps, guidance):
    def call(prompt=None, num_inference_steps=50, guidance_scale=7.5): ...

    assert _families.defaults(name, call) == _families.Defaults(steps, guidance)


@pytest.mark.parametrize(
    ("asked", "drawn"), [((512, 512), (512, 512)), ((200, 96), (544, 256)), ((1000, 1000), (1008, 1008)), ((1024, 64), (1024, 64))]
)
def test_a_size_is_drawn_that_the_model_can_draw(asked, drawn):
    assert _families.drawn_size(*asked, 16, 256) == drawn


def test_pipelines_of_the_library_are_told_apart():
    import diffusers as df

    assert _families.edits(df.Flux2KleinPipeline.__call__)
    assert _families.edits(df.QwenImageEditPlusPipeline.__call__)
    assert not _families.edits(df.StableDiffusionImg2ImgPipeline.__call__)
    assert _families.guidance_name(df.QwenImagePipeline.__call__) == "true_cfg_scale"
    assert _families.guidance_name(df.FluxPipeline.__call__) == "guidance_scale"


def test_what_it_cannot_follow_is_said(drawing):
    assert "English" not in generate(drawing)[0].note
    assert "英文" in generate(drawing, prompt="一只猫", steps=1)[0].note
    assert "guidance of 2" in generate(drawing, negative_prompt="rain", guidance=0.0, steps=1)[0].note


def test_what_to_leave_out_counts(generator):
    plain, without = (generate(generator, guidance=3.0, steps=2, negative_prompt=words)[0] for words in ("", "rain"))
    assert without.recipe.negative_prompt == "rain"
    assert without.note == ""
    assert without.content.sha256 != plain.content.sha256


def test_steps_guidance_and_strength_are_taken_along(generator):
    source = tiny_pictures.picture()
    asked = EditRequest(instruction="red", steps=3, guidance=2.0, strength=0.5, seed=0)
    recipe = generator.edit(source, None, asked).recipe
    assert (recipe.steps, recipe.guidance, recipe.parameters["strength"], recipe.seed) == (3, 2.0, 0.5, 0)


def test_a_variation_has_other_noise_and_the_same_words(generator):
    first = generate(generator)[0]
    asked = EditRequest(instruction="more like the second one", operation="variation", strength=0.7)
    varied, again = (generator.edit(first.content, first.recipe, asked) for _ in range(2))
    assert varied.recipe.operation == "variation"
    assert varied.recipe.prompt == "a cat"
    assert len({varied.recipe.seed, again.recipe.seed, first.recipe.seed}) == 3
    assert varied.content.sha256 != again.content.sha256


def test_what_pixels_do_better_never_goes_through_the_model(models, tmp_path):
    absent = create(str(tmp_path / "nothing"), models=models)
    source = tiny_pictures.picture()
    turned = absent.edit(source, None, EditRequest(instruction="rotate it left"))
    expected = Image.open(io.BytesIO(source.data)).transpose(Image.Transpose.ROTATE_90)
    assert opened(turned).tobytes() == expected.tobytes()
    for instruction, size in (("make it twice as large", (128, 96)), ("crop the left half", (32, 48)), ("变成黑白", (64, 48))):
        assert opened(absent.edit(source, None, EditRequest(instruction=instruction))).size == size


def test_enlarging_without_an_upscaler_says_what_it_is(drawing):
    larger = drawing.edit(tiny_pictures.picture(), None, EditRequest(instruction="larger, please", operation="upscale"))
    assert opened(larger).size == (128, 96)
    assert "Lanczos" in larger.note


def test_a_background_is_drawn_around_the_thing(generator):
    image = Image.new("RGB", (64, 48), (236, 240, 244))
    image.paste((200, 40, 40), (24, 16, 40, 40))
    out = io.BytesIO()
    image.save(out, "PNG")
    source = Content(modality="image", media_type="image/png", data=out.getvalue(), width=64, height=48)
    changed = generator.edit(source, None, EditRequest(instruction="put it on a beach"))
    assert changed.recipe.operation == "background"
    assert opened(changed).getpixel((32, 28)) == (200, 40, 40)
    assert opened(changed).getpixel((4, 4)) != (236, 240, 244)


def test_an_edit_is_stopped_within_a_step(generator):
    with stopped_early() as watch:
        generator.edit(tiny_pictures.picture(), None, EditRequest(instruction="red", steps=20), watch)


def test_who_waits_for_another_drawing_can_be_stopped(drawing):
    cancel = threading.Event()
    with drawing._drawing:
        threading.Timer(0.1, cancel.set).start()
        with pytest.raises(Cancelled):
            drawing.edit(tiny_pictures.picture(), None, EditRequest(instruction="red"), Watch(cancel=cancel))


@pytest.fixture(scope="module")
def upscaler(folder, models):
    return create(f"{tiny_pictures.upscaler(folder / 'x2-upscaler')}?dtype=float32", models=models)


def test_a_pipeline_that_enlarges_does_so_and_nothing_else(upscaler):
    shares = []
    asked = EditRequest(instruction="3x", operation="upscale", steps=2)
    larger = upscaler.edit(tiny_pictures.picture(), None, asked, Watch(shares.append))
    assert opened(larger).size == (192, 144)
    assert larger.recipe.operation == "upscale"
    assert larger.recipe.model.startswith("diffusers:")
    assert "Lanczos" not in larger.note
    assert shares[-1] == 1
    with pytest.raises(InvalidInput, match="only enlarges"):
        generate(upscaler)
    with pytest.raises(InvalidInput) as caught:
        upscaler.edit(tiny_pictures.picture(), None, EditRequest(instruction="put a hat on the cat"))
    assert "FLUX.2-klein" in caught.value.hint


def test_a_model_that_is_not_here_has_a_card_that_says_so(models):
    absent = create("someone/absent-turbo", models=models)
    assert "assistant models pull someone/absent-turbo" in absent.card.limits
    with pytest.raises(NotInstalled):
        generate(absent)
