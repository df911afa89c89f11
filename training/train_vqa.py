"""Trains the network that finds the things of a drawn scene, so that they can be counted, placed and named one by one.

    python training/train_vqa.py --data DATA --cache FOLDER        # writes tools/vqa/things.safetensors and its card

Scenes are rendered: up to eight drawings (emoji in all styles but the one left out, clip art, sprites) or plane figures on flat, shaded
and photographed grounds; pictures with nothing on them too. Scored on scenes in the style left out, on photographs not used here.
"""

# ruff: noqa: E501 - tables and cards are one line each

from __future__ import annotations

import argparse
import random
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw
from tqdm import tqdm

from training.data import STYLE_LEFT_OUT, Files, folder, held_out
from training.scenes import COLOURS, Grounds, paste, recoloured, trimmed
from training.spotter import fit, options, save, targets, write_card

SIDE = 128
OUT = Path(__file__).parents[1] / "tools" / "vqa" / "things"
SETS = {
    "drawings/emoji/dev/emoji": "Apache-2.0, MIT, CC BY 4.0 (twemoji, fxemoji), CC BY-SA 4.0 (openmoji)", "drawings/openclipart/dev/openclipart": "CC0 1.0",
    "drawings/kenney/dev/kenney_sprites": "CC0 1.0", "drawings/glitch/dev/glitch_assets": "CC0 1.0",
}  # fmt: skip
GROUNDS = {"photos/flowers": "CC BY 2.0", "photos/grocery": "MIT"}


