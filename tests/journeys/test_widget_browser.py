"""The bubble in a real browser, on pages of other ports: allowed and refused, under a strict policy and hostile CSS, by keyboard, on a phone,
from right to left, in Chinese, with a photo and a voice; and axe-core's audit of each state.

With `WRITE_SCREENSHOTS=1` the picture of docs/widget.md is made anew; with `KEEP_WIDGET=DIR` every state is kept there.
"""

from __future__ import annotations

import io
import os
import sys
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from axe_core import audit, axe_script
from PIL import Image, ImageDraw, ImageFont

import assistant.samples
from assistant.settings import read
from ui.api.server import bind
from ui.widget import demo

sys.path.insert(0, str(Path(__file__).parents[1] / "ui"))  # shared with the tests of the page and of the API
from page_in_browser import browser, needs_chromium
from widget_site import FAQ, site

pytestmark = [pytest.mark.browser, pytest.mark.slow]
IMAGES = Path(__file__).parents[2] / "docs" / "images"
SPOKEN = Path(assistant.samples.__file__).parent / "sounds" / "spoken_question.wav"
HOSTILE = """body * { all: unset !important; display: none !important; color: lime !important; position: static !important; direction: rtl !important }
html { font-size: 2px !important } body { visibility: hidden } button, div, textarea { transform: scale(0) !important; opacity: 0 !important }
assistant-chat, assistant-chat * { display: none !important; width: 1px !important; pointer-events: none !important; z-index: -1 !important }"""
EVIL = (
    'Ask <script>document.title="owned"</script> <img src=x onerror=alert(1)> [here](javascript:alert(2)) [there](https://shop.example/a).'
)

LINGERING = """() => {
  window.closed = 0;
  const fetched = window.fetch;
  window.fetch = async (...given) => {
    const answer = await fetched(...given);
    if (!String(given[0]).endsWith("/answers")) return answer;
    const late = new TransformStream({ flush: () => new Promise((end) => setTimeout(() => { window.closed += 1; end(); }, 30000)) });
    return new Response(answer.body.pipeThrough(late), answer);
  };
}"""  # the last byte has come, and the connection closes half a minute later


def photo() -> bytes:
    image = Image.new("RGB", (760, 420), "#7d8b8f")
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((90, 70, 670, 350), 24, fill="#f6f1e4", outline="#8d2f23", width=12)
    pen.text((380, 210), "NO ENTRY", font=ImageFont.load_default(92), fill="#8d2f23", anchor="mm")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@contextmanager
def api(data_dir, **flags):
    """A served assistant on a free port; a client of it as its owner."""
    settings = read({"data_dir": data_dir, "port": 0, "sample": False, **flags}, environ={}, file=data_dir / "none.toml")
    bound = bind(settings, log_level="critical")
    thread = threading.Thread(target=bound.run, daemon=True)
    thread.start()
    try:
        with closing(httpx.Client(base_url=bound.address, trust_env=False, timeout=60)) as client:
            deadline = time.monotonic() + 240
            while client.get("/readyz").status_code != 200:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            yield client
    finally:
        bound.stop()
        thread.join(60)


def page(head="", body="", script="", lang="en", direction="ltr"):
    return f'<!doctype html><html lang="{lang}" dir="{direction}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Shop</title>{head}</head><body><main><h1>Shop</h1><p>Words of the page.</p>{body}</main>{script}</body></html>'


