"""`/v1/chat/completions` and `/v1/responses` over the real assistant."""

import json

import pytest
from api_app import WARRANTY, ask, b64, data_url, events, ingest, pdf, png, running, wav

QUESTION = "what does the warranty of the Gale G40 cover?"


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running(tmp_path_factory.mktemp("chat")) as client:
        store = client.post("/v1/vector_stores", json={"name": "kettles"}).json()["id"]
        ingest(client, store, "gale_g40.md", WARRANTY)
        yield client


def test_small_talk_has_the_shape_of_openai(api):
    body = ask(api, "hello").json()
    assert (body["object"], body["model"]) == ("chat.completion", "assistant")
    choice = body["choices"][0]
    assert (choice["index"], choice["finish_reason"], choice["message"]["role"]) == (0, "stop", "assistant")
    assert choice["message"]["content"]
    assert choice["message"]["annotations"] == []
    assert {"prompt_tokens", "completion_tokens", "total_tokens"} <= set(body["usage"])
    assert body["trace"]["plan"] == []
    assert body["trace"]["timings_ms"]["total"] > 0


@pytest.mark.parametrize("how", ["metadata", "header", "id"])
def test_a_grounded_answer_cites(api, how):
    store = api.get("/v1/vector_stores/kettles").json()["id"]
    extra = {"metadata": {"collection": store if how == "id" else "kettles"}} if how != "header" else {}
    api.headers.pop("X-Collection", None)
    if how == "header":
        api.headers["X-Collection"] = "kettles"
    body = ask(api, QUESTION, **extra).json()
    api.headers.pop("X-Collection", None)
    message = body["choices"][0]["message"]
    assert "two years" in message["content"]
    assert "[1]" in message["content"]
    citation = message["annotations"][0]
    assert {"type", "index", "item_id", "title", "modality", "locator", "cited_text", "score"} <= set(citation)
    assert (citation["type"], citation["index"]) == ("citation", 1)
    assert api.get(f"/v1/items/{citation['item_id']}").json()["modality"] == "text"
    assert {"tool", "score", "reason"} <= set(body["trace"]["route"][0])
    assert {"tool", "arguments", "ok", "ms", "error"} <= set(body["trace"]["steps"][0])


def test_what_the_collection_cannot_answer_is_refused(api):
    body = ask(api, "who won the 1954 chess championship in Reykjavik?", metadata={"collection": "kettles"}).json()
    assert body["trace"]["refused"] is True
    assert body["choices"][0]["message"]["annotations"] == []


def test_a_stream_has_role_first_then_deltas_then_finish_usage_done(api):
    answer = ask(api, QUESTION, stream=True, stream_options={"include_usage": True}, metadata={"collection": "kettles"})
    found = events(answer)
    assert found[-1] == "[DONE]"
    chunks = found[:-1]
    assert {c["object"] for c in chunks} == {"chat.completion.chunk"}
    assert len({c["id"] for c in chunks}) == 1
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["total_tokens"] >= 0
    deltas = [c["choices"][0] for c in chunks[:-1]]
    assert [d["finish_reason"] for d in deltas if d["finish_reason"]] == ["stop"]
    assert deltas[-1]["finish_reason"] == "stop"
    text = "".join(d["delta"].get("content") or "" for d in deltas)
    whole = ask(api, QUESTION, metadata={"collection": "kettles"}).json()
    assert text == whole["choices"][0]["message"]["content"]
    cited = [d["delta"]["annotations"] for d in deltas if "annotations" in d["delta"]]
    assert cited[0][0]["type"] == "citation"
    traces = [c["trace"] for c in chunks if "trace" in c]
    kinds = [t["event"]["type"] for t in traces if "event" in t]
    assert kinds.index("routed") < kinds.index("tool_started") < kinds.index("tool_finished") < kinds.index("cited")
    assert any("route" in t for t in traces)
    assert any("steps" in t for t in traces)
    assert traces[-1]["timings_ms"]["total"] > 0


