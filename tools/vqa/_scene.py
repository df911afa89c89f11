"""Scene: separate things of a picture before a calm background, with their colour and plane figure. Knows no names of objects.

Things are connected regions that differ from the border's colours; a figure is told from its outline: corners of the approximating
polygon (Douglas and Peucker), how much of its circle, rectangle and hull it fills.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.items import Box
from tools.subject import Pixels, background_distance, find_subject
from tools.vqa._letters import written

_PROTOTYPES: tuple[tuple[str, tuple[int, int, int]], ...] = (
    ("red", (255, 0, 0)), ("red", (226, 74, 69)), ("red", (200, 30, 30)), ("red", (178, 20, 40)), ("red", (255, 80, 80)),
    ("red", (120, 16, 24)), ("orange", (255, 140, 0)), ("orange", (243, 146, 55)), ("orange", (255, 110, 40)), ("yellow", (255, 255, 0)),
    ("yellow", (250, 204, 72)), ("yellow", (240, 220, 90)), ("yellow", (255, 245, 140)), ("green", (0, 128, 0)), ("green", (0, 255, 0)),
    ("green", (88, 173, 92)), ("green", (120, 200, 80)), ("green", (30, 80, 40)), ("green", (140, 170, 90)), ("blue", (0, 0, 255)),
    ("blue", (66, 133, 210)), ("blue", (30, 60, 140)), ("blue", (100, 150, 255)), ("blue", (44, 66, 120)), ("blue", (150, 190, 230)),
    ("purple", (128, 0, 128)), ("purple", (142, 99, 193)), ("purple", (90, 40, 130)), ("pink", (255, 192, 203)),
    ("pink", (241, 143, 173)), ("pink", (255, 105, 180)), ("brown", (165, 42, 42)), ("brown", (139, 69, 19)), ("brown", (146, 100, 66)),
    ("brown", (92, 60, 40)), ("brown", (190, 140, 95)), ("black", (0, 0, 0)), ("black", (40, 40, 44)), ("white", (255, 255, 255)),
    ("white", (240, 240, 238)), ("gray", (128, 128, 128)), ("gray", (190, 192, 196)), ("gray", (90, 92, 98)), ("teal", (0, 128, 128)),
    ("teal", (45, 166, 161)), ("teal", (80, 200, 190)), ("cyan", (0, 255, 255)), ("cyan", (96, 196, 226)), ("gold", (222, 172, 55)),
    ("beige", (232, 212, 178)), ("beige", (210, 190, 150)),
)  # fmt: skip
_HUES = {"blue": (214, 226, 238, 248), "purple": (266, 278, 290), "green": (100, 125, 145), "teal": (172, 182)}
"""Degrees at which CIELAB distance alone puts the border between two names elsewhere than people do."""


def _with_hues() -> tuple[tuple[str, tuple[int, int, int]], ...]:
    """The prototypes, and the hues of `_HUES` in several strengths."""
    more = []
    for name, hues in _HUES.items():
        for hue in hues:
            for value in (0.8, 0.6, 0.4) if name == "teal" else (1.0, 0.8, 0.6, 0.4):
                for strength in (1.0, 0.75, 0.5):
                    r, g, b = colorsys.hsv_to_rgb(hue / 360, strength, value)
                    more.append((name, (round(r * 255), round(g * 255), round(b * 255))))
    return (*_PROTOTYPES, *more)


PROTOTYPES = _with_hues()
NAMES = tuple(dict.fromkeys(name for name, _ in PROTOTYPES))
_LEAST_AREA = 0.0012
_FIGURE = 0.8
"""Confidence from which a thing in a line of small ones counts as a figure."""
_SHADOW_CONTRAST = 0.35
"""A grey thing with less than this share of the strongest thing's contrast is the shadow of something."""


@dataclass(frozen=True)
class Thing:
    """One separate thing."""

    box: Box
    area: float
    """Share of the picture."""
    colour: str
    colour_share: float
    """Share of the thing that has its colour."""
    figure: str
    """circle, ellipse, triangle, square, rectangle, diamond, pentagon, hexagon, star, or empty when it is none of them."""
    figure_confidence: float


