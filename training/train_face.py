"""Trains the face finder: the network of tools/spotting.py on photographs whose faces a teacher boxed.

    python training/train_face.py --data DATA --cache FOLDER       # writes tools/emotions/face.safetensors and its card

The teacher is UltraFace (MIT), whose boxes are taken only where the words of a photograph say that a person is on it: on other
photographs it sees faces in wheels and flowers, and those are shown as pictures without a face. Faces are few (about 170 photographs), so
each is shown at many sizes, turned, tinted, grey and beside others in mosaics. No teacher weight is shipped.
"""

# ruff: noqa: E501 - tables and cards are one line each

from __future__ import annotations

import argparse
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps
from tqdm import tqdm

from training.data import Files, folder, held_out
from training.spotter import fit, options, save, targets, write_card

SIDE = 160
OUT = Path(__file__).parents[1] / "tools" / "emotions" / "face"
PEOPLE = re.compile(r"\b(man|woman|men|women|person|people|girl|boy|child|kid|lady|guy|player|skier|surfer)s?\b", re.I)
LICENCES = {
    "photos/caltech101": "CC BY 4.0", "photos/coco_captions": "CC BY, CC BY-SA (photographs), CC BY 4.0 (captions)", "photos/flowers": "CC BY 2.0",
    "photos/pets": "CC BY-SA 4.0", "products/magento": "OSL-3.0", "images/clothing": "CC0 1.0", "drawings/emoji": "Apache-2.0, MIT, CC BY 4.0, CC BY-SA 4.0",
}  # fmt: skip


def photographs(data: Path, *, held: bool, detector: Path):
    """Photographs with their faces, and photographs without any; `held` are those kept back for scoring."""
    from assistant.evaluation.faces import people, teacher_boxes

    with_faces, without = [], []
    for key, image in people(data):
        if held_out(key, 5) == held:
            boxes = teacher_boxes(detector, image, 0.85)
            if boxes:
                with_faces.append((image, boxes))
    for name, wanted in (("photos/caltech101/dev/caltech101", 1400), ("photos/flowers/dev/flower_photos", 150), ("photos/pets/dev/oxford_pets_sample", 280),
                         ("images/dev/clothing_photos", 200), ("drawings/emoji/dev/emoji", 150)):  # fmt: skip
        files = Files(data, name)
        rows = {
            r["file"]: r
            for r in files.rows
            if held_out(r["file"], 5) == held and r.get("label") not in ("human face", "buddha", "saxophone", "euphonium")
        }
        for file in random.Random(5).sample(sorted(rows), min(len(rows), wanted)):
            picture = files.picture(file)
            ground = Image.new("RGBA", picture.size, "white")
            ground.alpha_composite(picture)
            image = ground.convert("RGB")
            if name.startswith("images") and teacher_boxes(detector, image, 0.6):
                continue  # perhaps somebody wears it
            without.append(image)
    return with_faces, without


def cell(dice: random.Random, size: int, with_faces: list, without: list) -> tuple[Image.Image, list]:
    """A square piece of a photograph with the boxes (fractions) of the faces in it."""
    if dice.random() < 0.45:
        return crop(dice.choice(without), [], dice, size, None)
    image, boxes = dice.choice(with_faces)
    return crop(image, boxes, dice, size, dice.choice(boxes))


def crop(image: Image.Image, boxes: list, dice: random.Random, size: int, around) -> tuple[Image.Image, list]:
    w, h = image.size
    if around is None:
        extent = dice.uniform(0.4, 1.2) * max(w, h)
        cx, cy = dice.uniform(0.2, 0.8) * w, dice.uniform(0.2, 0.8) * h
    else:
        face = max((around[2] - around[0]) * w, (around[3] - around[1]) * h)
        extent = face / dice.choice([dice.uniform(0.12, 0.3), dice.uniform(0.25, 0.8)])
        cx = (around[0] + around[2]) / 2 * w + dice.uniform(-0.4, 0.4) * (extent - face)
        cy = (around[1] + around[3]) / 2 * h + dice.uniform(-0.4, 0.4) * (extent - face)
    turn = dice.uniform(-18, 18) if dice.random() < 0.4 else 0.0
    x0, y0 = cx - extent / 2, cy - extent / 2
    fill = tuple(int(v) for v in np.asarray(image.resize((1, 1)))[0, 0])
    part = image.transform(
        (size, size), Image.Transform.EXTENT, (x0, y0, x0 + extent, y0 + extent), Image.Resampling.BILINEAR, fillcolor=fill
    )
    found = []
    for bx in boxes:
        box = [(bx[0] * w - x0) / extent, (bx[1] * h - y0) / extent, (bx[2] * w - x0) / extent, (bx[3] * h - y0) / extent]
        mx, my = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        if 0.05 < mx < 0.95 and 0.05 < my < 0.95:
            found.append(box)
    if turn:
        part = part.rotate(turn, Image.Resampling.BILINEAR, fillcolor=fill)
        angle = np.deg2rad(-turn)
        for box in found:
            mx, my, bw, bh = (box[0] + box[2]) / 2 - 0.5, (box[1] + box[3]) / 2 - 0.5, box[2] - box[0], box[3] - box[1]
            mx, my = mx * np.cos(angle) - my * np.sin(angle) + 0.5, mx * np.sin(angle) + my * np.cos(angle) + 0.5
            box[:] = [mx - bw / 2, my - bh / 2, mx + bw / 2, my + bh / 2]
    if dice.random() < 0.25:
        part = ImageOps.grayscale(part).convert("RGB")
    if dice.random() < 0.3:
        part = ImageOps.autocontrast(part, cutoff=dice.choice([0, 2, 5]))
    return part, found


