"""The encoder learns the words of a trade nobody trained it on, stays itself elsewhere, and loads through the ordinary back-ends."""

import numpy as np
import pytest
from library_samples import CACHE
from training_samples import PRODUCTS, THINGS, catalogue, drawing, faq, options, silent

from assistant.training.encoder import train
from retrieval.across import joint
from retrieval.content import Content
from retrieval.decoding import Decoder
from retrieval.embedders import minilm, senses
from retrieval.embedders._adapter import Adapter
from retrieval.faults import NotInstalled, Unavailable


@pytest.fixture(scope="module")
def decoder():
    made = Decoder(workers=1)
    yield made
    made.close()


@pytest.fixture(scope="module")
def trained(tmp_path_factory, decoder):
    """(folder of the model, card) of questions and pictures together."""
    room = tmp_path_factory.mktemp("encoder")
    chosen = options(room, faq(room), catalogue(room), name="shop")
    card = train(chosen, decoder, silent)
    return chosen.data_dir / "models" / "shop", card


def vectors(embedder, *texts):
    return embedder.embed([Content.from_text(text) for text in texts])


def test_questions_that_were_held_back_find_their_answers(trained):
    _, card = trained
    print(card.scores)
    assert card.better
    assert card.rows["held_back"] >= 14
    assert card.scores["before_words_recall@1"] < 0.4
    assert card.scores["after_words_recall@1"] > 0.8
    assert card.scores["after_image_recall@1"] > card.scores["before_image_recall@1"]


def test_everyday_names_stay_where_they_were(trained):
    folder, card = trained
    assert card.scores["kept_everyday"] > 0.98
    names = ("a cat", "a bicycle", "rain", "the opening hours of the library")
    old, new = (vectors(minilm.create(CACHE, reference), *names) for reference in ("", str(folder)))
    assert (old * new).sum(1).min() > 0.9


def test_the_back_ends_load_it_by_its_folder(trained, decoder):
    folder, _ = trained
    words = minilm.create(CACHE, str(folder))
    both = senses.create(CACHE, decoder, words, str(folder))
    plain, plain_both = minilm.create(CACHE), senses.create(CACHE, decoder)
    assert len({words.space, both.space, plain.space, plain_both.space}) == 4, "vectors are never mixed"
    assert joint(both, words) is not None, "pictures and words still meet"
    assert words.card.scores["after_words_mrr"] > words.card.scores["before_words_mrr"]
    assert "shop" in words.card.name
    answers = vectors(words, *PRODUCTS.values())
    asked = vectors(words, "I forgot what a Zorblat is for")[0]
    assert int((answers @ asked).argmax()) == 0
    picture = Content(modality="image", media_type="image/png", data=drawing("blue", "rectangle", 12))
    found = vectors(both, *THINGS) @ both.embed([picture])[0]
    assert list(THINGS)[int(found.argmax())] == "a tarrowby"
    assert np.linalg.norm(both.embed([picture])) == pytest.approx(1, abs=1e-4)


def test_the_router_still_gets_the_vectors_it_was_trained_on(trained):
    from assistant.chat_models.reflex import create

    folder, _ = trained
    chat = create("", embedder=minilm.create(CACHE, str(folder)), cache_dir=CACHE, timeout=1)
    assert chat.router._embedder.space == minilm.MiniLM.space


def test_the_same_seed_gives_the_same_model(trained, tmp_path, decoder):
    chosen = options(tmp_path, faq(tmp_path), name="again")
    first = train(chosen, decoder, silent)
    second = train(options(tmp_path, faq(tmp_path), name="twice"), decoder, silent)
    assert first.sha256 == second.sha256
    assert "image_embedder" in first.roles, "pictures move with the words"


def test_pictures_alone_leave_the_words_alone(tmp_path, decoder):
    chosen = options(tmp_path, catalogue(tmp_path), name="looks")
    card = train(chosen, decoder, silent)
    assert set(card.roles) == {"image_embedder", "audio_embedder"}
    folder = chosen.data_dir / "models" / "looks"
    assert senses.create(CACHE, decoder, reference=str(folder)).text_space == minilm.MiniLM.space


def test_what_cannot_be_learned_is_not_better(tmp_path, decoder):
    """Answers that have nothing to do with the questions, each another one."""
    rng = np.random.default_rng(0)
    words = [" ".join(rng.choice(list(PRODUCTS), 3)) for _ in range(60)]
    card = train(
        options(tmp_path, faq(tmp_path, [(f"{a}?", f"{b} {n}.") for n, (a, b) in enumerate(zip(words, words[::-1], strict=True))])),
        decoder,
        silent,
    )
    assert card.scores["after_words_recall@1"] < 0.5


def test_a_missing_or_damaged_adapter_says_what_to_do(tmp_path):
    with pytest.raises(NotInstalled, match="no adapted encoder") as caught:
        Adapter(tmp_path)
    assert "--undo" in caught.value.hint
    (tmp_path / "adapter.safetensors").write_bytes(b"damaged")
    (tmp_path / "card.json").write_text("{}")
    with pytest.raises(Unavailable):
        Adapter(tmp_path)
