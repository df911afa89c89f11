"""Curated answers, open questions and feedback over the real assistant."""

import json

import pytest
from api_app import ask, check_error, running

CSV = "question,answer,paraphrases\nWho are you?,I am Ada of Gale Outdoor.,你是谁\nHow do I return an item?,Send it back within 30 days.,怎么退货\n,x\n"


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running(tmp_path_factory.mktemp("faq")) as client:
        yield client


@pytest.fixture
def store(api, request):
    made = api.post("/v1/vector_stores", json={"name": request.node.name[:60]}).json()["id"]
    yield made
    api.delete(f"/v1/vector_stores/{made}")


def imported(api, store, text=CSV, name="faq.csv"):
    return api.post(f"/v1/vector_stores/{store}/faq/import", files={"file": (name, text.encode())})


def chat(api, store, words, **more):
    return ask(api, words, metadata={"collection": store}, **more).json()


def test_import_list_change_export_delete(api, store):
    done = imported(api, store).json()
    assert (done["added"], done["refused"]) == (2, 1)
    assert done["problems"][0]["line"] == 4
    entries = api.get(f"/v1/vector_stores/{store}/faq").json()["data"]
    assert {entry["question"] for entry in entries} == {"Who are you?", "How do I return an item?"}
    entry = next(e for e in entries if e["question"].startswith("How"))
    path = f"/v1/vector_stores/{store}/faq/{entry['id']}"
    assert api.get(path).json() == entry
    changed = api.patch(path, json={"answer": "Within 60 days."}).json()
    assert (changed["id"], changed["answer"], changed["paraphrases"]) == (entry["id"], "Within 60 days.", ["怎么退货"])
    lines = api.get(f"/v1/vector_stores/{store}/faq/export").text.splitlines()
    assert {json.loads(line)["answer"] for line in lines} == {"I am Ada of Gale Outdoor.", "Within 60 days."}
    again = imported(api, store, api.get(f"/v1/vector_stores/{store}/faq/export", params={"format": "csv"}).text).json()
    assert (again["unchanged"], again["added"], again["updated"]) == (2, 0, 0)
    assert api.delete(path).json()["deleted"]
    check_error(api.get(path), 404)
    assert api.get(f"/v1/vector_stores/{store}").json()["items"] == 1


def test_a_curated_answer_comes_word_for_word_with_its_citation(api, store):
    imported(api, store)
    for words, answer in (("hello, who are you", "I am Ada of Gale Outdoor."), ("怎么退货？", "Send it back within 30 days."),
                          ("How can I return an item?", "Send it back within 30 days.")):  # fmt: skip
        body = chat(api, store, words)
        message = body["choices"][0]["message"]
        assert message["content"] == f"{answer} [1]"
        assert message["annotations"][0]["cited_text"] == answer
        assert body["trace"]["plan"] == ["search"]
        assert not body["trace"]["refused"]


def test_other_questions_are_searched_as_before(api, store):
    imported(api, store)
    assert chat(api, store, "Who was the first emperor of Rome?")["trace"]["refused"]
    assert "Ada" not in chat(api, store, "hello")["choices"][0]["message"]["content"]


def test_route_says_so_before(api):
    store = api.post("/v1/vector_stores", json={"name": "default"}).json().get("id") or "default"
    imported(api, "default", "question,answer\nWho are you?,I am Ada.\n")
    found = api.post("/v1/route", json={"input": "Who are you?"}).json()
    assert found["plan"] == ["search"]
    assert found["route"][0]["score"] == 1.0
    assert api.post("/v1/route", json={"input": "hello"}).json()["plan"] == []
    api.delete(f"/v1/vector_stores/{store}")


def test_the_gap_closes_itself(api, store):
    for words in ("Do you repair tents?", "Can you repair tents", "Do you repair tents?"):
        assert chat(api, store, words)["trace"]["refused"]
    found = api.get(f"/v1/vector_stores/{store}/questions").json()["data"]
    assert (found[0]["count"], found[0]["outcomes"]) == (3, {"refused": 3})
    assert found[0]["latest_at"] > 0
    made = api.post(
        f"/v1/vector_stores/{store}/faq",
        json={"question": found[0]["question"], "answer": "Yes, in our workshop.", "closes": found[0]["question_ids"]},
    )
    assert made.status_code == 200, made.text
    assert api.get(f"/v1/vector_stores/{store}/questions").json()["data"] == []
    cases = api.get(f"/v1/vector_stores/{store}/questions/cases").json()["data"]
    assert {case["question"] for case in cases} == {"Do you repair tents?", "Can you repair tents"}
    lines = api.get(f"/v1/vector_stores/{store}/questions/cases", params={"format": "jsonl"}).text.splitlines()
    assert [json.loads(line) for line in lines] == cases
    for case in cases:
        message = chat(api, store, case["question"])["choices"][0]["message"]
        assert case["expected_answer"] in message["content"]
        assert message["annotations"][0]["title"] == case["expected_sources"][0]