@dataclass(frozen=True)
class Scene:
    """What is seen."""

    things: tuple[Thing, ...]
    """Largest first."""
    calm: float
    """0 to 1: how even the border is; below 0.5 the separate things mean little."""
    colours: tuple[tuple[str, float], ...]
    """Colours of the whole picture with their share, most first."""
    main_colour: str
    """Colour of the main thing."""
    main_box: Box
    main_certainty: float
    background: str
    brightness: float
    """0 to 1."""


def see(pixels: Pixels) -> Scene:
    """The scene of `pixels` (h, w, 3, RGB)."""
    import cv2

    scale = min(1.0, 512 / max(pixels.shape[:2]))
    small = (
        cv2.resize(pixels, (max(8, round(pixels.shape[1] * scale)), max(8, round(pixels.shape[0] * scale))), interpolation=cv2.INTER_AREA)
        if scale < 1
        else pixels
    )
    if max(small.shape[:2]) < 192:
        small = cv2.resize(small, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    distance, calm = background_distance(small)
    codes = name_pixels(small)
    things = _things(small, distance, codes)
    subject = find_subject(small)
    inside = codes[subject.mask]
    box = _box_of(subject.mask)
    main = NAMES[int(np.bincount(inside, minlength=len(NAMES)).argmax())] if inside.size else ""
    edge = max(1, round(min(codes.shape) * 0.04))
    rim = np.concatenate([codes[:edge].ravel(), codes[-edge:].ravel(), codes[:, :edge].ravel(), codes[:, -edge:].ravel()])
    if things and calm > 0.6:
        main, box = things[0].colour, things[0].box
    counts = np.bincount(codes.ravel(), minlength=len(NAMES)) / codes.size
    order = np.argsort(-counts)
    return Scene(
        things=tuple(things), calm=calm, colours=tuple((NAMES[n], round(float(counts[n]), 3)) for n in order if counts[n] >= 0.05),
        main_colour=main, main_box=box, main_certainty=max(subject.certainty, calm * 0.9 if things and calm > 0.6 else 0.0),
        background=NAMES[int(np.bincount(rim, minlength=len(NAMES)).argmax())], brightness=float(small.mean() / 255),
    )  # fmt: skip


def name_pixels(pixels: Pixels) -> NDArray[np.intp]:
    """Place in NAMES of each pixel's nearest colour prototype (CIELAB)."""
    import cv2

    table = np.asarray([rgb for _, rgb in PROTOTYPES], np.uint8)[None]
    prototypes = cv2.cvtColor(table, cv2.COLOR_RGB2LAB).astype(np.float32)[0]
    lab = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2LAB).astype(np.float32).reshape(-1, 3)
    weights = np.asarray([0.7, 1.0, 1.0], np.float32)  # a shadow changes lightness more than hue
    distance = (
        ((lab * weights) ** 2).sum(1)[:, None] - 2 * (lab * weights) @ (prototypes * weights).T + ((prototypes * weights) ** 2).sum(1)[None]
    )
    place = np.asarray([NAMES.index(name) for name, _ in PROTOTYPES], np.intp)
    named: NDArray[np.intp] = place[distance.argmin(1)].reshape(pixels.shape[:2])
    return named


def _things(small: Pixels, distance: NDArray[np.float32], codes: NDArray[np.intp]) -> list[Thing]:
    import cv2

    level, _ = cv2.threshold(np.clip(distance, 0, 255).astype(np.uint8), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    mask = (distance > max(11.0, min(0.62 * level, 45.0))).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    height, width = mask.shape
    found: dict[int, Thing] = {}
    contrasts = [float(distance[labels == n].mean()) for n in range(1, count)]
    strongest = max(contrasts, default=0.0)
    for n in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[n])
        if area / mask.size < _LEAST_AREA or min(w, h) < 5:
            continue
        part = labels == n
        shares = np.bincount(codes[part], minlength=len(NAMES)) / area
        best = int(shares.argmax())
        if NAMES[best] == "gray" and contrasts[n - 1] < _SHADOW_CONTRAST * strongest:
            continue
        figure, sure = _figure((part[y : y + h, x : x + w] * 255).astype(np.uint8))
        cut = x <= 1 or y <= 1 or x + w >= width - 1 or y + h >= height - 1
        box = _share_of(stats[n], mask.shape)
        found[n] = Thing(box, area / mask.size, NAMES[best], float(shares[best]), figure, sure * (0.8 if cut else 1.0))
    figures = [n in found and found[n].figure != "" and found[n].figure_confidence > _FIGURE for n in range(1, count)]
    letters = written([_share_of(stats[n], mask.shape) for n in range(1, count)], figures, width / height)
    kept = [thing for n, thing in found.items() if n - 1 not in letters] or list(found.values())
    return sorted(kept, key=lambda t: -t.area)[:64]


