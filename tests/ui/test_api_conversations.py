"""Stored conversations, and the responses API, over the real assistant."""

import pytest
from api_app import WARRANTY, ask, check_error, data_url, events, ingest, png, running

QUESTION = "what does the warranty of the Gale G40 cover?"


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running(tmp_path_factory.mktemp("chat")) as client:
        store = client.post("/v1/vector_stores", json={"name": "kettles"}).json()["id"]
        ingest(client, store, "gale_g40.md", WARRANTY)
        yield client


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
        [({"previous_response_id": "resp_x"}, 400), ({"background": True}, 400), ({"tools": [{"type": "web_search"}]}, 400),
         ({"input": []}, 400),
         ({"input": ""}, 400), ({"model": "x"}, 404), ({"conversation": 5}, 400), ({"conversation": "conv_none"}, 404),
         ({"text": {"format": {"type": "json_schema"}}}, 400)],
    )  # fmt: skip
    def test_refusals(self, api, change, status):
        check_error(api.post("/v1/responses", json={"model": "assistant", "input": "hi"} | change), status)

    def test_not_kept(self, api):
        check_error(api.get("/v1/responses/resp_x"), 404)
