"""Search with full-size encoders: several spaces, one space for all, another encoder at run time. Vectors by hand where they count."""

import json
import threading

import media_samples as samples
import numpy as np
import pytest
import tiny_encoders
from gathering import gather
from library_samples import CACHE, HashedWords, Paragraphs, ingested, minilm, open_library

from retrieval.calibration import LEAST
from retrieval.content import Content
from retrieval.crossing import NEUTRAL
from retrieval.decoding import Decoder
from retrieval.embedders import dual, senses
from retrieval.embedders.base import Trained
from retrieval.items import Draft, ModelCard
from retrieval.library import Query

SPACES = "The warranty covers zips and seams for two years.\n\nA dog is an animal that barks.\n\nThe parcel takes five days."
SEEN = ("a dog", "a red car", "a bowl of soup")
HEARD = ("dog barking", "rain")


class Tower:
    """A dual encoder as they are trained: a picture is near its caption, but pictures as a whole lie far from words."""

    knows_chinese, floor, dimension = False, 0.0, 1024
    card = ModelCard(name="tower", role="image_embedder", dimension=1024)

    def __init__(self, kinds=("text", "image", "audio"), trained=None, near=0.45, space="tower-1"):
        self.space, self.modalities, self.near = space, frozenset(kinds), near
        self.trained = trained or Trained(25.0)
        self.asked = []

    def embed(self, contents):
        vectors = HashedWords().embed([Content.from_text(content.data.decode("utf-8", "ignore")) for content in contents])
        for row, content in enumerate(contents):
            if content.modality != "text":
                apart = np.eye(1024, dtype=np.float32)[1000 + ("image", "audio").index(content.modality)]
                vectors[row] = self.near * vectors[row] + np.sqrt(1 - self.near**2) * apart
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def embed_queries(self, contents):
        self.asked += [content.text for content in contents]
        return self.embed(contents)


def medium(words, kind="image"):
    return Content(modality=kind, media_type="image/png" if kind == "image" else "audio/wav", data=words.encode())


def filled(path, embedders):
    library = open_library(path, embedders=embedders)
    where = library.ensure_collection("default", "ann")
    ingested(library, SPACES)
    drafts = [Draft(modality="image", title=f"{n}.png", data=said.encode(), media_type="image/png") for n, said in enumerate(SEEN)]
    drafts += [Draft(modality="audio", title=f"{n}.wav", data=said.encode(), media_type="audio/wav") for n, said in enumerate(HEARD)]
    library.add_drafts(drafts, where.id, "ann")
    return library


def ask(library, text="", **more):
    return library.search(Query(owner="ann", text=text, **more))


def roles(kind):
    """Embedders by role: two towers beside a text embedder, or one for all."""
    if kind == "two":
        seen, heard = Tower(("text", "image"), space="seen-1"), Tower(("text", "audio"), Trained(25.0), space="heard-1")
        return {"text_embedder": HashedWords(), "image_embedder": seen, "audio_embedder": heard}
    if kind == "sigmoid":
        both = Tower(trained=Trained(60.0, -15.0))
        return {"text_embedder": HashedWords(), "image_embedder": both, "audio_embedder": both}
    one = Tower()
    return {"text_embedder": one, "image_embedder": one, "audio_embedder": one}


@pytest.fixture(params=["two", "sigmoid", "one"])
def library(request, tmp_path):
    opened = filled(tmp_path / "data", roles(request.param))
    yield opened
    opened.close()


def test_words_find_each_modality_and_none_drowns_another(library):
    assert ask(library, "a red car", modalities=("image",))[0].item.title == "1.png"
    assert ask(library, "rain", modalities=("audio",))[0].item.title == "1.wav"
    found = ask(library, "dog")
    assert {hit.item.modality for hit in found[:3]} == {"text", "image", "audio"}
    assert not any("tower" in hit.ranks for hit in found if hit.item.modality != "text"), "a picture's cosine is no sentence's"