class Pool:
    """Every drawing that may be trained on."""

    def __init__(self, data: Path, dice: random.Random, most: int = 2500) -> None:
        self.sprites = []
        for name in SETS:
            files = Files(data, name)
            rows = [
                r["file"]
                for r in files.rows
                if r.get("style") != STYLE_LEFT_OUT and not held_out(r["label"] if "label" in r else r["file"], 10)
            ]
            for file in dice.sample(rows, min(len(rows), most if "emoji" in name else most // 4)):
                sprite = trimmed(files.picture(file))
                if min(sprite.size) >= 12:
                    self.sprites.append(sprite)


def figure(dice: random.Random) -> Image.Image:
    """A plane figure in one colour."""
    sprite = Image.new("RGBA", (64, 64))
    colour = (*dice.choice(COLOURS[dice.choice(sorted(COLOURS))]), 255)
    w, h = dice.randint(24, 63), dice.randint(24, 63)
    pen = ImageDraw.Draw(sprite)
    kind = dice.randint(0, 3)
    if kind == 0:
        pen.ellipse((0, 0, w, h), fill=colour)
    elif kind == 1:
        pen.rectangle((0, 0, w, h), fill=colour)
    elif kind == 2:
        pen.polygon([(w // 2, 0), (w, h), (0, h)], fill=colour)
    else:
        pen.regular_polygon((32, 32, dice.randint(14, 31)), dice.choice([4, 5, 6, 8]), rotation=dice.randint(0, 90), fill=colour)
    return trimmed(sprite.rotate(dice.uniform(-20, 20), Image.Resampling.BICUBIC))


def scene(pool: Pool, grounds: Grounds, dice: random.Random) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pixels, boxes and mask of a square with some things on it."""
    canvas, _ = grounds.make((SIDE, SIDE), dice, 0.35)
    bars = dice.random()
    if bars < 0.35:  # pictures that are not square
        edge = dice.randint(8, 32)
        canvas = stretched(canvas, edge, sideways=bars < 0.18)
    mask = np.zeros((SIDE, SIDE), np.float32)
    count = dice.choice([0, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 8])
    boxes: list[tuple[float, float, float, float]] = []
    same = dice.choice(pool.sprites) if dice.random() < 0.35 else None
    largest = {0: 0, 1: 0.95, 2: 0.6, 3: 0.45, 4: 0.4, 5: 0.35, 6: 0.32, 8: 0.25}[count]
    for _ in range(count):
        sprite = figure(dice) if dice.random() < 0.12 else same if same and dice.random() < 0.85 else dice.choice(pool.sprites)
        if dice.random() < 0.35:
            sprite = recoloured(sprite, dice.choice(COLOURS[dice.choice(sorted(COLOURS))]))
        if dice.random() < 0.15:
            sprite = trimmed(sprite.rotate(dice.uniform(-30, 30), Image.Resampling.BICUBIC, expand=True))
        extent = SIDE * dice.uniform(max(0.1, largest * 0.35), largest)
        scale = extent / max(sprite.size)
        sprite = sprite.resize((max(3, round(sprite.width * scale)), max(3, round(sprite.height * scale))), Image.Resampling.BOX)
        if dice.random() < 0.5:
            sprite = sprite.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        spot = free(sprite.size, boxes, dice)
        if spot and visible(sprite, canvas, spot):
            boxes.append(paste(canvas, mask, sprite, spot))
    return np.asarray(canvas), np.asarray(boxes, np.float32).reshape(-1, 4), mask


def stretched(canvas: Image.Image, edge: int, *, sideways: bool) -> Image.Image:
    """The ground as tools/spotting.py sees that of an oblong picture: its last rows repeated."""
    array = np.asarray(canvas).copy()
    if sideways:
        array[:, :edge], array[:, -edge:] = array[:, edge : edge + 1], array[:, -edge - 1 : -edge]
    else:
        array[:edge], array[-edge:] = array[edge : edge + 1], array[-edge - 1 : -edge]
    return Image.fromarray(array)


def free(size: tuple[int, int], boxes: list, dice: random.Random) -> tuple[int, int] | None:
    """A place that touches no other thing much."""
    for _ in range(12):
        x, y = dice.randint(-2, max(-1, SIDE - size[0] + 2)), dice.randint(-2, max(-1, SIDE - size[1] + 2))
        if all(shared((x, y, x + size[0], y + size[1]), [v * SIDE for v in b]) < 0.04 for b in boxes):
            return x, y
    return None


def shared(a, b) -> float:
    """Share of the smaller box that lies in the other."""
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return 0.0 if w <= 0 or h <= 0 else w * h / min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))


def visible(sprite: Image.Image, canvas: Image.Image, spot: tuple[int, int]) -> bool:
    """Whether a person would see it before this ground."""
    under = np.asarray(canvas.crop((*spot, spot[0] + sprite.width, spot[1] + sprite.height)), np.float32)
    over = np.asarray(sprite, np.float32)
    alpha = over[..., 3] / 255
    return float((np.abs(over[..., :3] - under).sum(-1) * alpha).sum() / max(1.0, alpha.sum())) > 60


def render(data: Path, count: int, seed: int) -> dict[str, np.ndarray]:
    """`count` scenes with their targets, small enough to keep in memory."""
    pool, grounds = Pool(data, random.Random(seed)), Grounds(data, held=False)
    cells = SIDE // 4
    samples = {
        "pictures": np.zeros((count, SIDE, SIDE, 3), np.uint8), "heat": np.zeros((count, cells, cells), np.float16),
        "reach": np.zeros((count, 4, cells, cells), np.uint8), "counts": np.zeros((count, cells, cells), np.uint8), "mask": np.zeros((count, cells, cells), np.uint8),
    }  # fmt: skip
    for n in tqdm(range(count), desc="scenes", mininterval=10):
        picture, boxes, mask = scene(pool, grounds, random.Random(f"{seed}/{n}"))
        heat, reach, counts = targets(boxes, SIDE)
        samples["pictures"][n], samples["heat"][n], samples["reach"][n] = picture, heat, np.clip(reach, 0, 1) * 255
        samples["counts"][n] = counts
        samples["mask"][n] = mask.reshape(cells, 4, cells, 4).mean((1, 3)) * 255
    return samples


def main() -> None:
    given = options(__doc__, OUT, ("scenes", 5000), epochs=9, width=16)
    data = folder(given.data)
    samples = render(data, given.scenes, given.seed)
    net, seconds = fit(
        samples, width=given.width, side=SIDE, epochs=given.epochs, batch=32, seed=given.seed, checkpoint=given.cache / "things.pt"
    )
    path = given.out.with_suffix(".safetensors")
    write_card(path, about(data, path, save(net, path, SIDE), round(seconds), given))


def about(data: Path, path: Path, count: int, seconds: int, given: argparse.Namespace) -> dict[str, Any]:
    """What is known of the weights besides their file."""
    from assistant.evaluation.vqa import found_things

    scores = {s.name: round(s.value, 4) for s in found_things(data, path)}
    return {
        "name": "scene-spotter-1", "role": "vqa", "source": "training/train_vqa.py",
        "parameters": count, "scores": scores,
        "limits": "Finds separate drawn things and plane figures, up to about eight; not the things of a photograph, nor things that cover one another.",
        "training": {
            "command": f"python training/train_vqa.py --data DATA --cache FOLDER --scenes {given.scenes} --epochs {given.epochs} --width {given.width}",
            "seconds": seconds, "device": "1 CPU core", "data": SETS | GROUNDS,
        },
    }  # fmt: skip


if __name__ == "__main__":
    main()
