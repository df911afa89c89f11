"""The page of live voice as it is served: before the assistant stands, under its policy, in both languages, with a word for everything."""

import re

import pytest
from api_app import check_error
from starlette.testclient import TestClient

from assistant.settings import Settings
from ui.api.app import create_app
from ui.live import page

SCRIPTS = {name: page.read(name) for name in page.FILES if name.endswith(".js")}


@pytest.fixture(scope="module")
def api():
    return TestClient(create_app(lambda: None, Settings()), base_url="http://localhost")  # not entered: nothing is started


@pytest.mark.parametrize(("accepted", "word"), [("en-GB", "Hold to talk"), ("zh-CN,zh;q=0.9", "按住说话"), ("", "Hold to talk")])
def test_it_is_served_while_the_assistant_starts(api, accepted, word):
    found = api.get("/voice", headers={"Accept-Language": accepted})
    assert found.status_code == 200
    assert word in found.text
    assert found.headers["content-security-policy"] == page.POLICY
    assert "unsafe" not in page.POLICY
    assert found.headers["permissions-policy"].startswith("microphone=(self)")
    assert "按住说话" in api.get("/voice?lang=zh", headers={"Accept-Language": accepted}).text


def test_its_files_and_no_others_are_served(api):
    for name, kind in page.FILES.items():
        assert api.get(f"/voice/{name}").headers["content-type"].startswith(kind)
    for name in ("live.html", "page.py", "..%2Fpage.py", "words", "__init__.py"):
        check_error(api.get(f"/voice/{name}"), 404)


def test_it_loads_nothing_from_elsewhere_and_holds_no_script_and_no_style():
    shown = page.document("en")
    assert not re.findall(r"(?:src|href)=\"(?!voice/|\?)", shown)
    assert not re.search(r"\son\w+=|\sstyle=|<style|<script(?! type=\"(application/json|module)\")", shown)
    # The one address with a scheme is what a person on an insecure page is told to open.
    assert re.findall(r"https?://[^\s`$]+", "".join(SCRIPTS.values()) + page.read("live.css")) == ["http://localhost"]


def test_every_script_that_is_loaded_is_served():
    imported = {name for text in SCRIPTS.values() for name in re.findall(r"from \"\./([a-z]+\.js)\"", text)} | {"live.js", "worklet.js"}
    assert imported == set(SCRIPTS)


def test_both_languages_say_the_same_things():
    english, chinese = page.words("en"), page.words("zh")
    assert english.keys() == chinese.keys()
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", chinese[key])), key
        assert chinese[key] == text or re.search(r"[\u4e00-\u9fff]", chinese[key]) or key == "other", key


def test_every_word_is_used_and_every_word_used_is_known():
    known = page.words("en")
    markup = {key.replace(".", "_"): key for key in known}
    used = {markup[name] for name in re.findall(r"\$(\w+)", page.read("live.html")) if name in markup}
    everything = "".join(SCRIPTS.values())
    used |= {key for key in known if f'"{key}"' in everything}
    built = ("tool.", "trouble.", "talk_")  # names put together in the scripts
    assert {key for key in known.keys() - used if not key.startswith(built)} == set()
    assert set(re.findall(r"\"((?:state|stage|say|trouble)\.\w+)\"", everything)) <= known.keys()


def test_voices_can_be_chosen_and_nothing_given_ends_the_script():
    shown = page.document("zh", ["en-us", "</script><b>"])
    assert '"voices": ["en-us", "\\u003c/script>\\u003cb>"]' in shown
    assert shown.count("</script>") == 2
