"""Learns which nouns the outlines of drawings stand for: a linear discriminant over edge directions, see tools/vqa/_outlines.py.

    python training/train_vqa_names.py --data DATA       # writes tools/vqa/names.safetensors and its card; about two minutes on one core

Cut-outs are rendered: every noun 36 times, drawings of all styles but the one left out, half of them recoloured, turned a little, on flat,
shaded and photographed grounds. The discriminant shares one covariance (Fisher 1936), shrunk towards a sphere; there is nothing to resume.
"""

# ruff: noqa: E501 - tables and cards are one line each

from __future__ import annotations

import argparse
import hashlib
import json
import random
import time
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.numpy import save_file
from tqdm import tqdm

from assistant.evaluation.scenes import COLOURS, Grounds, Sprites, contrasts, recoloured, trimmed
from tools.vqa._outlines import WEIGHTS, features
from training.data import folder

EACH, SHRUNK = 36, 0.3


def cutout(sprite: Image.Image, dice: random.Random, grounds: Grounds) -> np.ndarray:
    """A drawing on a ground, as it is cut out of a scene."""
    colour = dice.choice(COLOURS[dice.choice(sorted(COLOURS))]) if dice.random() < 0.5 else None
    if colour:
        sprite = recoloured(sprite, colour)
    scale = dice.uniform(40, 110) / max(sprite.size)
    sprite = sprite.resize((max(4, round(sprite.width * scale)), max(4, round(sprite.height * scale))))
    if dice.random() < 0.4:
        sprite = sprite.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if dice.random() < 0.25:
        sprite = trimmed(sprite.rotate(dice.uniform(-12, 12), Image.Resampling.BICUBIC, expand=True))
    longest = max(sprite.size)
    left, right, top, bottom = (round(longest * dice.uniform(-0.01, 0.12)) for _ in range(4))
    size = (max(8, sprite.width + left + right), max(8, sprite.height + top + bottom))
    for _ in range(6):
        ground, _ = grounds.make(size, dice, 0.25)
        if colour is None or contrasts(colour, ground):
            break
    ground = ground.convert("RGB")
    ground.paste(sprite.convert("RGB"), (max(0, left), max(0, top)), sprite.getchannel("A"))
    return np.asarray(ground)


def cutouts(sprites: Sprites, nouns: list[str], each: int, grounds: Grounds, salt: str) -> tuple[np.ndarray, np.ndarray]:
    """Features and places of the nouns."""
    crops, truth = [], []
    for place, noun in enumerate(tqdm(nouns, desc="cut-outs", mininterval=10)):
        for n in range(each):
            dice = random.Random(f"{salt}{noun}{n}")
            crops.append(cutout(sprites.get(noun, dice), dice, grounds))
            truth.append(place)
    return np.concatenate([features(crops[n : n + 500]) for n in range(0, len(crops), 500)]), np.asarray(truth)


def discriminant(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights and biases."""
    means = np.stack([x[y == n].mean(0) for n in range(y.max() + 1)])
    centred = x - means[y]
    covariance = centred.T @ centred / len(centred)
    inverse = np.linalg.inv(covariance + SHRUNK * np.trace(covariance) / len(covariance) * np.eye(len(covariance)))
    weight = inverse @ means.T
    return weight, -0.5 * (means @ inverse * means).sum(1)


def heat_of(x: np.ndarray, y: np.ndarray) -> float:
    """The divisor that makes the right noun most likely on cut-outs that the discriminant did not see (every third)."""
    part = np.arange(len(y)) % 3 == 0
    weight, bias = discriminant(x[~part], y[~part])
    scores = x[part] @ weight + bias

    def surprise(heat: float) -> float:
        lifted = scores / heat - (scores / heat).max(1, keepdims=True)
        return float((np.log(np.exp(lifted).sum(1)) - lifted[np.arange(len(lifted)), y[part]]).mean())

    return float(min(np.geomspace(0.5, 12, 30), key=surprise))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data")
    options.add_argument("--out", type=Path, default=WEIGHTS)
    given = options.parse_args()
    data, began = folder(given.data), time.time()
    sprites = Sprites(data, "train")
    x, y = cutouts(sprites, sprites.all, EACH, Grounds(data, held=False), "")
    write(data, given.out, sprites.all, x, y, began)


def write(data: Path, out: Path, nouns: list[str], x: np.ndarray, y: np.ndarray, began: float) -> None:
    weight, bias = discriminant(x, y)
    tensors = {"weight": weight.astype(np.float16), "bias": bias.astype(np.float16)}
    save_file(tensors, out, {"nouns": "|".join(nouns), "heat": f"{heat_of(x, y):.3f}"})
    seconds = round(time.time() - began)
    held = Sprites(data, "held")
    shared = [n for n in nouns if n in held.by_noun]
    tested, truth = cutouts(held, shared, 3, Grounds(data, held=True), "h")
    scores = tested @ weight + bias
    places = np.asarray([nouns.index(n) for n in shared])[truth]
    rank = (scores > scores[np.arange(len(places)), places][:, None]).sum(1)
    card = {
        "name": "outline-names-1", "role": "vqa", "kind": "learned", "source": "training/train_vqa_names.py", "revision": "1",
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(), "licence": "Apache-2.0", "bytes": out.stat().st_size, "modalities": ["image"],
        "scores": {"nouns": len(nouns), "style_left_out_top1": round(float((rank == 0).mean()), 4), "style_left_out_top5": round(float((rank < 5).mean()), 4)},
        "limits": "Names drawings by their outline, from the front or side as emoji show them; knows no photograph.",
        "training": {
            "command": "python training/train_vqa_names.py --data DATA", "seconds": seconds, "device": "1 CPU core",
            "data": {"drawings/emoji": "Apache-2.0, MIT, CC BY 4.0 (twemoji, fxemoji), CC BY-SA 4.0 (openmoji)", "photos/flowers": "CC BY 2.0", "photos/grocery": "MIT"},
        },
    }  # fmt: skip
    out.with_suffix(".card.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(card["scores"]))


if __name__ == "__main__":
    main()
