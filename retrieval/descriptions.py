"""Words for a picture: the text in it, what it shows where that is sure enough, its main colours, its shape. English and Chinese side
by side, so that either finds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from retrieval.content import Content
from retrieval.decoding import pixels
from retrieval.recognition import Line, TextRecognizer, words
from retrieval.seeing import Sight

CHINESE = {
    "black": "黑色", "white": "白色", "grey": "灰色", "red": "红色", "orange": "橙色", "brown": "棕色", "beige": "米色", "yellow": "黄色",
    "green": "绿色", "teal": "青色", "blue": "蓝色", "purple": "紫色", "pink": "粉色",
}  # fmt: skip
NAMES = tuple(CHINESE)
_HUES = (
    (15, "red"),
    (42, "orange"),
    (68, "yellow"),
    (160, "green"),
    (195, "teal"),
    (258, "blue"),
    (292, "purple"),
    (342, "pink"),
    (361, "red"),
)
"""Upper end of each hue in degrees."""
LEAST_SHARE = 0.06
"""Part of a picture below which a colour is not named."""
SURE = 0.6
"""Confidence below which recognised text is left out; a single character needs `SURE_ALONE`."""
SURE_ALONE = 0.95
SIDE = 96


@dataclass(frozen=True)
class Colour:
    """A named colour and the part of the picture it covers, 0 to 1."""

    name: str
    share: float

    @property
    def both(self) -> str:
        """English and Chinese name."""
        return f"{self.name} {CHINESE[self.name]}"


def colour_codes(rgb: NDArray[np.uint8]) -> NDArray[np.intp]:
    """For each pixel the place of its colour in `NAMES`. Brown is dark orange, pink pale red, beige pale orange, as people name them."""
    hsv = np.asarray(Image.fromarray(rgb).convert("HSV"), np.float32) / 255
    hue, saturation, value = hsv[..., 0] * 360, hsv[..., 1], hsv[..., 2]
    codes = np.zeros(hue.shape, np.intp)
    low = -1.0
    for high, name in _HUES:
        codes[(hue >= low) & (hue < high)] = NAMES.index(name)
        low = high
    reddish, warm = (hue < 15) | (hue >= 342), (hue >= 8) & (hue < 50)
    codes[reddish & (saturation < 0.55) & (value > 0.7)] = NAMES.index("pink")
    codes[warm & (value < 0.66) & (saturation > 0.25)] = NAMES.index("brown")
    codes[warm & (saturation < 0.38) & (value > 0.7)] = NAMES.index("beige")
    greyish = saturation < np.where(value < 0.4, 0.25, 0.12)
    codes[greyish] = NAMES.index("grey")
    codes[greyish & (value > 0.88)] = NAMES.index("white")
    codes[(value < 0.16) | (greyish & (value < 0.24))] = NAMES.index("black")
    return codes


def _ranked(codes: NDArray[np.intp]) -> list[Colour]:
    counts = np.bincount(codes.ravel(), minlength=len(NAMES)) / max(1, codes.size)
    return [Colour(NAMES[n], float(counts[n])) for n in np.argsort(-counts) if counts[n] >= LEAST_SHARE]


def _small(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    image = Image.fromarray(rgb)
    image.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(image)


def main_colours(rgb: NDArray[np.uint8]) -> list[Colour]:
    """Named colours of an RGB picture, shape (height, width, 3), most of it first; each covers at least a sixteenth."""
    return _ranked(colour_codes(_small(rgb)))


def colour_words(rgb: NDArray[np.uint8]) -> str:
    """Colours in words: what stands in the middle, what the background is, else the main ones."""
    codes = colour_codes(_small(rgb))
    height, width = codes.shape
    top, left = height // 8, width // 8
    border = np.ones(codes.shape, bool)
    border[top : height - top, left : width - left] = False
    ground = _ranked(codes[border])
    if ground and ground[0].share > 0.7:
        behind = ground[0]
        middle = [c for c in _ranked(codes[codes != NAMES.index(behind.name)]) if c.share > 0.15][:3]
        rest = float((codes != NAMES.index(behind.name)).mean())
        if middle and rest > 0.02:
            return f"Colours 颜色: {', '.join(c.both for c in middle)} on a {behind.name} background {CHINESE[behind.name]}背景"
    return f"Colours 颜色: {', '.join(c.both for c in _ranked(codes)[:4])}"


def layout_words(rgb: NDArray[np.uint8]) -> str:
    """Shape and brightness in words."""
    height, width = rgb.shape[:2]
    shape = "wide 横向" if width > 1.2 * height else "tall 竖向" if height > 1.2 * width else "square 方形"
    mean = float(_small(rgb).mean())
    light = ", dark 昏暗" if mean < 70 else ", bright 明亮" if mean > 190 else ""
    return f"Picture 图片: {shape}{light}"


def text_of(lines: Sequence[Line]) -> str:
    """Recognised text that is sure enough to be searched and quoted, in reading order."""
    return words([line for line in lines if line.confidence >= (SURE if len(line.text) > 1 else SURE_ALONE)])


class PictureDescriber:
    """Picture in, words out: recognised text first, then what it shows, colours and shape. Safe to call from several threads."""

    def __init__(self, recognizer: TextRecognizer | None = None, sight: Sight | None = None) -> None:
        self._recognizer = recognizer or TextRecognizer()
        self._sight = sight

    def __call__(self, content: Content) -> str:
        """Words of an admitted picture. Raises UnsupportedType for other content."""
        rgb = pixels(content)
        text = text_of(self._recognizer.read(rgb))
        shows = self._sight.words(content) if self._sight else ""
        measured = f"{colour_words(rgb)}. {layout_words(rgb)}."
        return "\n".join(part for part in (text, f"{shows} {measured}".strip()) if part)
