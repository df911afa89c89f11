"""The owner's page about other pages, over the real service: a key is made, its line shown, questions seen, the key revoked."""

from __future__ import annotations

import pytest
from own_service import service_here
from streamlit.testing.v1 import AppTest
from test_chat_page import button, everything
from widget_site import FAQ, SITE

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with service_here(tmp_path_factory.mktemp("widgets")) as (api, bound):
        store = api.make_collection("shop")["id"]
        api.import_faq(store, "faq.csv", FAQ.encode())
        yield api, bound


@pytest.fixture
def api(service, monkeypatch):
    client, bound = service
    monkeypatch.setenv("ASSISTANT_API_URL", bound.address)
    monkeypatch.setenv("ASSISTANT_API_TOKEN", bound.token)
    return client


def page(language: str = "en") -> AppTest:
    def script(language: str) -> None:
        import streamlit as st

        from ui.chat import widgets
        from ui.chat.visit import visit

        st.query_params["lang"] = language
        widgets.show(visit())

    return AppTest.from_function(script, default_timeout=30, args=(language,)).run()


def test_an_owner_makes_a_key_sees_the_questions_and_revokes_it(api):
    at = page()
    assert not at.exception
    at.text_input[0].set_value("site")
    at.text_area[0].set_value(f"{SITE}\nhttp://localhost:3000")
    button(at, "Make the key").click().run()
    assert not at.exception
    (key,) = api.publishable_keys()
    assert key["origins"] == [SITE, "http://localhost:3000"]
    assert [code.value for code in at.code] == [key["snippet"]]

    for question in ("How much is shipping?", "Who painted the Mona Lisa?"):
        api._send("POST", f"/v1/widget/{key['key']}/answers", json={"question": question}, headers={"Origin": SITE})
    at = page()
    assert "Who painted the Mona Lisa?" in everything(at)
    assert {metric.label: metric.value for metric in at.metric} == {
        "Questions": "2", "No answer found": "1", "Helpful": "0", "Not helpful": "0", "Today": "2 / 1000",
    }  # fmt: skip
    at.button(key=f"widget-revoke-{key['id']}").click().run()
    assert api.publishable_keys() == []


def test_what_is_wrong_is_said(api):
    at = page()
    at.text_input[0].set_value("bad")
    at.text_area[0].set_value("*")
    button(at, "Make the key").click().run()
    assert "no origin" in at.error[0].value


def test_chinese(api):
    assert "你自己网站上的气泡" in everything(page("zh"))
