"""The page of live voice in a real browser: a wav at its microphone, the captions, the measured voice of the answer, interrupting it,
correcting words before they are sent, what stands in the way, and axe-core's audit.

With `WRITE_SCREENSHOTS=1` the picture of docs/voice.md is made anew; with `KEEP_VOICE=DIR` every state is kept there.
"""

from __future__ import annotations

import base64
import io
import os
import re
import sys
import wave
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import httpx
import numpy as np
import pytest
from axe_core import audit, axe_script

import assistant.samples
from assistant.keys import Keys
from retrieval.waves import of_pcm

sys.path.insert(0, str(Path(__file__).parents[1] / "ui"))  # shared with the tests of the page and of the API
from api_app import ingest
from own_service import service_here
from page_in_browser import browser, keep, needs_chromium

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SPOKEN = Path(assistant.samples.__file__).parent / "sounds" / "spoken_question.wav"
INSIDE = (Path(__file__).parent / "live_page.js").read_text("utf-8")
MOUTH = "window.name = 'mouth';" + INSIDE
JACKETS = """# Jackets

## Warranty
The warranty on jackets covers the seams, the zips and the fabric for two years from the day of purchase, in every country we ship to.
It does not cover burns.
"""
LONG = 120_000
"""Milliseconds: the first words of a machine that is busy with other tests."""


class Talk:
    """A service, and wavs spoken by its own voice."""

    def __init__(self, client, folder):
        self.client, self.folder = client, folder
        self.page = f"{client.base_url}/voice".replace("//voice", "/voice")

    def power(self, device):
        return self.client.get(f"/v1/devices/{device}").json()["state"]["power"]

    def tell(self, text):
        self.client.post("/api/conversation/process", json={"text": text})

    def wav(self, text, before=0.0, after=1.2):
        """`text` spoken, with silence around it."""
        said = self.client.post("/v1/audio/speech", json={"model": "assistant", "voice": "alloy", "input": text, "response_format": "wav"})
        with wave.open(io.BytesIO(said.content)) as file:
            rate, sound = file.getframerate(), file.readframes(file.getnframes())
        return of_pcm(b"\0\0" * int(before * rate) + sound + b"\0\0" * int(after * rate), rate)


@pytest.fixture(scope="module")
def talk(tmp_path_factory):
    needs_chromium()
    folder = tmp_path_factory.mktemp("talk")
    with service_here(folder) as (api, _), closing(httpx.Client(base_url=api.address, trust_env=False, timeout=120)) as client:
        store = client.post("/v1/vector_stores", json={"name": "default"}).json()["id"]
        ingest(client, store, "jackets.md", JACKETS.encode())
        yield Talk(client, folder)


@pytest.fixture(scope="module")
def chrome(talk):
    """A browser without a microphone."""
    with browser(talk.page) as found:
        yield found


class Opened:
    """Pages of the test, closed at its end; nothing may have failed in them or left this machine."""

    def __init__(self):
        self.pages, self.wrong = [], []

    def __call__(self, found, script=INSIDE, path="", width=1280, height=860, **options):
        context = found.chromium.new_context(
            viewport={"width": width, "height": height}, **({"locale": "en-US", "color_scheme": "light"} | options)
        )
        context.add_init_script(script)
        page = context.new_page()
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda line: self.wrong.append(line.text) if "Content Security Policy" in line.text else None)
        page.on(
            "request",
            lambda request: self.wrong.append(request.url) if "//127.0.0.1" not in request.url and "blob:" not in request.url else None,
        )
        page.goto(found.address + path)
        self.pages.append(page)
        return page


@pytest.fixture
def opened():
    made = Opened()
    yield made
    for page in made.pages:
        page.context.close()
    assert made.wrong == []


def line(page, text, timeout=LONG):
    page.locator("#state").filter(has_text=text).wait_for(timeout=timeout)


def kept(page, name):
    folder = os.environ.get("KEEP_VOICE")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")


def hands_free(page):
    page.get_by_text("Hands-free", exact=True).click()
    page.get_by_role("button", name="Start listening").click()
    line(page, "I am listening.")


def say(page, wav):
    return page.evaluate("wav => speak(wav)", base64.b64encode(wav).decode())


def types(page):
    return [event["type"] for event in page.evaluate("sent")]


def type_in(page, text, label="Type instead"):
    page.get_by_label(label).fill(text)
    page.get_by_label(label).press("Enter")


def test_a_spoken_command_lights_the_lamp(talk, opened):
    talk.tell("turn off the kitchen light")
    assert talk.power("kitchen_light") == "off"
    file = talk.folder / "lamp.wav"
    file.write_bytes(talk.wav("Turn on the kitchen light.", before=1.0))
    with browser(talk.page, file) as hearing:
        page = opened(hearing)
        hands_free(page)
        page.locator("#devices li").filter(has_text="kitchen").wait_for(timeout=LONG)
        assert page.locator("#heard").inner_text().lower().startswith("turn on the kitchen light")
        assert "on" in page.locator("#devices span").inner_text()
        line(page, "Speaking.")
        opened.pages.pop().context.close()
    assert talk.power("kitchen_light") == "on"


