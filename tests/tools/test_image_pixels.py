"""Pixels: every operation keeps its promise, on pictures with and without transparency, inside a mask."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from retrieval.faults import InvalidInput
from tools.image_generators._instructions import Operation
from tools.image_generators._pixels import _ABOUT, _DO, apply


@pytest.fixture
def image():
    made = Image.new("RGB", (80, 60), (236, 240, 244))
    draw = ImageDraw.Draw(made)
    draw.ellipse((25, 15, 60, 50), fill=(200, 50, 40))
    draw.ellipse((32, 20, 42, 28), fill=(230, 120, 110))
    return made


def value(name):
    return {
        "caption": {"text": "Hello"},
        "scene": {"text": "on a beach"},
        "rotate": {"amount": 90.0},
        "resize": {"amount": 0.5},
        "upscale": {"amount": 2.0},
    }.get(name, {}) | {
        "colour": "blue",
        **({} if name in ("rotate", "resize", "upscale") else {"amount": 1.0}),
    }


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("name", sorted({*_DO, *_ABOUT}))
def test_each_operation_changes_the_picture(image, name, mode):
    before = image.convert(mode)
    changed = apply(before, Operation(name=name, **value(name)), None)
    assert changed.mode in ("RGB", "RGBA")
    assert (
        changed.size != before.size
        or np.abs(np.asarray(changed.convert("RGB")).astype(int) - np.asarray(image).astype(int)).max() > 8
        or changed.mode == "RGBA"
    )


def test_recolour_paints_the_thing_and_leaves_the_rest(image):
    changed = np.asarray(apply(image, Operation(name="recolour", colour="blue"), None)).astype(int)
    assert changed[45, 40, 2] > changed[45, 40, 0] + 60, "the disc is blue now"
    assert np.abs(changed[5, 5] - (236, 240, 244)).max() < 6, "the background is not"


def test_the_background_goes(image):
    cut = np.asarray(apply(image, Operation(name="remove_background"), None))
    assert cut[5, 5, 3] == 0
    assert cut[35, 42, 3] == 255
    assert tuple(np.asarray(apply(image, Operation(name="background", colour="yellow"), None))[5, 5]) != (236, 240, 244)


def test_a_mask_is_honoured(image):
    mask = np.zeros((60, 80), bool)
    mask[:, :40] = True
    changed = np.asarray(apply(image, Operation(name="invert"), mask)).astype(int)
    assert np.abs(changed[5, 70] - (236, 240, 244)).max() < 6
    assert changed[5, 5].max() < 40


def test_erasing_needs_a_mask(image):
    with pytest.raises(InvalidInput):
        apply(image, Operation(name="erase"), None)
    mask = np.zeros((60, 80), bool)
    mask[12:54, 22:64] = True
    erased = np.asarray(apply(image, Operation(name="erase"), mask)).astype(int)
    assert np.abs(erased[35, 42] - (236, 240, 244)).max() < 30


def test_sizes(image):
    assert apply(image, Operation(name="crop"), None).size == (60, 60)
    assert apply(image, Operation(name="resize", place="20x30"), None).size == (20, 30)
    assert apply(image, Operation(name="rotate", amount=90), None).size == (60, 80)
    assert apply(image, Operation(name="caption", text="Hi"), None).height > 60
    with pytest.raises(InvalidInput):
        apply(image, Operation(name="resize", place="9999x9999"), None)


def test_a_thing_is_put_on_a_beach(image):
    changed = np.asarray(apply(image, Operation(name="scene", text="on a beach with a palm tree"), None)).astype(int)
    assert changed.shape == (60, 80, 3)
    assert np.abs(changed - np.asarray(image)).max(-1)[:8].min() > 8, "the sky is another"
    red = (changed[..., 0] > 150) & (changed[..., 1] < 100)
    assert red.sum() > 300, "the disc is there"
    assert red[40:].sum() > red[:20].sum(), "and stands on the ground"
    again = np.asarray(apply(image, Operation(name="scene", text="on a beach with a palm tree"), None))
    assert (again == changed).all()


def test_what_runs_into_the_lower_edge_stays_there():
    made = Image.new("RGB", (80, 60), (236, 240, 244))
    ImageDraw.Draw(made).rectangle((30, 20, 50, 60), fill=(200, 50, 40))
    changed = np.asarray(apply(made, Operation(name="scene", text="in space"), None)).astype(int)
    assert changed[59, 40, 0] > 150
    assert changed[40, 40, 0] > 150
    assert changed[5, 5].sum() < 250


def test_a_mask_says_what_is_recoloured_and_what_stays_before_a_scene(image):
    two = image.copy()
    ImageDraw.Draw(two).ellipse((2, 2, 16, 16), fill=(200, 50, 40))
    mask = np.zeros((60, 80), bool)
    mask[:20, :20] = True
    changed = np.asarray(apply(two, Operation(name="recolour", colour="blue"), mask)).astype(int)
    assert changed[9, 9, 2] > changed[9, 9, 0] + 60
    assert changed[45, 40, 0] > changed[45, 40, 2] + 60, "outside the mask nothing changes"
    kept = np.zeros((60, 80), bool)
    kept[10:55, 20:65] = True
    scene = np.asarray(apply(two, Operation(name="scene", text="at night"), ~kept)).astype(int)
    assert np.abs(scene[30, 42] - np.asarray(two)[30, 42]).max() < 8
    assert scene[3, 75].sum() < 400


def test_faults_speak_the_language_of_the_instruction(image):
    with pytest.raises(InvalidInput, match="没有标出"):
        apply(image, Operation(name="erase"), None, "zh")
