"""Named things: drawn scenes are answered with the regions the answer rests on; what is not there is not found."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from retrieval.content import Content
from tools.vqa import compose
from tools.vqa._naming import Namer, Opinion
from tools.vqa._objects import is_on
from tools.vqa._outlines import features, outlines
from tools.vqa._pointing import place_in, side_in
from tools.vqa._questions import understand


class NoText:
    def read(self, pixels):
        return []


def heart(pen, x, y, colour):
    pen.ellipse((x, y, x + 32, y + 32), fill=colour)
    pen.ellipse((x + 28, y, x + 60, y + 32), fill=colour)
    pen.polygon([(x + 2, y + 22), (x + 58, y + 22), (x + 30, y + 58)], fill=colour)


def house(pen, x, y):
    pen.polygon([(x + 34, y), (x + 68, y + 30), (x, y + 30)], fill=(180, 60, 40))
    pen.rectangle((x + 8, y + 30, x + 60, y + 64), fill=(230, 200, 150))
    pen.rectangle((x + 28, y + 42, x + 42, y + 64), fill=(120, 70, 30))
    pen.rectangle((x + 14, y + 36, x + 24, y + 46), fill=(120, 180, 230))


@pytest.fixture(scope="module")
def scene():
    ground = (235, 240, 250)
    image = Image.new("RGB", (300, 220), ground)
    pen = ImageDraw.Draw(image)
    house(pen, 210, 20)
    heart(pen, 20, 20, (210, 30, 40))
    heart(pen, 20, 140, (210, 30, 40))
    out = io.BytesIO()
    image.save(out, "PNG")
    return Content(modality="image", media_type="image/png", data=out.getvalue(), width=300, height=220)


@pytest.fixture(scope="module")
def answerer():
    return compose.create("", recognizer=NoText())


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("How many hearts are there?", "2"),
        ("有几个爱心？", "2"),
        ("Is there a house?", "yes"),
        ("有没有房子？", "yes"),
        ("Where is the house?", "at the top right"),
        ("What colour are the hearts?", "red"),
        ("How many things are there?", "3"),
        ("Is the house to the right of the heart?", "yes"),
        ("Are there more hearts than houses?", "yes"),
        ("Is there a bicycle?", "no"),
        ("图里有自行车吗？", "no"),
    ],
)
def test_a_drawn_scene_is_answered(answerer, scene, question, value):
    found = answerer.answer(scene, question, "en")
    assert found.value == value
    assert found.regions
    for region in found.regions:
        left, top, right, bottom = region.box
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1


def test_the_regions_are_those_that_were_counted(answerer, scene):
    found = answerer.answer(scene, "How many hearts are there?", "en")
    assert len(found.regions) == 2
    assert all("heart" in r.label and r.box[2] < 0.4 for r in found.regions)


def test_what_is_not_there_is_not_placed(answerer, scene):
    found = answerer.answer(scene, "Where is the bicycle?", "en")
    assert found.kind == "unknown" or found.confidence < 0.5


def test_the_same_picture_is_seen_once(answerer, scene, monkeypatch):
    answerer.answer(scene, "How many hearts are there?", "en")
    monkeypatch.setattr(compose, "pixels", lambda image: pytest.fail("looked again"))
    assert answerer.answer(scene, "Is there a house?", "en").value == "yes"


def test_sides_and_places_of_both_languages():
    assert side_in("to the left of the dog")[0] == "left"
    assert side_in("狗的下面")[0] == "below"
    assert place_in("what is in the upper left corner?") == "top_left"
    assert place_in("中间是什么") == "middle"
    assert understand("Is the cat above the dog?").nouns == ("cat", "dog")
    assert understand("猫在狗的左边吗？").nouns == ("cat", "dog")
    assert understand("What is left of the dog?").nouns == ("dog",)


def test_a_side_is_a_direction():
    left, right = (0.0, 0.4, 0.2, 0.6), (0.7, 0.4, 0.9, 0.6)
    assert is_on(left, right, "left")
    assert is_on(right, left, "right")
    assert not is_on(left, right, "above")


def test_outlines_do_not_see_colour():
    def drawn(colour):
        image = Image.new("RGB", (70, 70), "white")
        heart(ImageDraw.Draw(image), 5, 5, colour)
        return np.asarray(image)

    red, blue = features([drawn((200, 0, 0)), drawn((0, 0, 200))])
    assert float(red @ blue) > 0.95 * float(red @ red)
    known = outlines()
    scores = known.scores(features([drawn((30, 160, 60))]))[0]
    assert "heart" in [known.nouns[n] for n in np.argsort(-scores)[:3]]


class Words:
    """An embedder whose space has one direction a word: pictures point to the word of their colour."""

    modalities = frozenset({"text", "image"})
    dimension = 3
    space = "words"

    def embed(self, contents):
        rows = []
        for content in contents:
            said = content.data.decode() if content.modality == "text" else ""
            colour = np.asarray(Image.open(io.BytesIO(content.data)).convert("RGB"))[2, 2] if not said else (0, 0, 0)
            rows.append([1.0, 0, 0] if "zorp" in said or colour[0] > 200 else [0, 1.0, 0])
        return np.asarray(rows, np.float32)


def test_a_word_that_is_not_on_the_list_is_looked_for_in_the_joint_space():
    red, blue = (np.full((20, 20, 3), c, np.uint8) for c in ((255, 0, 0), (0, 0, 255)))
    opinion = Namer(Words()).look([red, blue], "zorp", drawn=False)
    assert isinstance(opinion, Opinion)
    assert opinion.fits[0, -1] > opinion.fits[1, -1]


def test_the_card_names_the_shipped_weights():
    card = compose.create("", recognizer=NoText()).card
    assert card.bytes
    assert card.scores
    assert Path(compose.__file__).with_name("things.safetensors").stat().st_size < 5_000_000


def test_copies_are_counted_together_whichever_way_they_look():
    def flag(turned, colour):
        image = Image.new("RGB", (70, 70), "white")
        pen = ImageDraw.Draw(image)
        pen.rectangle((10, 5, 14, 65), fill="black")
        pen.polygon([(15, 8), (60, 20), (15, 32)], fill=colour)
        return np.asarray(image)[:, :: -1 if turned else 1]

    image = Image.new("RGB", (70, 70), "white")
    heart(ImageDraw.Draw(image), 5, 5, (200, 0, 0))
    alike = Namer(None).look([flag(False, "red"), flag(True, "blue"), np.asarray(image)]).alike
    assert alike.tolist() == [[True, True, False], [True, True, False], [False, False, True]]


def test_answers_about_several_are_in_the_plural(answerer, scene):
    assert answerer.answer(scene, "How many hearts are there?", "en").text == "I count 2 hearts."
    assert answerer.answer(scene, "What colour are the hearts?", "en").text == "The hearts are red."
    assert answerer.answer(scene, "How many bicycles are there?", "en").text == "I count no bicycles."
