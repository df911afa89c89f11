"""`/v1/realtime` over a real socket: what a client may send in any order, who may open it, and how it ends."""

import base64
import json
import time
from types import SimpleNamespace

import httpx
import numpy as np
import pytest
from api_app import b64, data_url, png
from own_service import service_here
from realtime_talk import question, talking
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ui.api import realtime_talk as server_side

TEXT = {"output_modalities": ["text"]}
BY_HAND = {"audio": {"input": {"turn_detection": None}}}


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    with service_here(tmp_path_factory.mktemp("realtime")) as (_, bound):
        services = bound.server.config.app.state.services
        with httpx.Client(base_url=bound.address, timeout=60) as http:
            yield SimpleNamespace(address=bound.address, services=services, http=http, token=bound.token, stop=bound.stop)


@pytest.fixture
def talk(here):
    with talking(here.address) as talk:
        yield talk


def eventually(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def closing(act, talk):
    """The code with which the server closes after `act`; None when it only hung up."""
    try:
        act()
        while True:
            talk.next()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


# A session.


def test_the_session_that_begins(talk):
    session = talk.seen[0]["session"]
    assert (session["type"], session["object"], session["model"]) == ("realtime", "realtime.session", "assistant")
    assert session["audio"]["input"]["format"] == {"type": "audio/pcm", "rate": 24_000}
    assert session["audio"]["input"]["turn_detection"]["type"] == "server_vad"
    assert session["expires_at"] > time.time()
    assert talk.update(**TEXT)["output_modalities"] == ["text"]


def test_words_in_and_words_out(talk):
    talk.update(**TEXT)
    item = talk.say("hello")
    talk.send("response.create", response={"metadata": {"topic": "greeting"}})
    done = talk.until("response.done")["response"]
    words = "".join(event["delta"] for event in talk.all("response.output_text.delta"))
    assert words
    assert done["output"][0]["content"][0]["text"] == words
    assert done["metadata"]["topic"] == "greeting"
    assert {event["event"]["type"] for event in talk.all("assistant.turn_event")} >= {"routed", "text_delta", "finished"}
    assert talk.all("assistant.timings")[0]["timings"]["total"] > 0
    assert not talk.all("response.output_audio.delta")
    talk.send("conversation.item.retrieve", item_id=item)
    assert talk.until("conversation.item.retrieved")["item"]["content"] == [{"type": "input_text", "text": "hello"}]


def test_a_command_is_carried_out_and_spoken(here, talk):
    talk.say("turn on the kitchen light")
    talk.send("response.create")
    done = talk.until("response.done")["response"]
    sound = b"".join(base64.b64decode(event["delta"]) for event in talk.all("response.output_audio.delta"))
    assert len(sound) > 24_000
    assert np.abs(np.frombuffer(sound, "<i2")).max() > 1000
    assert max(len(base64.b64decode(event["delta"])) for event in talk.all("response.output_audio.delta")) <= 4800
    assert "".join(event["delta"] for event in talk.all("response.output_audio_transcript.delta")).strip() == (
        done["output"][0]["content"][0]["transcript"].strip()
    )
    done = here.http.get("/v1/devices/log").json()["data"][0]
    assert (done["outcome"], done["action"], "kitchen" in done["device"]) == ("confirmed", "on", True), done


def test_one_response_may_be_written_in_a_spoken_session(talk):
    talk.say("hello")
    talk.send("response.create", response={"output_modalities": ["text"]})
    assert talk.until("response.done")["response"]["output_modalities"] == ["text"]
    assert talk.all("response.output_text.delta")
    talk.say("hello")
    talk.send("response.create")
    assert talk.until("response.done")["response"]["output_modalities"] == ["audio"]


def test_push_to_talk(talk):
    talk.update(**TEXT, **BY_HAND)
    talk.hear(question())
    talk.send("input_audio_buffer.commit")
    committed = talk.until("input_audio_buffer.committed")
    heard = talk.until("conversation.item.input_audio_transcription.completed")
    assert heard["item_id"] == committed["item_id"]
    assert "warranty" in heard["transcript"].lower()
    talk.send("response.create")
    assert talk.until("response.done")["response"]["status"] == "completed"
    assert "input_audio_buffer.speech_started" not in talk.kinds()[: talk.kinds().index("input_audio_buffer.committed")]


def test_what_was_cleared_is_not_heard(talk):
    talk.update(**BY_HAND)
    talk.hear(question())
    talk.send("input_audio_buffer.clear")
    talk.until("input_audio_buffer.cleared")
    talk.send("input_audio_buffer.commit")
    assert talk.refused()["code"] == "input_audio_buffer_commit_empty"


@pytest.mark.parametrize("sound", ["silence", "noise", "tone"])
def test_silence_noise_and_tones_are_no_items(talk, sound):
    made = {
        "silence": np.zeros(48_000), "noise": np.random.default_rng(1).normal(0, 1200, 48_000),
        "tone": np.sin(np.arange(48_000) / 6) * 9000,
    }[sound]  # fmt: skip
    talk.hear(made)
    talk.send("input_audio_buffer.commit")
    assert talk.until("conversation.item.input_audio_transcription.completed")["transcript"] == ""
    talk.until("conversation.item.deleted")
    assert not talk.all("input_audio_buffer.speech_started")
    assert not talk.all("response.created")


def test_a_transcription_session_answers_nothing(here):
    with talking(here.address, "intent=transcription") as talk:
        assert talk.seen[0]["session"]["type"] == "transcription"
        talk.hear(question(silence=1.5))
        assert "warranty" in talk.until("conversation.item.input_audio_transcription.completed")["transcript"].lower()
        talk.say("hello")
        assert "response.created" not in talk.kinds()


@pytest.mark.parametrize(("kind", "rate"), [("audio/pcm", 16_000), ("audio/pcmu", 8000)])
def test_other_formats(talk, kind, rate):
    from ui.api.realtime_sound import Format, SoundOut

    form = {"type": kind, "rate": rate}
    talk.update(audio={"input": {"format": form, "turn_detection": None}, "output": {"format": form}})
    data = SoundOut(Format(kind, rate))(question().astype("<i2").tobytes())
    talk.send("input_audio_buffer.append", audio=b64(data))
    talk.send("input_audio_buffer.commit")
    assert talk.until("conversation.item.input_audio_transcription.completed")["transcript"]
    talk.send("response.create")
    talk.until("response.done")
    said = sum(len(base64.b64decode(event["delta"])) for event in talk.all("response.output_audio.delta"))
    assert said / rate / (2 if kind == "audio/pcm" else 1) > 0.5


def test_a_picture_is_seen(talk):
    talk.update(**TEXT)
    parts = [{"type": "input_text", "text": "what colour is this?"}, {"type": "input_image", "image_url": data_url(png("red"))}]
    talk.send("conversation.item.create", item={"type": "message", "role": "user", "content": parts})
    talk.send("response.create")
    assert "red" in talk.until("response.done")["response"]["output"][0]["content"][0]["text"].lower()


def test_items_are_made_named_and_deleted(talk):
    item = {"id": "mine", "type": "message", "role": "user", "content": [{"type": "input_text", "text": "hello"}]}
    talk.send("conversation.item.create", item=item)
    assert talk.until("conversation.item.done")["item"]["id"] == "mine"
    talk.send("conversation.item.create", item=item | {"id": "first"}, previous_item_id="root")
    assert talk.until("conversation.item.done")["previous_item_id"] is None
    talk.send("conversation.item.delete", item_id="mine")
    assert talk.until("conversation.item.deleted")["item_id"] == "mine"


# What goes wrong is said, and the session goes on.

PART = {"type": "input_text", "text": "x"}
MESSAGE = {"type": "message", "role": "user", "content": [PART]}
WRONG = [
    ({"type": "nonsense"}, "unknown_event"), ({}, "unknown_event"), ({"type": 5}, "unknown_event"), ({"type": ["session.update"]}, "unknown_event"),
    ({"type": "session.update"}, "invalid_request"), ({"type": "session.update", "session": {"voice_": 1}}, "invalid_request"),
    ({"type": "session.update", "session": {"model": "gpt-realtime"}}, "model_not_found"),
    ({"type": "session.update", "session": {"tools": [{"type": "function", "name": "f"}]}}, "tools_not_supported"),
    ({"type": "input_audio_buffer.append"}, "invalid_audio"), ({"type": "input_audio_buffer.append", "audio": "%%"}, "invalid_audio"),
    ({"type": "input_audio_buffer.append", "audio": b64(b"abc")}, "invalid_audio"),
    ({"type": "input_audio_buffer.commit"}, "input_audio_buffer_commit_empty"),
    ({"type": "conversation.item.create"}, "invalid_request"), ({"type": "conversation.item.create", "item": {"type": "message"}}, "item_not_supported"),
    ({"type": "conversation.item.create", "item": MESSAGE | {"role": "assistant"}}, "item_not_supported"),
    ({"type": "conversation.item.create", "item": {"type": "function_call_output", "call_id": "c", "output": "x"}}, "item_not_supported"),
    ({"type": "conversation.item.create", "item": MESSAGE | {"content": [{"type": "input_video"}]}}, "item_not_supported"),
    ({"type": "conversation.item.create", "item": MESSAGE | {"content": [{"type": "input_image", "image_url": "http://x/y.png"}]}}, "url_not_allowed"),
    ({"type": "conversation.item.create", "item": MESSAGE | {"content": [{"type": "input_image", "image_url": data_url(b"no picture")}]}}, "unreadable"),
    ({"type": "conversation.item.create", "item": MESSAGE, "previous_item_id": "nobody"}, "item_not_found"),
    ({"type": "conversation.item.create", "item": MESSAGE | {"content": [PART] * 99}}, "invalid_request"),
    ({"type": "conversation.item.retrieve", "item_id": "nobody"}, "item_not_found"), ({"type": "conversation.item.delete"}, "item_not_found"),
    ({"type": "conversation.item.truncate", "item_id": "nobody", "content_index": 0, "audio_end_ms": 0}, "item_not_found"),
    ({"type": "response.cancel"}, "response_cancel_not_active"), ({"type": "response.cancel", "response_id": "resp_x"}, "response_cancel_not_active"),
    ({"type": "response.create"}, "nothing_to_answer"), ({"type": "response.create", "response": []}, "invalid_request"),
    ({"type": "response.create", "response": {"conversation": "none"}}, "not_supported"),
    ({"type": "response.create", "response": {"metadata": {"a": 1}}}, "invalid_request"),
]  # fmt: skip


def test_wrong_events(talk):
    for n, (event, code) in enumerate(WRONG):
        talk.socket.send(json.dumps(event | {"event_id": f"mine_{n}"}))
        error = talk.refused()
        assert (error["event_id"], error["type"]) == (f"mine_{n}", "invalid_request_error"), (event, error)
        assert error["code"] == code or (code == "invalid_request" and event.get("response") == []), (event, error)
        assert error["message"]
    assert talk.update(**TEXT)["output_modalities"] == ["text"]


@pytest.mark.parametrize(
    "message", ["", "no json", "[]", "NaN", '{"type":"session.update","type":"x"}', "[" * 5000, b"\0\1\2", '{"a":"\\ud800"}']
)
def test_what_is_no_event(talk, message):
    talk.socket.send(message)
    assert talk.refused()["type"] == "invalid_request_error"
    talk.update(**TEXT)


def test_a_second_response_waits_for_its_turn(talk):
    talk.say("tell me what you can do")
    talk.send("response.create")
    talk.until("response.created")
    talk.send("response.create", event_id="second")
    assert (error := talk.refused())["code"] == "conversation_already_has_active_response"
    assert error["event_id"] == "second"
    talk.send("response.cancel")
    done = talk.until("response.done")["response"]
    assert (done["status"], done["status_details"]) == ("cancelled", {"type": "cancelled", "reason": "client_cancelled"})
    talk.say("hello")
    talk.send("response.create")
    assert talk.until("response.done")["response"]["status"] == "completed"


def test_a_spoken_answer_is_cut_where_the_client_stopped(talk):
    item = talk.say("hello")
    talk.send("response.create")
    answer = talk.until("response.done")["response"]["output"][0]["id"]
    for wrong, code in ((item, "invalid_request"), (answer, "invalid_request")):
        talk.send("conversation.item.truncate", item_id=wrong, content_index=0, audio_end_ms=10**9)
        assert talk.refused()["code"] == code
    talk.send("conversation.item.truncate", item_id=answer, content_index=0, audio_end_ms=100)
    assert talk.until("conversation.item.truncated")["audio_end_ms"] == 100
    talk.send("conversation.item.retrieve", item_id=answer)
    item = talk.until("conversation.item.retrieved")["item"]
    assert item["content"][0]["transcript"] is None
    assert "ms" not in item


def test_a_message_beyond_the_limit_ends_the_session(here):
    message = '{"type":"input_audio_buffer.append","audio":"' + "A" * 100_000_000 + '"}'
    with talking(here.address) as talk:
        assert closing(lambda: talk.socket.send(message), talk) in (1009, None)  # None: the server was gone before it was all sent
    eventually(lambda: here.services.talks.running == 0)


# Its end.


def test_a_client_that_vanishes_frees_its_place(here):
    with talking(here.address) as talk:
        talk.say("tell me what you can do")
        talk.send("response.create")
        talk.until("response.created")
        assert here.services.talks.running == 1
        talk.socket.socket.shutdown(2)
        eventually(lambda: here.services.talks.running == 0)


def test_no_more_sessions_than_may_be(here, monkeypatch):
    monkeypatch.setattr(here.services.talks, "at_once", 1)
    with talking(here.address):
        with pytest.raises(InvalidStatus) as refused, talking(here.address):
            pass
        assert (refused.value.response.status_code, refused.value.response.headers["retry-after"]) == (429, "10")
        assert json.loads(refused.value.response.body)["error"]["code"] == "too_many_sessions"
    eventually(lambda: here.services.talks.running == 0)
    with talking(here.address):
        pass


def test_a_session_has_its_time(here, monkeypatch):
    limits = here.services.settings.limits.model_copy(update={"realtime_seconds": 0.5})
    monkeypatch.setattr(here.services, "settings", here.services.settings.model_copy(update={"limits": limits}))
    with talking(here.address) as talk:
        assert talk.refused()["code"] == "session_expired"
        with pytest.raises(ConnectionClosed) as closed:
            talk.next()
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1000, "session_expired")


