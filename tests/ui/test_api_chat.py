"""`/v1/chat/completions` and `/v1/responses` over the real assistant."""

import json

import pytest
from api_app import WARRANTY, ask, b64, check_error, data_url, events, ingest, pdf, png, running, wav

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
    assert again.json()["choices"][0]["message"]["annotations"]


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


class TestConversations:
    def test_a_stored_conversation_remembers_and_is_listed(self, api):
        chat = api.post("/v1/conversations", json={"title": "kettle", "collections": ["kettles"]}).json()["id"]
        first = ask(api, QUESTION, metadata={"conversation": chat}).json()
        assert first["trace"]["conversation"] == chat
        answer = api.post(
            "/v1/chat/completions",
            headers={"X-Conversation": chat},
            json={"model": "assistant", "stream": True, "messages": [{"role": "user", "content": "thanks"}]},
        )
        assert events(answer)[-1] == "[DONE]"
        found = api.get(f"/v1/conversations/{chat}").json()
        assert [m["role"] for m in found["messages"]] == ["user", "assistant", "user", "assistant"]
        assert found["messages"][0]["content"] == QUESTION
        assert found["messages"][1]["annotations"][0]["type"] == "citation"
        assert found["messages"][1]["state"] == "finished"
        assert chat in [c["id"] for c in api.get("/v1/conversations").json()["data"]]
        assert api.get("/v1/conversations", params={"query": "warranty"}).json()["data"][0]["id"] == chat
        second = found["messages"][2]["id"]
        assert api.delete(f"/v1/conversations/{chat}/messages/{second}").json()["deleted"]
        assert len(api.get(f"/v1/conversations/{chat}/messages").json()["data"]) == 2
        assert api.patch(f"/v1/conversations/{chat}", json={"title": "new"}).json()["title"] == "new"
        assert api.delete(f"/v1/conversations/{chat}").json()["deleted"]
        check_error(api.get(f"/v1/conversations/{chat}"), 404)
        check_error(ask(api, "hi", metadata={"conversation": chat}), 404)

    def test_unknown_ones(self, api):
        check_error(ask(api, "hi", metadata={"conversation": "conv_none"}), 404)
        check_error(api.delete("/v1/conversations/conv_none/messages/msg_none"), 404)
        check_error(api.post("/v1/conversations", json={"collections": ["nowhere"]}), 404, "collection_not_found")


class TestRefusals:
    def test_an_unknown_model_names_the_known(self, api):
        answer = api.post("/v1/chat/completions", json={"model": "gpt-9", "messages": [{"role": "user", "content": "hi"}]})
        error = check_error(answer, 404, "model_not_found", "model")
        assert "assistant" in error["message"]

    def test_a_missing_collection_names_the_existing(self, api):
        error = check_error(ask(api, "hi", metadata={"collection": "nowhere"}), 404, "collection_not_found")
        assert "kettles" in error["message"]

    @pytest.mark.parametrize(
        ("change", "param"),
        [
            ({"n": 2}, "n"), ({"n": 0}, "n"), ({"n": -1}, "n"), ({"n": 10**9}, "n"), ({"max_tokens": -1}, "max_tokens"),
            ({"max_tokens": 10**12}, "max_tokens"), ({"temperature": 9}, "temperature"), ({"stop": ["x"] * 10_000}, "stop"),
            ({"tools": [{"type": "function", "function": {"name": "x"}}]}, "tools"), ({"tools": [{}] * 5000}, "tools"),
            ({"functions": [{"name": "x"}]}, "functions"), ({"response_format": {"type": "json_object"}}, "response_format"),
            ({"chat_template": "{{ x }}"}, "chat_template"), ({"modalities": ["video"]}, "modalities[0]"),
            ({"messages": []}, "messages"), ({"messages": "hi"}, "messages"), ({"messages": None}, "messages"),
            ({"messages": [{"role": "wizard", "content": "hi"}]}, "messages[0].role"),
            ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
            ({"messages": [{"role": "user", "content": None}]}, "messages"), ({"messages": [{"role": "user"}]}, "messages"),
            ({"messages": [{"role": "user", "content": ""}]}, "messages"), ({"messages": [{"role": "user", "content": []}]}, "messages"),
            ({"messages": [{"role": "assistant", "content": "hi"}]}, "messages"), ({"messages": ["hi"]}, "messages[0]"),
            ({"messages": [{"role": "user", "content": [{"type": "hologram"}]}]}, "content"),
            ({"messages": [{"role": "user", "content": [{}]}]}, "content"), ({"messages": [{"role": "user", "content": ["hi"]}]}, "content"),
            ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "image_url"),
            ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "input_audio"),
            ({"metadata": {"collection": 5}}, "metadata.collection"), ({"metadata": "x"}, "metadata"),
            ({"stream": "maybe"}, "stream"), ({"model": "m" * 1_000_000}, "model"), ({"model": None}, "model"),
        ],
    )  # fmt: skip
    def test_a_bad_field_is_named(self, api, change, param):
        body = {"model": "assistant", "messages": [{"role": "user", "content": "hi"}]} | change
        answer = api.post("/v1/chat/completions", json=body)
        check_error(answer, 400, param=param)
        assert len(answer.content) < 1000

    @pytest.mark.parametrize(
        ("url", "status"),
        [
            ("http://example.com/a.png", 400), ("https://127.0.0.1/a.png", 400), ("HTTP://[::1]/x", 400), ("javascript:alert(1)", 400),
            ("ftp://x/y", 400), ("file:///etc/passwd", 400), ("data:image/png;base64,!!!!", 400), ("data:image/png,abc", 400),
            ("data:image/png;base64,", 422), ("data:image/svg+xml;base64,PHN2Zy8+", 415), ("data:text/html;base64,PGI+", 415),
            ("", 400), ("data:", 400), ("/v1/files/file-none/content", 404), ("data:image/png;base64," + "A" * 400, 415),
        ],
    )  # fmt: skip
    def test_bad_picture_addresses(self, api, url, status):
        answer = ask(api, [{"type": "text", "text": "what is this?"}, {"type": "image_url", "image_url": {"url": url}}])
        check_error(answer, status)

    def test_a_remote_address_says_what_to_do(self, api):
        error = check_error(ask(api, [{"type": "image_url", "image_url": {"url": "http://example.com/a.png"}}]), 400, "url_not_allowed")
        assert "data:" in error["message"]

    def test_an_error_comes_as_a_status_also_when_streaming(self, api):
        check_error(ask(api, "hi", stream=True, metadata={"collection": "nowhere"}), 404)
        check_error(ask(api, [{"type": "image_url", "image_url": {"url": "ftp://x"}}], stream=True), 400)

    def test_too_long_a_prompt_is_413_and_says_the_limit(self, api):
        limit = api.assistant.settings.limits.prompt_chars
        error = check_error(ask(api, "x" * (limit + 1)), 413, "context_length_exceeded")
        assert str(limit) in error["message"]
        check_error(ask(api, "\n" * 1_000_000 + "x"), 413)
        check_error(ask(api, "😀" * 1_000_000), 413)

    def test_ten_thousand_messages(self, api):
        messages = [{"role": "user", "content": "hi"}] * 10_000
        check_error(api.post("/v1/chat/completions", json={"model": "assistant", "messages": messages}), 413)

    @pytest.mark.parametrize(
        "words", ["a\x00b", "\u202eabc", "\u200bx", "\U000e0041hi", "<script>alert(1)</script>", "e\u0301", "' OR 1=1--", "%s%n{x}"]
    )
    def test_odd_words_are_just_words(self, api, words):
        assert ask(api, words).status_code == 200

    def test_strict_json(self, api):
        for body in (
            b"NaN",
            b'{"model":1e999}',
            b'{"model":"assistant","temperature":Infinity}',
            b'{"a":"\\ud800"}',
            b"\xef\xbb\xbf{}",
            b"",
            b"null",
            b"[" * 100_000,
        ):
            check_error(api.post("/v1/chat/completions", content=body, headers={"content-type": "application/json"}), 400)


