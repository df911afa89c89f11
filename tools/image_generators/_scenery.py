"""Scenery: something cut out of a picture, put in a drawn place. Knows no instruction and finds no subject."""

from __future__ import annotations

import io
import threading

from PIL import Image, ImageFilter

from tools.shapes.paint import render
from tools.shapes.prompt import Plan, read
from tools.shapes.replan import without
from tools.shapes.vocabulary import things

FLOOR = 0.92
"""Share of the height at which things stand, when the cut does not run into the lower edge of its picture."""
_LEAST = 0.55
"""A thing smaller than this share of the picture is brought nearer."""


def onto(cut: Image.Image, words: str) -> Image.Image:
    """`cut` (RGBA) before the scene that `words` name ("a beach at night with a palm tree"), of the same size, RGB.

    What the words name besides the place is drawn at its sides, as far as there is a drawing by hand of it.
    """
    place = _drawn(words, cut.size)
    box = cut.getchannel("A").point(lambda alpha: 255 if alpha > 127 else 0).getbbox()
    if box is None:
        return place
    thing, at = _standing(cut, box)
    _shade(place, at, thing.size)
    place.paste(thing, at, thing)
    return place


def _drawn(words: str, size: tuple[int, int]) -> Image.Image:
    """The place, drawn; the same words and size give the same pixels."""
    plan = read(words)
    plan = without(plan, {n for n, group in enumerate(plan.groups) if things()[group.thing].paint is None})
    groups = [group.model_copy(update={"place": ("left", "right")[n % 2]}) for n, group in enumerate(plan.groups)]
    scenery = Plan(groups=tuple(groups), scene=plan.scene, time=plan.time)
    with Image.open(io.BytesIO(render(scenery, *size, 0, lambda share: None, threading.Event()))) as image:
        return image.convert("RGB")


def _standing(cut: Image.Image, box: tuple[int, int, int, int]) -> tuple[Image.Image, tuple[int, int]]:
    """The thing alone and its upper left corner: where it was if it runs into the lower edge, else standing on the ground."""
    thing = cut.crop(box)
    if box[3] >= cut.height - max(2, cut.height // 50):
        return thing, (box[0], box[1])
    wanted = min(_LEAST * cut.height / thing.height, 0.8 * cut.width / thing.width)
    if wanted > 1:
        size = (max(1, round(thing.width * wanted)), max(1, round(thing.height * wanted)))
        thing = thing.convert("RGBa").resize(size, Image.Resampling.BICUBIC).convert("RGBA")
    middle = (box[0] + box[2]) / 2
    left = round(min(max(0, middle - thing.width / 2), max(0, cut.width - thing.width)))
    top = round(FLOOR * cut.height) - thing.height
    return thing, (left, min(max(0, top), cut.height - thing.height))


def _shade(place: Image.Image, at: tuple[int, int], size: tuple[int, int]) -> None:
    """A soft shadow where the thing stands."""
    from PIL import ImageDraw

    dark = Image.new("L", place.size, 0)
    low, half = at[1] + size[1], max(2, round(size[0] * 0.045))
    ImageDraw.Draw(dark).ellipse((at[0] + size[0] * 0.08, low - half, at[0] + size[0] * 0.92, low + half), fill=90)
    place.paste((30, 34, 56), (0, 0), dark.filter(ImageFilter.GaussianBlur(max(1, half / 2))))
