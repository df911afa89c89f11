"""Our own pages under their Content-Security-Policy: no inline script but by its hash, and each page still works in a browser."""

import re

import httpx
import pytest
from own_service import service_here
from page_in_browser import Browser, settled
from test_map_page import given

from ui.map import page as map_page

pytestmark = [pytest.mark.browser, pytest.mark.case("T03", "LLM05")]


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with service_here(tmp_path_factory.mktemp("policies")) as (_, bound):
        yield bound.address


@pytest.fixture
def complaints(chrome):
    """(open a page, what the browser refused there)."""
    refused = []

    def open_(address):
        shown = chrome.chromium.new_page()
        shown.on("console", lambda message: refused.append(message.text) if "Content Security Policy" in message.text else None)
        shown.goto(address)
        return shown

    return open_, refused


def directives(policy):
    return {name: sources for name, _, sources in (part.strip().partition(" ") for part in policy.split(";")) if name}


@pytest.mark.parametrize("path", ["/docs", "/voice", "/devices"])
def test_pages_of_the_api_allow_nothing_inline(api, complaints, path):
    found = directives(httpx.get(api + path, timeout=60).headers["content-security-policy"])
    assert found["default-src"] == "'none'"
    assert not re.search(r"unsafe-(inline|eval)", " ".join(found.values()))
    open_, refused = complaints
    assert open_(api + path).locator("h1").count() == 1
    assert refused == []


def test_the_chat_page_runs_no_script_that_is_not_its_own(chrome: Browser):
    found = directives(httpx.get(chrome.address, timeout=60).headers["content-security-policy"])
    assert not re.search(r"unsafe-(inline|eval)", found["script-src"])
    assert found["object-src"] == "'none'"
    assert found["frame-ancestors"] == "'self'"
    refused = []
    shown = chrome.page(path="?lang=en")
    shown.on("console", lambda message: refused.append(message.text) if "Content Security Policy" in message.text else None)
    settled(shown)
    shown.evaluate("() => { const it = document.createElement('script'); it.textContent = 'window.ran = 1'; document.body.append(it); }")
    assert shown.evaluate("window.ran") is None
    assert len(refused) == 1, refused


def test_a_map_in_a_file_runs_its_own_script_and_no_other(complaints, tmp_path):
    open_, refused = complaints
    place = tmp_path / "map.html"
    place.write_text(map_page.document(given()), "utf-8")
    assert open_(place.as_uri()).locator("#map canvas").count() >= 1
    assert refused == []
    place.write_text(map_page.document(given()).replace("<h1>", "<script>window.ran = 1</script><h1>"), "utf-8")
    assert open_(place.as_uri()).evaluate("window.ran") is None
    assert len(refused) == 1