class Shop:
    """The service, and the sites around it."""

    def __init__(self, client, known, stranger, key, store):
        self.api, self.known, self.stranger, self.key, self.store = client, known, stranger, key, store
        self.at = str(client.base_url).rstrip("/")

    def line(self, more="", key=""):
        return f'<script src="{self.at}/widget.js" data-key="{key or self.key}" {more}></script>'


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    needs_chromium()
    pages, strange = {}, {}
    with (
        site(pages) as known,
        site(strange) as stranger,
        api(tmp_path_factory.mktemp("widget") / "data", fetch_hosts=(known.address.removeprefix("http://"),)) as client,
    ):
        store = client.post("/v1/vector_stores", json={"name": "shop"}).json()["id"]
        rows = FAQ + f'Is this safe?,"{EVIL.replace(chr(34), chr(34) * 2)}",en,\n'
        assert client.post(f"/v1/vector_stores/{store}/faq/import", files={"file": ("faq.csv", rows.encode())}).json()["added"] == 6
        terms = {"origins": [known.address], "collections": [store], "per_visitor": 1000, "per_minute": 1000}
        key = client.post("/v1/publishable_keys", json={"name": "site", "contact": "help@shop.example", **terms}).json()["key"]
        hook = {"name": "hook", "webhook": f"{known.address}/inbox", **terms}
        made = Shop(client, known, stranger, key, store)
        made.hook = client.post("/v1/publishable_keys", json=hook).json()["key"]
        pages |= {
            "/": page(script=made.line()), "/zh": page(script=made.line(), lang="zh-CN"), "/rtl": page(script=made.line(), lang="ar", direction="rtl"),
            "/hostile": page(head=f"<style>{HOSTILE}</style>", script=made.line()), "/hook": page(script=made.line(key=made.hook)),
            "/dark": page(script=made.line('data-theme="dark"')), "/start": page(script=made.line('data-side="start" data-open data-title="Help desk" data-questions="One?|Two?"')),
            "/inline": page(body='<div style="height:600px"><assistant-chat inline key="' + made.key + f'" api="{made.at}"></assistant-chat></div>',
                            script=f'<script src="{made.at}/widget.js"></script>'),
            "/init": page(head="<style>assistant-chat{--assistant-accent:#7a1f5c;--assistant-bottom:40px}</style>", script=f'<script src="{made.at}/widget.js"></script><script src="/init.js"></script>'),
            "/init.js": f'Assistant.init({{ key: "{made.key}", api: "{made.at}", greeting: "Ahoy!", questions: ["How much is shipping?"] }});',
        }  # fmt: skip
        strange |= {"/": pages["/"], "/frame": page(body=f'<iframe src="{made.at}/v1/widget/{made.key}"></iframe>')}
        yield made


@pytest.fixture(scope="module")
def chrome(shop):
    with browser(shop.known.address, SPOKEN) as found:
        found.dialogs = []
        yield found


@pytest.fixture
def visit(chrome):
    opened = []

    def go(path="/", site="", **options):
        address, chrome.address = chrome.address, site or chrome.address
        try:
            made = chrome.page(path=path, **options)
        finally:
            chrome.address = address
        made.on("dialog", lambda dialog: (chrome.dialogs.append(dialog.message), dialog.dismiss()))
        opened.append(made)
        return made

    yield go
    for made in opened:
        made.context.close()
    assert chrome.dialogs == []
    assert chrome.foreign == []


def bubble(made, name="Open the assistant"):
    return made.get_by_role("button", name=name, exact=True).first


def ask(made, words, name="Your question"):
    box = made.get_by_label(name, exact=True)
    box.fill(words)
    box.press("Enter")


def answered(made, count=1, name="Helpful"):
    made.get_by_role("button", name=name, exact=True).nth(count - 1).wait_for(timeout=60_000)
    return made.locator("assistant-chat .turn:not(.mine)").last


def keep(made, name, docs=False):
    folder = os.environ.get("KEEP_WIDGET")
    if folder:
        made.screenshot(path=Path(folder) / f"{name}.png")
    if docs and (os.environ.get("WRITE_SCREENSHOTS") or not (IMAGES / f"{name}.png").exists()):
        made.screenshot(path=IMAGES / f"{name}.png")


def test_a_known_page_asks_and_opens_the_evidence(shop, visit):
    made = visit()
    bubble(made).click()
    made.get_by_role("button", name="How much is shipping?").wait_for(timeout=20_000)
    ask(made, "What does delivery cost?")
    turn = answered(made)
    assert "4.90 EUR" in turn.inner_text()
    turn.get_by_role("button", name="Source 1: How much is shipping?").first.click()
    sheet = made.get_by_role("dialog", name="How much is shipping?")
    sheet.locator("blockquote").filter(has_text="4.90").wait_for(timeout=20_000)
    sheet.get_by_role("button", name="Back to the conversation").click()
    made.get_by_role("button", name="Helpful", exact=True).click()
    made.get_by_text("Thank you.").wait_for(timeout=20_000)
    rows = shop.api.get(f"/v1/publishable_keys/{shop.key}/visits", params={"only": "up"}).json()["data"]
    assert rows[0]["question"] == "What does delivery cost?"
    ask(made, "How do I return an item?")
    link = answered(made, 2).get_by_role("link")
    assert link.get_attribute("href") == "https://shop.example/returns"
    assert "noopener" in link.get_attribute("rel")