def test_chances_are_high_for_what_is_shown_and_low_for_what_is_not(library):
    chances = {hit.item.title: hit.probability for hit in ask(library, "a red car", modalities=("image", "audio"))}
    assert chances["1.png"] > 0.8
    assert all(chance < 0.3 for title, chance in chances.items() if title != "1.png")


def test_a_question_in_words_is_still_answered_by_words(library):
    hits = ask(library, "what does the warranty cover?")
    assert hits[0].item.text.startswith("The warranty")
    assert all(hit.probability < 0.1 for hit in hits if hit.item.modality != "text")


def test_a_picture_finds_pictures(library):
    found = ask(library, contents=(medium("a dog"),))
    assert found[0].item.title == "0.png"
    assert found[0].probability > 0.9
    assert [hit.probability for hit in found] == sorted((hit.probability for hit in found), reverse=True)


def test_similar_leaves_no_modality_out_that_can_be_compared(library):
    items = {item.title: item for item in library.items("default", "ann")}
    alike = library.similar(items["0.png"].id, "ann", 10)
    assert items["0.png"].id not in {hit.item.id for hit in alike}
    passage = next(item for item in library.items("default", "ann") if item.text.startswith("A dog"))
    assert {hit.item.title for hit in library.similar(passage.id, "ann", 4)} >= {"0.png"}


def test_one_space_for_all_lets_a_sound_find_pictures_and_passages(tmp_path):
    library = filled(tmp_path / "data", roles("one"))
    found = ask(library, contents=(medium("dog barking", "audio"),))
    best = {hit.item.modality: hit.item for hit in reversed(found)}
    assert (best["audio"].title, best["image"].title) == ("0.wav", "0.png")
    assert best["text"].text.startswith("A dog")
    spaces = {space["name"]: space["vectors"] for space in library.status()["spaces"]}
    assert spaces == {"tower-1": 3 + len(SEEN) + len(HEARD)}, "each item once, a picture as a picture"
    library.close()


def test_chinese_is_asked_as_it_is_only_of_an_encoder_that_knows_it(tmp_path):
    embedders = roles("two")
    library = filled(tmp_path / "data", embedders)
    assert ask(library, "红色的汽车", modalities=("image",))[0].item.title == "1.png"
    assert "red car" in " ".join(embedders["image_embedder"].asked)
    embedders["image_embedder"].asked.clear()
    embedders["image_embedder"].knows_chinese = True
    ask(library, "红色的汽车", modalities=("image",))
    assert "红色的汽车" in embedders["image_embedder"].asked
    assert not any(said.isascii() for said in embedders["image_embedder"].asked if said not in NEUTRAL["image"])
    library.close()


def test_texts_that_have_nothing_in_common_count_for_nothing(tmp_path):
    """An encoder whose vectors all lie in a narrow cone must not make everything an answer."""

    class Narrow(HashedWords):
        space, floor = "narrow-1", 0.8

        def embed(self, contents):
            vectors = super().embed(contents)
            vectors[:, -1] += 2.0
            return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    class Unaware(Narrow):
        floor = 0.0

    chances = []
    for kind in (HashedWords, Narrow, Unaware):
        library = open_library(tmp_path / kind.__name__, embedders={"text_embedder": kind()})
        ingested(library, SPACES)
        chances.append({hit.item.text[:5]: hit.probability for hit in ask(library, "how tall is the tower?")}.get("The p", 0.0))
        library.close()
    assert chances[1] == pytest.approx(chances[0], abs=0.1)
    assert chances[2] > chances[1] + 0.05


