"""Models, embeddings, pictures, sound, route and emotion over the real back-ends."""

import base64
import io
import wave

import av
import numpy as np
import pytest
from api_app import b64, check_error, data_url, events, png, running, wav
from PIL import Image


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running(tmp_path_factory.mktemp("models")) as client:
        yield client


@pytest.fixture(scope="module")
def spoken(api):
    answer = api.post("/v1/audio/speech", json={"model": "assistant", "input": "hello world", "voice": "alloy", "response_format": "wav"})
    if answer.status_code == 503:
        pytest.skip("no synthesizer is installed here")
    assert answer.status_code == 200, answer.text
    return answer.content


class TestModels:
    def test_the_list_and_one(self, api):
        models = api.get("/v1/models").json()
        names = [m["id"] for m in models["data"]]
        assert names[0] == "assistant"
        assert {"id", "object", "created", "owned_by"} <= set(models["data"][0])
        assert api.get("/v1/models/assistant").json()["id"] == "assistant"
        assert api.get(f"/v1/models/{names[1]}").json()["id"] == names[1]

    def test_an_unknown_one_names_the_known(self, api):
        assert "assistant" in check_error(api.get("/v1/models/org/none"), 404, "model_not_found")["message"]


class TestEmbeddings:
    def test_words_as_unit_vectors_in_order(self, api):
        body = api.post("/v1/embeddings", json={"model": "assistant", "input": ["a cat", "a kitten", "tax law"]}).json()
        assert [row["index"] for row in body["data"]] == [0, 1, 2]
        cat, kitten, law = (np.array(row["embedding"]) for row in body["data"])
        assert np.isclose(np.linalg.norm(cat), 1, atol=1e-4)
        assert cat @ kitten > cat @ law
        one = api.post("/v1/embeddings", json={"model": body["model"], "input": "a cat"}).json()
        assert np.allclose(one["data"][0]["embedding"], cat, atol=1e-4)

    def test_base64_is_the_same_vector(self, api):
        body = {"model": "assistant", "input": "a cat"}
        plain = api.post("/v1/embeddings", json=body).json()["data"][0]["embedding"]
        packed = api.post("/v1/embeddings", json=body | {"encoding_format": "base64"}).json()["data"][0]["embedding"]
        assert np.allclose(np.frombuffer(base64.b64decode(packed), "<f4"), plain, atol=1e-6)

    @pytest.mark.parametrize(
        "part",
        [
            {"type": "image_url", "image_url": {"url": data_url(png())}},
            {"type": "input_audio", "input_audio": {"data": b64(wav()), "format": "wav"}},
        ],
    )
    def test_pictures_and_sounds(self, api, part):
        body = api.post("/v1/embeddings", json={"model": "assistant", "input": [part]}).json()
        assert np.isclose(np.linalg.norm(body["data"][0]["embedding"]), 1, atol=1e-3)

    @pytest.mark.parametrize(
        ("change", "status", "param"),
        [({"input": []}, 400, "input"), ({"input": [""]}, 400, "input"), ({"input": ""}, 400, "input"), ({"input": [1, 2]}, 400, "input"),
         ({"input": [[1]]}, 400, "input"),
         ({"input": ["x"] * 5000}, 400, "input"), ({"input": "x" * 100_000}, 413, "input"), ({"dimensions": 7}, 400, "dimensions"),
         ({"model": "none"}, 404, "model"),
         ({"encoding_format": "hex"}, 400, "encoding_format"), ({"input": {"type": "text"}}, 400, "input"),
         ({"input": [{"type": "smell"}]}, 400, "content")],
    )  # fmt: skip
    def test_bad_requests(self, api, change, status, param):
        check_error(api.post("/v1/embeddings", json={"model": "assistant", "input": "x"} | change), status, param=param)

    def test_a_picture_to_a_model_of_words(self, api):
        words = api.post("/v1/embeddings", json={"input": "x"}).json()["model"]
        part = {"type": "input_audio", "input_audio": {"data": b64(wav()), "format": "wav"}}
        check_error(api.post("/v1/embeddings", json={"model": words, "input": [part]}), 400, param="input")