def test_a_client_that_does_not_read_is_let_go(here, monkeypatch):
    with talking(here.address) as talk:
        monkeypatch.setattr(server_side, "MOST_WAITING", 0)
        talk.send("input_audio_buffer.clear")
        assert talk.refused()["code"] == "too_slow"
        with pytest.raises(ConnectionClosed) as closed:
            talk.next()
        assert closed.value.rcvd.code == 1008


# Who may open it.


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example", "http://evil.example:8000"])
def test_a_foreign_page_opens_no_socket(here, origin):
    with pytest.raises(InvalidStatus) as refused, talking(here.address, origin=origin):
        pass
    assert refused.value.response.status_code == 403


def test_a_page_of_this_machine_may(here):
    with talking(here.address, origin=here.address, subprotocols=["realtime", "openai-insecure-api-key.any"]) as talk:
        assert talk.socket.subprotocol == "realtime"


def test_a_foreign_name_opens_no_socket(here):
    with pytest.raises(InvalidStatus) as refused, talking(here.address, additional_headers={"Host": "rebound.example"}):
        pass
    assert refused.value.response.status_code == 400 or refused.value.response.status_code == 403


@pytest.mark.parametrize("query", ["model=gpt-realtime", "model=" + "x" * 300])
def test_a_model_that_is_not_served(here, query):
    with pytest.raises(InvalidStatus) as refused, talking(here.address, query):
        pass
    assert refused.value.response.status_code == 404