def mosaic(dice: random.Random, with_faces: list, without: list) -> tuple[np.ndarray, np.ndarray]:
    """A square of one to nine pieces with its boxes."""
    grid = dice.choice([1, 1, 1, 2, 2, 3])
    canvas = Image.new("RGB", (SIDE, SIDE))
    edges = [round(n * SIDE / grid) for n in range(grid + 1)]
    boxes = []
    for row in range(grid):
        for column in range(grid):
            size = max(edges[1], SIDE // grid + 1)
            part, found = cell(dice, size, with_faces, without)
            canvas.paste(part, (edges[column], edges[row]))
            for x0, y0, x1, y1 in found:
                boxes.append(
                    [
                        (edges[column] + v * size) / SIDE if i % 2 == 0 else (edges[row] + v * size) / SIDE
                        for i, v in enumerate((x0, y0, x1, y1))
                    ]
                )
    return np.asarray(canvas), np.asarray(boxes, np.float32).reshape(-1, 4)


def render(data: Path, count: int, seed: int, detector: Path) -> dict[str, np.ndarray]:
    with_faces, without = photographs(data, held=False, detector=detector)
    print(len(with_faces), "photographs with faces,", len(without), "without")
    cells = SIDE // 4
    samples = {
        "pictures": np.zeros((count, SIDE, SIDE, 3), np.uint8), "heat": np.zeros((count, cells, cells), np.float16),
        "reach": np.zeros((count, 4, cells, cells), np.uint8), "counts": np.zeros((count, cells, cells), np.uint8),
        "mask": np.zeros((count, cells, cells), np.uint8),
    }  # fmt: skip
    for n in tqdm(range(count), desc="mosaics", mininterval=10):
        picture, boxes = mosaic(random.Random(f"{seed}/{n}"), with_faces, without)
        heat, reach, counts = targets(boxes, SIDE)
        samples["pictures"][n], samples["heat"][n], samples["reach"][n], samples["counts"][n] = (
            picture,
            heat,
            np.clip(reach, 0, 1) * 255,
            counts,
        )
        for x0, y0, x1, y1 in np.clip(np.round(boxes * cells), 0, cells).astype(int):
            samples["mask"][n, y0:y1, x0:x1] = 255
    return samples


def main() -> None:
    given = options(__doc__, OUT, ("mosaics", 4000), epochs=7, width=12)
    data = folder(given.data)
    detector = data / "models" / "ultraface" / "version-RFB-320.onnx"
    samples = render(data, given.mosaics, given.seed, detector)
    net, seconds = fit(
        samples, width=given.width, side=SIDE, epochs=given.epochs, batch=32, seed=given.seed, checkpoint=given.cache / "face.pt"
    )
    path = given.out.with_suffix(".safetensors")
    write_card(path, about(data, path, save(net, path, SIDE), round(seconds), given))


def about(data: Path, path: Path, count: int, seconds: int, given: argparse.Namespace) -> dict[str, Any]:
    """What is known of the weights besides their file."""
    from assistant.evaluation.faces import evaluate
    from tools.emotions.face import create

    scores = {s.name: round(s.value, 4) for s in evaluate(data, create())}
    return {
        "name": "face-spotter-1", "role": "emotion", "source": "training/train_face.py",
        "parameters": count, "scores": scores,
        "limits": "Finds faces that look towards the camera and take at least a twelfth of the picture; learned from few people, so it misses some.",
        "training": {
            "command": f"python training/train_face.py --data DATA --cache FOLDER --mosaics {given.mosaics} --epochs {given.epochs}",
            "seconds": seconds, "device": "1 CPU core", "teacher": "UltraFace version-RFB-320 (MIT): boxes only, no weights", "data": LICENCES,
        },
    }  # fmt: skip


if __name__ == "__main__":
    main()