class TestImages:
    def test_the_same_seed_gives_the_same_bytes_and_the_recipe(self, api):
        body = {"prompt": "a red circle", "seed": 7, "size": "256x192", "n": 1}
        first, second = (api.post("/v1/images/generations", json=body).json()["data"][0] for _ in range(2))
        assert first["b64_json"] == second["b64_json"]
        assert (first["recipe"]["seed"], first["recipe"]["prompt"]) == (7, "a red circle")
        picture = Image.open(io.BytesIO(base64.b64decode(first["b64_json"])))
        assert picture.size == (256, 192)
        assert api.get(f"/v1/files/{first['file_id']}").json()["recipe"] == first["recipe"]

    def test_several_and_by_address(self, api):
        body = api.post(
            "/v1/images/generations", json={"prompt": "a blue square", "n": 2, "response_format": "url", "size": "128x128"}
        ).json()
        assert len(body["data"]) == 2
        url = body["data"][0]["url"]
        assert url.startswith("http://localhost/v1/files/")
        assert api.get(url).headers["content-type"] == "image/png"

    def test_edit(self, api):
        made = api.post("/v1/images/generations", json={"prompt": "a red circle", "seed": 1, "size": "128x128"}).json()["data"][0]
        form = {"prompt": "make it blue", "seed": "3"}
        answer = api.post("/v1/images/edits", files={"image": ("a.png", base64.b64decode(made["b64_json"]))}, data=form)
        assert answer.status_code == 200, answer.text
        changed = answer.json()["data"][0]
        assert changed["b64_json"] != made["b64_json"]
        assert changed["recipe"]["operation"] != "generate"
        assert changed["recipe"]["parents"]

    @pytest.mark.parametrize(
        ("change", "status", "param"),
        [({"prompt": ""}, 400, "prompt"), ({"n": 99}, 400, "n"), ({"size": "big"}, 400, "size"), ({"size": "99999x9"}, 400, "size"),
         ({"size": "8192x8192"}, 400, "size"),
         ({"model": "dall-e-9"}, 404, "model"), ({"partial_images": 2}, 400, "partial_images"), ({"seed": -1}, 400, "seed"),
         ({"response_format": "gif"}, 400, "response_format")],
    )  # fmt: skip
    def test_bad_requests(self, api, change, status, param):
        check_error(api.post("/v1/images/generations", json={"prompt": "a dot"} | change), status, param=param)

    def test_bad_edits(self, api):
        check_error(api.post("/v1/images/edits", data={"prompt": "x"}, files={"other": ("a", b"x")}), 400, param="image")
        check_error(api.post("/v1/images/edits", data={}, files={"image": ("a.png", png())}), 400, param="prompt")
        check_error(api.post("/v1/images/edits", data={"prompt": "x"}, files={"image": ("a.txt", b"some words")}), 400, param="image")
        check_error(
            api.post("/v1/images/edits", data={"prompt": "x"}, files={"image": ("a.png", png()), "mask": ("m.png", png())}),
            400,
            param="mask",
        )
        check_error(api.post("/v1/images/edits", data={"prompt": "x"}, files={"image": ("a.png", png()[:50])}), 422)


class TestSpeech:
    def test_wav(self, spoken):
        with wave.open(io.BytesIO(spoken)) as file:
            assert file.getnframes() / file.getframerate() > 0.3

    @pytest.mark.parametrize("form", ["mp3", "opus", "flac", "aac"])
    def test_other_formats_can_be_read_again(self, api, spoken, form):
        answer = api.post(
            "/v1/audio/speech", json={"model": "assistant", "input": "hello world", "voice": "alloy", "response_format": form}
        )
        assert answer.headers["content-type"].startswith("audio/")
        with av.open(io.BytesIO(answer.content)) as source:
            seconds = sum(frame.samples / frame.sample_rate for frame in source.decode(audio=0))
        assert seconds > 0.3

    def test_mp3_is_the_default_and_pcm_is_bare(self, api, spoken):
        assert (
            api.post("/v1/audio/speech", json={"model": "assistant", "input": "hi", "voice": "alloy"}).headers["content-type"]
            == "audio/mpeg"
        )
        pcm = api.post(
            "/v1/audio/speech", json={"model": "assistant", "input": "hello world", "voice": "x", "response_format": "pcm"}
        ).content
        assert len(pcm) / 2 / 24_000 > 0.3

    @pytest.mark.parametrize(
        ("change", "status", "param"),
        [({"input": ""}, 400, "input"), ({"input": "x" * 5000}, 400, "input"), ({"speed": 9}, 400, "speed"),
         ({"response_format": "midi"}, 400, "response_format"),
         ({"model": "none"}, 404, "model"), ({"input": "   "}, 400, "input")],
    )  # fmt: skip
    def test_bad_requests(self, api, spoken, change, status, param):
        check_error(api.post("/v1/audio/speech", json={"model": "assistant", "input": "hi", "voice": "x"} | change), status, param=param)