def test_the_bundled_senses_serve_another_text_embedder_too(tmp_path):
    decoder = Decoder(workers=1)
    bundled = senses.create(CACHE, decoder)
    library = open_library(
        tmp_path / "data",
        embedders={"text_embedder": HashedWords(), "image_embedder": bundled, "audio_embedder": bundled},
        decoder=Paragraphs(),
    )
    where = library.ensure_collection("default", "ann")
    sign = Draft(modality="image", title="sign.png", data=samples.picture(colour="red"), media_type="image/png")
    library.add_drafts([sign], where.id, "ann")
    (hit,) = ask(library, "a dog", modalities=("image",))
    assert hit.ranks.keys() <= {"senses", "hashed"}
    assert hit.probability < 0.5, "a cosine that nobody calibrated is no chance"
    library.close()
    decoder.close()


# Another encoder at run time


def pictures(count):
    return [Draft(modality="image", title=f"{n}.png", data=samples.noise(seed=n), media_type="image/png") for n in range(count)]


def test_switching_to_a_dual_encoder_and_back_while_people_search(tmp_path):
    host = tiny_encoders.host(tmp_path / "cache")
    model = tiny_encoders.clip(tmp_path / "clip")
    large = dual.create(model + "?device=cpu", models=host)
    decoder = Decoder(workers=1)
    small = senses.create(CACHE, decoder, minilm())

    def opened(seeing):
        return open_library(tmp_path / "data", embedders={"text_embedder": minilm(), "image_embedder": seeing})

    library = opened(small)
    where = library.ensure_collection("default", "ann")
    ingested(library, SPACES)
    library.add_drafts(pictures(40), where.id, "ann")
    before = [
        hit.item.title for hit in ask(library, contents=(Content(modality="image", media_type="image/png", data=samples.noise(seed=7)),))
    ]
    library.close()

    library, stop, failed, answered = opened(large), threading.Event(), [], []

    def search():
        while not stop.is_set():
            try:
                hits = ask(library, "what does the warranty cover?") and ask(library, "noise", modalities=("image",), k=3)
                answered.append(len(hits))
            except Exception as error:
                failed.append(error)
                return

    people = [threading.Thread(target=search) for _ in range(2)]
    for one in people:
        one.start()
    library.reembedding.start()
    library.reembedding._thread.join(60)
    stop.set()
    for one in people:
        one.join()
    assert failed == []
    assert answered
    counts = {space["name"]: space["vectors"] for space in library.status()["spaces"]}
    assert counts[large.space] == 40
    seventh = Content(modality="image", media_type="image/png", data=samples.noise(seed=7))
    hits = ask(library, contents=(seventh,))
    assert hits[0].item.title == "7.png"
    assert len(ask(library, "some noise", modalities=("image",), k=5)) == 5
    library.close()

    library = opened(small)
    assert library.reembedding.run() == 0, "the older vectors are still there"
    assert [hit.item.title for hit in ask(library, contents=(seventh,))] == before
    library.close()
    decoder.close()


def test_re_embedding_one_space_for_all_keeps_pictures_pictures(tmp_path):
    library = filled(tmp_path / "data", {"text_embedder": HashedWords()})
    library.close()
    library = open_library(tmp_path / "data", embedders=roles("one"))
    assert library.reembedding.run() == 3 + len(SEEN) + len(HEARD)
    for n, said in enumerate(SEEN):
        hits = ask(library, contents=(medium(said),), modalities=("image",))
        assert hits[0].item.title == f"{n}.png"
        assert hits[0].probability > 0.99, "the very same picture"
    library.close()


def test_a_calibration_of_another_text_encoder_is_not_used_and_made_anew(tmp_path):
    class Other(HashedWords):
        space = "other-1"

    passages = "\n\n".join(f"Rule {n}: the machine number {n} is cleaned every {n} days with soap." for n in range(2 * LEAST))
    library = open_library(tmp_path / "data", embedders={"text_embedder": HashedWords()})
    ingested(library, passages)
    first = library.calibrate("default", "ann")
    assert first is not None
    assert first.space == "hashed-1"
    library.close()
    library = open_library(tmp_path / "data", embedders={"text_embedder": Other()})
    assert library.calibration("default", "ann") is None
    library.reembedding.start()
    library.reembedding._thread.join(20)
    for _ in range(200):
        if library.calibration("default", "ann") is not None:
            break
        threading.Event().wait(0.05)
    assert library.calibration("default", "ann").space == "other-1"
    library.close()