class TestResponses:
    def test_whole(self, api):
        body = api.post("/v1/responses", json={"model": "assistant", "input": QUESTION, "metadata": {"collection": "kettles"}}).json()
        assert (body["object"], body["status"]) == ("response", "completed")
        part = body["output"][-1]["content"][0]
        assert (part["type"], body["output"][-1]["type"]) == ("output_text", "message")
        assert "two years" in part["text"]
        note = part["annotations"][0]
        assert (note["type"], note["filename"]) == ("file_citation", "gale_g40.md")
        assert part["text"][note["index"] :].startswith("[1]")

    def test_parts_and_history(self, api):
        items = [
            {"role": "user", "content": "hello"},
            {"role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]},
            {
                "type": "message",
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "what colour is this picture?"},
                    {"type": "input_image", "image_url": data_url(png("green"))},
                ],
            },
        ]
        body = api.post("/v1/responses", json={"model": "assistant", "input": items, "instructions": "Be brief."}).json()
        assert "green" in body["output"][-1]["content"][0]["text"].lower()

    def test_stream(self, api):
        answer = api.post(
            "/v1/responses", json={"model": "assistant", "input": QUESTION, "stream": True, "metadata": {"collection": "kettles"}}
        )
        found = events(answer)
        kinds = [e["type"] for e in found]
        assert kinds[:4] == ["response.created", "response.in_progress", "response.output_item.added", "response.content_part.added"]
        assert kinds[-4:] == ["response.output_text.done", "response.content_part.done", "response.output_item.done", "response.completed"]
        assert [e["sequence_number"] for e in found] == list(range(len(found)))
        text = "".join(e["delta"] for e in found if e["type"] == "response.output_text.delta")
        assert text == found[-1]["response"]["output"][-1]["content"][0]["text"]
        assert "event: response.created" in answer.text

    def test_conversation(self, api):
        chat = api.post("/v1/conversations", json={}).json()["id"]
        body = api.post("/v1/responses", json={"model": "assistant", "input": "hello", "conversation": {"id": chat}}).json()
        assert body["conversation"] == {"id": chat}
        assert len(api.get(f"/v1/conversations/{chat}/messages").json()["data"]) == 2

    @pytest.mark.parametrize(
        ("change", "status"),
        [({"previous_response_id": "resp_x"}, 400), ({"background": True}, 400), ({"tools": [{"type": "web_search"}]}, 400), ({"input": []}, 400),
         ({"input": ""}, 400), ({"model": "x"}, 404), ({"conversation": 5}, 400), ({"conversation": "conv_none"}, 404), ({"text": {"format": {"type": "json_schema"}}}, 400)],
    )  # fmt: skip
    def test_refusals(self, api, change, status):
        check_error(api.post("/v1/responses", json={"model": "assistant", "input": "hi"} | change), status)

    def test_not_kept(self, api):
        check_error(api.get("/v1/responses/resp_x"), 404)


def test_answers_are_json_that_parses_strictly(api):
    body = ask(api, QUESTION, metadata={"collection": "kettles"}).content
    json.loads(body, parse_constant=lambda name: pytest.fail(name))