class TestTranscription:
    def send(self, api, data, **fields):
        return api.post("/v1/audio/transcriptions", files={"file": ("a.wav", data)}, data={"model": "assistant"} | fields)

    def test_every_format(self, api, spoken):
        said = self.send(api, spoken).json()["text"]
        assert said  # how well it hears is measured elsewhere
        assert self.send(api, spoken, response_format="text").text.strip() == said
        verbose = self.send(api, spoken, response_format="verbose_json", **{"timestamp_granularities[]": "word"}).json()
        assert verbose["words"][0]["end"] > verbose["words"][0]["start"]
        assert self.send(api, spoken, response_format="vtt").text.startswith("WEBVTT")
        assert "-->" in self.send(api, spoken, response_format="srt").text
        assert events(self.send(api, spoken, stream="true"))[-1] == {
            "type": "transcript.text.done",
            "text": said,
            "usage": {"type": "duration", "seconds": pytest.approx(verbose["duration"], abs=0.01)},
        }

    def test_silence_is_no_words(self, api):
        silence = wav(0.5)[:44] + bytes(16_000)
        answer = self.send(api, silence)
        assert answer.status_code == 200
        assert answer.json()["text"] == ""

    def test_bad_requests(self, api):
        check_error(self.send(api, b""), 422)
        check_error(self.send(api, png()), 400)
        check_error(self.send(api, b"RIFF1234WAVE" + bytes(40)), 422)
        check_error(self.send(api, wav(), model="whisper-9"), 404, "model_not_found")
        check_error(self.send(api, wav(), response_format="docx"), 400, param="response_format")
        check_error(api.post("/v1/audio/transcriptions", files={"x": ("a", b"b")}), 400, param="file")
        check_error(api.post("/v1/audio/transcriptions", json={}), 415)


class TestRoute:
    def test_candidates_and_plan_and_nothing_runs(self, api):
        before = len(api.get("/v1/files").json()["data"])
        body = api.post("/v1/route", json={"input": "draw a red circle"}).json()
        assert body["plan"] == ["generate_image"]
        assert {"tool", "score", "reason", "cost"} <= set(body["route"][0])
        assert body["route"][0]["tool"] == "generate_image"
        assert len(api.get("/v1/files").json()["data"]) == before

    def test_small_talk_and_parts(self, api):
        assert api.post("/v1/route", json={"input": "hello"}).json()["plan"] == []
        parts = [{"type": "text", "text": "what does the sign say?"}, {"type": "image_url", "image_url": {"url": data_url(png())}}]
        assert api.post("/v1/route", json={"input": parts}).json()["plan"] == ["look"]

    @pytest.mark.parametrize(
        ("body", "status"), [({}, 400), ({"input": ""}, 400), ({"input": []}, 400), ({"input": 5}, 400), ({"input": "x" * 100_000}, 413)]
    )
    def test_bad_requests(self, api, body, status):
        check_error(api.post("/v1/route", json=body), status)


class TestEmotion:
    def test_words(self, api):
        body = api.post("/v1/emotion", json={"text": "I am so happy, this is wonderful!", "consent": True}).json()
        assert body["fused"]["label"] == "joy"
        assert {"label", "distribution", "uncertainty"} <= set(body["fused"])
        assert "text" in body["modalities"]
        assert {"label", "distribution", "weight"} <= set(body["modalities"]["text"])
        assert "disagreement" in body
        assert "timeline" in body

    def test_voice_and_words_together_and_nothing_is_kept(self, api):
        before = len(api.get("/v1/files").json()["data"])
        body = {"text": "I am furious", "audio": {"data": b64(wav(1.5)), "format": "wav"}, "consent": True}
        answer = api.post("/v1/emotion", json=body)
        assert answer.status_code in (200, 422), answer.text
        assert len(api.get("/v1/files").json()["data"]) == before

    def test_voice_and_face_need_consent(self, api):
        answer = api.post("/v1/emotion", json={"audio": {"data": b64(wav(1.5)), "format": "wav"}})
        check_error(answer, 403)

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({}, 400),
            ({"text": " "}, 400),
            ({"audio": {"data": "!!", "format": "wav"}, "consent": True}, 400),
            ({"image": {"url": "http://x/y.png"}, "consent": True}, 400),
        ],
    )
    def test_bad_requests(self, api, body, status):
        check_error(api.post("/v1/emotion", json=body), status)
