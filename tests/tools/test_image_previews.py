"""Previews: few, small, and of the picture that is being drawn; none when nobody looks, and nothing is changed by looking."""

import io

import numpy as np
import pytest
import tiny_pictures
from PIL import Image

from retrieval.hosting.host import ModelHost
from tools.image_generators import _previews
from tools.image_generators.base import EditRequest, ImageRequest, Watch
from tools.image_generators.diffusers import create

pytestmark = [  # what diffusers' schedulers say of numpy, and of a model without a history
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The configuration file of this scheduler:FutureWarning"),
]


@pytest.fixture(scope="module", params=("stable_diffusion", "stable_diffusion_xl", "flux"))
def generator(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("previewed")
    made = getattr(tiny_pictures, request.param)(folder / request.param)
    return create(f"{made}?dtype=float32", models=ModelHost(folder, 2**30))


def seen_of(generator, **fields):
    seen = []
    request = ImageRequest(**{"prompt": "a cat", "width": 64, "height": 96, "seed": 3, "steps": 8, "guidance": 1.0, **fields})
    made = generator.generate(request, Watch(preview=lambda number, content: seen.append((number, content))))
    return made, seen


def pixels(content):
    return np.asarray(Image.open(io.BytesIO(content.data)).convert("RGB"), np.float32)


def test_a_few_steps_are_shown_and_never_the_last():
    for steps in range(1, 60):
        due = _previews.moments(steps)
        assert len(due) <= _previews.MOST
        assert all(0 <= number < steps - 1 for number in due)
    assert _previews.moments(1) == frozenset()
    assert _previews.moments(4) == {0, 1, 2}
    assert _previews.moments(28) == {6, 13, 20}


def test_each_picture_is_shown_a_few_times_on_its_way(generator):
    made, seen = seen_of(generator, n=2)
    assert [number for number, _ in seen] == [0, 0, 0, 1, 1, 1]
    for _, content in seen:
        assert (content.width, content.height) == (64, 96)
        assert content.media_type == "image/jpeg"
    plain = generator.generate(ImageRequest(prompt="a cat", width=64, height=96, seed=3, steps=8, guidance=1.0, n=2))
    assert [p.content.sha256 for p in plain] == [p.content.sha256 for p in made]


def test_what_is_shown_comes_nearer_to_the_picture(generator):
    made, seen = seen_of(generator, steps=12)
    goal = pixels(made[0].content)
    away = [float(np.abs(pixels(content) - goal).mean()) for _, content in seen]
    assert away[-1] < away[0]


def test_large_pictures_are_shown_small(generator):
    _, seen = seen_of(generator, width=128, height=320, steps=4)
    assert {content.height for _, content in seen} == {256}
    assert all(100 <= content.width <= 106 for _, content in seen), "as broad as it will be, to a place of the latents"


def test_an_edit_is_shown_too(generator):
    seen = []
    watch = Watch(preview=lambda number, content: seen.append(number))
    generator.edit(tiny_pictures.picture(), None, EditRequest(instruction="a red hat", steps=6), watch)
    assert seen == [0, 0, 0]


def test_eulers_steps_are_foretold():
    import diffusers as df
    import torch

    scheduler = df.FlowMatchEulerDiscreteScheduler()
    scheduler.set_timesteps(6)
    goal, latents = torch.ones(1, 2), torch.full((1, 2), -3.0)
    start = latents.clone()
    foresight = _previews.Foresight(frozenset({2}))
    pipeline = type("Pipeline", (), {"scheduler": scheduler})()
    for number, time in enumerate(scheduler.timesteps):
        latents = scheduler.step((start - goal) / scheduler.sigmas[0], time, latents).prev_sample
        told = foresight.see(pipeline, number, latents)
        if number == 2:
            assert torch.allclose(told, goal, atol=1e-4)
            assert not torch.allclose(latents, goal, atol=0.5)
        else:
            assert told is None


def test_latents_of_an_unknown_kind_are_not_shown():
    import torch

    assert _previews.decoded(object(), torch.zeros(1, 3, 5), (64, 64)) == []
