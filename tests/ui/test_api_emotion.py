"""`/v1/emotion`, `/v1/audit` and consent over the real app: off by default, honest about bad input, forgotten, and in the audit log."""

import base64
import io
import json
import math
import wave

import numpy as np
import pytest
from api_app import ask, b64, check_error, data_url, png, running, wav

from retrieval.waves import of_pcm

VOICE = "I am so happy that you came today, this is wonderful!"


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running(tmp_path_factory.mktemp("emotion")) as client:
        yield client


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    with running(tmp_path_factory.mktemp("workplace"), deployment="workplace") as client:
        yield client


@pytest.fixture(scope="module")
def spoken(api):
    return b64(api.post("/v1/audio/speech", json={"model": "assistant", "input": VOICE, "response_format": "wav"}).content)


@pytest.fixture
def counted(api):
    """The real analysers with a count of their calls by modality."""
    with counting(api) as calls:
        yield calls


class counting:
    """Wraps each analyser of a client's assistant: it works as before, and its calls are counted."""

    def __init__(self, client):
        self._emotions = client.assistant.kit.emotions

    def __enter__(self):
        self.before, calls = dict(self._emotions), dict.fromkeys(self._emotions, 0)

        class Counted:
            def __init__(self, name, real):
                self._name, self._real = name, real

            def __getattr__(self, field):
                return getattr(self._real, field)

            def analyze(self, content, language):
                calls[self._name] += 1
                return self._real.analyze(content, language)

        self._emotions.update({name: Counted(name, real) for name, real in self.before.items()})
        return calls

    def __exit__(self, *problem):
        self._emotions.update(self.before)


def read(client, **body):
    return client.post("/v1/emotion", json=body)


def newest(client):
    return client.get("/v1/audit?limit=1").json()["data"][0]


def sound(part):
    return {"type": "input_audio", "input_audio": {"data": part, "format": "wav"}}


class TestReading:
    def test_words_and_voice_are_fused_with_shares_and_an_honest_range(self, api, spoken):
        body = read(api, text="I hate this, it is terrible", audio={"data": spoken, "format": "wav"}, consent=True).json()
        assert set(body["modalities"]) == {"text", "audio"}
        assert sum(m["weight"] for m in body["modalities"].values()) == pytest.approx(1, abs=0.01)
        assert body["disagreement"]["text"].startswith("Your words are negative")
        assert body["text"].endswith(body["disagreement"]["text"])
        for label, share in body["fused"]["distribution"].items():
            low, high = body["fused"]["interval"][label]
            assert low - 1e-3 <= share <= high + 1e-3
            assert high - low == pytest.approx(body["fused"]["uncertainty"], abs=2e-3)
        use = newest(api)
        assert (use["why"], use["modalities"], use["consent"], use["outcome"]) == ("request", ["text", "audio"], True, "allowed")

    def test_a_long_voice_has_a_timeline_in_seconds(self, api, spoken):
        with wave.open(io.BytesIO(base64.b64decode(spoken))) as file:
            rate, samples = file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2")
        longer = of_pcm(np.tile(samples, 4).tobytes(), rate)
        seconds = 4 * len(samples) / rate
        line = read(api, text="well", audio={"data": b64(longer), "format": "wav"}, consent=True).json()["timeline"]
        assert len(line) > 1
        assert line[0]["start"] == 0
        assert all(m["start"] < m["end"] <= math.ceil(seconds) and m["modality"] == "audio" for m in line)

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ({"image": {"url": data_url(png("green"))}}, "no face"),
            ({"audio": {"data": b64(wav(0.1)), "format": "wav"}}, "0.1 s"),
            ({"audio": {"data": b64(wav(0.0625)), "format": "wav"}}, "too short"),
            ({"text": "Ich bin heute wirklich sehr traurig und weiß nicht warum"}, "German"),
            ({"text": "Мне сегодня очень грустно"}, "Cyrillic"),
        ],
    )
    def test_what_cannot_be_read_is_said_and_never_guessed(self, api, body, said):
        error = check_error(read(api, consent=True, **body), 422)
        assert said in error["message"]

    def test_silence_is_no_voice(self, api):
        silence = of_pcm(b"\0\0" * 32_000, 16_000)
        assert check_error(read(api, audio={"data": b64(silence), "format": "wav"}, consent=True), 422)["hint"]

    def test_what_was_left_out_stands_beside_what_was_read(self, api):
        body = read(api, text="I am so happy", image={"url": data_url(png("green"))}, consent=True).json()
        assert set(body["modalities"]) == {"text"}
        assert [s["modality"] for s in body["skipped"]] == ["image"]
        assert "no face" in body["text"]

    @pytest.mark.parametrize("address", ["http://127.0.0.1:9/x.png", "https://example.org/x.png", "file:///etc/passwd", "ftp://x/y.png"])
    def test_no_address_is_fetched(self, api, address):
        check_error(read(api, image={"url": address}, consent=True), 400, "url_not_allowed")

    def test_a_field_takes_its_own_kind(self, api):
        check_error(read(api, video={"url": data_url(png())}, consent=True), 400, "wrong_modality", "video.url")

    def test_plain_words_of_despair_bring_the_help_text(self, api):
        assert "112" in read(api, text="I want to die").json()["help"]
        assert "help" not in read(api, text="this movie killed me").json()


