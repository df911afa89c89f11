"""The chat page for several people, in real browsers: nobody gets in without a login, nobody sees another's, who was sent away is out."""

import os
import re

import httpx
import pytest
from own_service import service_here
from page_in_browser import browser, needs_chromium, settled, streamlit, until

from assistant.accounts import Accounts
from retrieval.faults import NotAllowed
from ui.chat.launch import secrets_of

pytestmark = pytest.mark.browser
SHELVES = """name => document.body.innerHTML.includes('shelf of ' + name)
  || [...document.querySelectorAll('input')].some(field => field.value.includes('shelf of ' + name))"""
SECRET = "correct horse battery staple"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    with service_here(folder) as (api, bound):
        yield api, bound, Accounts(folder / "data")


@pytest.fixture(scope="module")
def chrome(service, tmp_path_factory):
    needs_chromium()
    api, bound, _ = service
    with streamlit(api.address, tmp_path_factory.mktemp("page") / "log", bound.token) as address, browser(address) as found:
        yield found


@pytest.fixture(scope="module")
def people(service, chrome):
    """Two people, each with a collection and a chat that name them. Before there was an account, nobody was asked."""
    api, _, accounts = service
    page = chrome.page()
    page.get_by_test_id("stChatInput").wait_for(timeout=60_000)
    page.context.close()
    for name in ("Ana", "Ben"):
        accounts.add(name, SECRET)
        _, token = accounts.log_in(name, SECRET)
        with httpx.Client(base_url=api.address, headers={"Authorization": f"Bearer {token}"}) as person:
            person.post("/v1/vector_stores", json={"name": f"shelf of {name}"})
            person.post("/v1/conversations", json={"title": f"secret of {name}"})


def log_in(chrome, name, secret=SECRET, **options):
    page = chrome.page(**options)
    page.wait_for_url("**/login*")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(secret)
    page.get_by_role("button", name="Log in").click()
    return page


def came_in(page, name):
    page.get_by_text(f"secret of {name}").first.wait_for(timeout=60_000)
    settled(page)
    return page.inner_text("body")


@pytest.mark.case("X05")
def test_two_people_at_once_each_see_their_own(chrome, people, tmp_path):
    pages = {name: log_in(chrome, name) for name in ("Ana", "Ben")}
    for _ in range(2):
        for name, other in (("Ana", "Ben"), ("Ben", "Ana")):
            pages[name].bring_to_front()
            words = came_in(pages[name], name)
            assert f"secret of {other}" not in words
            pages[name].get_by_role("link", name="Knowledge").click()
            until(pages[name], SHELVES, name, 60)
            assert not pages[name].evaluate(SHELVES, other)
            pages[name].get_by_role("link", name="Chat").first.click()
        for page in pages.values():
            page.reload()
    cookies = {name: page.context.cookies() for name, page in pages.items()}
    for jar in cookies.values():
        (session,) = [cookie for cookie in jar if cookie["name"] == "synesthesia_session"]
        assert session["httpOnly"]
        assert session["sameSite"] == "Lax"
    if os.environ.get("KEEP_SHOTS"):
        pages["Ana"].screenshot(path=f"{os.environ['KEEP_SHOTS']}/in.png")
    for page in pages.values():
        page.context.close()


@pytest.mark.case("X05")
def test_who_logs_out_is_out_in_every_window(chrome, people, service):
    page = log_in(chrome, "Ben")
    came_in(page, "Ben")
    (cookie,) = [one["value"] for one in page.context.cookies() if one["name"] == "synesthesia_session"]
    second = page.context.new_page()
    second.goto(chrome.address)
    came_in(second, "Ben")
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("link", name="Log in").wait_for(timeout=60_000)
    _, _, accounts = service
    assert accounts.session(cookie) is None
    second.get_by_role("link", name="Gallery").click()
    second.get_by_role("link", name="Log in").wait_for(timeout=60_000)
    assert "secret of Ben" not in second.inner_text("body")
    second.reload()
    second.wait_for_url("**/login*")
    page.context.close()


@pytest.mark.case("X05")
def test_a_fixed_session_is_not_taken_over_and_a_password_changes(chrome, people, service):
    page = chrome.page()
    page.wait_for_url("**/login*")
    page.context.add_cookies([{"name": "synesthesia_session", "value": "ses_fixed", "url": chrome.address}])
    page.get_by_label("Name").fill("Ben")
    page.get_by_label("Password").fill("wrong password, sorry")
    page.get_by_role("button", name="Log in").click()
    assert "wrong" in page.get_by_role("alert").inner_text()
    if os.environ.get("KEEP_SHOTS"):
        page.screenshot(path=f"{os.environ['KEEP_SHOTS']}/wrong.png")
    page.get_by_label("Password").fill(SECRET)
    page.get_by_role("button", name="Log in").click()
    came_in(page, "Ben")
    page.goto(f"{chrome.address}password")
    page.get_by_label("Password until now").fill(SECRET)
    page.get_by_label("New password").fill(SECRET + " two")
    page.get_by_role("button", name="Change it").click()
    came_in(page, "Ben")
    (cookie,) = [one["value"] for one in page.context.cookies() if one["name"] == "synesthesia_session"]
    assert cookie != "ses_fixed"
    _, _, accounts = service
    with pytest.raises(NotAllowed):
        accounts.log_in("Ben", SECRET)
    page.context.close()
    assert chrome.errors == []
    assert chrome.foreign == []


def test_forms_of_other_sites_and_other_names_are_refused(chrome, people):
    body = {"name": "Ana", "password": SECRET}
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert httpx.post(f"{chrome.address}login", data=body, headers=headers).status_code == 403
    assert httpx.get(chrome.address, headers={"Host": "evil.example", "Accept": "text/html"}).status_code == 403
    own = httpx.post(f"{chrome.address}login", data=body, headers={"Origin": chrome.address.rstrip("/")})
    assert own.status_code == 303
    assert re.search(r"HttpOnly; .*SameSite=lax", own.headers["set-cookie"])


@pytest.mark.case("X07")
def test_a_weak_cookie_secret_does_not_start_beyond_this_machine(tmp_path):
    assert secrets_of(tmp_path, "0.0.0.0") is None
    (tmp_path / "secrets.toml").write_text('[auth]\ncookie_secret = "changeme"\n')
    assert secrets_of(tmp_path, "127.0.0.1")
    with pytest.raises(NotAllowed):
        secrets_of(tmp_path, "0.0.0.0")
