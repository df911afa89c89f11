import numpy as np
import pytest
from library_samples import CACHE, minilm

from assistant.chat_models import reflex
from retrieval.content import Content
from retrieval.embedders import _export
from retrieval.embedders.minilm import reference
from retrieval.embedders.minilm_int8 import WEIGHTS_SHA256, create
from retrieval.embedders.senses import Senses


@pytest.fixture(scope="module")
def embedder():
    return create(CACHE)


def embed(embedder, *texts):
    return embedder.embed([Content.from_text(text) for text in texts])


def test_it_is_near_to_the_exact_vectors(embedder):
    sentences, expected = reference()
    assert ((embed(embedder, *sentences) * expected).sum(axis=1) >= embedder.agreement).all()


def test_its_vectors_are_never_mixed_with_exact_ones(embedder):
    exact = minilm()
    assert embedder.space != exact.space
    assert not embedder.space.startswith("minilm")
    assert embedder.card.sha256 == WEIGHTS_SHA256 != exact.card.sha256
    assert WEIGHTS_SHA256[:8] in embedder.space
    assert embedder.exported() != exact.exported()


def test_rounding_gives_the_weights_of_the_card_everywhere(embedder):
    weights = embedder.exported() / _export.WEIGHTS
    assert (_export.digest(weights), weights.stat().st_size) == (WEIGHTS_SHA256, embedder.card.bytes)


def test_a_long_neighbour_or_a_loud_one_changes_nothing(embedder):
    alone = embed(embedder, "How do I clean my coat?")[0]
    together = embed(embedder, "How do I clean my coat?", "!!!! @@@@ ####", "word " * 300)[0]
    assert alone @ together == pytest.approx(1, abs=1e-5)


def test_what_was_trained_on_exact_vectors_keeps_the_exact_encoder(embedder):
    assert embedder.unadapted.space == minilm().space
    model = reflex.create("", embedder=embedder, cache_dir=CACHE, timeout=5)
    assert model.router.embedder.space == minilm().space
    senses = Senses(CACHE, words=embedder)
    assert senses.text_space == minilm().space
    assert np.array_equal(embed(senses, "a red coat"), embed(embedder.unadapted, "a red coat"))