@pytest.mark.case("W01")
def test_a_page_of_another_origin_is_refused(shop, visit):
    before = shop.api.get("/v1/publishable_keys").json()["data"][0]["counts"]["asked"]
    made = visit("/", site=shop.stranger.address)
    bubble(made).click()
    made.get_by_text("The assistant cannot be reached right now.").first.wait_for(timeout=20_000)  # a foreign page is told nothing
    ask(made, "How much is shipping?")
    made.wait_for_timeout(1500)
    assert "4.90" not in made.locator("assistant-chat .log").inner_text()
    assert shop.api.get("/v1/publishable_keys").json()["data"][0]["counts"]["asked"] == before
    framed = visit("/frame", site=shop.stranger.address)
    framed.wait_for_timeout(500)
    assert not any("shipping" in frame.content() for frame in framed.frames)


def test_nothing_is_loaded_before_the_first_click_and_nothing_moves(shop, chrome, visit):
    chrome.requested.clear()
    made = visit()
    bubble(made).wait_for()
    made.wait_for_timeout(500)
    assert sorted(url.partition("?")[0] for url in chrome.requested if "favicon" not in url) == sorted(
        [f"{shop.known.address}/", f"{shop.at}/widget.js"]
    )
    shift = made.evaluate("new Promise(done => { new PerformanceObserver(list => done(list.getEntries().reduce((sum, e) => sum + e.value, 0)))"
                          ".observe({ type: 'layout-shift', buffered: true }); setTimeout(() => done(0), 400) })")  # fmt: skip
    assert shift == 0
    place = made.locator("h1").bounding_box()
    bubble(made).click()
    stored = made.evaluate(
        "[document.cookie, localStorage.length, sessionStorage.length, document.documentElement.scrollWidth > innerWidth]"
    )
    assert stored == ["", 0, 0, False]
    assert made.locator("h1").bounding_box() == place
    assert made.context.cookies() == []


@pytest.mark.case("W03")
def test_under_a_strict_policy_with_trusted_types(shop, chrome, visit):
    key = []

    def keyed(origin):
        terms = {
            "name": f"strict-{time.monotonic_ns()}",
            "origins": [origin],
            "collections": [shop.store],
            "contact": "help@shop.example",
            "title": "Gale Outdoor",
        }
        key.append(shop.api.post("/v1/publishable_keys", json=terms).json())
        return key[-1]["snippet"]

    with demo.shop(shop.at, 0, keyed) as address:
        made = visit("/", site=address, color_scheme="light")
        refused = []
        made.on(
            "console",
            lambda message: (
                refused.append(message.text) if "Content Security Policy" in message.text or "TrustedHTML" in message.text else None
            ),
        )
        bubble(made).click()
        made.get_by_role("button", name="How much is shipping?").click()
        answered(made)
        made.locator("input[type=file]").set_input_files({"name": "door.png", "mimeType": "image/png", "buffer": photo()})
        made.get_by_text("Photo added").first.wait_for(timeout=20_000)
        ask(made, "What does this sign say?")
        assert "NO ENTRY" in answered(made, 2).inner_text()
        answered(made, 2).locator(".cite").first.click()
        made.locator(".sheet canvas").wait_for(timeout=20_000)
        keep(made, "widget_evidence")
        made.keyboard.press("Escape")
        made.wait_for_timeout(300)
        keep(made, "widget", docs=True)
        assert refused == []
        assert chrome.errors == []


@pytest.mark.case("W03")
def test_on_a_page_with_hostile_css(visit):
    made = visit("/hostile")
    button = bubble(made)
    assert button.bounding_box()["width"] == 56
    assert button.bounding_box()["height"] == 56
    button.click()
    made.get_by_role("button", name="How much is shipping?").click()
    answered(made)
    panel = made.locator("assistant-chat .panel")
    assert panel.bounding_box()["width"] == 380
    shown = panel.evaluate(
        "node => { const style = getComputedStyle(node); return [style.direction, style.visibility, style.opacity, style.fontSize, style.color] }"
    )
    assert shown == ["ltr", "visible", "1", "15px", "rgb(34, 37, 42)"]
    keep(made, "hostile")


