"""Looks at the scenes that models are trained and measured on; they are drawn by `assistant/evaluation/scenes.py`, so that both agree.

python training/scenes.py --data DATA --out FOLDER --count 20
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from assistant.evaluation.questions import ask
from assistant.evaluation.scenes import COLOURS, Grounds, Sprites, draw, paste, recoloured, trimmed
from training.data import folder

__all__ = ["COLOURS", "Grounds", "Sprites", "draw", "paste", "recoloured", "trimmed"]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data")
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--count", type=int, default=20)
    options.add_argument("--pool", default="train", choices=["train", "held", "unseen"])
    options.add_argument("--seed", type=int, default=7)
    given = options.parse_args()
    data = folder(given.data)
    sprites, grounds = Sprites(data, given.pool), Grounds(data, held=given.pool != "train")
    given.out.mkdir(parents=True, exist_ok=True)
    for n in range(given.count):
        dice = random.Random(f"{given.seed}/{n}")
        scene = draw(sprites, grounds, dice)
        scene.image.save(given.out / f"{n}.png")
        for asked in ask(scene, sprites, dice):
            print(n, asked.kind, asked.question, asked.answers)


if __name__ == "__main__":
    main()
