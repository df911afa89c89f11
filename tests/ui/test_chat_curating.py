"""The FAQ on the Knowledge page and the thumbs under an answer, against a small real server."""

from __future__ import annotations

import time
from typing import Any

import pytest
from chat_service import Service
from fastapi import Request
from fastapi.responses import PlainTextResponse
from test_chat_page import button, everything, page

pytestmark = pytest.mark.filterwarnings("default")
CLUSTER = {
    "id": "question-1", "question": "Are you open on Sunday?", "count": 3, "outcomes": {"refused": 2, "down": 1}, "latest_at": 1_700_000_000,
    "examples": ["Are you open on Sunday?", "open sundays"], "comments": ["useless"], "question_ids": ["question-1", "question-2"],
}  # fmt: skip


class Curated(Service):
    """The service with the routes of curated answers."""

    def __init__(self) -> None:
        self.entries: dict[str, dict[str, Any]] = {}
        self.open: list[dict[str, Any]] = []
        self.closed: list[list[str]] = []
        self.ratings: list[dict[str, Any]] = []
        super().__init__()

    def _routes(self):
        app = super()._routes()
        root = "/v1/vector_stores/{name}"

        @app.get(f"{root}/faq")
        def listed(name: str):
            return {"data": list(self.entries.values())}

        @app.post(f"{root}/faq")
        async def add(name: str, request: Request):
            body = await request.json()
            self.closed.append(body.pop("closes", []))
            entry = {"id": f"faq-{len(self.entries)}", "paraphrases": [], **body}
            self.entries[entry["id"]] = entry
            self.open = [] if self.closed[-1] else self.open
            return entry

        @app.get(f"{root}/faq/export")
        def export(name: str):
            return PlainTextResponse("question,answer\n")

        @app.patch(root + "/faq/{entry}")
        async def change(name: str, entry: str, request: Request):
            self.entries[entry] |= await request.json()
            return self.entries[entry]

        @app.delete(root + "/faq/{entry}")
        def delete(name: str, entry: str):
            return self.entries.pop(entry)

        @app.get(f"{root}/questions")
        def questions(name: str):
            return {"data": self.open}

        @app.delete(root + "/questions/{question}")
        def dismiss(name: str, question: str):
            self.open = []
            return {}

        @app.post("/v1/feedback")
        async def feedback(request: Request):
            body = await request.json()
            self.ratings.append(body)
            for chat in self.conversations.values():
                for message in chat["messages"]:
                    if message["id"] == body["message_id"]:
                        message["trace"]["feedback"] = {"rating": body["rating"], "comment": body["comment"]}
            return body

        return app


@pytest.fixture(scope="module")
def server():
    service = Curated()
    yield service
    service.close()


@pytest.fixture
def service(server, monkeypatch):
    server.conversations.clear()
    server.entries.clear()
    server.closed.clear()
    server.ratings.clear()
    server.open = []
    monkeypatch.setenv("ASSISTANT_API_URL", server.address)
    return server


def curated(service, view: str, language: str = "en"):
    """The view of the Knowledge page, drawn by a script of its own: the pages of the navigation are not reached by AppTest."""
    from streamlit.testing.v1 import AppTest

    def script(view: str, language: str) -> None:
        import streamlit as st

        from ui.chat import curating
        from ui.chat.visit import visit

        st.query_params["lang"] = language
        (curating.entries if view == "faq" else curating.open_questions)(visit(), "vs_1")

    return AppTest.from_function(script, default_timeout=20, args=(view, language)).run()


def test_an_entry_is_added_listed_and_changed(service):
    at = curated(service, "faq")
    assert "No curated answers yet" in everything(at)
    at.text_input[0].set_value("Who are you?")
    at.text_area[0].set_value("Ada.")
    at.text_area[1].set_value("你是谁\n\nyour name?")
    button(at, "Save").click().run()
    assert not at.exception
    (entry,) = service.entries.values()
    assert (entry["question"], entry["answer"], entry["paraphrases"]) == ("Who are you?", "Ada.", ["你是谁", "your name?"])
    assert "Ada." in everything(at)
    at.text_area[2].set_value("Ada of Gale.")
    [b for b in at.button if b.label == "Save"][1].click().run()
    assert not at.exception
    assert service.entries["faq-0"]["answer"] == "Ada of Gale."


def test_an_open_question_is_shown_and_answered(service):
    service.open = [dict(CLUSTER)]
    at = curated(service, "open")
    shown = everything(at)
    assert "Are you open on Sunday?" in shown
    assert "2× not found" in shown
    assert "1× rated down" in shown
    assert time.strftime("%Y-%m-%d", time.localtime(CLUSTER["latest_at"])).replace("-", "-") in shown
    assert "open sundays" in shown
    assert "useless" in shown
    at.text_area[0].set_value("From 10 to 16.")
    button(at, "Answer").click().run()
    assert not at.exception
    assert service.closed == [["question-1", "question-2"]]
    assert service.entries["faq-0"]["answer"] == "From 10 to 16."
    assert "No open questions" in everything(at)


def test_an_open_question_is_dismissed(service):
    service.open = [dict(CLUSTER)]
    at = curated(service, "open")
    button(at, "Dismiss").click().run()
    assert not at.exception
    assert service.open == []
    assert service.entries == {}


def test_in_chinese(service):
    service.open = [dict(CLUSTER)]
    assert "2 次未找到" in everything(curated(service, "open", "zh"))
    assert "还没有整理好的答案" in everything(curated(service, "faq", "zh"))


def test_after_a_thumb_down_the_page_asks_what_was_wrong(service):
    chat = service.begin("Shop")
    service.say(chat, "user", "Where?")
    answer = service.say(chat, "assistant", "In Oslo.", trace={"feedback": {"rating": "down", "comment": ""}})
    at = page(c=chat)
    assert not at.exception
    assert len(at.get("feedback")) == 1
    at.text_area[0].set_value("too short")
    button(at, "Save").click().run()
    assert not at.exception
    assert service.ratings == [{"message_id": answer["id"], "rating": "down", "comment": "too short"}]


def test_an_answer_that_was_not_rated_has_thumbs_and_no_box(service):
    chat = service.begin("Shop")
    service.say(chat, "user", "Where?")
    service.say(chat, "assistant", "In Oslo.")
    at = page(c=chat)
    assert len(at.get("feedback")) == 1
    assert not at.text_area
