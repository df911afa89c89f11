"""Scenes drawn from the drawing sets with everything known about them: things, colours, places. Knows no question.

A scene is one to five drawings on a flat, shaded or photographed ground, in its own colours or recoloured. The same seed gives the
same scene. Drawings come from three disjoint pools: `train` (all styles but the one left out, without the concepts never seen), `held`
(only the style left out) and `unseen` (the concepts that nothing was trained on, in every style).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from assistant.evaluation.base import STYLE_LEFT_OUT, Files, held_out
from tools.vqa._names import Name, names

Box = tuple[float, float, float, float]
Colour = tuple[int, int, int]
COLOURS: dict[str, list[Colour]] = {
    "red": [(214, 40, 40), (230, 57, 70), (190, 20, 35)],
    "orange": [(245, 130, 30), (255, 145, 0)],
    "yellow": [(250, 210, 40), (255, 225, 60)],
    "green": [(46, 160, 67), (34, 139, 34), (90, 185, 80)],
    "blue": [(40, 90, 210), (50, 120, 220), (30, 70, 170)],
    "purple": [(128, 50, 170), (145, 80, 195)],
    "pink": [(255, 130, 180), (245, 150, 190)],
    "brown": [(130, 80, 40), (110, 65, 35)],
    "black": [(25, 25, 28), (40, 40, 42)],
    "white": [(248, 248, 246), (255, 255, 255)],
    "gray": [(130, 132, 136), (150, 150, 152)],
}
"""Name -> what it looks like."""


@dataclass
class Thing:
    """One drawing in a scene."""

    noun: str
    colour: str
    """Empty when it kept its own colours."""
    box: Box
    """Fractions, of its visible part."""


@dataclass
class Scene:
    """A picture and what is known of it."""

    image: Image.Image
    things: list[Thing]
    background: str
    """Colour, or `photo`."""
    mask: NDArray[np.float32]
    """Share of each pixel that belongs to a thing."""


class Sprites:
    """Drawings by noun."""

    def __init__(self, data: Path, pool: str) -> None:
        """`pool` is train, held or unseen."""
        self._files = Files(data, "drawings/emoji/dev/emoji")
        label_of = {label: name.noun for name in names().values() for label in name.drawn}
        self.by_noun: dict[str, list[str]] = {}
        for row in self._files.rows:
            noun = label_of.get(row["label"])
            unseen = held_out(row["label"], 10)
            left = row["style"] == STYLE_LEFT_OUT
            wanted = {"train": not left and not unseen, "held": left and not unseen, "unseen": unseen}[pool]
            if noun and wanted:
                self.by_noun.setdefault(noun, []).append(row["file"])
        self.all = sorted(self.by_noun)
        self._cache: dict[str, Image.Image] = {}

    def get(self, noun: str, dice: random.Random) -> Image.Image:
        """A drawing of the noun, cropped to what is visible."""
        file = dice.choice(self.by_noun[noun])
        if file not in self._cache:
            self._cache[file] = trimmed(self._files.picture(file))
        return self._cache[file]

    def name(self, noun: str) -> Name:
        """How it is said."""
        return names()[noun]


class Grounds:
    """Photographs to stand behind things, and flat or shaded colours."""

    SETS = ("photos/flowers/dev/flower_photos", "photos/grocery/dev/grocery_photos")

    def __init__(self, data: Path, *, held: bool) -> None:
        """Photographs for scoring (`held`) are others than those for training."""
        self._rows = [
            (files, row["file"])
            for files in (Files(data, name) for name in self.SETS)
            for row in files.rows
            if held_out(row["file"], 8) == held
        ]

    def make(self, size: tuple[int, int], dice: random.Random, photos: float) -> tuple[Image.Image, str]:
        """A ground and its colour name; a share `photos` of them photographed."""
        chance = dice.random()
        if chance < photos:
            files, name = dice.choice(self._rows)
            image = files.picture(name).convert("RGB")
            scale = max(size[0] / image.width, size[1] / image.height) * dice.uniform(1, 1.6)
            image = image.resize((max(size[0], round(image.width * scale)), max(size[1], round(image.height * scale))))
            x, y = dice.randint(0, image.width - size[0]), dice.randint(0, image.height - size[1])
            image = image.crop((x, y, x + size[0], y + size[1]))
            return image.filter(ImageFilter.GaussianBlur(size[0] * dice.uniform(0.003, 0.015))), "photo"
        name = dice.choice(["white", "white", *COLOURS])
        base = np.asarray(dice.choice(COLOURS[name]), np.float32)
        if name not in ("white", "black", "gray", "brown") and dice.random() < 0.6:
            base = base + (255 - base) * dice.uniform(0.1, 0.5)
        if chance < photos + 0.25:
            slope = np.linspace(-1, 1, size[1])[:, None] * dice.uniform(-18, 18) + np.linspace(-1, 1, size[0])[None] * dice.uniform(-18, 18)
            array = np.clip(base + slope[..., None], 0, 255).astype(np.uint8)
            return Image.fromarray(array), name
        return Image.new("RGB", size, (int(base[0]), int(base[1]), int(base[2]))), name


def trimmed(sprite: Image.Image) -> Image.Image:
    """Without the transparent rim."""
    box = sprite.getchannel("A").point(lambda a: 255 if a > 40 else 0).getbbox()
    return sprite.crop(box) if box else sprite


def recoloured(sprite: Image.Image, colour: Colour) -> Image.Image:
    """The drawing in one colour, its light and shade kept."""
    array = np.asarray(sprite, np.float32)
    light = array[..., :3] @ np.asarray([0.3, 0.59, 0.11], np.float32) / 255
    seen = array[..., 3] > 40
    mean = float(light[seen].mean()) if seen.any() else 0.5
    factor = np.clip(1 + 0.9 * (light - mean), 0.35, 1.7)[..., None]
    wanted = np.asarray(colour, np.float32)
    out = np.where(factor <= 1, wanted * factor, wanted + (255 - wanted) * (factor - 1) * 0.6)
    return Image.fromarray(np.dstack([np.clip(out, 0, 255), array[..., 3]]).astype(np.uint8))


def contrasts(a: Colour, ground: Image.Image) -> bool:
    """Whether a thing of this colour can be seen on the ground."""
    mean = np.asarray(ground.resize((8, 8))).reshape(-1, 3).mean(0)
    return float(np.abs(np.asarray(a) - mean).sum()) > 110


def paste(canvas: Image.Image, mask: NDArray[np.float32], sprite: Image.Image, where: tuple[int, int]) -> Box:
    """Puts a drawing on the canvas; its box."""
    canvas.paste(sprite.convert("RGB"), where, sprite.getchannel("A"))
    x, y = where
    alpha = np.asarray(sprite.getchannel("A"), np.float32) / 255
    x0, y0, x1, y1 = max(0, x), max(0, y), min(canvas.width, x + sprite.width), min(canvas.height, y + sprite.height)
    mask[y0:y1, x0:x1] = np.maximum(mask[y0:y1, x0:x1], alpha[y0 - y : y1 - y, x0 - x : x1 - x])
    return (x0 / canvas.width, y0 / canvas.height, x1 / canvas.width, y1 / canvas.height)


def places(count: int, size: tuple[int, int], dice: random.Random) -> list[tuple[float, float, float]]:
    """Centres and sides (pixels) of things that do not overlap, each well inside one of nine fields."""
    short = min(size)
    if count == 1 and dice.random() < 0.4:
        return [(size[0] / 2, size[1] / 2, short * dice.uniform(0.45, 0.85))]
    cells = [(c, r) for c in range(3) for r in range(3)]
    dice.shuffle(cells)
    cell = min(size[0], size[1]) / 3
    found = []
    for c, r in cells[:count]:
        side = cell * dice.uniform(0.6, 0.92)
        found.append(
            (
                (c + 0.5) * size[0] / 3 + dice.uniform(-0.03, 0.03) * size[0],
                (r + 0.5) * size[1] / 3 + dice.uniform(-0.03, 0.03) * size[1],
                side,
            )
        )
    return found


def draw(sprites: Sprites, grounds: Grounds, dice: random.Random, *, photos: float = 0.25, side: tuple[int, int] = (200, 420)) -> Scene:
    """A scene: one thing, several of a kind, or several kinds."""
    width = dice.randint(*side)
    size = (width, round(width * dice.choice([1, 1, 0.75, 1.33])))
    ground, background = grounds.make(size, dice, photos)
    canvas, mask = ground.copy(), np.zeros(size[::-1], np.float32)
    plan = _plan(sprites, dice)
    things = []
    for (noun, wanted), (x, y, extent) in zip(plan, places(len(plan), size, dice), strict=True):
        sprite, colour = sprites.get(noun, dice), wanted
        shade = dice.choice(COLOURS[colour]) if colour else None
        if shade and not contrasts(shade, ground):
            colour, shade = next(
                ((c, v[0]) for c, v in dice.sample(sorted(COLOURS.items()), len(COLOURS)) if c != background and contrasts(v[0], ground)),
                ("", None),
            )
        if shade:
            sprite = recoloured(sprite, shade)
        scale = extent / max(sprite.size)
        sprite = sprite.resize((max(4, round(sprite.width * scale)), max(4, round(sprite.height * scale))), Image.Resampling.LANCZOS)
        if dice.random() < 0.3:
            sprite = sprite.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        box = paste(canvas, mask, sprite, (round(x - sprite.width / 2), round(y - sprite.height / 2)))
        things.append(Thing(noun, colour, box))
    return Scene(canvas, things, background, mask)


def _plan(sprites: Sprites, dice: random.Random) -> list[tuple[str, str]]:
    """Nouns and colours of the things to draw."""
    kinds = dice.choice([1, 1, 2, 2, 3, 4])
    chosen = dice.sample(sprites.all, kinds)
    plan: list[tuple[str, str]] = []
    for noun in chosen:
        colour = dice.choice(sorted(COLOURS)) if dice.random() < 0.5 else ""
        again = dice.choice([1, 2, 3, 4]) if kinds <= 2 else 1
        plan += [(noun, colour)] * min(again, 5 - len(plan))
    return plan[:5]