def test_by_keyboard_alone(visit):
    made = visit()
    bubble(made).wait_for()
    made.keyboard.press("Tab")
    focused = "document.activeElement.shadowRoot?.activeElement"
    assert made.evaluate(f"{focused}.className") == "bubble"
    made.keyboard.press("Enter")
    made.get_by_role("button", name="How much is shipping?").wait_for(timeout=20_000)
    assert made.evaluate(f"{focused}.tagName") == "TEXTAREA"
    made.keyboard.type("How much is shipping?")
    made.keyboard.press("Enter")
    answered(made)
    for _ in range(30):
        made.keyboard.press("Shift+Tab")
        if made.evaluate(f"{focused}?.className") == "cite":
            break
    assert made.evaluate(f"{focused}.getAttribute('aria-label')") == "Source 1: How much is shipping?"
    made.keyboard.press("Enter")
    made.locator(".sheet blockquote").wait_for(timeout=20_000)
    assert made.evaluate(f"{focused}.getAttribute('aria-label')") == "Back to the conversation"
    made.keyboard.press("Escape")
    assert made.evaluate(f"{focused}.className") == "cite"
    made.keyboard.press("Escape")
    assert made.evaluate(f"{focused}.className") == "bubble"
    assert not made.locator("assistant-chat .panel").is_visible()
    assert "4.90" in made.locator("assistant-chat [role=status].sr").text_content()


def test_on_a_phone(visit):
    made = visit(width=360, height=640, has_touch=True, is_mobile=True)
    bubble(made).tap()
    made.get_by_role("button", name="How much is shipping?").tap()
    answered(made)
    box = made.locator("assistant-chat .panel").bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 360, 640)
    assert made.evaluate("document.documentElement.scrollWidth") <= 360
    assert made.locator("assistant-chat .log").evaluate("node => node.scrollWidth <= node.clientWidth")
    seen = set()
    for _ in range(25):  # the focus stays inside what covers the page
        made.keyboard.press("Tab")
        seen.add(made.evaluate("document.activeElement.tagName"))
    assert seen == {"ASSISTANT-CHAT"}
    keep(made, "phone")
    made.get_by_role("button", name="Close the assistant").first.tap()
    assert bubble(made).is_visible()


def test_from_right_to_left(visit):
    made = visit("/rtl", locale="ar-EG")
    assert bubble(made).bounding_box()["x"] < 100
    bubble(made).click()
    made.get_by_role("button", name="How much is shipping?").click()
    answered(made)
    assert made.locator("assistant-chat .panel").bounding_box()["x"] < 100
    mine = made.locator("assistant-chat .turn.mine").bounding_box()
    assert mine["x"] < 60
    keep(made, "rtl")


def test_in_chinese(visit):
    made = visit("/zh", locale="zh-CN")
    bubble(made, "打开助手").click()
    made.get_by_role("button", name="运费是多少？").click()
    turn = answered(made, name="有帮助")
    assert "4.90 欧元" in turn.inner_text()
    made.get_by_text("没有解决？联系人工").first.wait_for()
    keep(made, "chinese")


def test_what_is_not_known_is_refused_and_leads_to_a_person(visit):
    made = visit()
    bubble(made).click()
    ask(made, "Who painted the ceiling of the Sistine Chapel?")
    turn = answered(made)
    assert turn.get_by_text("No answer found").is_visible()
    link = turn.get_by_role("link", name="Not what you need? Reach a person")
    assert link.get_attribute("href").startswith("mailto:help@shop.example?subject=Question&body=Who%20painted")
    keep(made, "refused")


def test_a_message_reaches_a_person(shop, visit):
    made = visit("/hook")
    bubble(made).click()
    ask(made, "Do you sell canoes?")
    answered(made)
    made.get_by_role("button", name="Not what you need? Reach a person").last.click()
    made.get_by_label("Your message").fill("A canoe, please.")
    made.get_by_label("Your mail address, for the reply").fill("ada@example.org")
    keep(made, "letter")
    made.get_by_role("button", name="Send the message").click()
    made.get_by_text("Your message is on its way.").wait_for(timeout=20_000)
    got = shop.known.received[-1]
    assert (got["message"], got["reply_to"], got["question"]) == ("A canoe, please.", "ada@example.org", "Do you sell canoes?")


@pytest.mark.case("T03", "LLM05")
def test_words_are_never_markup(chrome, visit):
    made = visit()
    bubble(made).click()
    ask(made, 'Is this safe? <img src="https://evil.example/x.png" onerror="alert(3)">')
    answered(made)
    ask(made, "Is this safe?")
    turn = answered(made, 2)
    assert "<script>" in turn.inner_text()
    assert made.title() == "Shop"
    assert turn.locator("img, script").count() == 0
    assert [link.get_attribute("href") for link in turn.get_by_role("link").all()] == ["https://shop.example/a"]
    assert "there (shop.example)" in turn.inner_text()  # words do not hide where a link goes
    assert chrome.foreign == []
    assert chrome.errors == []