def test_there_is_no_other_socket(here):
    from websockets.sync.client import connect

    with pytest.raises(InvalidStatus), connect(here.address.replace("http", "ws") + "/v1/chat/completions", proxy=None):
        pass


@pytest.fixture(scope="module")
def alice(here):
    """Her key. From here on the server is locked."""
    return here.services.doorkeeper.keys.create("alice")[1]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer ek_wrong"}])
def test_a_locked_server_wants_a_key(here, alice, headers):
    with pytest.raises(InvalidStatus) as refused, talking(here.address, additional_headers=headers):
        pass
    assert refused.value.response.status_code == 401
    assert json.loads(refused.value.response.body)["error"]["code"] == "invalid_api_key"


def test_a_key_in_the_header_or_as_a_subprotocol(here, alice):
    with talking(here.address, additional_headers={"Authorization": f"Bearer {alice}"}):
        pass
    with talking(here.address, subprotocols=["realtime", f"openai-insecure-api-key.{alice}"], origin="https://her.example") as talk:
        assert talk.socket.subprotocol == "realtime"


def test_a_client_secret_opens_sessions_and_nothing_else(here, alice):
    key = {"Authorization": f"Bearer {alice}"}
    body = {
        "expires_after": {"anchor": "created_at", "seconds": 60},
        "session": {"type": "realtime", **TEXT, "assistant": {"language": "zh"}},
    }
    made = here.http.post("/v1/realtime/client_secrets", json=body, headers=key).json()
    assert made["value"].startswith("ek_")
    assert 0 < made["expires_at"] - time.time() <= 61
    with talking(here.address, subprotocols=["realtime", f"openai-insecure-api-key.{made['value']}"]) as talk:
        session = talk.seen[0]["session"]
        assert (session["output_modalities"], session["assistant"]["language"]) == (["text"], "zh")
    for path in ("/v1/models", "/v1/files", "/v1/realtime/client_secrets"):
        answer = here.http.request(
            "POST" if "secret" in path else "GET", path, headers={"Authorization": f"Bearer {made['value']}"}, json={}
        )
        assert answer.status_code == 401
    for wrong in ({"expires_after": {"seconds": 5}}, {"session": {"type": "x"}}, {"nonsense": 1}):
        assert here.http.post("/v1/realtime/client_secrets", json=wrong, headers=key).status_code == 400


def test_the_end_of_the_server_ends_sessions(here):
    with talking(here.address, additional_headers={"Authorization": f"Bearer {here.token}"}) as talk:
        talk.say("tell me what you can do")
        talk.send("response.create")
        talk.until("response.created")
        assert closing(here.stop, talk) == 1012
    eventually(lambda: here.services.talks.running == 0)
