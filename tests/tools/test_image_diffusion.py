"""The bundled text-to-image pipeline: loads the plain way, follows words, styles and guidance, and says what it was not taught."""

import io
import threading

import numpy as np
import pytest
from PIL import Image

from retrieval.content import Content
from retrieval.faults import Cancelled, InvalidInput
from tools.image_generators import diffusion
from tools.image_generators.base import EditRequest, ImageRequest, Watch


@pytest.fixture(scope="module")
def generator():
    return diffusion.create()


@pytest.fixture(scope="module")
def pipeline():
    return diffusion.load_pipeline()


def draw(generator, prompt, seed=1, side=96, **fields):
    request = ImageRequest(prompt=prompt, width=side, height=side, seed=seed, **fields)
    return generator.generate(request)[0]


def pixels(picture):
    return np.asarray(Image.open(io.BytesIO(picture.content.data)).convert("RGB"), np.int16)


def sprite(pipeline, prompt, seed=0, **options):
    import torch

    options = {"num_inference_steps": 4, **options}
    return np.asarray(pipeline(prompt, generator=torch.Generator().manual_seed(seed), **options).images[0], np.int16)


def on_white(image):
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image.convert("RGBA"))
    return ground.convert("RGB")


def apart(a, b):
    return float(np.abs(a - b).mean())


def test_the_directory_is_a_native_pipeline_without_pickle(pipeline):
    from diffusers import StableDiffusionPipeline

    assert isinstance(pipeline, StableDiffusionPipeline)
    kinds = {p.suffix for p in diffusion.FOLDER.rglob("*") if p.is_file()}
    assert kinds == {".json", ".safetensors"}


def test_a_drawing_is_cut_out_and_clean(pipeline):
    made = sprite(pipeline, "cat")
    assert made.shape == (192, 192, 4)
    alpha = made[..., 3]
    clear = ((alpha < 8) | (alpha > 247)).mean()
    assert clear > 0.9
    assert 0.1 < (alpha > 127).mean() < 0.9


def test_words_decide_more_than_noise(pipeline):
    cat, again, guitar = (
        sprite(pipeline, "cat, 3d style"),
        sprite(pipeline, "a cat, 3d style", seed=5),
        sprite(pipeline, "guitar, 3d style"),
    )
    assert apart(cat, again) < 0.2 * apart(cat, guitar)


def test_styles_differ_and_noise_picks_one_where_none_is_named(pipeline):
    named = [sprite(pipeline, f"cat, {style} style") for style in diffusion.STYLES]
    assert min(apart(a, b) for n, a in enumerate(named) for b in named[:n]) > 5
    free = [sprite(pipeline, "cat", seed=seed) for seed in range(6)]
    chosen = {min(range(3), key=lambda n, f=f: apart(f, named[n])) for f in free}
    assert len(chosen) > 1


def test_guidance_is_stable_at_the_default_of_diffusers(pipeline):
    assert apart(sprite(pipeline, "house, flat style", guidance_scale=7.5), sprite(pipeline, "house, flat style", guidance_scale=1.0)) < 6


def test_image_to_image_keeps_the_picture_at_low_strength_and_the_words_at_high(pipeline):
    import torch
    from diffusers import StableDiffusionImg2ImgPipeline

    again = StableDiffusionImg2ImgPipeline(**pipeline.components, requires_safety_checker=False)
    again.set_progress_bar_config(disable=True)
    start = on_white(pipeline("strawberry, flat style", num_inference_steps=4, generator=torch.Generator().manual_seed(0)).images[0])
    goal = on_white(pipeline("cat, flat style", num_inference_steps=4, generator=torch.Generator().manual_seed(0)).images[0])

    def away(strength, picture):
        options = {"strength": strength, "num_inference_steps": 20, "generator": torch.Generator().manual_seed(0)}
        made = on_white(again("cat, flat style", image=start, **options).images[0])
        return apart(np.asarray(made, np.int16), np.asarray(picture, np.int16))

    assert away(1.0, goal) < away(1.0, start) / 3
    assert away(0.1, start) < away(0.1, goal) / 2


def test_inpainting_draws_into_the_mask_and_nowhere_else(generator):
    out, hole = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (120, 80), (120, 160, 200)).save(out, "PNG")
    mask = Image.new("L", (120, 80), 0)
    mask.paste(255, (60, 20, 110, 75))
    mask.save(hole, "PNG")
    image, marked = (Content(modality="image", media_type="image/png", data=o.getvalue(), name="a.png") for o in (out, hole))
    changed = generator.edit(image, None, EditRequest(instruction="put a red apple here", mask=marked))
    seen = pixels(changed)
    assert changed.recipe.operation == "inpaint"
    assert (seen[:, :55] == (120, 160, 200)).all()
    assert np.abs(seen[25:70, 65:105] - (120, 160, 200)).max(-1).mean() > 20


