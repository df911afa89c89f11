"""The brush and the pictures in a real browser: a mask of the picture's own size by mouse, by touch and by keyboard; what is seen while drawing."""

from __future__ import annotations

import io
import json

import pytest
from page_in_browser import ask, settled
from PIL import Image

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def opened(chrome, server):
    """A chat with one picture of 64 x 48 pixels, and the brush on it."""
    server.bodies.clear()
    chat = server.begin("A blue dog")
    server.say(chat, "user", "Draw a blue dog")
    server.say(chat, "assistant", "Here.", media=server.paint(1, "a blue dog"))
    page = chrome.page(path=f"?c={chat}", has_touch=True)
    brush = page.get_by_role("button", name="Brush", exact=True)
    brush.wait_for(timeout=60_000)
    settled(page)  # the picture above it is still coming in, and moves what is below
    brush.click()
    page.get_by_test_id("stDialog").locator("canvas").wait_for(timeout=20_000)
    settled(page)
    yield page
    page.context.close()
    assert chrome.foreign == []
    assert chrome.errors == []


def stroke(page, points) -> None:
    box = page.get_by_test_id("stDialog").locator("canvas").bounding_box()
    first, *others = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in points]
    page.mouse.move(*first)
    page.mouse.down()
    for place in others:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def send(page, server, words: str) -> Image.Image:
    """Send what is marked; the mask that arrived."""
    drawer = page.get_by_test_id("stDialog")
    drawer.get_by_label("What should be there?").fill(words)
    drawer.get_by_role("button", name="Change what is marked").click()
    drawer.wait_for(state="detached", timeout=20_000)
    page.get_by_text("Done.").first.wait_for(timeout=20_000)
    metadata = server.bodies[-1]["metadata"]
    arguments = json.loads(metadata["arguments"])
    assert metadata["tool"] == "edit_image"
    assert arguments["instruction"] == words
    assert arguments["image"].startswith("file-made-")
    assert server.purposes[arguments["mask"]] == "mask"
    with Image.open(io.BytesIO(server.files[arguments["mask"]][1])) as mask:
        return mask.convert("L")


def test_what_is_painted_is_white_and_has_the_size_of_the_picture(opened, server):
    stroke(opened, [(0.2, 0.5), (0.4, 0.5)])
    mask = send(opened, server, "a hat")
    assert mask.size == (64, 48)
    assert set(mask.get_flattened_data()) == {0, 255}
    assert mask.getpixel((19, 24)) == 255
    assert mask.getpixel((50, 24)) == 0
    assert mask.getpixel((19, 4)) == 0


def test_erasing_and_undoing_take_marks_away(opened, server):
    drawer = opened.get_by_test_id("stDialog")
    stroke(opened, [(0.2, 0.2), (0.8, 0.2)])
    stroke(opened, [(0.2, 0.8), (0.8, 0.8)])
    drawer.get_by_role("button", name="Undo").click()
    drawer.get_by_role("button", name="Erase").click()
    stroke(opened, [(0.8, 0.2), (0.6, 0.2)])
    assert drawer.get_by_role("button", name="Erase").get_attribute("aria-pressed") == "true"
    mask = send(opened, server, "a hat")
    assert mask.getpixel((16, 9)) == 255
    assert mask.getpixel((48, 9)) == 0
    assert mask.getpixel((32, 38)) == 0


def test_the_keyboard_paints(opened, server):
    canvas = opened.get_by_test_id("stDialog").locator("canvas")
    canvas.focus()
    for _ in range(3):
        opened.keyboard.press("ArrowLeft")
    opened.keyboard.down(" ")
    opened.keyboard.press("ArrowUp")
    opened.keyboard.up(" ")
    opened.get_by_text("of the picture is marked").first.wait_for(timeout=5_000)
    mask = send(opened, server, "a hat")
    assert 0 < sum(value == 255 for value in mask.get_flattened_data()) < 64 * 48 / 4
    assert mask.getpixel((32 - 9, 23)) == 255


def test_a_finger_paints(opened, server):
    canvas = opened.get_by_test_id("stDialog").locator("canvas")
    box = canvas.bounding_box()
    opened.touchscreen.tap(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.25)
    mask = send(opened, server, "a hat")
    assert mask.getpixel((48, 12)) == 255
    assert mask.getpixel((10, 40)) == 0


def test_nothing_marked_or_nothing_said_is_told_and_not_sent(opened, server):
    drawer = opened.get_by_test_id("stDialog")
    drawer.get_by_role("button", name="Change what is marked").click()
    drawer.get_by_text("Paint over the part that may change first.").first.wait_for(timeout=5_000)
    stroke(opened, [(0.5, 0.5), (0.6, 0.5)])
    drawer.get_by_role("button", name="Change what is marked").click()
    drawer.get_by_text("Say in a few words what should be there.").first.wait_for(timeout=5_000)
    stroke(opened, [(0.1, 0.1), (0.2, 0.1)])
    drawer.get_by_role("button", name="Clear").click()
    assert drawer.get_by_role("button", name="Undo").is_disabled()
    assert server.bodies == []


def test_pictures_are_seen_while_they_are_drawn_and_the_place_in_the_queue_is_told(chrome, server):
    server.go_on.clear()
    page = chrome.page()
    page.get_by_role("button", name="What can you do?").wait_for(timeout=60_000)
    ask(page, "four options, wait")
    page.get_by_alt_text("Picture 4 so far").wait_for(timeout=20_000)
    page.get_by_text("2 before you").first.wait_for(timeout=20_000)
    assert page.get_by_alt_text("so far").count() == 4
    server.go_on.set()
    page.get_by_role("button", name="Open picture 4: four options, wait").wait_for(timeout=20_000)
    settled(page)
    assert page.get_by_alt_text("so far").count() == 0
    page.context.close()


def test_a_picture_is_opened_with_the_keyboard_and_the_sheet_fits_a_phone(chrome, server):
    chat = server.begin("Dogs")
    server.say(chat, "user", "Draw a blue dog")
    server.say(chat, "assistant", "Here.", media=server.paint(4, "a blue dog"))
    page = chrome.page(390, 800, f"?c={chat}", color_scheme="dark")
    face = page.get_by_role("button", name="Open picture 2: a blue dog")
    face.wait_for(timeout=60_000)
    settled(page)
    boxes = [page.get_by_role("button", name=f"Open picture {n}: a blue dog").bounding_box() for n in (1, 2)]
    assert boxes[0]["y"] == boxes[1]["y"]  # two beside each other
    assert min(box["width"] for box in boxes) > 100
    assert page.evaluate("document.querySelector('.stMain').scrollWidth") <= 390
    face.focus()
    page.keyboard.press("Enter")
    drawer = page.get_by_test_id("stDialog")
    drawer.get_by_label("What should change?").wait_for(timeout=20_000)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.keyboard.press("Escape")
    drawer.wait_for(state="detached", timeout=10_000)
    page.context.close()
