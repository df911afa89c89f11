"""The memory on the Settings page and thoughts in the chat, over the real service."""

from __future__ import annotations

import pytest
from awkward_server import AwkwardServer, Reply
from own_service import service_here
from streamlit.testing.v1 import AppTest
from test_chat_page import button, everything, page

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """A real service whose chat model is a server that thinks aloud; (address, token)."""
    with AwkwardServer(lambda body: Reply(words=("It is ", "blue."), thought="the sky is up")) as model:
        chosen = {"models.chat_model": f"openai_http:{model.address}#tiny"}
        with service_here(tmp_path_factory.mktemp("memory"), **chosen) as made:
            yield made


@pytest.fixture
def api(service, monkeypatch):
    client, bound = service
    monkeypatch.setenv("ASSISTANT_API_URL", bound.address)
    monkeypatch.setenv("ASSISTANT_API_TOKEN", bound.token)
    client.switch_memory(True)
    client.forget_facts()
    return client


def memory(language: str = "en") -> AppTest:
    def script(language: str) -> None:
        import streamlit as st

        from ui.chat import memory
        from ui.chat.visit import visit

        st.query_params["lang"] = language
        memory.show(visit())

    return AppTest.from_function(script, default_timeout=20, args=(language,)).run()


def test_facts_are_added_seen_and_forgotten(api):
    at = memory()
    assert not at.exception
    assert "Nothing is kept." in everything(at)
    at.text_input(key="memory-text").set_value("My cat is called Momo.")
    button(at, "Remember").click().run()
    assert not at.exception
    assert [fact["text"] for fact in api.memory()["data"]] == ["My cat is called Momo."]
    assert "My cat is called Momo." in everything(at)
    button(at, "Forget").click().run()
    assert not at.exception
    assert api.memory()["data"] == []


def test_the_switch(api):
    api.add_fact("I live in Bonn")
    at = memory("zh")
    assert at.toggle(key="memory-on").value
    at.toggle(key="memory-on").set_value(False).run()
    assert not at.exception
    assert api.memory()["enabled"] is False
    assert "I live in Bonn" in everything(at)
    assert not [b for b in at.button if b.label == "修改"]


def test_thoughts_are_folded_away_from_the_answer(api):
    at = page()
    at.chat_input[0].set_value("what about the sky, in your opinion?").run()
    assert not at.exception
    (folded,) = [box for box in at.expander if "thought" in box.label]
    assert folded.proto.expanded is False
    assert "the sky is up" in folded.text[0].value
    assert any(m.value == "It is blue." for m in at.markdown)
