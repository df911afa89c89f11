"""Every answerer of questions about pictures: valid answers in the asked language, regions inside the picture, never a guess passed off."""

import io

import media_samples as samples
import pytest
from PIL import Image, ImageDraw
from tool_samples import RECOGNIZER, NoText

from retrieval.backends import call, load, names
from retrieval.content import Content

KINDS = {"text", "colour", "count", "yes_no", "object", "where", "unknown"}


OWN = [name for name in names("tools.vqa") if name != "chat_model"]
"""Those that answer with models of their own; what the chat model answers is in tests/tools/test_full_size_vqa.py."""


@pytest.fixture(params=OWN)
def answerer(request):
    return call(load("tools.vqa", request.param), recognizer=NoText())


@pytest.fixture(params=OWN, scope="module")
def reader(request):
    return call(load("tools.vqa", request.param), recognizer=RECOGNIZER)


def content(image):
    out = io.BytesIO()
    image.save(out, "PNG")
    return Content(modality="image", media_type="image/png", data=out.getvalue(), width=image.width, height=image.height)


@pytest.fixture
def scene():
    image = Image.new("RGB", (200, 120), (244, 244, 240))
    draw = ImageDraw.Draw(image)
    draw.ellipse((20, 35, 70, 85), fill=(220, 40, 40))
    draw.rectangle((120, 40, 175, 80), fill=(40, 90, 210))
    return content(image)


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("What colour is the circle?", "red"),
        ("圆形是什么颜色？", "red"),
        ("What color is the rectangle?", "blue"),
        ("How many shapes are there?", "2"),
        ("Is there a red circle?", "yes"),
        ("Is there a green circle?", "no"),
        ("Is there no triangle?", "yes"),
        ("有没有蓝色的长方形？", "yes"),
        ("What shape is red?", "circle"),
        ("Where is the blue rectangle?", "on the right"),
        ("How many red things?", "1"),
    ],
)
def test_measurable_questions_are_answered(answerer, scene, question, value):
    language = "zh" if not question.isascii() else "en"
    found = answerer.answer(scene, question, language)
    assert found.value == value
    assert found.kind in KINDS
    assert 0.3 < found.confidence <= 1
    for region in found.regions:
        left, top, right, bottom = region.box
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1


def test_it_does_not_guess_which_of_several_things_is_meant(answerer, scene):
    found = answerer.answer(scene, "What colour is the car?", "en")
    assert found.kind == "colour"
    assert found.confidence < 0.5
    assert "red" in found.text
    assert "blue" in found.text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_it_cannot_know_is_unknown(answerer, language):
    noise = Content(modality="image", media_type="image/png", data=samples.noise(size=(96, 96)))
    for question in ("Who painted this?", "Is this a good restaurant?", "What is the dog doing?", "图里的人是谁？"):
        found = answerer.answer(noise, question, language)
        assert found.kind == "unknown"
        assert found.confidence < 0.3
        assert ("sure" in found.text) == (language == "en")


def test_text_is_read_with_its_place(reader):
    image = samples.sign(["TEA 2.50", "COFFEE 3.20"], size=(420, 220))
    found = reader.answer(content(image), "How much is the coffee?", "en")
    assert found.kind == "text"
    assert "3.20" in found.value
    assert "2.50" not in found.value
    assert found.regions[0].box[1] > 0.3


def test_a_picture_without_words_has_no_text(reader, scene):
    found = reader.answer(scene, "What does the sign say?", "en")
    assert (found.kind, found.value) == ("unknown", "")


@pytest.mark.parametrize("size", [(8, 8), (600, 9), (9, 600)])
def test_odd_sizes_do_not_break_it(answerer, size):
    assert answerer.answer(content(Image.new("RGB", size, "red")), "What colour is it?", "en").text


@pytest.mark.parametrize("name", names("tools.vqa"))
def test_the_card_is_honest(name):
    answerer = call(load("tools.vqa", name), recognizer=NoText(), chat_model=None)
    assert answerer.card.role == "vqa"
    assert answerer.card.limits
    assert answerer.card.licence
