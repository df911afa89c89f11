"""Pictures with their words, gathered once into memory-mapped arrays: what the image encoder learns from.

Every picture is kept as premultiplied RGBA, fitted into a square; whatever lies outside it is transparent, so that training can lay it on
any ground. Its words are of three kinds: the label, captions, keywords.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from training.data import STYLE_LEFT_OUT, Files, held_out

SIDE = 128
DRAWINGS = (
    "drawings/emoji/dev/emoji", "drawings/icons/dev/icons", "drawings/openclipart/dev/openclipart", "drawings/glitch/dev/glitch_assets",
    "drawings/kenney/dev/kenney_sprites", "drawings/pixel_tiles/dev/crawl_tiles",
)  # fmt: skip
PHOTOS = (
    "photos/caltech101/dev/caltech101", "photos/flowers/dev/flower_photos", "photos/fruits/dev/fruits360_3body",
    "photos/grocery/dev/grocery_photos", "photos/pets/dev/oxford_pets_sample", "photos/openimages_small/dev/openimages_small",
    "photos/coco_captions/dev/coco_captions", "images/dev/clothing_photos",
)  # fmt: skip
TINTS = {
    "red": (214, 40, 40), "orange": (240, 130, 30), "yellow": (245, 205, 50), "green": (50, 160, 70), "teal": (40, 160, 160),
    "blue": (45, 95, 205), "purple": (130, 65, 175), "pink": (240, 130, 175), "brown": (130, 80, 45), "black": (35, 35, 38),
    "white": (245, 245, 245), "grey": (140, 140, 145),
}  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """One picture and its words."""

    set: str
    file: str
    label: str
    captions: tuple[str, ...]
    keywords: tuple[str, ...]
    photo: bool
    held: bool
    """Kept back: scored, never trained on."""


def article(noun: str) -> str:
    """`a cat`, `an owl`; a plural or a phrase that has its own article stays as it is."""
    if re.match(r"(an?|the|some) ", noun, re.I) or (noun.endswith("s") and not noun.endswith("ss")):
        return noun
    return ("an " if noun[:1].lower() in "aeiou" else "a ") + noun


def _split(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _drawn(data: Path) -> Iterator[Picture]:
    for name in DRAWINGS:
        for row in Files(data, name).rows:
            emoji = name.endswith("emoji")
            label = row["label"] if emoji else row["caption"]
            style = row.get("style", "")
            captions = (row["caption"], f"a drawing of {article(label)}", f"{article(label)}", f"{label} icon")
            held = emoji and (style == STYLE_LEFT_OUT or held_out(row["label"], 10))
            yield Picture(name, row["file"], label, captions, _split(row["keywords"])[:8], photo=False, held=held)


def _photographed(data: Path) -> Iterator[Picture]:
    for name in PHOTOS:
        seen: dict[str, list[str]] = {}
        for row in Files(data, name).rows:
            label = row.get("label") or row.get("class") or row["caption"]
            more = [row["caption"]] if row.get("caption") else []
            if row.get("coarse_label"):
                more += [f"a photo of {article(row['coarse_label'])}", row["coarse_label"]]
            seen.setdefault(row["file"], [label]).extend(more)
        for file, (label, *captions) in seen.items():
            whole = captions if name.endswith("coco_captions") else [*captions, f"a photo of {article(label)}", f"{article(label)}"]
            yield Picture(name, file, label, tuple(whole), (), photo=True, held=held_out(file, 5))


def _products(data: Path) -> Iterator[Picture]:
    name = "products/dev/magento_products"
    for line in (data / f"{name}.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        kind = row["category"][0].rsplit("/", 1)[-1] if row["category"] else row["name"]
        for file in row["images"]:
            colour = re.search(r"-([a-z]+)_", file)
            captions = [f"a photo of {kind.lower()}", row["name"]] + ([f"{colour[1]} {kind.lower()}"] if colour else [])
            yield Picture(name, file, kind.lower(), tuple(captions), (), photo=True, held=held_out(row["sku"], 5))


def pictures(data: Path) -> list[Picture]:
    """Every picture of the sets, in a fixed order."""
    return [*_drawn(data), *_photographed(data), *_products(data)]


def fitted(picture: Image.Image, side: int) -> NDArray[np.uint8]:
    """Premultiplied RGBA, shape (side, side, 4): the picture inside the square, centred, transparent around it."""
    scale = side / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    rgba = picture.convert("RGBa").resize(size, Image.Resampling.BICUBIC if scale > 1 else Image.Resampling.LANCZOS)
    square = Image.new("RGBa", (side, side))
    square.paste(rgba, ((side - size[0]) // 2, (side - size[1]) // 2))
    return np.asarray(square)


def gathered(data: Path, folder: Path, listed: list[Picture]) -> Path:
    """The array of all pictures, shape (count, SIDE, SIDE, 4), made once in `folder`."""
    path = folder / f"pictures_{len(listed)}_{SIDE}.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        array = np.lib.format.open_memmap(part, mode="w+", dtype=np.uint8, shape=(len(listed), SIDE, SIDE, 4))
        for n, one in enumerate(tqdm(listed, desc="pictures", mininterval=5)):
            array[n] = fitted(archive(data, one.set).picture(one.file), SIDE)
        array.flush()
        part.rename(path)
    return path


class _Archive(Files):
    """An archive whose table has another form."""

    def __init__(self, data: Path, name: str) -> None:
        self._path = data / name


@cache
def archive(data: Path, name: str) -> Files:
    """The pictures of a set."""
    return _Archive(data, name)


def tinted_texts(label: str) -> list[str]:
    """`a red car`, in the order of TINTS."""
    bare = re.sub(r"^(an?|the) ", "", label)
    return [f"{article(colour)} {bare}" for colour in TINTS]


def grounded_texts(label: str) -> list[str]:
    """`a car on a red background`, in the order of TINTS."""
    return [f"{article(label)} on {article(colour)} background" for colour in TINTS]