def test_a_history_is_read_and_the_last_message_is_the_turn(api):
    history = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": None},
        {"role": "assistant", "content": [{"type": "text", "text": "Hi!"}]},
        {"role": "user", "content": QUESTION},
    ]
    body = {
        "model": "assistant",
        "messages": history,
        "metadata": {"collection": "kettles"},
        "temperature": 0.2,
        "seed": 7,
        "user": "u",
        "stop": ["x"],
    }
    assert "two years" in api.post("/v1/chat/completions", json=body).json()["choices"][0]["message"]["content"]


def test_a_picture_a_sound_and_a_file_are_taken(api):
    look = ask(
        api,
        [
            {"type": "text", "text": "what colour is this picture?"},
            {"type": "image_url", "image_url": {"url": data_url(png("red")), "detail": "low"}},
        ],
    )
    assert look.status_code == 200, look.text
    assert "red" in look.json()["choices"][0]["message"]["content"].lower()
    heard = ask(
        api,
        [
            {"type": "text", "text": "what is said in this recording?"},
            {"type": "input_audio", "input_audio": {"data": b64(wav()), "format": "wav"}},
        ],
    )
    assert heard.status_code == 200, heard.text
    file = {"file_data": data_url(pdf(), "application/pdf"), "filename": "gale.pdf"}
    read = ask(
        api, [{"type": "text", "text": "how long does the warranty last according to this document?"}, {"type": "file", "file": file}]
    )
    assert "two years" in read.json()["choices"][0]["message"]["content"]
    stored = api.post("/v1/files", files={"file": ("gale.pdf", pdf())}, data={"purpose": "user_data"}).json()["id"]
    again = ask(
        api,
        [
            {"type": "text", "text": "how long does the warranty last according to this document?"},
            {"type": "file", "file": {"file_id": stored}},
        ],
    )
    assert "two years" in again.json()["choices"][0]["message"]["content"]
    citation = again.json()["choices"][0]["message"]["annotations"][0]
    for path in ("", "/content", "/evidence"):
        assert api.get(f"/v1/items/{citation['item_id']}{path}").status_code == 200
    box = ",".join(str(number) for number in citation["locator"]["bbox"])
    shown = api.get(f"/v1/files/{citation['file_id']}/evidence", params={"page": citation["locator"]["page"], "bbox": box})
    assert shown.headers["content-type"] == "image/png"


@pytest.mark.parametrize("stream", [False, True])
def test_a_drawn_picture_comes_as_an_image(api, stream):
    answer = ask(api, "draw a blue circle on a white background", stream=stream)
    if stream:
        deltas = [c["choices"][0]["delta"] for c in events(answer)[:-1] if c["choices"]]
        images = [image for delta in deltas for image in delta.get("images", [])]
    else:
        images = answer.json()["choices"][0]["message"]["images"]
    assert images[0]["type"] == "image_url"
    assert images[0]["image_url"]["url"].startswith("data:image/png;base64,")
    assert images[0]["recipe"]["prompt"]
    assert api.get(f"/v1/files/{images[0]['file_id']}").json()["recipe"]["seed"] == images[0]["recipe"]["seed"]


def test_a_spoken_answer(api):
    answer = ask(api, "hello", modalities=["text", "audio"], audio={"voice": "alloy", "format": "wav"})
    if "audio" not in answer.json()["choices"][0]["message"]:
        pytest.skip("no synthesizer is installed here")
    audio = answer.json()["choices"][0]["message"]["audio"]
    assert {"id", "data", "expires_at", "transcript"} <= set(audio)
    assert audio["transcript"] == answer.json()["choices"][0]["message"]["content"]


def test_answers_are_json_that_parses_strictly(api):
    body = ask(api, QUESTION, metadata={"collection": "kettles"}).content
    json.loads(body, parse_constant=lambda name: pytest.fail(name))
