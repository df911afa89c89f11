"""Encoders of other makers, in the small: what they compute is what their own libraries compute, and no text is ever fetched."""

import contextlib
import socket
import threading
from pathlib import Path

import media_samples as samples
import numpy as np
import pytest
import tiny_encoders
from hypothesis import given
from hypothesis import strategies as st
from library_samples import minilm

from retrieval.content import Content
from retrieval.embedders import _full_size, clap, dual, sentence_transformers
from retrieval.embedders import minilm as bundled
from retrieval.embedders._full_size import AT_ONCE, TEXT_CHARS, batches
from retrieval.faults import InvalidInput, NotInstalled, Unavailable, Unreadable
from retrieval.hosting.processors import sees_videos

CPU = "?device=cpu&dtype=float32"


def text(words):
    return Content.from_text(words)


def picture(seed=0):
    return Content(modality="image", media_type="image/png", data=samples.noise(seed=seed))


def sound(seconds=1.0, pitch=440):
    samples_ = np.sin(np.arange(int(16_000 * seconds)) * pitch / 16_000 * 2 * np.pi).astype(np.float32) * 0.5
    return Content(modality="audio", media_type="audio/wav", data=samples.wav(samples_), seconds=seconds)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A tiny model of each kind, built at most once."""
    root, known = tmp_path_factory.mktemp("models"), {}

    def build(name):
        if name not in known:
            known[name] = getattr(tiny_encoders, name)(root / name)
        return known[name]

    return build


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    return tiny_encoders.host(tmp_path_factory.mktemp("cache"))


# The numbers are those of the model's own library


def test_the_bundled_encoder_through_this_back_end_gives_the_bundled_vectors(tmp_path):
    other = sentence_transformers.create(str(bundled.model_directory()) + CPU, models=tiny_encoders.host(tmp_path))
    sentences = [*bundled.reference()[0], "保修有多长？", "", "A long one. " * 500]
    contents = [text(sentence) for sentence in sentences]
    agreement = (other.embed(contents) * minilm().embed(contents)).sum(1)
    assert agreement.min() > 0.9999
    assert (other.embed_queries(contents) * other.embed(contents)).sum(1).min() > 0.9999, "it has no prompts"
    assert (other.dimension, other.modalities, other.knows_chinese) == (384, {"text"}, False)
    assert abs(other.floor) < 0.1, "unrelated texts are at right angles in this one"


@pytest.mark.parametrize("name", ["clip", "siglip2", "metaclip_2"])
def test_a_dual_encoders_cosines_are_its_own_logits(made, host, name):
    import torch
    from PIL import Image
    from transformers import AutoModel, AutoProcessor

    from retrieval.decoding import pixels

    embedder = dual.create(made(name) + CPU, models=host)
    words, pictures = ["a cat", "two red dogs"], [picture(1), picture(2), picture(3)]
    processor, model = AutoProcessor.from_pretrained(made(name)), AutoModel.from_pretrained(made(name))
    more = {"padding": "max_length", "max_length": 16} if name == "siglip2" else {"padding": True}
    inputs = processor(text=words, images=[Image.fromarray(pixels(one)) for one in pictures], return_tensors="pt", **more)
    with torch.inference_mode():
        logits = model(**inputs).logits_per_text.numpy()
    cosines = embedder.embed([text(one) for one in words]) @ embedder.embed(pictures).T
    assert embedder.trained.scale * cosines + (embedder.trained.bias or 0) == pytest.approx(logits, abs=1e-3)
    assert (embedder.trained.bias is not None) == (name == "siglip2")


def test_claps_cosines_are_its_own_logits(made, host):
    import torch
    from transformers import AutoModel, AutoProcessor

    embedder = clap.create(made("clap") + CPU, models=host)
    words, sounds = ["a dog barks", "rain"], [sound(pitch=300), sound(pitch=900)]
    processor, model = AutoProcessor.from_pretrained(made("clap")), AutoModel.from_pretrained(made("clap"))
    heard = [np.frombuffer(one.data[44:], "<i2").astype(np.float32) / 32768 for one in sounds]
    inputs = processor(text=words, audio=heard, sampling_rate=16_000, padding=True, return_tensors="pt")
    with torch.inference_mode():
        logits = model(**inputs).logits_per_text.numpy()
    cosines = embedder.embed([text(one) for one in words]) @ embedder.embed(sounds).T
    assert embedder.trained.scale * cosines == pytest.approx(logits, abs=2e-3)


def test_embedding_gemma_2_takes_words_pictures_and_sounds_and_needs_no_torchvision(made, host):
    """Its processor has a part for videos, which needs torchvision and is all that is missing without it."""
    embedder = sentence_transformers.create(made("embedding_gemma2") + CPU, models=host)
    assert embedder.modalities == {"text", "image", "audio"} | ({"video"} if sees_videos() else set())
    contents = [text("a red kettle"), picture(), sound()]
    vectors = np.concatenate([embedder.embed([one]) for one in contents])
    assert vectors.shape == (3, embedder.dimension)
    assert np.isfinite(vectors).all()
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1], abs=1e-3)
    again = embedder.embed([picture(1)])
    assert float((again @ vectors[1])[0]) < 0.999999, "another picture"


def test_a_long_sound_is_heard_in_windows_and_always_the_same(made, host):
    embedder = clap.create(made("clap") + CPU, models=host)
    long = sound(3.5, pitch=500)
    vector = embedder.embed([long])[0]
    assert vector == pytest.approx(embedder.embed([long])[0], abs=1e-6)
    assert clap.windows(np.arange(10), 20)[0].tolist() == list(range(10))
    cut = clap.windows(np.arange(100), 30)
    assert (cut[0][0], cut[-1][-1], {len(one) for one in cut}) == (0, 99, {30})
    assert len(clap.windows(np.arange(10_000), 30)) == clap.WINDOWS
    with pytest.raises(Unreadable):
        embedder.embed([Content(modality="audio", media_type="audio/wav", data=samples.wav(np.zeros(0, np.float32)))])


# Queries and documents


def test_queries_and_documents_get_their_own_prompts(made, host):
    from sentence_transformers import SentenceTransformer

    embedder = sentence_transformers.create(made("sentences") + CPU, models=host)
    plain = SentenceTransformer(made("sentences"), device="cpu")
    expected = plain.encode(["ask: two years", "text: two years"], normalize_embeddings=True)
    assert embedder.embed_queries([text("two years")])[0] == pytest.approx(expected[0], abs=1e-5)
    assert embedder.embed([text("two years")])[0] == pytest.approx(expected[1], abs=1e-5)
    assert abs(expected[0] - expected[1]).max() > 1e-3


def test_single_queries_of_many_threads_go_together(made, host):
    embedder = sentence_transformers.create(made("sentences") + CPU, models=host)
    queries = [text(f"query number {n}") for n in range(24)]
    alone = embedder.embed_queries(queries)
    found, started = {}, threading.Barrier(len(queries))

    def ask(n):
        started.wait()
        found[n] = embedder.embed_queries([queries[n]])[0]

    with embedder._one_at_a_time:  # the model is busy while they come
        threads = [threading.Thread(target=ask, args=(n,)) for n in range(len(queries))]
        for thread in threads:
            thread.start()
        while len(embedder._singles._waiting) < len(queries) - 1:
            pass
    for thread in threads:
        thread.join()
    assert len(embedder._singles.sizes) <= 3
    assert np.stack([found[n] for n in range(len(queries))]) == pytest.approx(alone, abs=1e-5)


def test_words_that_look_like_an_address_are_words(made, host):
    """The library would open an address in a bare text: a document could make the service fetch whatever it names."""
    embedder = sentence_transformers.create(made("pictures_and_words") + CPU, models=host)
    called = []

    def answer(server):
        with contextlib.suppress(OSError):
            while True:
                called.append(server.accept()[0].close())

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer, args=(server,), daemon=True).start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/cat.png"
        for words in (address, "data:image/png;base64,AAAA", str(Path(__file__)), "/etc/hostname"):
            assert np.isfinite(embedder.embed([text(words)])).all()
            assert np.isfinite(embedder.embed_queries([text(words), text("and another")])).all()
    assert called == []


# Names, sizes, options


def test_modalities_are_known_and_nothing_loaded(made, tmp_path):
    fresh = tiny_encoders.host(tmp_path)
    for create, name, kinds in (
        (dual.create, "clip", {"text", "image"}), (clap.create, "clap", {"text", "audio"}),
        (sentence_transformers.create, "sentences", {"text"}), (sentence_transformers.create, "pictures_and_words", {"text", "image"}),
        (sentence_transformers.create, "clap", {"text", "audio"}),
    ):  # fmt: skip
        embedder = create(made(name), models=fresh)
        assert embedder.modalities == kinds
        assert embedder.space.startswith(f"{name}-")
    assert fresh.residency.loaded() == {}


def test_a_shorter_dimension_is_the_beginning_of_the_vector_in_a_space_of_its_own(made, host):
    whole = sentence_transformers.create(made("sentences") + CPU, models=host)
    short = sentence_transformers.create(made("sentences") + CPU + "&dimension=8", models=host)
    expected = whole.embed([text("two years")])[0][:8]
    assert short.embed([text("two years")])[0] == pytest.approx(expected / np.linalg.norm(expected), abs=1e-5)
    assert (short.dimension, short.card.dimension) == (8, 8)
    assert short.space != whole.space
    for wrong in ("33", "0", "many"):
        with pytest.raises(InvalidInput) as caught:
            sentence_transformers.create(made("sentences") + "?dimension=" + wrong, models=host).embed([text("a")])
        assert caught.value.param == "dimension"
    with pytest.raises(InvalidInput):
        dual.create(made("clip") + "?dimension=8", models=host).embed([text("a")])


def test_another_preparation_is_another_space(tmp_path):
    model = Path(tiny_encoders.clip(tmp_path / "tiny"))
    before = dual.create(str(model), models=tiny_encoders.host(tmp_path)).space
    assert dual.create(str(model) + "?dtype=bfloat16", models=tiny_encoders.host(tmp_path)).space == before
    assert sentence_transformers.create(str(model), models=tiny_encoders.host(tmp_path)).space != before, "it cuts texts in another way"
    settings = model / "processor_config.json"
    settings.write_text(settings.read_text().replace("32", "24"))
    assert dual.create(str(model), models=tiny_encoders.host(tmp_path)).space != before


def test_half_precision_still_gives_unit_vectors_of_whole_floats(made, host):
    half = dual.create(made("clip") + "?device=cpu&dtype=bfloat16", models=host)
    whole = dual.create(made("clip") + CPU, models=host)
    for contents in ([text("a cat"), text("rain")], [picture(1), picture(2)]):
        vectors = half.embed(contents)
        assert vectors.dtype == np.float32
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
        assert (vectors * whole.embed(contents)).sum(1).min() > 0.98
    with pytest.raises(Unavailable) as caught:
        _full_size.unit(np.array([[np.nan, 1.0]], np.float32))
    assert "float32" in caught.value.hint


def test_what_is_not_here_or_not_of_this_kind_says_what_to_do(made, host):
    missing = dual.create("nobody/nothing", models=host)
    assert missing.card.limits
    with pytest.raises(NotInstalled) as caught:
        missing.embed([text("a")])
    assert "nobody/nothing" in caught.value.message
    for create in (dual.create, clap.create):
        with pytest.raises(InvalidInput) as refused:
            create(made("sentences"), models=host).embed([text("a")])
        assert "sentence_transformers" in refused.value.hint


def test_a_video_is_shown_as_frames_all_over_it(made, host):
    embedder = sentence_transformers.create(made("pictures_and_words"), models=host)
    clip = samples.video(seconds=2)
    shown = embedder._prepare(Content(modality="video", media_type="video/mp4", data=clip, seconds=2.0))["video"]
    frames = shown["array"]
    assert len(frames) == shown["video_metadata"]["total_num_frames"] == sentence_transformers.FRAMES
    assert shown["video_metadata"]["duration"] == 2.0
    assert all(frame.mode == "RGB" for frame in frames)


@given(st.lists(st.one_of(st.integers(0, 100_000), st.sampled_from(["image", "audio"])), max_size=200))
def test_batches_hold_every_content_once_and_no_more_than_fits(sizes):
    contents = [
        Content(modality="text", media_type="text/plain", data=b"a" * size)
        if isinstance(size, int) else Content(modality=size, media_type="x/y", data=b"")
        for size in sizes
    ]  # fmt: skip
    found = list(batches(contents))
    assert sorted(place for batch in found for place in batch) == list(range(len(contents)))
    for batch in found:
        (kind,) = {contents[place].modality for place in batch}
        longest = max(min(len(contents[place].data), TEXT_CHARS) for place in batch)
        assert len(batch) <= AT_ONCE[kind]
        assert len(batch) == 1 or len(batch) * longest <= TEXT_CHARS