def test_a_spoken_question_is_captioned_and_answered_aloud(talk, opened):
    with browser(talk.page, SPOKEN) as hearing:
        page = opened(hearing, height=960)
        line(page, "Hold the button")
        hands_free(page)
        page.locator("#heard").filter(has_text="warranty").wait_for(timeout=LONG)
        line(page, "Speaking. Talk to interrupt.")
        line(page, "I am listening.")
        assert "two years" in page.locator("#said").inner_text()
        measured = page.evaluate("output")
        assert measured["ms"] > 1000
        assert measured["peak"] > 0.02
        assert all(re.fullmatch(r"[\d.]+ m?s", bar.inner_text()) for bar in page.locator("#bars output").all())
        assert "First sound after" in page.locator("#total").inner_text()
        assert page.evaluate("shift") < 0.01
        keep(page, "voice")
        page.get_by_role("button", name=re.compile("^Source 1")).click()
        page.get_by_role("dialog").locator("blockquote").filter(has_text="seams").wait_for(timeout=LONG)
        kept(page, "evidence")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Play again").click()
        line(page, "Speaking.")
        line(page, "I am listening.")
        assert page.evaluate("output.ms") > 1.7 * measured["ms"]
        opened.pages.pop().context.close()


def test_speaking_interrupts_the_voice_at_once(talk, chrome, opened):
    talk.tell("turn off the floor lamp")
    page = opened(chrome, MOUTH)
    hands_free(page)
    type_in(page, "What is the warranty on jackets?")
    line(page, "Speaking. Talk to interrupt.")
    page.wait_for_timeout(600)
    began = say(page, talk.wav("Turn on the floor lamp."))
    page.locator("#said[data-cut]").wait_for(timeout=LONG)
    cut = page.locator("#said").inner_text()
    page.locator("#devices li").filter(has_text="floor lamp").wait_for(timeout=LONG)
    got, log = page.evaluate("got"), page.evaluate("output.log")
    started = next(at for at, event in got if event["type"] == "input_audio_buffer.speech_started")
    after = next(at for at, event in got if event["type"] == "response.created" and at > started)
    assert "conversation.item.truncate" in types(page)
    assert not [event for _, event in got if event["type"] == "error"]
    # From a little after the server heard speech until the next answer nothing is heard: what was queued is gone.
    assert all(level < 0.005 for at, level in log if started + 120 < at < after)
    assert any(level > 0.01 for at, level in log if at < began)
    assert cut
    assert talk.power("floor_lamp") == "on"
    page.locator("#earlier").wait_for()
    print(f"speech {started - began:.0f} ms after its sound began; silent {quiet_after(log, began) - started:.0f} ms later")


def quiet_after(log, began):
    """When the loudspeaker fell silent for 100 ms."""
    loud = [at for at, level in log if level > 0.005 and at > began]
    return next((at for at, later in pairwise(loud) if later - at > 100), loud[-1] if loud else began)


def test_held_words_are_corrected_before_they_are_sent(talk, chrome, opened):
    talk.tell("turn off the fan")
    page = opened(chrome, MOUTH)
    line(page, "Hold the button")
    box = page.locator("#talk").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    line(page, "I am listening.")
    say(page, talk.wav("Turn on the heating.", after=0.1))
    page.wait_for_timeout(2200)
    kept(page, "held")
    page.mouse.up()
    words = page.get_by_label("Your words, to be corrected")
    words.wait_for(timeout=LONG)
    words.click()
    line(page, "Correct the words if needed")
    kept(page, "correct")
    words.fill("Turn on the fan")
    assert "response.create" not in types(page)
    page.locator("#correct").get_by_role("button", name="Send").click()
    page.locator("#devices li").filter(has_text="fan").wait_for(timeout=LONG)
    assert page.locator("#heard").inner_text() == "Turn on the fan"
    assert page.locator("#devices li").count() == 1
    assert talk.power("bedroom_fan") == "on"
    page.keyboard.press("Escape")  # the answer is being spoken
    line(page, "Interrupted.")


def test_silence_gives_nothing_and_the_space_bar_talks(talk, chrome, opened):
    page = opened(chrome, MOUTH)
    line(page, "Hold the button")
    page.keyboard.down(" ")
    line(page, "I am listening.")
    noise = (np.random.default_rng(7).normal(0, 60, 24_000)).astype("<i2").tobytes()
    say(page, of_pcm(noise, 16_000))
    page.wait_for_timeout(1600)
    page.keyboard.up(" ")
    line(page, "I heard no words.")
    assert page.locator("#heard").inner_text() == ""
    assert "response.create" not in types(page)
    page.evaluate("localStorage.setItem('assistant.voice', JSON.stringify({ sending: 'once' }))")
    talk.tell("turn on the kitchen light")
    page.reload()
    line(page, "Hold the button")
    page.locator("#talk").focus()
    page.keyboard.press("Enter")  # there is nothing to hold: the next press ends it
    page.get_by_role("button", name="Press to finish").wait_for(timeout=LONG)
    line(page, "I am listening.")
    say(page, talk.wav("Turn off the kitchen light.", after=0.1))
    page.wait_for_timeout(2400)
    page.keyboard.press("Enter")
    page.locator("#devices li").filter(has_text="kitchen").wait_for(timeout=LONG)
    assert talk.power("kitchen_light") == "off"


