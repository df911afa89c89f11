"""The chat page against a small real server: every path a person takes, and every way an answer can end."""

from __future__ import annotations

from pathlib import Path

import pytest
from chat_service import picture
from streamlit.testing.v1 import AppTest

import ui.chat

PAGE = str(Path(ui.chat.__file__).with_name("page.py"))
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def service(server, monkeypatch):
    server.conversations.clear()
    server.bodies.clear()
    server.cancelled.clear()
    server.refuse_uploads = False
    monkeypatch.setenv("ASSISTANT_API_URL", server.address)
    return server


def page(**query: str) -> AppTest:
    at = AppTest.from_file(PAGE, default_timeout=20)
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def everything(at: AppTest) -> str:
    kinds = ("markdown", "text", "caption", "title", "subheader", "error", "warning", "info", "code")
    return "\n".join(str(e.value) for kind in kinds for e in at.get(kind))


def button(at: AppTest, words: str):
    return next(b for b in at.button if words in b.label)


def test_the_first_visit_offers_four_things_that_work(service):
    at = page()
    assert not at.exception
    labels = [b.label for b in at.button]
    for words in ("What can you do?", "What does the warranty cover?", "Find a red jacket", "Draw a blue dog"):
        assert words in labels
    assert "bundled models, offline" in everything(at)
    assert service.conversations == {}


def test_asking_shows_the_steps_the_answer_and_its_sources(service):
    at = page()
    at.chat_input[0].set_value("What does the warranty cover?").run()
    assert not at.exception
    shown = everything(at)
    assert "What does the warranty cover?" in shown
    assert "It lasts two years [1](#cite-" in shown
    assert any("Searched your documents" in s.label and "4 ms" in s.label for s in at.status)
    assert any(("warranty" in b.label and "p\\. 3" in b.label) or "p. 3" in b.label for b in at.button)
    assert service.bodies[0]["stream"] is True
    assert at.query_params["c"] == [next(iter(service.conversations))] or at.query_params["c"] == next(iter(service.conversations))


def test_a_suggestion_asks(service):
    at = page()
    button(at, "Draw a blue dog").click().run()
    assert not at.exception
    assert "Here is a blue dog." in everything(at)
    assert len(at.get("image")) == 1
    assert "a blue dog" in everything(at)


def test_an_attachment_travels_as_a_part_and_is_shown(service):
    at = page()
    at.chat_input[0].set_value("What is this dog?").upload("photo.png", picture(), "image/png").run()
    assert not at.exception
    parts = service.bodies[0]["messages"][0]["content"]
    assert [p["type"] for p in parts] == ["text", "file"]
    assert parts[1]["file"]["filename"] == "photo.png"
    assert parts[1]["file"]["file_data"].startswith("data:image/png;base64,")
    assert len(at.get("image")) == 2


def test_a_refusal_looks_different_and_says_what_was_searched(service):
    at = page()
    at.multiselect(key="collections").set_value(["vs_1"])
    at.chat_input[0].set_value("How far is the moon?").run()
    shown = everything(at)
    assert "Not found in what you gave me" in shown
    assert "Searched: default" in shown


def test_what_was_not_found_is_looked_for_in_all_collections_at_a_press(service):
    service.collections["vs_2"] = {"id": "vs_2", "name": "invoices", "items": 8, "file_counts": {"total": 8}}
    service.collections["vs_3"] = {"id": "vs_3", "name": "empty", "items": 0, "file_counts": {"total": 0}}
    try:
        at = page()
        at.chat_input[0].set_value("How far is the moon?").run()
        button(at, "Look in all 2 collections").click().run()
        assert not at.exception
        chat = next(iter(service.conversations.values()))
        assert chat["collections"] == ["vs_1", "vs_2"]
        assert [m["role"] for m in chat["messages"]] == ["user", "assistant"], "the question was asked anew, not twice"
        assert len(service.bodies) == 2
        assert at.multiselect(key="collections").value == ["vs_1", "vs_2"]
        assert not [b for b in at.button if "Look in all" in b.label], "there is nowhere else to look"
    finally:
        del service.collections["vs_2"], service.collections["vs_3"]


def test_history_is_listed_and_opened(service):
    old = service.begin("A blue dog")
    service.say(old, "user", "Draw a blue dog")
    service.say(old, "assistant", "Here it is.")
    at = page()
    button(at, "A blue dog").click().run()
    assert not at.exception
    assert "Here it is." in everything(at)
    at = page(c=old)
    assert "Here it is." in everything(at)


def test_search_narrows_the_history(service):
    service.begin("Warranty question")
    service.begin("A blue dog")
    at = page()
    at.text_input(key="query").set_value("dog").run()
    labels = [b.label for b in at.button]
    assert "A blue dog" in labels
    assert "Warranty question" not in labels


@pytest.mark.parametrize(("state", "words"), [("interrupted", "Stopped before"), ("failed", "The turn failed")])
def test_an_answer_that_ended_badly_says_so(service, state, words):
    chat = service.begin("x")
    service.say(chat, "user", "question")
    error = {"error": {"message": "The turn failed. Try again.", "hint": "Try again."}} if state == "failed" else {}
    service.say(chat, "assistant", "half an ans", state=state, trace=error)
    at = page(c=chat)
    assert not at.exception
    assert words in everything(at)
    assert "half an ans" in everything(at)


def test_an_answer_of_another_window_is_waited_for(service):
    chat = service.begin("x")
    service.say(chat, "user", "question")
    service.say(chat, "assistant", "", state="running")
    at = page(c=chat)
    assert not at.exception
    assert "Still working on this answer" in everything(at)


