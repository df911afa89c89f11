"""One space asked from every side, with vectors made by hand: what counts here is who is asked what, not what the networks know."""

import numpy as np
import pytest
from library_samples import LIMITS, Paragraphs, ingested, minilm

from retrieval import likeness
from retrieval.content import Content
from retrieval.items import Draft, ModelCard
from retrieval.library import Library, Query
from retrieval.seeing import Sight

CURVE = [-8.0, 20.0, 0.0]
CURVES = {
    "pairs": {f"{a}-{b}": CURVE for a in ("text", "image", "audio") for b in ("text", "image", "audio")},
    "names": {"label": CURVE, "sound": CURVE},
}


class Painted:
    """A joint embedder: a picture or sound is its own caption in bytes, slightly beside the vector of the caption."""

    space, dimension, modalities = "painted-1", 384, frozenset({"text", "image", "audio"})
    card = ModelCard(name="painted", role="image_embedder", kind="classical", dimension=384)

    def __init__(self, words):
        self._words, self.text_space, self.asked = words, words.space, []

    def embed(self, contents):
        self.asked += [content.modality for content in contents]
        vectors = self._words.embed([Content.from_text(content.data.decode()) for content in contents])
        for row, content in enumerate(contents):
            if content.modality != "text":
                vectors[row] = 0.7 * vectors[row] + 0.7 * np.eye(384, dtype=np.float32)[sum(content.data) % 384]
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def medium(words, kind="image"):
    return Content(modality=kind, media_type="image/png" if kind == "image" else "audio/wav", data=words.encode())


@pytest.fixture
def painted(tmp_path, monkeypatch):
    monkeypatch.setattr(likeness, "fitted", lambda: CURVES)
    words = minilm()
    both = Painted(words)
    library = Library(
        tmp_path / "data", embedders={"text_embedder": words, "image_embedder": both, "audio_embedder": both}, decoder=Paragraphs(),
        describe={}, limits=LIMITS,
    )  # fmt: skip
    where = library.ensure_collection("default", "ann")
    ingested(library, "The warranty covers zips and seams for two years.\n\nA dog is an animal that barks.\n\nThe parcel takes five days.")
    drafts = [Draft(modality="image", title=f"{n}.png", data=text.encode(), media_type="image/png") for n, text in enumerate(
        ("a dog", "a red car", "a bowl of soup"))]  # fmt: skip
    drafts += [Draft(modality="audio", title=f"{n}.wav", data=text.encode(), media_type="audio/wav") for n, text in enumerate(
        ("dog barking", "rain"))]  # fmt: skip
    library.add_drafts(drafts, where.id, "ann")
    yield library
    library.close()


def ask(library, text="", **more):
    return library.search(Query(owner="ann", text=text, **more))


def test_words_find_pictures_and_sounds_by_what_is_in_them(painted):
    assert ask(painted, "a red car", modalities=("image",))[0].item.title == "1.png"
    assert ask(painted, "sound of rain", modalities=("audio",))[0].item.title == "1.wav"
    found = ask(painted, "dog")
    assert {(hit.item.modality) for hit in found[:3]} == {"text", "image", "audio"}, "no modality drowns another"
    assert found[0].ranks.keys() <= {"lexical", "minilm", "senses"}


def test_chinese_words_find_pictures(painted):
    hit = ask(painted, "红色的汽车", modalities=("image",))[0]
    assert hit.item.title == "1.png"
    assert hit.probability > 0.5


def test_a_question_in_words_is_still_answered_by_words(painted):
    hits = ask(painted, "what does the warranty cover?")
    assert hits[0].item.text.startswith("The warranty")
    assert hits[0].probability > 0.4
    assert all(hit.probability < 0.1 for hit in hits if hit.item.modality != "text")


def test_words_are_embedded_once_for_all_spaces(painted):
    embedder = painted.embedders["image_embedder"]
    embedder.asked.clear()
    ask(painted, "a red car")
    assert embedder.asked == []


@pytest.mark.parametrize("kind", ["image", "audio"])
def test_a_medium_finds_pictures_sounds_and_sentences(painted, kind):
    found = ask(painted, contents=(medium("a dog", kind),))
    best = {hit.item.modality: hit.item for hit in reversed(found)}
    assert best["image"].title == "0.png"
    assert best["audio"].title == "0.wav"
    assert best["text"].text.startswith("A dog")
    assert [hit.probability for hit in found] == sorted((hit.probability for hit in found), reverse=True)
    assert {hit.item.modality for hit in ask(painted, contents=(medium("a dog", kind),), modalities=("text",))} == {"text"}


def test_similar_goes_across_too(painted):
    items = {item.title or item.text: item for item in painted.items("default", "ann")}
    dog = painted.similar(items["0.png"].id, "ann", 10)
    assert items["0.png"].id not in {hit.item.id for hit in dog}
    assert {hit.item.modality for hit in dog} == {"text", "image", "audio"}
    assert painted.similar(items["0.png"].id, "ann", 10, modalities=("audio",))[0].item.title == "0.wav"
    passage = next(item for item in painted.items("default", "ann") if item.text.startswith("A dog"))
    assert {hit.item.title for hit in painted.similar(passage.id, "ann", 3)} >= {"0.png", "0.wav"}


def test_names_are_said_only_when_sure(painted, monkeypatch):
    embedder = painted.embedders["image_embedder"]
    sight = Sight(embedder)
    assert sight.words(medium("guitar")) == "Shows 画面: guitar 吉他 (likely 很可能)."
    assert sight.words(medium("rain", "audio")).startswith("Sounds like 听起来像: rain")
    assert sight.names(Content.from_text("guitar")) == []
    monkeypatch.setattr(likeness, "fitted", lambda: {**CURVES, "names": {"label": [-50.0, 20.0, 0.0]}})
    assert sight.words(medium("guitar")) == ""


def test_an_embedder_of_another_space_names_nothing(painted):
    class Alone(Painted):
        text_space = ""

        def __init__(self):
            pass

    assert Sight(Alone()).words(medium("guitar")) == ""
