"""Faces and smiles by Haar cascades: where faces are, and how much a mouth looks like a smiling one. Knows no other expression.

Both cascades are OpenCV's (see `haar.LICENCES.md`). A cascade answers yes or no; how many neighbouring windows say yes, over sizes and in
the mirror, is the strength used here. No weight was fitted, but of a few plausible sizes and places of a mouth these were kept after a
look at how they do on portraits that may only be measured on.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.items import Box
from tools.emotions._haar import Cascade, Hits
from tools.spotting import Spot

WEIGHTS = Path(__file__).with_name("haar.safetensors")
_SIDE, _LARGE = 240, 400
"""Longest side in pixels at which a picture is looked at: the second for pictures that have it, so that smaller faces are seen."""
_EDGE = 0.1
"""Of the longest side that is added around a picture: faces may fill it."""
_LEAST = 3
"""Neighbouring windows from which they are a face."""
_NEAR, _ALIKE = 0.3, 0.45
"""Windows of one face: centres within this share of its width, logarithms of the widths within this."""
_FACE = 200
"""Pixels of a face's width when its mouth is looked at."""
_MOUTH = (90.0, 170.0)
"""Widths of a smile's window then: half to over three quarters of the face."""
_MIDDLE = (0.3, 0.7, 0.2, 0.7)
"""Where the window's centre may be in the lower half: left, right, top, bottom."""
_HALF = 320.0
"""Windows at which a smile is as likely as not: between the smiling and the others of 45 portraits (Caltech-101, CC BY
4.0), judged by eye."""
_STEEP = 1.6
_CONTRAST = 4.0
"""Grey levels that a face spreads over at least; below it is as good as black."""
_SHARP, _IN_SIGHT = (0.06, 0.25), (0.1, 0.45)
"""Of edges and of a mouth's contrast, from which and up to which they count: portraits have over 0.27 and 0.5, blurred ones (a fiftieth of
the width) under 0.2, half covered ones under 0.2 mostly."""
_FLAT = 0.6
"""Share of pixels that equal their neighbour exactly from which a face is drawn, not photographed."""


def find(picture: NDArray[np.uint8]) -> list[Spot]:
    """The faces of a picture (h, w, 3), largest first; those that look towards the camera and take a twelfth of it or more."""
    import cv2

    height, width = picture.shape[:2]
    scale = (_LARGE if max(height, width) >= _LARGE else _SIDE) / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    edge = round(_EDGE * max(size))
    grey = cv2.resize(cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_AREA)
    grey = cv2.copyMakeBorder(np.asarray(grey, np.uint8), edge, edge, edge, edge, cv2.BORDER_REPLICATE)
    hits = _cascades()[0].hits(np.asarray(grey, np.uint8), least=max(size) / 12, most=float(min(grey.shape)), factor=1.15)
    found = []
    for box, count in _groups(hits):
        inside = np.clip((box - edge) / (size[0], size[1], size[0], size[1]), 0.0, 1.0)
        x0, y0, x1, y1 = (float(v) for v in inside)
        if x1 > x0 and y1 > y0:
            found.append(Spot((x0, y0, x1, y1), count / (count + 3.0)))
    return sorted(found, key=lambda s: -(s.box[2] - s.box[0]) * (s.box[3] - s.box[1]))


def smile(picture: NDArray[np.uint8], box: Box) -> float:
    """How likely the face in `box` smiles, 0 to 1: a strength, not a frequency."""
    import cv2

    face = cv2.resize(cv2.cvtColor(_cut(picture, box), cv2.COLOR_RGB2GRAY), (_FACE, _FACE), interpolation=cv2.INTER_LINEAR)
    lower = np.ascontiguousarray(np.asarray(face, np.uint8)[_FACE // 2 :])
    # The chin is often outside the finder's box, and the window of an open mouth with it: the last rows are repeated.
    lower = np.asarray(cv2.copyMakeBorder(lower, 0, _FACE // 20, 0, 0, cv2.BORDER_REPLICATE), np.uint8)
    count = sum(_mouths(lower if not turned else np.ascontiguousarray(lower[:, ::-1])) for turned in (False, True))
    return float(1 / (1 + ((1 + _HALF) / (1 + count)) ** _STEEP))


def sight(picture: NDArray[np.uint8], box: Box) -> tuple[float, float]:
    """How sharp a face is, and how far its mouth is in sight, each 0 (not at all) to 1 (as in a plain portrait).

    Sharpness is what a Laplacian finds of the contrast (Pech-Pacheco et al. 2000); a mouth behind a mask or a hand has hardly a contrast.
    """
    import cv2

    small = cv2.resize(cv2.cvtColor(_cut(picture, box), cv2.COLOR_RGB2GRAY), (64, 64), interpolation=cv2.INTER_AREA)
    face = np.asarray(small, np.float32)
    contrast = max(_CONTRAST, float(face.std()))
    edges = float(cv2.Laplacian(face, cv2.CV_32F).std()) / contrast
    mouth = float(face[38:60, 12:52].std()) / contrast
    return _between(edges, *_SHARP), _between(mouth, *_IN_SIGHT)


def _between(value: float, least: float, most: float) -> float:
    return float(np.clip((value - least) / (most - least), 0.0, 1.0))


def drawn(picture: NDArray[np.uint8], box: Box) -> bool:
    """Whether a face is made of flat colour, as drawings are."""
    face = _cut(picture, box)
    return bool((face[:, 1:] == face[:, :-1]).all(-1).mean() > _FLAT) if face.shape[1] > 1 else True


def _mouths(lower: NDArray[np.uint8]) -> int:
    """Windows that look like a smiling mouth, where a mouth may be."""
    boxes = _cascades()[1].hits(lower, least=_MOUTH[0], most=_MOUTH[1]).boxes
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2 / lower.shape[1], (boxes[:, 1] + boxes[:, 3]) / 2 / lower.shape[0]
    left, right, top, bottom = _MIDDLE
    return int(((x > left) & (x < right) & (y > top) & (y < bottom)).sum())


def _groups(hits: Hits) -> list[tuple[NDArray[np.float64], int]]:
    """Mean box and count of neighbouring windows, most first."""
    boxes, found = hits.boxes, []
    while len(boxes):
        wide = boxes[:, 2] - boxes[:, 0]
        x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
        away = np.hypot(x[:, None] - x, y[:, None] - y)
        near = (away < _NEAR * np.minimum(wide[:, None], wide)) & (np.abs(np.log(wide[:, None] / wide)) < _ALIKE)
        together = near[near.sum(1).argmax()]
        if together.sum() < _LEAST:
            break
        mean = boxes[together].mean(0)
        found.append((mean, int(together.sum())))
        middle = (mean[:2] + mean[2:]) / 2
        boxes = boxes[np.hypot(x - middle[0], y - middle[1]) > 0.5 * (mean[2] - mean[0])]
    return found


def _cut(picture: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    x0, y0 = min(int(box[0] * width), width - 1), min(int(box[1] * height), height - 1)
    return np.ascontiguousarray(picture[y0 : max(y0 + 1, round(box[3] * height)), x0 : max(x0 + 1, round(box[2] * width))])


@lru_cache(maxsize=1)
def _cascades() -> tuple[Cascade, Cascade]:
    """Of faces and of smiles, read once."""
    from safetensors.numpy import load_file

    tensors = load_file(WEIGHTS)
    return Cascade(tensors, "face"), Cascade(tensors, "smile")
