"""Every embedder keeps the same promises, whatever it embeds."""

import json
import subprocess
import sys
import threading

import media_samples as samples
import numpy as np
import pytest
import tiny_encoders
from library_samples import CACHE

from retrieval import backends
from retrieval.content import Content
from retrieval.faults import Fault

TEXTS = ["What does the warranty cover?", "保修期有多长？", "", "A" * 20_000, "red jacket " * 400]


def contents(modality):
    if modality == "text":
        return [Content.from_text(text) for text in TEXTS]
    if modality == "image":
        return [Content(modality="image", media_type="image/png", data=samples.noise(seed=n)) for n in range(3)]
    tones = (samples.tone(), samples.tone()[::-1] * 0.5, np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32))
    return [Content(modality="audio", media_type="audio/wav", data=samples.wav(tone)) for tone in tones]


TINY = {
    "dual": ("clip", "siglip2"), "clap": ("clap",), "sentence_transformers": ("sentences", "pictures_and_words"),
}  # fmt: skip
"""Back-ends that are given a model, and the tiny ones they are tried with."""
CHOICES = [(name, model) for name in backends.names("retrieval.embedders") for model in TINY.get(name, ("",))]


@pytest.fixture(scope="module", params=CHOICES, ids=lambda choice: " ".join(choice).strip())
def embedder(request, tmp_path_factory):
    name, model = request.param
    reference = getattr(tiny_encoders, model)(tmp_path_factory.mktemp("model") / "tiny") if model else ""
    return backends.call(backends.load("retrieval.embedders", name), reference=reference, cache_dir=CACHE, models=tiny_encoders.host(CACHE))


@pytest.fixture(scope="module")
def given(embedder):
    return [content for modality in sorted(embedder.modalities) for content in contents(modality)]


def test_vectors_are_finite_unit_float32(embedder, given):
    vectors = embedder.embed(given)
    assert (vectors.shape, vectors.dtype) == ((len(given), embedder.dimension), np.float32)
    assert np.isfinite(vectors).all()
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-4)


def test_company_does_not_change_a_vector(embedder, given):
    together = embedder.embed(given)
    alone = np.concatenate([embedder.embed([content]) for content in given])
    assert (together * alone).sum(axis=1) == pytest.approx(1, abs=1e-4)
    assert (embedder.embed(given[::-1])[::-1] * together).sum(axis=1) == pytest.approx(1, abs=1e-4)


def test_nothing_gives_nothing(embedder):
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_other_modalities_are_refused(embedder):
    for modality in {"text", "image", "audio", "video", "file"} - embedder.modalities:
        with pytest.raises(Fault) as caught:
            embedder.embed([Content(modality=modality, media_type="application/octet-stream", data=b"x")])
        assert caught.value.hint


def test_space_and_card_name_what_it_is(embedder):
    assert embedder.space.split("-")[0]
    assert " " not in embedder.space
    assert embedder.card.dimension == embedder.dimension
    assert set(embedder.card.modalities) == set(embedder.modalities)
    assert embedder.card.role.endswith("_embedder")
    assert embedder.card.licence
    assert embedder.card.limits


def test_threads_share_it(embedder, given):
    expected, found = embedder.embed(given), []
    threads = [threading.Thread(target=lambda: found.append(embedder.embed(given))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert all((vectors * expected).sum(axis=1) == pytest.approx(1, abs=1e-4) for vectors in found)


@pytest.mark.parametrize("name", backends.names("retrieval.embedders"))
def test_importing_and_creating_loads_nothing_heavy(name):
    code = (
        f"import sys, json, pathlib; from retrieval.embedders.{name} import create; from retrieval.backends import call;"
        "from retrieval.hosting.host import ModelHost; here = pathlib.Path('/nonexistent');"
        f"call(create, reference={'org/name' if name in TINY else ''!r}, cache_dir=here, models=ModelHost(here));"
        "print(json.dumps([m for m in ('torch', 'onnxruntime', 'cv2', 'av', 'transformers', 'tokenizers') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
