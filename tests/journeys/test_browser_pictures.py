"""A picture's whole life in a real browser: drawn, picked, changed, brushed, found again by words, and made again bit for bit."""

from __future__ import annotations

import io

import httpx
import numpy as np
import pytest
from page_in_browser import ask, keep, settled
from PIL import Image

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATIENCE = 240_000
"""Milliseconds for one drawing on a busy machine."""


def test_a_blue_dog_becomes_red_gets_a_star_and_is_made_again(chrome, service):
    page = chrome.page(height=1000, color_scheme="light")
    page.get_by_role("button", name="What can you do?").wait_for(timeout=60_000)

    picked = _draws_four_and_picks(page, service)
    red = _makes_it_red(page, service, picked)
    star = _brushes_a_star(page, service, red)
    _finds_it_by_words(page, service, star)
    _makes_it_again(page)
    page.context.close()
    assert chrome.foreign == []
    assert chrome.errors == []


def made(service: str) -> list[dict]:
    """The pictures that the service made, newest first."""
    return httpx.get(f"{service}/v1/images", params={"generated": "true"}, trust_env=False).json()["data"]


def pixels(service: str, row: dict) -> np.ndarray:
    data = httpx.get(f"{service}{row['url']}", trust_env=False).content
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"), np.int16)


def answered(page, steps: int, words: str) -> None:
    """Wait until the answer with this many such steps is there to stay."""
    page.get_by_text(words).nth(steps - 1).wait_for(timeout=PATIENCE)
    page.get_by_role("button", name="Regenerate").wait_for(timeout=PATIENCE)
    settled(page)


def _draws_four_and_picks(page, service) -> dict:
    ask(page, "Draw a blue dog, 4 options")
    answered(page, 1, "Drew a picture")
    for number in (1, 2, 3, 4):
        assert page.get_by_role("button", name=f"Open picture {number}: a blue dog").count() == 1
    assert page.get_by_text("match").count() >= 4  # each with the chance that it is one
    rows = made(service)
    assert len(rows) == 4
    assert len({row["recipe"]["seed"] for row in rows}) == 4
    keep(page, "pictures")
    shown = page.get_by_role("img", name="a blue dog").nth(1)
    page.get_by_role("button", name="Open picture 2: a blue dog").click()
    drawer = page.get_by_test_id("stDialog")
    drawer.get_by_label("What should change?").wait_for(timeout=20_000)
    data = page.evaluate("async url => Array.from(new Uint8Array(await (await fetch(url)).arrayBuffer()))", shown.get_attribute("src"))
    with Image.open(io.BytesIO(bytes(data))) as image:
        seen = np.asarray(image.convert("RGB"), np.int16)
    return next(row for row in rows if np.array_equal(pixels(service, row), seen))


def _makes_it_red(page, service, picked: dict) -> dict:
    words = page.get_by_test_id("stDialog").get_by_label("What should change?")
    words.fill("make it red")
    words.press("Enter")
    answered(page, 1, "Changed the picture")
    red = made(service)[0]
    told = httpx.get(f"{service}/v1/images/{red['file_id']}", trust_env=False).json()
    assert [row["file_id"] for row in told["chain"]] == [picked["file_id"]]  # the one that was picked, not the best or the last

    def redness(row: dict) -> float:
        shown = pixels(service, row)
        return float((shown[..., 0] - shown[..., 2]).clip(0).mean())

    assert redness(red) > redness(picked) + 5
    return red


def _brushes_a_star(page, service, red: dict) -> dict:
    page.get_by_role("button", name="Brush", exact=True).click()
    drawer = page.get_by_test_id("stDialog")
    canvas = drawer.locator("canvas")
    canvas.wait_for(timeout=20_000)
    settled(page)
    box = canvas.bounding_box()
    corner = [
        (box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in ((0.74, 0.14), (0.86, 0.14), (0.86, 0.26), (0.74, 0.26))
    ]
    page.mouse.move(*corner[0])
    page.mouse.down()
    for place in [*corner[1:], corner[0], corner[2]]:
        page.mouse.move(*place, steps=8)
    page.mouse.up()
    drawer.get_by_label("What should be there?").fill("a yellow star")
    drawer.get_by_text("of the picture is marked").wait_for(timeout=5_000)
    keep(page, "brush")
    drawer.get_by_role("button", name="Change what is marked").click()
    drawer.wait_for(state="detached", timeout=20_000)
    answered(page, 2, "Changed the picture")
    star = made(service)[0]
    before, after = pixels(service, red), pixels(service, star)
    changed = np.abs(before - after).max(axis=-1) > 8
    height, width = changed.shape
    assert changed[int(0.05 * height) : int(0.36 * height), int(0.64 * width) : int(0.96 * width)].any()
    assert not changed[:, : int(0.55 * width)].any()  # nothing but what was marked
    assert not changed[int(0.45 * height) :].any()
    return star


def _finds_it_by_words(page, service, star: dict) -> None:
    page.get_by_role("link", name="Gallery").click()
    words = page.get_by_label("What it shows")
    words.wait_for(timeout=20_000)
    settled(page)
    words.fill("yellow star")
    words.press("Enter")
    settled(page)
    found = httpx.get(f"{service}/v1/images", params={"q": "yellow star"}, trust_env=False).json()["data"]
    assert found[0]["file_id"] == star["file_id"]
    page.get_by_role("button", name="Open the picture").first.wait_for(timeout=20_000)
    words.fill("dog")
    words.press("Enter")
    page.get_by_role("button", name="Open the picture").nth(4).wait_for(timeout=20_000)
    settled(page)
    keep(page, "gallery")
    words.fill("yellow star")
    words.press("Enter")
    page.get_by_role("button", name="Open the picture").nth(4).wait_for(state="detached", timeout=20_000)
    settled(page)


def _makes_it_again(page) -> None:
    page.get_by_role("button", name="Open the picture").first.click()
    drawer = page.get_by_test_id("stDialog")
    drawer.get_by_role("radio", name="Recipe").click()
    drawer.get_by_text("From the first picture to the last").wait_for(timeout=20_000)
    drawer.locator("img").nth(2).wait_for(timeout=20_000)
    assert drawer.locator("img").count() == 3  # blue, red, and the one with the star
    drawer.get_by_role("button", name="Make it again").click()
    drawer.get_by_text("the same picture, byte for byte").wait_for(timeout=PATIENCE)
    settled(page)
    keep(page, "recipe")
    page.keyboard.press("Escape")
