"""What only a real browser can show: stopping, leaving, coming back, hostile words that must not load, a phone's width."""

from __future__ import annotations

import pytest
from page_in_browser import ask, settled, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def page(chrome, server):
    server.cancelled.clear()
    chrome.requested.clear()
    page = chrome.page()
    page.get_by_role("button", name="What can you do?").wait_for(timeout=60_000)
    yield page
    page.context.close()
    assert chrome.foreign == []
    assert chrome.errors == []


def test_the_stop_button_stops_the_work_and_keeps_what_was_said(page, server):
    ask(page, "Go slow please")
    page.get_by_text("word12 ").first.wait_for(timeout=20_000)
    page.get_by_test_id("stChatInputStopButton").click()
    assert server.cancelled.wait(3)
    page.get_by_text("Stopped before it was finished.").first.wait_for(timeout=10_000)
    settled(page)  # until the run ends, what was drawn as it grew may stand beside what the history has
    assert page.get_by_text("word12 ").is_visible()
    page.get_by_role("button", name="Regenerate").wait_for()


def test_leaving_and_coming_back_finds_the_answer_still_growing(page, server):
    ask(page, "Go slow please once more")
    page.get_by_text("word12 ").first.wait_for(timeout=20_000)
    page.get_by_role("button", name="New chat").click()
    page.get_by_role("button", name="What can you do?").wait_for(timeout=20_000)
    page.get_by_role("button", name="Go slow please once more").first.click()
    page.get_by_text("word40 ").first.wait_for(timeout=20_000)
    page.reload()
    page.get_by_text("word70 ").first.wait_for(timeout=20_000)
    assert not server.cancelled.is_set()
    page.get_by_role("button", name="Stop", exact=True).first.click()
    assert server.cancelled.wait(3)
    page.get_by_text("Stopped before it was finished.").first.wait_for(timeout=10_000)


@pytest.mark.case("T03", "LLM05")
def test_hostile_words_and_names_load_nothing(page, chrome, server):
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    name = f"![x](http://{server.hostile_host}/name.png)"
    chat = server.begin(name)
    server.say(chat, "user", name)
    source = {"index": 1, "item_id": "i", "title": name, "modality": "text", "locator": {}, "cited_text": name, "file_id": "file-1"}
    server.say(chat, "assistant", f"{name} [1].", annotations=[source])
    server.attached["vs_1"].append({"id": "file-h", "filename": f"{name}.txt", "status": "failed", "last_error": {"message": name}})
    ask(page, "be hostile")
    page.get_by_text("pixel.png").first.wait_for(timeout=20_000)
    settled(page)
    page.get_by_role("button", name="name.png").first.click()
    page.locator('a[href^="#cite-"]').wait_for(timeout=20_000)
    page.locator('a[href^="#cite-"]').click()
    page.get_by_test_id("stDialog").get_by_text("Quoted").first.wait_for(timeout=20_000)
    page.keyboard.press("Escape")
    page.get_by_text("Knowledge", exact=True).click()
    page.get_by_role("button", name="Remove ![x]").wait_for(timeout=20_000)
    settled(page)
    assert not [url for url in chrome.requested if server.hostile_host in url]
    assert page.locator(f'img[src*="{server.hostile_host}"]').count() == 0
    assert page.locator('a[href^="javascript"]').count() == 0
    assert dialogs == []
    assert page.locator("iframe[srcdoc*=alert], svg[onload], img[onerror], math[href]").count() == 0


def test_the_page_fits_a_phone(chrome, server):
    chat = server.begin("Warranty")
    server.say(chat, "user", "What does the warranty cover?")
    server.say(
        chat, "assistant", "It lasts two years [1].", annotations=[{"index": 1, "item_id": "i", "title": "w" * 80, "modality": "text"}]
    )
    page = chrome.page(390, 800, f"?c={chat}", color_scheme="dark")
    page.get_by_text("It lasts two years").first.wait_for(timeout=60_000)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.querySelector('.stMain').scrollWidth") <= 390
    page.context.close()


def test_the_last_answer_can_be_copied(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, "What does the warranty cover?")
    page.get_by_text("It lasts two years").first.wait_for(timeout=20_000)
    settled(page)  # while the page is made anew the old answer may stand beside the new one
    page.get_by_role("button", name="Copy").last.click()
    page.get_by_text("Copied").first.wait_for(timeout=5_000)
    assert "It lasts two years" in page.evaluate("navigator.clipboard.readText()")


def test_a_chat_is_renamed_and_deleted_after_asking(page, server):
    chat = server.begin("Old name")
    server.say(chat, "user", "hello")
    page.reload()
    page.get_by_role("button", name="Rename or delete Old name").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_label("Title").fill("New *name*")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="New *name*").first.wait_for(timeout=20_000)
    assert server.conversations[chat]["title"] == "New *name*"
    settled(page)
    page.get_by_role("button", name="Rename or delete New *name*").click()
    page.get_by_role("menuitem", name="Delete").click()
    assert chat in server.conversations
    page.get_by_test_id("stDialog").get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="New *name*").first.wait_for(state="detached", timeout=20_000)
    assert chat not in server.conversations


def test_a_picture_of_oneself_needs_consent_and_goes_with_one_message(page, server):
    side = page.get_by_test_id("stSidebar")
    assert side.get_by_text("Take a picture of me").count() == 0  # nobody agreed
    side.get_by_text("Emotion analysis").click()
    side.get_by_text("Take a picture of me").click()
    side.get_by_role("button", name="Take Photo").wait_for(timeout=30_000)
    until(page, "() => document.querySelector('[data-testid=stSidebar] video')?.videoWidth > 0", seconds=30)  # the camera shows a picture
    side.get_by_role("button", name="Take Photo").click()
    side.get_by_role("button", name="Clear photo").wait_for(timeout=30_000)
    settled(page)
    sent = []
    for words in ("here I am", "and again"):
        ask(page, words)
        page.get_by_role("button", name="Copy").nth(len(sent)).wait_for(timeout=30_000)
        settled(page)
        parts = server.bodies[-1]["messages"][-1]["content"]
        sent.append([part["file"]["filename"] for part in parts if part["type"] == "file"])
    assert sent == [["camera.jpg"], []]
