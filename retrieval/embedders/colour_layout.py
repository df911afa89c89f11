"""Picture embedder without a learned model: colours and where they lie, directions of edges, fine texture.

Finds pictures that look alike in colour and shape; it does not know what they show. Beside `senses` it is the second sign that two
pictures are alike. Histograms are joined after a square root
(Hellinger), so that cosine compares distributions. Sources: HSV layout histograms (Swain and Ballard 1991), edge histograms (MPEG-7),
local binary patterns (Ojala 2002). Weights chosen on the development halves named in the card.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.content import Content, Modality
from retrieval.decoding import pixels
from retrieval.embedders.base import Embedder, Vectors
from retrieval.faults import UnsupportedType
from retrieval.items import ModelCard

SIDE = 256
"""Pixels of the longest side that is looked at."""
HUES, SATURATIONS, VALUES, GREYS = 12, 3, 3, 6
COLOURS = HUES * SATURATIONS * VALUES + GREYS
COLOUR_GRID, EDGE_GRID, DIRECTIONS = 3, 4, 8
PARTS = {"colours": 0.7, "layout": 0.5, "edges": 1.5, "texture": 0.8}
"""Share of each part before the whole is brought to unit length."""
DIMENSION = COLOURS * (1 + COLOUR_GRID**2) + DIRECTIONS * EDGE_GRID**2 + 256
CARD = ModelCard(
    name="colour and layout descriptor", role="image_embedder", kind="classical", source="retrieval/embedders/colour_layout.py",
    revision="1", licence="Apache-2.0", modalities=("image",), dimension=DIMENSION,
    scores={
        "flowers_5_classes_nearest_neighbour": 0.557, "fruits_3_classes_other_varieties_nearest_neighbour": 0.646,
        "caltech101_98_classes_nearest_neighbour": 0.414,
    },
    limits="Compares colours and shapes only: it cannot tell what a picture shows and cannot be searched by words.",
)  # fmt: skip


def _cells(shape: tuple[int, ...], grid: int) -> NDArray[np.intp]:
    """For each pixel the number of its cell in a `grid` x `grid` division, shape (height, width)."""
    height, width = shape
    down, across = np.arange(height) * grid // height, np.arange(width) * grid // width
    cells: NDArray[np.intp] = down[:, None] * grid + across[None, :]
    return cells


def _colour_codes(rgb: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Each pixel's colour bin: hue x saturation x value, or one of six greys where there is hardly any colour."""
    import cv2

    hsv = cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV_FULL).astype(np.float32) / 255
    hue, saturation, value = hsv[..., 0], hsv[..., 1], hsv[..., 2]
    coloured = (
        np.round(hue * HUES).astype(np.intp) % HUES * SATURATIONS + np.minimum((saturation * SATURATIONS).astype(np.intp), SATURATIONS - 1)
    ) * VALUES + np.minimum((value * VALUES).astype(np.intp), VALUES - 1)
    grey = HUES * SATURATIONS * VALUES + np.minimum((value * GREYS).astype(np.intp), GREYS - 1)
    codes: NDArray[np.intp] = np.where((saturation < 0.15) | (value < 0.12), grey, coloured)
    return codes


def _counted(cells: NDArray[np.intp], codes: NDArray[np.intp], grid: int, bins: int, weights: Any = None) -> NDArray[Any]:
    return np.bincount((cells * bins + codes).ravel(), weights=weights, minlength=grid * grid * bins).reshape(grid * grid, bins)


def _edges(grey: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Strength of edges by direction in each cell of the picture."""
    import cv2

    smooth = cv2.GaussianBlur(grey.astype(np.float32) / 255, (0, 0), 1)
    across, down = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    codes = (np.arctan2(down, across) % np.pi / np.pi * DIRECTIONS).astype(np.intp) % DIRECTIONS
    return _counted(_cells(grey.shape, EDGE_GRID), codes, EDGE_GRID, DIRECTIONS, np.hypot(across, down).ravel())


def _texture(grey: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Counts of the 256 local binary patterns; a neighbour must be brighter by more than noise."""
    whole = grey.astype(np.int16)
    inner, codes = whole[1:-1, 1:-1], np.zeros((whole.shape[0] - 2, whole.shape[1] - 2), np.intp)
    for bit, (down, across) in enumerate(((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))):
        around = whole[1 + down : whole.shape[0] - 1 + down, 1 + across : whole.shape[1] - 1 + across]
        codes |= (around > inner + 2).astype(np.intp) << bit
    return np.bincount(codes.ravel(), minlength=256)


def _unit(histogram: NDArray[Any]) -> NDArray[np.float64]:
    root = np.sqrt(histogram.ravel().astype(np.float64))
    return root / max(float(np.linalg.norm(root)), 1e-9)


def descriptor(rgb: NDArray[np.uint8]) -> Vectors:
    """Unit vector of an RGB picture, shape (DIMENSION,). Every part is zero or more, so cosines lie between 0 and 1."""
    import cv2

    height, width = rgb.shape[:2]
    scale = SIDE / max(height, width)
    small = (
        cv2.resize(rgb, (max(8, round(width * scale)), max(8, round(height * scale))), interpolation=cv2.INTER_AREA) if scale < 1 else rgb
    )
    grey, codes = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), _colour_codes(small)
    layout = _counted(_cells(codes.shape, COLOUR_GRID), codes, COLOUR_GRID, COLOURS)
    layout_share = layout / np.maximum(layout.sum(1, keepdims=True), 1)
    parts = {"colours": layout.sum(0), "layout": layout_share, "edges": _edges(grey), "texture": _texture(grey)}
    joined = np.concatenate([PARTS[name] * _unit(part) for name, part in parts.items()])
    unit: Vectors = (joined / np.linalg.norm(joined)).astype(np.float32)
    return unit


class ColourLayout:
    """Embeds pictures; holds no state, so any number of threads may call it."""

    space = "colour_layout-1"
    dimension = DIMENSION
    modalities: frozenset[Modality] = frozenset({"image"})
    card = CARD

    def embed(self, contents: Sequence[Content]) -> Vectors:
        """Unit vectors, shape (len(contents), DIMENSION). Raises UnsupportedType for content that is no picture."""
        if any(content.modality != "image" for content in contents):
            raise UnsupportedType("Only pictures can be compared by colour and layout.", hint="Send a picture.")
        return np.stack([descriptor(pixels(content)) for content in contents]) if contents else np.zeros((0, DIMENSION), np.float32)


def create(cache_dir: Path | None = None) -> Embedder:
    """The embedder; it needs no files."""
    return ColourLayout()