def test_a_thumb_down_opens_the_question_and_up_closes_it(api, store):
    imported(api, store)
    conversation = api.post("/v1/conversations", json={"collections": [store]}).json()["id"]
    ask(api, "How do I return an item?", metadata={"conversation": conversation})
    answer = api.get(f"/v1/conversations/{conversation}/messages").json()["data"][1]
    rated = api.post("/v1/feedback", json={"message_id": answer["id"], "rating": "down", "comment": "too short"}).json()
    assert rated["vector_store_id"] == store
    (cluster,) = api.get(f"/v1/vector_stores/{store}/questions").json()["data"]
    assert (cluster["question"], cluster["comments"]) == ("How do I return an item?", ["too short"])
    shown = api.get(f"/v1/conversations/{conversation}/messages").json()["data"][1]
    assert shown["trace"]["feedback"] == {"rating": "down", "comment": "too short"}
    api.post("/v1/feedback", json={"conversation_id": conversation, "rating": "up"})
    assert api.get(f"/v1/vector_stores/{store}/questions").json()["data"] == []
    api.post("/v1/feedback", json={"message_id": answer["id"], "rating": "none"})
    assert "feedback" not in api.get(f"/v1/conversations/{conversation}/messages").json()["data"][1]["trace"]


def test_questions_go_with_the_conversation_and_with_messages(api, store):
    conversation = api.post("/v1/conversations", json={"collections": [store]}).json()["id"]
    for words in ("Do you repair tents?", "Who was the first emperor of Rome?"):
        ask(api, words, metadata={"conversation": conversation})
    assert len(api.get(f"/v1/vector_stores/{store}/questions").json()["data"]) == 2
    third = api.get(f"/v1/conversations/{conversation}/messages").json()["data"][2]["id"]
    api.delete(f"/v1/conversations/{conversation}/messages/{third}")
    (left,) = api.get(f"/v1/vector_stores/{store}/questions").json()["data"]
    assert left["question"] == "Do you repair tents?"
    api.delete(f"/v1/conversations/{conversation}")
    assert api.get(f"/v1/vector_stores/{store}/questions").json()["data"] == []


def test_feedback_on_a_turn_that_was_not_stored(api, store):
    rated = api.post("/v1/feedback", json={"question": "Why is it so?", "collection": store, "rating": "down"}).json()
    assert api.delete(f"/v1/vector_stores/{store}/questions/{rated['question_id']}").json()["count"] == 1
    check_error(api.delete(f"/v1/vector_stores/{store}/questions/{rated['question_id']}"), 404)


@pytest.mark.parametrize(
    ("body", "status"),
    [({"rating": "down"}, 400), ({"rating": "sideways", "message_id": "msg_1"}, 400), ({"rating": "up", "message_id": "msg_none"}, 404),
     ({"rating": "up", "conversation_id": "conv_none"}, 404)],
)  # fmt: skip
def test_feedback_refusals(api, body, status):
    check_error(api.post("/v1/feedback", json=body), status)


def test_refusals(api, store):
    entry = {"question": "Why?", "answer": "Because."}
    path = f"/v1/vector_stores/{store}/faq"
    made = api.post(path, json=entry).json()
    check_error(api.post(path, json=entry), 409, param="question")
    check_error(api.post(path, json={"question": "?", "answer": "x"}), 400, param="question")
    check_error(api.post(path, json={"question": "How?", "answer": "x", "closes": ["question-none"]}), 404, param="closes")
    check_error(api.post("/v1/vector_stores/nowhere/faq", json=entry), 404)
    check_error(api.patch(f"{path}/faq-none", json={"answer": "x"}), 404)
    other = api.post("/v1/vector_stores", json={"name": "elsewhere"}).json()["id"]
    check_error(api.get(f"/v1/vector_stores/{other}/faq/{made['id']}"), 404, param="entry_id")
    check_error(imported(api, store, "a,b\n1,2\n"), 400, "no_columns")
    check_error(imported(api, store, "x", "faq.exe"), 415)


def test_nothing_is_kept_when_it_is_switched_off(tmp_path):
    with running(tmp_path, keep_questions=False) as api:
        assert ask(api, "Who was the first emperor of Rome?").json()["trace"]["refused"]
        assert api.get("/v1/vector_stores/default/questions").json()["data"] == []
