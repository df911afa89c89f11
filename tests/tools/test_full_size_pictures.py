"""Full-size drawing, shrunk: three kinds of pipelines draw, redraw and fill; a stop is heard within a step; equal requests go together."""

import io
import threading

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


def mask(left):
    image = Image.new("L", (64, 48), 0)
    image.paste(255, (0, 0, left, 48))
    out = io.BytesIO()
    image.save(out, "PNG")
    return Content(modality="image", media_type="image/png", data=out.getvalue(), width=64, height=48)


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
    filled = generator.edit(source, None, EditRequest(instruction="a hat", mask=mask(20)))
    before, after = Image.open(io.BytesIO(source.data)), opened(filled)
    assert filled.recipe.operation == "inpaint"
    assert before.crop((20, 0, 64, 48)).tobytes() == after.crop((20, 0, 64, 48)).tobytes()
    assert before.crop((0, 0, 20, 48)).tobytes() != after.crop((0, 0, 20, 48)).tobytes()


def test_a_stop_is_heard_within_a_step(generator):
    cancel, shares = threading.Event(), []

    def progress(share):
        shares.append(share)
        if share >= 0.2:
            cancel.set()

    with pytest.raises(Cancelled):
        generate(generator, cancel, progress, steps=20)
    assert max(shares) < 0.35
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


def test_what_it_cannot_follow_is_said(drawing, folder, models):
    assert "English" not in generate(drawing)[0].note
    assert "英文" in generate(drawing, prompt="一只猫", steps=1)[0].note
    refusing = tiny_pictures.flux(folder / "flux-schnell")
    picture = generate(create(f"{refusing}?dtype=float32", models=models), negative_prompt="rain")[0]
    assert picture.recipe.negative_prompt == "rain"  # FLUX takes one


def test_a_pipeline_that_changes_no_pictures_says_so(drawing, monkeypatch):
    monkeypatch.setattr("tools.image_generators.diffusers.variant", lambda pipeline, kind: None)
    with pytest.raises(InvalidInput) as caught:
        drawing.edit(tiny_pictures.picture(), None, EditRequest(instruction="make it red"))
    assert "FLUX.2-klein" in caught.value.hint


def test_a_model_that_is_not_here_has_a_card_that_says_so(models):
    absent = create("someone/absent-turbo", models=models)
    assert "assistant models pull someone/absent-turbo" in absent.card.limits
    with pytest.raises(NotInstalled):
        generate(absent)
