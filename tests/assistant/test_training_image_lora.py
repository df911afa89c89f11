"""A LoRA on a tiny Stable Diffusion: it learns, it goes on after a stop, it merges into a pipeline that loads like any other."""

import pytest
import tiny_pictures
from training_samples import catalogue, options, silent

from assistant import adapted
from assistant.training import image_lora
from assistant.training.runs import one_thread
from retrieval.decoding import Decoder
from retrieval.faults import Cancelled, InvalidInput, NotInstalled
from tools.image_generators.diffusion import FOLDER

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    with one_thread():  # the model is tiny
        yield


@pytest.fixture(scope="module")
def decoder():
    made = Decoder(workers=1)
    yield made
    made.close()


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    return tiny_pictures.stable_diffusion(tmp_path_factory.mktemp("sd") / "tiny")


@pytest.fixture(scope="module")
def trained(tmp_path_factory, pipeline, decoder):
    room = tmp_path_factory.mktemp("lora")
    chosen = options(room, catalogue(room, each=24), name="glimmocks")
    return chosen, image_lora.train(chosen, str(pipeline), decoder, silent, steps=60)


def test_the_loss_on_pictures_held_back_falls(trained):
    _, card = trained
    print(card.scores)
    assert card.rows == {"trained": 58, "held_back": 14, "repeated": 0, "passed_over": 0}
    assert card.better
    assert card.scores["after_loss"] < card.scores["before_loss"]


def test_the_merged_pipeline_draws_what_the_lora_draws(trained, pipeline):
    import torch
    from diffusers import StableDiffusionPipeline

    chosen, _ = trained
    folder = chosen.data_dir / "models" / "glimmocks"
    assert not (folder / image_lora.STATE).exists()

    def drawn(path, lora=None):
        made = StableDiffusionPipeline.from_pretrained(str(path), local_files_only=True, safety_checker=None, requires_safety_checker=False)
        made.set_progress_bar_config(disable=True)
        if lora:
            made.load_lora_weights(str(lora), weight_name=image_lora.FILE)
        images = made("a glimmock", num_inference_steps=2, generator=torch.Generator().manual_seed(3), output_type="np").images
        return torch.from_numpy(images)

    merged, with_lora, plain = drawn(folder / image_lora.PIPELINE), drawn(pipeline, folder), drawn(pipeline)
    learned, lost = (float((one - merged).abs().max()) for one in (plain, with_lora))
    assert learned > 1e-4
    assert lost < 0.05 * learned


def test_a_stopped_training_goes_on_and_ends_the_same(trained, tmp_path, pipeline, decoder):
    def stop(share, what):
        if share > 0.9:
            raise KeyboardInterrupt

    whole = trained[1]
    chosen = options(tmp_path, *trained[0].data, name="glimmocks")
    with pytest.raises(Cancelled, match="stopped"):
        image_lora.train(chosen, str(pipeline), decoder, stop, steps=60)
    assert adapted.listed(chosen.data_dir) == [], "nothing half made is offered"
    shares = []
    again = image_lora.train(chosen, str(pipeline), decoder, lambda share, what: shares.append(share), steps=60)
    assert shares[0] > 0.8, "it went on from the checkpoint"
    assert again.sha256 == whole.sha256
    assert not list((chosen.data_dir / "models").glob(".draft*"))


def test_the_bundled_drawing_model_says_that_it_cannot(tmp_path, decoder):
    with pytest.raises(InvalidInput, match="cannot take a LoRA") as caught:
        image_lora.train(options(tmp_path, catalogue(tmp_path)), str(FOLDER), decoder, silent)
    assert caught.value.code == "no_lora"
    assert "--model" in caught.value.hint


def test_a_model_that_is_not_here_is_named(tmp_path, decoder):
    with pytest.raises(NotInstalled):
        image_lora.train(options(tmp_path, catalogue(tmp_path)), str(tmp_path / "nowhere"), decoder, silent)