class TestConsent:
    def test_without_it_no_analyser_of_voice_or_face_is_called(self, api, spoken, counted):
        check_error(read(api, text="hello", audio={"data": spoken, "format": "wav"}), 403, "consent_required")
        check_error(read(api, image={"url": data_url(png())}), 403, "consent_required")
        assert newest(api)["outcome"] == "consent_required"
        told = ask(api, [sound(spoken)]).json()
        assert "emotion" not in told["trace"]
        ask(api, [{"type": "text", "text": "I am so angry, my kettle is broken"}])
        assert set(counted.values()) == {0}

    def test_it_holds_for_its_conversation_until_it_is_taken_back(self, api, counted):
        chat = api.post("/v1/conversations", json={"consent": True}).json()

        def said(**metadata):
            return ask(api, "I am so sad, my kettle broke", metadata={"conversation": chat["id"], **metadata}).json()

        agreed = said()
        assert agreed["trace"]["emotion"]["fused"]["label"] == "sadness"
        assert counted["text"] == 1
        assert newest(api)["why"] == "tone"
        assert "emotion" not in said(consent="false")["trace"]
        api.patch(f"/v1/conversations/{chat['id']}", json={"consent": False})
        assert api.get(f"/v1/conversations/{chat['id']}").json()["consent"] is False
        assert "emotion" not in said()["trace"]
        assert counted["text"] == 1

    def test_the_persons_own_voice_is_read_and_an_attached_sound_is_not(self, api, spoken, counted):
        own = ask(api, [sound(spoken)], metadata={"consent": "true"}).json()
        assert "audio" in own["trace"]["emotion"]["modalities"]
        assert counted["audio"] == 1
        file = {"type": "file", "file": {"filename": "song.wav", "file_data": data_url(base64.b64decode(spoken), "audio/wav")}}
        given = ask(api, [{"type": "text", "text": "hello"}, file], metadata={"consent": "true"}).json()
        assert set(given["trace"]["emotion"]["modalities"]) == {"text"}
        assert counted["audio"] == 1

    def test_nothing_that_was_read_is_stored_unless_asked(self, api):
        chat = api.post("/v1/conversations", json={"consent": True}).json()["id"]
        words = "I am so sad, and everything is broken"
        ask(api, words, metadata={"conversation": chat})
        ask(api, f'How does this sound: "{words}"', metadata={"conversation": chat})
        told = json.dumps(api.get(f"/v1/conversations/{chat}/messages").json())
        assert "distribution" not in told
        assert "uncertainty" not in told
        folder = api.assistant.settings.data_dir
        held = b"".join(path.read_bytes() for path in folder.glob("*.db*"))
        assert words.encode() in held  # what was said is kept, as ever
        for trace in (b"distribution", b"uncertainty", b"disagreement"):
            assert trace not in held
        ask(api, words, metadata={"conversation": chat, "keep": "true"})
        kept = api.get(f"/v1/conversations/{chat}/messages").json()["data"][-1]
        assert kept["trace"]["emotion"]["fused"]["label"] == "sadness"

    def test_a_reading_is_kept_as_a_file_when_asked(self, api):
        made = read(api, text="I am so happy", keep=True).json()
        kept = json.loads(api.get(f"/v1/files/{made['file_id']}/content").content)
        assert kept["fused"]["label"] == "joy"
        assert api.delete(f"/v1/files/{made['file_id']}").json()["deleted"]