def test_without_a_microphone_one_types(chrome, opened):
    page = opened(chrome)
    line(page, "Hold the button")
    page.locator("#talk").click()
    page.get_by_role("alert").filter(has_text="Until then you can type.").wait_for(timeout=LONG)
    kept(page, "denied")
    type_in(page, "What is the warranty on jackets?")
    line(page, "Speaking.")
    page.get_by_role("button", name="Stop").click()
    line(page, "Interrupted.")
    assert {"response.create", "conversation.item.truncate"} <= set(types(page))


def test_on_an_insecure_page_answers_are_written(chrome, opened):
    page = opened(chrome, "Object.defineProperty(window, 'isSecureContext', { value: false });" + INSIDE)
    page.get_by_role("alert").filter(has_text=re.compile(r"http://localhost:\d+/voice")).wait_for(timeout=LONG)
    assert page.locator("#talk").is_disabled()
    kept(page, "insecure")
    type_in(page, "What is the warranty on jackets?")
    page.locator("#said").filter(has_text="two years").wait_for(timeout=LONG)
    page.locator("#status").filter(has_text="Answer:").wait_for(timeout=LONG, state="attached")
    assert page.evaluate("output.ms") == 0


def test_when_the_server_is_gone_the_page_comes_back(chrome, opened):
    page, up = opened(chrome), [True]
    page.context.route_web_socket(re.compile("/v1/realtime"), lambda socket: socket.connect_to_server() if up else socket.close())
    page.reload()
    line(page, "Hold the button")
    up.clear()
    page.evaluate("WebSocket.instance.close()")
    page.get_by_role("alert").filter(has_text="The connection is lost.").wait_for(timeout=LONG)
    kept(page, "lost")
    up.append(True)
    line(page, "Hold the button")
    assert page.locator("#trouble").inner_text() == ""


def test_a_key_is_asked_for(talk, chrome, opened):
    with closing(Keys(talk.folder / "data")) as keys:
        key, secret = keys.create("ada")
        try:
            page = opened(chrome)
            page.get_by_label("API key").fill("sk-wrong")
            page.get_by_role("button", name="Connect").click()
            page.get_by_role("alert").filter(has_text="not accepted").wait_for(timeout=LONG)
            kept(page, "key")
            page.get_by_label("API key").fill(secret)
            page.get_by_role("button", name="Connect").click()
            line(page, "Hold the button")
            type_in(page, "Turn on the coffee machine")
            page.locator("#devices li").filter(has_text="coffee").wait_for(timeout=LONG)
        finally:
            keys.revoke(key.name)


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    return axe_script(tmp_path_factory.mktemp("axe"))


@pytest.mark.parametrize(("name", "options"), [
    ("light", {}), ("dark", {"color_scheme": "dark", "reduced_motion": "reduce"}), ("phone", {"width": 360, "height": 740, "has_touch": True, "is_mobile": True}),
    ("chinese", {"locale": "zh-CN"}),
])  # fmt: skip
def test_axe_finds_nothing_to_complain_of(chrome, opened, axe, name, options):
    page = opened(chrome, MOUTH, **options)
    chinese = name == "chinese"
    line(page, "按住按钮" if chinese else "Hold the button")
    assert audit(page, axe) == []
    kept(page, f"{name}-start")
    page.locator("#settings summary").click()
    assert audit(page, axe) == []
    kept(page, f"{name}-settings")
    page.locator("#speak").uncheck()
    page.keyboard.press("Escape")
    type_in(page, "夹克的保修期多长？" if chinese else "What is the warranty on jackets?", "改为打字" if chinese else "Type instead")
    page.locator("#said:not(:empty)").wait_for(timeout=LONG)
    line(page, "按住按钮" if chinese else "Hold the button")
    assert audit(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("#talk").bounding_box()["width"] > 130
    page.screenshot(path=Path(os.environ["KEEP_VOICE"]) / f"{name}-answer.png", full_page=True) if os.environ.get("KEEP_VOICE") else None
    if page.locator("#sources button").count():
        page.locator("#sources button").first.click()
        page.locator("#evidence blockquote").wait_for(timeout=LONG)
        assert audit(page, axe) == []
        page.locator("#close").click()
    if chinese:
        page.locator("#settings summary").click()
        page.locator("#language").select_option("en")
        line(page, "Hold the button")
        page.goto(chrome.address)  # the choice is kept, whatever the browser prefers
        line(page, "Hold the button")
