"""Scores of the picture half of the joint space, on pictures that were kept back: names, colours, grounds, and pictures by pictures.

Photographs are asked among the 107 labels of four sets together (Caltech-101, flowers, fruits, pets), clothes among their ten kinds;
drawings among all pictures of one style.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from assistant.evaluation.base import STYLE_LEFT_OUT, Files, Score, held_out
from retrieval.content import Content
from retrieval.embedders import colour_layout
from retrieval.embedders.base import Embedder, Vectors
from retrieval.likeness import chances

ROLE = "image_embedder"
EMOJI, CLOTHES = "drawings/emoji/dev/emoji", "images/dev/clothing_photos"
PHOTOS = {
    "caltech101": "photos/caltech101/dev/caltech101", "flowers": "photos/flowers/dev/flower_photos",
    "fruits": "photos/fruits/dev/fruits360_3body", "pets": "photos/pets/dev/oxford_pets_sample",
}  # fmt: skip
GOALS = {"caltech101": 0.72, "flowers": 0.75, "fruits": 0.90, "pets": 0.80}
PROMPTS = ("a photo of {}", "{}")
SEEN_STYLE = "noto"
DRAWN = 60
"""Drawings that are coloured in twelve ways each."""
COLOURS = {
    "red": (220, 45, 45), "orange": (235, 135, 35), "yellow": (240, 210, 60), "green": (55, 155, 75), "teal": (45, 155, 155),
    "blue": (50, 100, 210), "purple": (135, 70, 170), "pink": (235, 135, 180), "brown": (125, 80, 50), "black": (30, 30, 32),
    "white": (250, 250, 250), "grey": (145, 145, 145),
}  # fmt: skip
CLOTHES_NAMES = {
    "longsleeve": "long-sleeved shirt", "outwear": "jacket", "t-shirt": "t-shirt", "pants": "pants", "shorts": "shorts", "shoes": "shoes",
}  # fmt: skip
Rgba = NDArray[np.float32]
NEAREST = "the nearest other picture kept back has its label; as shipped, by the encoder alone, by colour and layout alone"


def article(noun: str) -> str:
    """`a cat`, `an owl`; a plural stays as it is."""
    if noun.endswith("s") and not noun.endswith("ss"):
        return noun
    return ("an " if noun[:1].lower() in "aeiou" else "a ") + noun


def prompted(embedder: Embedder, names: Sequence[str], prompts: Sequence[str] = PROMPTS) -> Vectors:
    """One unit vector for each name: the mean over the prompts."""
    parts = [embedder.embed([Content.from_text(prompt.format(article(name))) for name in names]) for prompt in prompts]
    total = np.sum(parts, axis=0)
    unit: Vectors = (total / np.linalg.norm(total, axis=1, keepdims=True)).astype(np.float32)
    return unit


def evaluate(data: Path, embedder: Embedder) -> list[Score]:
    """Every figure of the picture encoder; about 70 s on two cores."""
    return [*_photographs(data, embedder), *_clothes(data, embedder), *_drawings(data, embedder), *_colours(data, embedder)]


def _top(vectors: Vectors, names: Vectors, right: Sequence[int], most: int) -> float:
    ranks = np.argsort(-(vectors @ names.T), axis=1)[:, :most]
    return float((ranks == np.asarray(right)[:, None]).any(1).mean())


def nearest(alike: NDArray[np.float32], labels: Sequence[str], sources: Sequence[str]) -> float:
    """Share of pictures whose nearest picture of another source has the same label; `alike` is square."""
    alike = alike.copy()
    alike[np.asarray(sources)[:, None] == np.asarray(sources)[None]] = -2
    found = np.asarray(labels)
    return float((found[alike.argmax(1)] == found).mean())


def _held(data: Path, name: str, label: str = "label") -> tuple[Files, list[dict[str, str]], list[str]]:
    """The set, its rows that were kept back, and all its labels."""
    files = Files(data, name)
    return files, [row for row in files.rows if held_out(row["file"], 5)], sorted({row[label] for row in files.rows})


def _photographs(data: Path, embedder: Embedder) -> list[Score]:
    sets = {kind: _held(data, name) for kind, name in PHOTOS.items()}
    names = sorted({label for _, _, labels in sets.values() for label in labels})
    asked, scores = prompted(embedder, names), []
    note = f"rows kept back by their file's name, among {len(names)} labels"
    for kind, (files, rows, labels) in sets.items():
        vectors = embedder.embed([files.image(row["file"]) for row in rows])
        right, count = [names.index(row["label"]) for row in rows], len(rows)
        scores.append(Score(ROLE, f"{kind}_top1", _top(vectors, asked, right, 1), count, GOALS[kind], note=note))
        if kind == "caltech101":
            scores.append(Score(ROLE, f"{kind}_top5", _top(vectors, asked, right, 5), count, note=note))
        own = [labels.index(row["label"]) for row in rows]
        alone = _top(vectors, asked[[names.index(label) for label in labels]], own, 1)
        scores.append(Score(ROLE, f"{kind}_top1_of_own_labels", alone, count, note=f"the same rows among their {len(labels)} labels"))
        if kind != "pets":
            # The views of one fruit are nearly one picture: another variety must be found.
            sources = [row["file"].split("_r")[0] if kind == "fruits" else row["file"] for row in rows]
            looks = colour_layout.create().embed([files.image(row["file"]) for row in rows])
            named = [row["label"] for row in rows]
            both = chances("image", "image", vectors @ vectors.T, looks @ looks.T)
            ways = {"picture": both, "by_encoder": vectors @ vectors.T, "by_colour": looks @ looks.T}
            for name, alike in ways.items():
                scores.append(Score(ROLE, f"{kind}_nearest_{name}", nearest(alike, named, sources), count, note=NEAREST))
    return scores


def _clothes(data: Path, embedder: Embedder) -> list[Score]:
    files, rows, labels = _held(data, CLOTHES, "class")
    vectors = embedder.embed([files.image(row["file"]) for row in rows])
    asked = prompted(embedder, [CLOTHES_NAMES.get(label, label) for label in labels])
    value = _top(vectors, asked, [labels.index(row["class"]) for row in rows], 1)
    return [Score(ROLE, "clothes_top1", value, len(rows), note=f"rows kept back, among {len(labels)} kinds")]


def _drawings(data: Path, embedder: Embedder) -> list[Score]:
    files = Files(data, EMOJI)

    def recall(style: str, wanted: Callable[[str], bool]) -> tuple[float, int]:
        rows = [row for row in files.rows if row["style"] == style]
        pictures = embedder.embed([files.image(row["file"]) for row in rows])
        labels = [row["label"] for row in rows]
        queries = [label for label in dict.fromkeys(labels) if wanted(label)]
        ranks = np.argsort(-(embedder.embed([Content.from_text(label) for label in queries]) @ pictures.T), axis=1)[:, :5]
        hits = [any(labels[n] == label for n in found) for label, found in zip(queries, ranks, strict=True)]
        return float(np.mean(hits)), len(queries)

    left_out, count = recall(STYLE_LEFT_OUT, lambda label: True)
    new, few = recall(SEEN_STYLE, lambda label: held_out(label, 10))
    both, some = recall(STYLE_LEFT_OUT, lambda label: held_out(label, 10))
    return [
        Score(ROLE, "emoji_left_out_style_recall5", left_out, count, 0.85, note=f"words find it among {count} of a style left out"),
        Score(ROLE, "emoji_new_concepts_recall5", new, few, 0.50, note="concepts never seen, among all drawings of a style that was"),
        Score(ROLE, "emoji_new_concepts_left_out_style_recall5", both, some, note="neither the concept nor the style was seen"),
    ]


def _rgba(files: Files, name: str) -> Rgba:
    return np.asarray(np.asarray(files.picture(name)) / 255, np.float32)


def _content(rgb: NDArray[Any]) -> Content:
    out = io.BytesIO()
    Image.fromarray((rgb.clip(0, 1) * 255).astype(np.uint8)).save(out, "PNG")
    return Content(modality="image", media_type="image/png", data=out.getvalue())


def tinted(drawing: Rgba, colour: tuple[int, int, int]) -> Content:
    """The drawing in one colour, its light and dark kept, on white."""
    light = drawing[..., :3] @ np.array([0.3, 0.59, 0.11], np.float32)
    paint = (np.array(colour, np.float32) / 255) * (0.35 + 0.75 * light[..., None])
    return _content(paint.clip(0, 1) * drawing[..., 3:] + 1 - drawing[..., 3:])


def grounded(drawing: Rgba, colour: tuple[int, int, int]) -> Content:
    """The drawing on a ground of one colour."""
    return _content(drawing[..., :3] * drawing[..., 3:] + np.array(colour, np.float32) / 255 * (1 - drawing[..., 3:]))


def _colours(data: Path, embedder: Embedder) -> list[Score]:
    files = Files(data, EMOJI)
    rows = [row for row in files.rows if row["style"] == STYLE_LEFT_OUT and not row["label"].startswith("flag")]
    things = [row for row in rows if "button" not in row["label"] and "keycap" not in row["label"]]
    rows = random.Random(5).sample(things, DRAWN)  # noqa: S311 - a fixed choice
    ways: dict[str, tuple[Callable[[Rgba, tuple[int, int, int]], Content], Callable[[str, str], str]]] = {
        "colours_in_words": (tinted, lambda colour, noun: f"{article(colour)} {noun}"),
        "backgrounds_in_words": (grounded, lambda colour, noun: f"{article(noun)} on {article(colour)} background"),
    }  # fmt: skip
    scores = []
    for name, (paint, say) in ways.items():
        right = []
        for row in rows:
            drawing = _rgba(files, row["file"])
            pictures = embedder.embed([paint(drawing, colour) for colour in COLOURS.values()])
            asked = embedder.embed([Content.from_text(say(colour, row["label"])) for colour in COLOURS])
            right += (np.argmax(pictures @ asked.T, axis=1) == np.arange(len(COLOURS))).tolist()
        note = f"{DRAWN} drawings of a style left out in {len(COLOURS)} colours; the right one of {len(COLOURS)} phrases"
        scores.append(Score(ROLE, name, float(np.mean(right)), len(right), 0.90, note=note))
    return scores