class TestDeployment:
    def test_voice_and_face_are_closed_on_every_path(self, work, spoken):
        with counting(work) as calls:
            check_error(read(work, audio={"data": spoken, "format": "wav"}, consent=True), 403, "emotion_forbidden")
            check_error(read(work, image={"url": data_url(png())}, consent=True), 403, "emotion_forbidden")
            check_error(work.post("/v1/conversations", json={"consent": True}), 403, "emotion_forbidden", "consent")
            chat = work.assistant.conversations.create("local", consent=True).id  # agreed to before the deployment was changed
            assert "emotion" not in ask(work, [sound(spoken)], metadata={"conversation": chat, "consent": "true"}).json()["trace"]
            picture = {"type": "image_url", "image_url": {"url": data_url(png())}}
            asked = ask(work, [{"type": "text", "text": "How does the person feel?"}, picture], metadata={"conversation": chat}).json()
            assert "emotion" not in asked["trace"]
            assert set(calls.values()) == {0}
        assert "emotion_forbidden" in {entry["outcome"] for entry in work.get("/v1/audit").json()["data"]}

    def test_words_that_are_handed_over_are_still_read(self, work):
        assert read(work, text="I am so happy").json()["fused"]["label"] == "joy"

    def test_the_policy_says_why(self, api, work):
        assert api.get("/v1/emotion").json() | {"object": ""} == {
            "object": "", "deployment": "personal", "modalities": ["text", "audio", "image"], "allowed": True, "reason": "",
        }  # fmt: skip
        closed = work.get("/v1/emotion?language=zh").json()
        assert closed["modalities"] == ["text"]
        assert "法律" in closed["reason"]


class TestCrisis:
    @pytest.mark.parametrize(("words", "number"), [("I don't want to live anymore", "988"), ("我不想活了", "12356")])
    def test_it_brings_the_fixed_text_without_consent_and_nothing_else(self, api, counted, words, number):
        answer = ask(api, words).json()
        assert number in answer["choices"][0]["message"]["content"]
        assert answer["trace"]["steps"] == []
        assert set(counted.values()) == {0}

    def test_the_next_turn_goes_on_as_before(self, api):
        chat = api.post("/v1/conversations", json={}).json()["id"]
        ask(api, "I want to kill myself", metadata={"conversation": chat})
        assert "112" not in ask(api, "hello", metadata={"conversation": chat}).json()["choices"][0]["message"]["content"]
        assert api.get("/v1/questions").json().get("data", []) == []  # it is nobody's unanswered question


class TestAudit:
    def test_a_person_sees_their_own_and_never_content(self, api):
        read(api, text="a very secret sentence that is sad")
        rows = api.get("/v1/audit?limit=1000").json()["data"]
        assert set(rows[0]) == {"object", "id", "at", "owner", "action", "subject", "why", "modalities", "consent", "deployment", "outcome"}
        assert "secret" not in json.dumps(rows)
        assert b"secret" not in (api.assistant.settings.data_dir / "audit.db").read_bytes()
        first = api.get("/v1/audit?limit=2").json()
        assert first["has_more"]
        assert api.get(f"/v1/audit?before={first['last_id']}&limit=1").json()["first_id"] == first["last_id"] - 1

    def test_those_of_others_are_shown_to_an_admin_alone(self, api):
        store = api.app.state.services.doorkeeper.keys
        (_, anna), (_, root) = store.create("anna"), store.create("root", role="admin")
        try:
            hers, all_of_them = ({"Authorization": f"Bearer {secret}"} for secret in (anna, root))
            api.post("/v1/emotion", json={"text": "hello"}, headers=hers)
            assert {row["owner"] for row in api.get("/v1/audit", headers=hers).json()["data"]} == {"anna"}
            check_error(api.get("/v1/audit?everyone=true", headers=hers), 403)
            assert {"anna", "local"} <= {row["owner"] for row in api.get("/v1/audit?everyone=true", headers=all_of_them).json()["data"]}
        finally:
            store.revoke("anna")
            store.revoke("root")