def test_a_failure_in_the_middle_is_a_sentence(service):
    at = page()
    at.chat_input[0].set_value("break please").run()
    assert not at.exception
    assert "The turn failed" in everything(at)


def test_a_refused_request_keeps_what_was_typed_and_offers_to_send_again(service):
    at = page()
    at.chat_input[0].set_value("this is too much").run()
    assert not at.exception
    assert "Too many turns" in everything(at)
    assert "this is too much" in everything(at)
    assert button(at, "Send again")


def test_a_chat_that_is_gone_becomes_a_new_one(service):
    at = page(c="conv_gone")
    assert not at.exception
    assert "What can you do?" in [b.label for b in at.button]


def test_hostile_words_stay_words(service):
    at = page()
    at.chat_input[0].set_value("be hostile").run()
    answer = next(m.value for m in at.markdown if "pixel.png" in m.value)
    assert "\\[x\\](http" in answer
    assert "](javascript" not in answer.replace("\\](javascript", "")
    assert all(not m.allow_html for m in at.markdown)


def test_regenerate_asks_the_same_again(service):
    at = page()
    at.chat_input[0].set_value("What does the warranty cover?").run()
    button(at, "Regenerate").click().run()
    assert not at.exception
    chat = next(iter(service.conversations.values()))
    assert [m["role"] for m in chat["messages"]] == ["user", "assistant"]
    assert len(service.bodies) == 2


def test_chinese_from_the_address(service):
    at = page(lang="zh")
    assert not at.exception
    labels = [b.label for b in at.button]
    assert "画一只蓝色的狗" in labels
    assert "新对话" in labels


def test_choices_of_a_new_chat_go_with_its_first_turn(service):
    at = page()
    at.multiselect(key="collections").set_value(["vs_1"])
    at.toggle(key="consent").set_value(True).run()
    at.chat_input[0].set_value("hello").run()
    assert not at.exception
    chat = next(iter(service.conversations.values()))
    assert chat["collections"] == ["vs_1"]
    assert chat["consent"] is True
    assert at.toggle(key="consent").value is True
    at.toggle(key="consent").set_value(False).run()
    assert chat["consent"] is False


def test_a_service_that_is_down_is_explained(monkeypatch):
    monkeypatch.setenv("ASSISTANT_API_URL", "http://127.0.0.1:9")
    at = page(c="conv_1")
    assert not at.exception
    assert "does not answer" in everything(at)
    assert "assistant serve" in everything(at)


def test_a_source_opens(service):
    at = page()
    at.chat_input[0].set_value("What does the warranty cover?").run()
    next(b for b in at.button if b.key and b.key.startswith("source-")).click().run()
    assert not at.exception
    assert "Two years from the day of purchase." in everything(at)


def knowledge() -> None:
    from ui.chat import knowledge, visit

    knowledge.show(visit.visit())


def settings() -> None:
    from ui.chat import about, visit

    about.show(visit.visit())


def test_knowledge_lists_what_is_there(service):
    at = AppTest.from_function(knowledge, default_timeout=20).run()
    assert not at.exception
    shown = everything(at)
    assert "warranty\\.pdf" in shown
    assert "12 items" in shown
    assert "scanned, text recognised" in shown


def test_knowledge_takes_a_file(service):
    at = AppTest.from_function(knowledge, default_timeout=20).run()
    at.file_uploader[0].upload("a_[x](y).txt", b"hello", "text/plain").run()
    assert not at.exception
    assert service.attached["vs_1"][-1]["filename"] == "a_[x](y).txt"
    assert "a\\_\\[x\\]\\(y\\)" in everything(at)


def test_knowledge_says_why_a_file_was_refused(service):
    service.refuse_uploads = True
    at = AppTest.from_function(knowledge, default_timeout=20).run()
    at.file_uploader[0].upload("virus.exe", b"MZ", "application/octet-stream").run()
    assert not at.exception
    assert "is not read" in everything(at)
    assert "Send a document" in everything(at)


def test_knowledge_takes_an_address_and_says_why_one_is_refused(service):
    at = AppTest.from_function(knowledge, default_timeout=20).run()
    at.text_input(key="url-0").input("https://example.org/terms.html").run()
    assert not at.exception
    assert service.attached["vs_1"][-1]["filename"] == "terms.html"
    at.text_input(key="url-1").input("http://10.0.0.1/x").run()
    assert not at.exception
    assert "is not fetched" in everything(at)


def test_knowledge_says_how_far_a_file_is(service):
    service.attached["vs_1"].append(
        {"id": "file-8", "filename": "film.mp4", "status": "in_progress", "progress": {"part": 0.4, "stage": "embed"}}
    )
    at = AppTest.from_function(knowledge, default_timeout=20).run()
    assert "40 %" in everything(at)


def removal() -> None:
    from ui.chat import knowledge, visit

    knowledge._remove(visit.visit(), "vs_1", "file-9", "old.txt")


def test_knowledge_says_why_a_file_failed_and_removes_it_after_asking(service):
    service.attached["vs_1"].append({"id": "file-9", "filename": "old.txt", "status": "failed", "last_error": {"message": "It is empty."}})
    at = AppTest.from_function(knowledge, default_timeout=20).run()
    assert "It is empty" in everything(at).replace("\\", "")
    at = AppTest.from_function(removal, default_timeout=20).run()
    assert "old\\.txt" in everything(at)
    at.button(key="remove-yes").click().run()
    assert not at.exception
    assert "file-9" not in [f["id"] for f in service.attached["vs_1"]]


def test_settings_shows_what_runs(service):
    at = AppTest.from_function(settings, default_timeout=20).run()
    assert not at.exception
    table = at.dataframe[0].value
    assert "reflex" in table.to_string()
    assert "sample: loading" in everything(at).replace("\\", "")