def test_a_colour_is_followed_and_recorded_with_what_was_seen(generator):
    picture = draw(generator, "a blue car")
    changed = pixels(picture)[30:70, 20:76].reshape(-1, 3)
    blue = (changed[:, 2] > changed[:, 0] + 30).mean()
    assert blue > 0.3
    assert set(picture.recipe.parameters) >= {"style", "edits"}
    assert picture.recipe.model_sha256 == diffusion.create().fingerprint()


def test_words_that_were_drawn_before_give_the_same_pictures(generator):
    first = draw(generator, "a green guitar and a cat", seed=5)
    again = draw(generator, "a green guitar and a cat", seed=5)
    generator._prompts.clear()
    generator._texts.clear()
    anew = draw(generator, "a green guitar and a cat", seed=5)
    assert first == again == anew


def test_few_words_are_kept(generator, monkeypatch):
    monkeypatch.setattr(diffusion, "KEPT", 2)
    known = {}
    for word in "abca":
        assert diffusion._kept(known, (word,), word.upper) == word.upper()
    assert list(known) == [("c",), ("a",)]


def test_an_unknown_word_is_refused_and_the_nearest_concept_named(generator):
    with pytest.raises(InvalidInput) as caught:
        draw(generator, "an orca")
    assert "→" in str(caught.value)


def test_a_word_left_out_is_told(generator):
    assert "zzgrumbl" in draw(generator, "a cat and a zzgrumbl").note


def test_chinese_names_are_read(generator):
    assert apart(pixels(draw(generator, "一把吉他")), pixels(draw(generator, "a guitar"))) < 3


def test_its_own_picture_can_change_style_colour_and_company(generator):
    first = draw(generator, "a cat in flat style")
    restyled = generator.edit(first.content, first.recipe, EditRequest(instruction="in 3d style"))
    assert restyled.recipe.operation == "restyle"
    assert restyled.recipe.parameters["style"] == "3d"
    green = generator.edit(first.content, first.recipe, EditRequest(instruction="make it green"))
    assert green.recipe.operation == "recolour"
    assert apart(pixels(green), pixels(first)) > 3
    more = generator.edit(green.content, green.recipe, EditRequest(instruction="add a guitar"))
    assert more.recipe.operation == "add"
    assert more.recipe.parameters["edits"] == ["make it green", "add a guitar"]


def test_a_stop_is_heard_between_two_steps(generator):
    cancel = threading.Event()
    request = ImageRequest(prompt="a cat", width=64, height=64, seed=1, steps=30)
    seen = []

    def progress(share):
        seen.append(share)
        cancel.set()

    with pytest.raises(Cancelled):
        generator.generate(request, Watch(progress, cancel=cancel))
    assert len(seen) <= 2


def test_a_photograph_is_not_varied_and_it_is_said_what_can_be(generator):
    out = io.BytesIO()
    Image.new("RGB", (80, 60), (120, 160, 200)).save(out, "PNG")
    photo = Content(modality="image", media_type="image/png", data=out.getvalue(), name="a.png")
    with pytest.raises(InvalidInput) as caught:
        generator.edit(photo, None, EditRequest(instruction="再来一张", operation="variation"))
    assert caught.value.code == "cannot_vary"
    assert "海滩" in caught.value.hint


def test_a_variation_keeps_the_style_and_the_change_it_was_asked_for(generator):
    first = draw(generator, "a guitar", seed=0)
    asked = EditRequest(instruction="more like this, but green", operation="variation", seed=0)
    varied = generator.edit(first.content, first.recipe, asked)
    assert varied.recipe.parameters["style"] == first.recipe.parameters["style"]
    assert varied.recipe.seed == 0
    changed = pixels(varied).reshape(-1, 3)
    assert ((changed[:, 1] > changed[:, 0] + 30) & (changed[:, 1] > changed[:, 2] + 30)).mean() > 0.02


def test_its_own_drawing_is_enlarged_by_drawing_it_larger(generator):
    first = draw(generator, "a red circle")
    larger = generator.edit(first.content, first.recipe, EditRequest(instruction="make it twice as large"))
    assert (larger.recipe.operation, larger.recipe.model) == ("upscale", first.recipe.model)
    assert larger.note == ""
    small = Image.open(io.BytesIO(larger.content.data)).convert("RGB").reduce(2)
    assert apart(np.asarray(small, np.int16), pixels(first)) < 3
    assert apart(pixels(larger), np.asarray(Image.open(io.BytesIO(first.content.data)).convert("RGB").resize((192, 192)), np.int16)) > 0


def test_an_inpainting_is_stopped_within_a_step(generator):
    out, hole, shares = io.BytesIO(), io.BytesIO(), []
    Image.new("RGB", (80, 60), (120, 160, 200)).save(out, "PNG")
    Image.new("L", (80, 60), 255).save(hole, "PNG")
    image, mask = (Content(modality="image", media_type="image/png", data=o.getvalue(), name="a.png") for o in (out, hole))
    cancel = threading.Event()

    def progress(share):
        shares.append(share)
        cancel.set()

    asked = EditRequest(instruction="put a red apple here", mask=mask, steps=30)
    with pytest.raises(Cancelled):
        generator.edit(image, None, asked, Watch(progress, cancel=cancel))
    assert len(shares) <= 2
