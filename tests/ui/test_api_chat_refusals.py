"""What `/v1/chat/completions` refuses, and how it says so."""

import pytest
from api_app import WARRANTY, ask, check_error, ingest, running


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running(tmp_path_factory.mktemp("chat")) as client:
        store = client.post("/v1/vector_stores", json={"name": "kettles"}).json()["id"]
        ingest(client, store, "gale_g40.md", WARRANTY)
        yield client


@pytest.mark.case("J05")
def test_an_unknown_model_names_the_known(api):
    answer = api.post("/v1/chat/completions", json={"model": "gpt-9", "messages": [{"role": "user", "content": "hi"}]})
    error = check_error(answer, 404, "model_not_found", "model")
    assert "assistant" in error["message"]


def test_a_missing_collection_names_the_existing(api):
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
        ({"messages": [{"role": "user", "content": [{}]}]}, "content"),
        ({"messages": [{"role": "user", "content": ["hi"]}]}, "content"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "image_url"),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "input_audio"),
        ({"metadata": {"collection": 5}}, "metadata.collection"), ({"metadata": "x"}, "metadata"),
        ({"stream": "maybe"}, "stream"), ({"model": "m" * 1_000_000}, "model"), ({"model": None}, "model"),
    ],
)  # fmt: skip
@pytest.mark.case("J04", "J05", "J06")
def test_a_bad_field_is_named(api, change, param):
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
@pytest.mark.case("J07")
def test_bad_picture_addresses(api, url, status):
    answer = ask(api, [{"type": "text", "text": "what is this?"}, {"type": "image_url", "image_url": {"url": url}}])
    check_error(answer, status)


def test_a_remote_address_says_what_to_do(api):
    error = check_error(ask(api, [{"type": "image_url", "image_url": {"url": "http://example.com/a.png"}}]), 400, "url_not_allowed")
    assert "data:" in error["message"]


@pytest.mark.case("J08")
def test_an_error_comes_as_a_status_also_when_streaming(api):
    check_error(ask(api, "hi", stream=True, metadata={"collection": "nowhere"}), 404)
    check_error(ask(api, [{"type": "image_url", "image_url": {"url": "ftp://x"}}], stream=True), 400)


@pytest.mark.case("T01")
def test_too_long_a_prompt_is_413_and_says_the_limit(api):
    limit = api.assistant.settings.limits.prompt_chars
    error = check_error(ask(api, "x" * (limit + 1)), 413, "context_length_exceeded")
    assert str(limit) in error["message"]
    check_error(ask(api, "\n" * 1_000_000 + "x"), 413)
    check_error(ask(api, "😀" * 1_000_000), 413)


@pytest.mark.case("J04")
def test_ten_thousand_messages(api):
    messages = [{"role": "user", "content": "hi"}] * 10_000
    check_error(api.post("/v1/chat/completions", json={"model": "assistant", "messages": messages}), 413)


@pytest.mark.parametrize(
    "words", ["a\x00b", "\u202eabc", "\u200bx", "\U000e0041hi", "<script>alert(1)</script>", "e\u0301", "' OR 1=1--", "%s%n{x}"]
)
@pytest.mark.case("T02")
def test_odd_words_are_just_words(api, words):
    assert ask(api, words).status_code == 200


def test_strict_json(api):
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