def _share_of(stat: NDArray[np.intc], shape: tuple[int, ...]) -> Box:
    """The box of a connected component as shares of the picture."""
    x, y, w, h = (int(v) for v in stat[:4])
    return (x / shape[1], y / shape[0], (x + w) / shape[1], (y + h) / shape[0])


def _figure(part: NDArray[np.uint8]) -> tuple[str, float]:
    """The plane figure of a filled mask and how sure that is."""
    import cv2

    padded = cv2.copyMakeBorder(part, 4, 4, 4, 4, cv2.BORDER_CONSTANT, value=0)
    contours, _ = cv2.findContours(padded, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return "", 0.0
    outline = max(contours, key=cv2.contourArea)
    area = float(cv2.contourArea(outline))
    hull = float(cv2.contourArea(cv2.convexHull(outline))) or 1.0
    solid = area / hull
    (_, (rw, rh), _) = cv2.minAreaRect(outline)
    rectangle = area / max(1.0, rw * rh)
    _, radius = cv2.minEnclosingCircle(outline)
    round_ = area / max(1.0, np.pi * radius * radius)
    _, corners_of = cv2.minEnclosingTriangle(outline)
    triangle = area / max(1.0, float(cv2.contourArea(corners_of))) if corners_of is not None else 0.0
    corners = len(cv2.approxPolyDP(outline, 0.035 * cv2.arcLength(outline, True), True))
    ratio = max(rw, rh) / max(1.0, min(rw, rh))
    return _judge(solid, rectangle, float(round_), triangle, corners, ratio, outline)


def _judge(solid: float, rectangle: float, round_: float, triangle: float, corners: int, ratio: float, outline: Any) -> tuple[str, float]:
    """The figure whose own measure fits best; nothing when none fits well."""
    if solid < 0.86:
        return ("star", 0.75) if 0.42 < solid < 0.75 and 8 <= corners <= 11 else ("", 0.2)
    _, _, w, h = _upright(outline)
    upright_fill = len(outline) and _fill(outline, w, h)
    if triangle > 0.86 and round_ < 0.7 and rectangle < 0.78:
        return "triangle", min(1.0, triangle + 0.05)
    if round_ > 0.87 and corners != 4:
        return "circle", min(1.0, round_ + 0.06) if corners > 6 or round_ > 0.92 else 0.6
    if rectangle > 0.88:
        if upright_fill < 0.7 and ratio < 1.35:
            return "diamond", 0.8
        return ("square" if ratio < 1.13 else "rectangle"), min(1.0, rectangle + 0.02)
    if corners in (5, 6) and solid > 0.965 and ratio < 1.3:
        return ("pentagon" if corners == 5 else "hexagon"), 0.7
    if corners == 4 and upright_fill < 0.62:
        return "diamond", 0.7
    if 0.72 < rectangle < 0.85 and ratio >= 1.13 and solid > 0.95:
        return "ellipse", 0.7
    return "", 0.3


def _upright(outline: Any) -> tuple[int, int, int, int]:
    import cv2

    x, y, w, h = cv2.boundingRect(outline)
    return int(x), int(y), int(w), int(h)


def _fill(outline: Any, w: int, h: int) -> float:
    import cv2

    return float(cv2.contourArea(outline)) / max(1, (w - 1) * (h - 1))


def _box_of(mask: NDArray[np.bool_]) -> Box:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return (0.0, 0.0, 1.0, 1.0)
    height, width = mask.shape
    return (columns[0] / width, rows[0] / height, (columns[-1] + 1) / width, (rows[-1] + 1) / height)
