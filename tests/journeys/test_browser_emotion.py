"""Emotion in a real browser: off by default, a switch that says what it does, the strip and its chart, and where it is forbidden."""

from __future__ import annotations

import base64
import io
import sys
import wave
from pathlib import Path

import httpx
import numpy as np
import pytest

from retrieval.waves import of_pcm

sys.path.insert(0, str(Path(__file__).parents[1] / "ui"))  # the browser is shared with the tests of the page
from api_app import WARRANTY, ingest
from own_service import service_here
from page_in_browser import Browser, ask, browser, keep, needs_chromium, settled, streamlit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WORDS = "I am so happy that you came today. This is wonderful, thank you."


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A browser on the page of a service of its own, and a client of that service."""
    needs_chromium()
    folder = tmp_path_factory.mktemp("personal")
    with (
        service_here(folder) as (_, bound),
        streamlit(bound.address, folder / "log", bound.token) as address,
        browser(address) as found,
        httpx.Client(
            base_url=bound.address, headers={"authorization": f"Bearer {bound.token}"}, trust_env=False, timeout=120
        ) as client,
    ):  # fmt: skip
        store = client.post("/v1/vector_stores", json={"name": "shop"}).json()["id"]
        ingest(client, store, "gale_g40.md", WARRANTY)
        found.service = client
        yield found


def voice(client) -> bytes:
    """Somebody who speaks for a while, as a recording of the chat box."""
    body = {"model": "assistant", "input": WORDS, "response_format": "wav", "language": "en"}
    data = client.post("/v1/audio/speech", json=body).content
    with wave.open(io.BytesIO(data)) as file:
        rate, samples = file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return of_pcm(np.tile(samples, 3).tobytes(), rate)


def test_off_by_default_then_a_strip_with_a_chart_and_gone_with_the_switch(own):
    page = own.page(height=1000, color_scheme="light")
    ask(page, "My kettle is broken and I am so sad about it.")
    page.get_by_role("button", name="Copy").wait_for(timeout=120_000)
    assert page.locator(".feel").count() == 0  # nobody agreed
    page.get_by_text("When on, this chat reads feelings").wait_for()

    page.get_by_test_id("stSidebar").get_by_text("Emotion analysis").click()
    page.get_by_text("answers take the tone that fits").wait_for()
    settled(page)
    ask(page, "My kettle is broken and I am so sad about it.")
    page.locator(".feel .part.all").wait_for(timeout=120_000)
    settled(page)
    assert "sadness" in page.locator(".feel .part.all").inner_text()
    assert "This rests on the words alone" in page.locator(".feel p").first.inner_text()
    page.get_by_text("Chart", exact=True).click()
    bars = page.locator(".feel .bars [role=listitem]")
    bars.first.wait_for()
    assert bars.count() == 7
    assert "between" in bars.first.get_attribute("aria-label")

    page.reload()  # the service kept nothing: what was read is gone with the window
    page.get_by_role("button", name="Copy").first.wait_for(timeout=60_000)
    settled(page)
    assert page.locator(".feel").count() == 0
    page.context.close()
    assert own.foreign == []
    assert own.errors == []


@pytest.mark.parametrize(("language", "scheme", "width"), [("en", "light", 1280), ("zh", "dark", 390)])
def test_a_spoken_turn_shows_voice_and_words_over_time(own, language, scheme, width):
    """The recording is kept with its reading on request, as a program may ask; the page shows what the service kept."""
    chat = own.service.post("/v1/conversations", json={"consent": True, "title": "A kettle"}).json()["id"]
    sound = {"type": "input_audio", "input_audio": {"data": base64.b64encode(voice(own.service)).decode(), "format": "wav"}}
    words = "I am so sad, my kettle is broken. What does the warranty cover?" if language == "en" else "太糟糕了，我很生气！"
    parts = [{"type": "text", "text": words}, sound]
    metadata = {"conversation": chat, "keep": "true", "collection": "shop"}
    body = {"model": "assistant", "messages": [{"role": "user", "content": parts}], "metadata": metadata}
    assert own.service.post("/v1/chat/completions", json=body).status_code == 200
    page = own.page(width=width, height=1120, color_scheme=scheme, path=f"?c={chat}&lang={language}")
    page.locator(".feel .part").nth(2).wait_for(timeout=60_000)
    page.get_by_text("Chart" if language == "en" else "图表", exact=True).click()
    page.locator(".feel .lane span").nth(1).wait_for(timeout=20_000)
    settled(page)
    assert page.locator(".feel .lane span").first.get_attribute("aria-label")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if language == "en":
        keep(page, "emotion")
    page.context.close()


def test_where_it_is_forbidden_the_switch_is_shut_and_says_why(own, tmp_path):
    with (
        service_here(tmp_path, deployment="workplace") as (_, bound),
        streamlit(bound.address, tmp_path / "log", bound.token) as address,
    ):
        page = Browser(own.chromium, address).page(color_scheme="dark")
        page.get_by_text("where the law forbids it").wait_for(timeout=60_000)
        assert page.get_by_test_id("stSidebar").get_by_label("Emotion analysis").is_disabled()
        page.context.close()
