"""The joint embedder: with small random weights for what does not depend on training, with the bundled ones for what they know."""

import hashlib
import io
import json
import shutil
import subprocess
import sys

import media_samples as samples
import numpy as np
import pytest
from library_samples import CACHE, minilm
from PIL import Image, ImageDraw
from safetensors.numpy import save_file
from test_gradients import perceptron
from test_residual_graph import network

from retrieval.content import Content
from retrieval.decoding import Decoder
from retrieval.embedders import _log_mel
from retrieval.embedders.senses import HERE, WEIGHTS, Senses, create, fitted, framed
from retrieval.faults import Unavailable, UnsupportedType


def weights(folder, seed=0, sound=True, members=1):
    """A folder with small random weights."""
    folder.mkdir(exist_ok=True)
    save_file(perceptron(seed=seed), folder / WEIGHTS["image"])
    if sound:
        parts = (
            {f"{n}.": network(channels=1, size=384, seed=seed + n) for n in range(members)}
            if members > 1
            else {"": network(channels=1, size=384)}
        )
        joined = {start + key: value for start, part in parts.items() for key, value in part.items()}
        save_file(joined, folder / WEIGHTS["audio"], metadata=_log_mel.METADATA)
    return folder


def picture(data):
    return Content(modality="image", media_type="image/png", data=data)


def heard(values):
    return Content(modality="audio", media_type="audio/wav", data=samples.wav(np.asarray(values, np.float32)))


@pytest.fixture(scope="module")
def decoder():
    made = Decoder(workers=1)
    yield made
    made.close()


@pytest.fixture
def small(tmp_path, decoder):
    return Senses(CACHE, decoder, minilm(), weights(tmp_path / "weights"))


def test_a_picture_is_fitted_into_a_white_square():
    wide = np.zeros((10, 40, 3), np.uint8)
    seen = np.asarray(fitted(wide, 64))
    assert seen.shape == (64, 64, 3)
    assert seen[:20].min() == 255
    assert seen[30:34].max() == 0
    assert fitted(np.zeros((3000, 1, 3), np.uint8), 64).size == (64, 64)


def test_a_picture_is_seen_from_three_distances():
    whole, nearer, farther = framed(np.zeros((50, 50, 3), np.uint8))
    assert whole.max() == nearer.max() == 0
    assert farther[0, 0].min() == 1
    assert farther[64, 64].max() == 0


def test_the_three_kinds_come_back_in_their_places(small):
    given = [
        Content.from_text("a red car"),
        picture(samples.noise()),
        heard(samples.tone()),
        Content.from_text("rain"),
        picture(samples.noise(seed=2)),
    ]
    vectors = small.embed(given)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-4)
    alone = [small.embed([content])[0] for content in given]
    assert all(one @ other > 0.999 for one, other in zip(vectors, alone, strict=True))
    assert vectors[0] @ minilm().embed([given[0]])[0] == pytest.approx(1, abs=1e-4)


def test_the_mirror_image_is_the_same_picture(small):
    rgb = np.asarray(Image.open(io.BytesIO(samples.noise(size=(64, 64)))))
    one, other = small.embed([picture(samples.png_bytes(Image.fromarray(x))) for x in (rgb, rgb[:, ::-1].copy())])
    assert one @ other == pytest.approx(1, abs=1e-4)


def test_a_space_is_named_by_its_weights(tmp_path):
    shutil.copytree(weights(tmp_path / "a"), tmp_path / "b")
    one, same, other = (Senses(CACHE, folder=folder) for folder in (tmp_path / "a", tmp_path / "b", weights(tmp_path / "c", 1)))
    assert one.space == same.space != other.space
    without = Senses(CACHE, folder=weights(tmp_path / "d", 0, sound=False))
    assert without.space != one.space
    assert without.modalities == {"text", "image"}
    with pytest.raises(UnsupportedType):
        without.embed([heard(samples.tone())])


def test_a_committee_is_the_mean_of_its_members(tmp_path, decoder):
    both = Senses(CACHE, decoder, minilm(), weights(tmp_path / "both", members=2))
    sound = heard(np.random.default_rng(0).normal(0, 0.1, 8000))
    first, second = both.heard(sound, 0), both.heard(sound, 1)
    mean = both.embed([sound])[0]
    assert first @ second < 0.999
    assert mean @ (first + second) / np.linalg.norm(first + second) > 0.999


def test_damaged_weights_are_a_fault(tmp_path):
    folder = weights(tmp_path / "weights")
    data = (folder / WEIGHTS["image"]).read_bytes()
    (folder / WEIGHTS["image"]).write_bytes(data[:1000])
    with pytest.raises(Unavailable) as caught:
        Senses(CACHE, folder=folder).embed([picture(samples.noise())])
    assert caught.value.hint


def test_words_are_left_to_the_embedder_it_was_given(tmp_path):
    words = minilm()
    assert Senses(CACHE, words=words, folder=weights(tmp_path / "w"))._words is words


# The bundled weights


def test_the_card_is_that_of_the_weights():
    for kind, name in WEIGHTS.items():
        card = json.loads((HERE / name.replace(".safetensors", ".card.json")).read_text("utf-8"))
        assert card["sha256"] == hashlib.sha256((HERE / name).read_bytes()).hexdigest(), kind
        assert card["training"]["data"]
        assert card["scores"]
    assert (HERE / WEIGHTS["image"]).stat().st_size <= 25 * 2**20
    assert (HERE / WEIGHTS["audio"]).stat().st_size <= 10 * 2**20
    assert set(create(CACHE).cards) == {"image_embedder", "audio_embedder"}


def drawn(paint, paper="white"):
    image = Image.new("RGB", (160, 160), paper)
    paint(ImageDraw.Draw(image))
    return picture(samples.png_bytes(image))


def test_words_find_the_drawing_they_name():
    def heart(pen):
        (
            pen.ellipse((30, 35, 85, 90), fill="red"),
            pen.ellipse((75, 35, 130, 90), fill="red"),
            pen.polygon([(33, 75), (127, 75), (80, 135)], fill="red"),
        )

    def moon(pen):
        pen.ellipse((35, 35, 125, 125), fill="gold"), pen.ellipse((65, 25, 145, 115), fill="white")

    shown = {
        "red heart": drawn(heart),
        "crescent moon": drawn(moon),
        "blue circle": drawn(lambda pen: pen.ellipse((30, 30, 130, 130), fill="blue")),
    }
    embedder = create(CACHE)
    likeness = embedder.embed([Content.from_text(name) for name in shown]) @ embedder.embed(list(shown.values())).T
    assert (likeness.argmax(1) == np.arange(3)).all(), likeness.round(2)


def test_a_first_picture_needs_no_torch():
    code = (
        "import sys; from retrieval.content import Content; from retrieval.embedders.senses import create; from pathlib import Path; import io;"
        "from PIL import Image; out = io.BytesIO(); Image.new('RGB', (30, 30), 'red').save(out, 'PNG');"
        f"create(Path({str(CACHE)!r})).embed([Content(modality='image', media_type='image/png', data=out.getvalue())]);"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
