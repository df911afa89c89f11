"""Paint: the same plan and seed give the same bytes, every drawing draws, settings show."""

import io
import threading

import numpy as np
import pytest
from PIL import Image

from retrieval.faults import Cancelled
from tools.shapes.paint import can_write, natural_scene, palette_name, render
from tools.shapes.palette import TONES, Tone, darker, lighter, mix, turned
from tools.shapes.pen import Pen, flatten
from tools.shapes.prompt import read
from tools.shapes.scene import backdrop
from tools.shapes.vocabulary import names, plurals, things

BY_HAND = sorted(name for name, thing in things().items() if thing.paint is not None)


def draw(prompt, size=96, seed=1, cancel=None):
    data = render(read(prompt), size, size, seed, lambda share: None, cancel or threading.Event())
    return data, np.asarray(Image.open(io.BytesIO(data)))


def test_same_bytes_for_the_same_seed_and_others_for_another():
    assert draw("a cat and a sun", seed=4)[0] == draw("a cat and a sun", seed=4)[0]
    assert draw("a cat and a sun", seed=4)[0] != draw("a cat and a sun", seed=5)[0]


@pytest.mark.parametrize("colour", sorted(TONES))
def test_a_figure_has_exactly_the_colour_asked_for(colour):
    assert tuple(draw(f"a {colour} circle")[1][50, 48]) == TONES[colour]


@pytest.mark.parametrize("name", BY_HAND)
def test_every_drawing_leaves_a_mark_inside_its_square(name):
    thing = things()[name]
    image = Image.new("RGB", (180, 180), (1, 2, 3))
    thing.paint(Pen(image, (30, 30, 120, 120)), Tone(thing.main, thing.accent))
    marked = (np.asarray(image) != (1, 2, 3)).any(-1)
    assert 0.02 < marked[30:150, 30:150].mean() <= 1
    assert marked[:24].sum() + marked[156:].sum() + marked[:, :24].sum() + marked[:, 156:].sum() == 0


def test_at_least_sixty_things_with_english_and_chinese_names():
    assert len(BY_HAND) >= 60
    for thing in map(things().get, BY_HAND):
        assert any(not word.isascii() for word in thing.words), thing.name
    assert names()["butterflies"] == "butterfly"
    assert "leaves" in plurals("leaf")


def test_names_mean_one_thing():
    seen = {}
    for thing in things().values():
        for word in thing.words:
            assert seen.setdefault(word, thing.name) == thing.name, f"'{word}' is both"


@pytest.mark.parametrize(
    "prompt",
    [
        "a cat at night",
        "a boat on the sea",
        "a cat in the snow",
        "a castle on the beach",
        "a fish",
        "a rocket in space",
        "a car on the road",
    ],
)
def test_settings_differ(prompt):
    plain = draw("a cat on a white background")[1]
    assert np.abs(draw(prompt)[1].astype(int) - plain.astype(int)).mean() > 5


def test_night_is_dark():
    assert draw("a house at night")[1].mean() < draw("a house")[1].mean() - 40


def test_words_are_written():
    with_words, without = draw('a heart on a white background "LOVE"', 200)[1], draw("a heart on a white background", 200)[1]
    assert (with_words[170:195] < 90).sum() > (without[170:195] < 90).sum() + 50
    assert can_write("Hello")


def test_a_stop_is_heard_between_two_drawings():
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        draw("nine stars", cancel=stop)


@pytest.mark.parametrize(
    ("prompt", "scene"),
    [("a fish", "underwater"), ("a boat", "sea"), ("a tree", "meadow"), ("a sofa", "room"), ("an apple", "plain"), ("a cloud", "sky")],
)
def test_things_suggest_their_setting(prompt, scene):
    assert natural_scene(read(prompt)) == scene


def test_every_setting_has_a_background_of_the_right_size():
    from random import Random

    for scene in ("plain", "meadow", "sea", "underwater", "space", "snow", "beach", "sky", "room", "road"):
        for time in ("", "night", "sunset"):
            assert backdrop((40, 30), scene, time, None, Random(1)).size == (40, 30)


def test_tones_shade_and_light():
    for tone in TONES.values():
        assert sum(darker(tone)) < sum(tone) + 1
        assert sum(lighter(tone)) >= sum(tone) - 30
        assert turned(tone, 0) == pytest.approx(tone, abs=2)
    assert mix((0, 0, 0), (100, 100, 100), 0.5) == (50, 50, 50)
    assert palette_name("Grey") == "gray"
    assert palette_name("loud") is None


def test_paths_are_flattened():
    assert flatten("M 0 0 L 1 0 L 1 1 Z") == (((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)),)
    curve = flatten("M 0 0 Q .5 1 1 0")[0]
    assert len(curve) > 10
    assert curve[-1] == (1.0, 0.0)