# A reranker


class Wants:
    """Prefers texts with a word; counts what it reads."""

    card = ModelCard(name="wants", role="reranker")

    def __init__(self, word):
        self.word, self.read = word, []

    def score(self, query, texts):
        self.read.append((query, list(texts)))
        return np.array([1000.0 * (self.word in text) - n for n, text in enumerate(texts)], np.float32)


RULES = """The jacket warranty covers zips for two years.

The tent warranty covers poles for five years.

Warranty claims are sent by post.

保修包括拉链，为期两年。

帐篷的保修为期五年。"""


def ranked(tmp_path, reranker):
    library = open_library(tmp_path, embedders={"text_embedder": minilm()}, reranker=reranker)
    ingested(library, RULES)
    return library


@pytest.mark.parametrize(("question", "word"), [("what does the warranty cover?", "zips"), ("保修多久？", "帐篷")])
def test_a_reranker_says_which_passage_comes_first(tmp_path, question, word):
    plain, reranker = ranked(tmp_path / "plain", None), Wants(word)
    better = ranked(tmp_path / "better", reranker)
    without, found = ask(plain, question), ask(better, question)
    assert word not in without[0].item.text
    assert word in found[0].item.text
    assert found[0].ranks["reranker"] == 1
    assert [hit.score for hit in found] == pytest.approx([hit.score for hit in without]), "places keep their scores"
    assert {hit.item.text for hit in found} == {hit.item.text for hit in without}
    assert reranker.read[0][0] == question
    assert len(reranker.read) == 1
    plain.close()
    better.close()


def test_a_reranker_makes_nothing_likely_that_its_words_do_not(tmp_path):
    """Its scores are no evidence: what nothing answers stays unlikely, however sure it is."""
    library = ranked(tmp_path / "data", Wants("Warranty claims"))
    found = ask(library, "what is the capital of Mongolia?")
    assert found[0].item.text.startswith("Warranty claims")
    assert max(hit.probability for hit in found) < 0.1
    library.close()


def test_searches_of_several_people_are_scored_together_and_as_alone(tmp_path):
    from retrieval.rerankers.cross_encoder import SEARCHES, create

    reranker = create(tiny_encoders.cross_encoder(tmp_path / "model") + "?device=cpu&dtype=float32", models=tiny_encoders.host(tmp_path))
    searches = [(f"query number {n}", [f"passage {n} {'more words ' * k}" for k in range(n + 1)]) for n in range(6)]
    alone, found = [reranker.score(*one) for one in searches], {}
    threads = [threading.Thread(target=lambda n=n: found.update({n: reranker.score(*searches[n])})) for n in range(len(searches))]
    gather(reranker._searches, threads)
    assert max(reranker._searches.sizes) == len(searches) <= SEARCHES
    assert all(found[n] == pytest.approx(one, abs=1e-5) for n, one in enumerate(alone))
    assert reranker.score("nothing to read", []).shape == (0,)


def test_a_real_cross_encoder_takes_its_place(tmp_path):
    from retrieval.rerankers.cross_encoder import create

    reranker = create(tiny_encoders.cross_encoder(tmp_path / "model") + "?device=cpu", models=tiny_encoders.host(tmp_path / "cache"))
    library = ranked(tmp_path / "data", reranker)
    hits = ask(library, "what does the warranty cover?")
    scores = reranker.score("what does the warranty cover?", [f"{hit.item.title}\n{hit.item.text}" for hit in hits])
    assert scores.tolist() == sorted(scores.tolist(), reverse=True)
    assert json.dumps([hit.ranks for hit in hits]).count("reranker") == len(hits)
    library.close()