def test_the_next_question_is_taken_as_soon_as_the_answer_stands(visit):
    made = visit()
    made.evaluate(LINGERING)
    bubble(made).click()
    ask(made, "What does delivery cost?")
    answered(made)
    ask(made, "How do I return an item?")
    answered(made, 2)
    assert made.evaluate("window.closed") == 0  # neither stream has ended yet
    assert made.locator("assistant-chat .turn.mine").count() == 2


def test_enter_does_not_stop_the_answer_that_is_being_written(visit):
    made = visit()
    held = []
    made.route("**/answers", lambda route: held.append(route))
    bubble(made).click()
    made.get_by_role("button", name="How much is shipping?").wait_for(timeout=20_000)
    ask(made, "What does delivery cost?")
    made.get_by_role("button", name="Stop", exact=True).wait_for(timeout=20_000)
    ask(made, "How do I return an item?")
    assert made.get_by_label("Your question", exact=True).input_value() == "How do I return an item?"
    held.pop().continue_()
    assert "4.90 EUR" in answered(made).inner_text()


@pytest.mark.case("W03")
def test_when_the_service_is_down_the_page_stays_and_the_bubble_comes_back(visit):
    made = visit()
    down = []
    made.route("**/v1/widget/**", lambda route: route.abort() if not down else route.continue_())
    bubble(made).click()
    made.get_by_text("The assistant cannot be reached right now.").first.wait_for(timeout=20_000)
    keep(made, "down")
    assert made.locator("h1").inner_text() == "Shop"
    down.append("back")
    made.get_by_role("button", name="How much is shipping?").wait_for(timeout=20_000)  # by itself, after a while
    assert made.get_by_text("The assistant cannot be reached right now.").count() <= 1  # the hidden status may still say it
    assert made.locator("assistant-chat .note").count() == 0


def test_a_spoken_question_is_heard_and_the_answer_is_spoken(visit):
    made = visit(permissions=["microphone"])
    made.evaluate("window.spoken = []; document.addEventListener('assistant-speak', event => window.spoken.push(event.detail.seconds))")
    bubble(made).click()
    made.get_by_role("button", name="Ask by voice").click()
    stop = made.get_by_role("button", name="Listening… press again to send")
    stop.wait_for(timeout=20_000)
    made.wait_for_timeout(4000)
    stop.click()
    answered(made)
    assert "warranty" in made.locator("assistant-chat .turn.mine").inner_text().lower()
    made.wait_for_function("window.spoken.length > 0", timeout=30_000)
    assert made.evaluate("window.spoken[0]") > 0.5


def test_the_other_ways_to_put_it_on_a_page(visit):
    made = visit("/init")
    bubble(made).click()
    made.get_by_text("Ahoy!").wait_for(timeout=20_000)
    colour = bubble(made, "Close the assistant").evaluate("node => getComputedStyle(node).backgroundColor")
    assert colour == "rgb(122, 31, 92)"
    made = visit("/inline")
    made.get_by_role("button", name="How much is shipping?").click()
    answered(made)
    keep(made, "inline")
    made = visit("/start")
    made.get_by_role("button", name="Two?").wait_for(timeout=20_000)
    assert made.get_by_role("heading", name="Help desk").is_visible()
    assert made.locator("assistant-chat .panel").bounding_box()["x"] < 100


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    return axe_script(tmp_path_factory.mktemp("axe"))


@pytest.mark.parametrize(("path", "width"), [("/", 1280), ("/dark", 1280), ("/zh", 1280), ("/rtl", 1280), ("/", 360)])
def test_axe_finds_nothing_to_complain_of(visit, axe, path, width):
    made = visit(path, width=width, height=720, color_scheme="light")
    assert audit(made, axe) == []
    made.locator("assistant-chat .bubble").click()
    made.locator("assistant-chat .chip").first.wait_for(timeout=20_000)
    assert audit(made, axe) == []
    made.locator("assistant-chat .chip").first.click()
    made.locator("assistant-chat .tools").wait_for(timeout=60_000)
    made.locator("assistant-chat textarea").first.fill("Who painted the Sistine Chapel?")
    made.locator("assistant-chat textarea").first.press("Enter")
    made.locator("assistant-chat .tag").wait_for(timeout=60_000)
    made.locator("input[type=file]").set_input_files({"name": "door.png", "mimeType": "image/png", "buffer": photo()})
    made.locator("assistant-chat .held canvas").wait_for(timeout=20_000)
    keep(made, f"axe{path.replace('/', '_')}{width}")
    assert audit(made, axe) == []
    made.locator("assistant-chat .cite").first.click()
    made.locator("assistant-chat .sheet blockquote").wait_for(timeout=20_000)
    assert audit(made, axe) == []
