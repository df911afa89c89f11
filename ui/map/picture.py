"""The map as a still picture. Knows the JSON of the API's map."""

from __future__ import annotations

import base64
import io
from typing import Any

from PIL import Image, ImageDraw

from ui.lettering import font, shortened

SIDE = 1600
"""Pixels of the picture's width and height."""
EDGE = 60
TILE = 56
PAPER, INK, ACCENT, MISSED = "#fdfcfa", "#22252a", "#2f5d50", "#9a9a96"
COLOURS = (
    "#4c8a76", "#c7604a", "#5a6fa8", "#b98a3a", "#8a5a9e", "#3f9ab5", "#a3584f", "#6f8f3a", "#c46a93", "#7a6a55", "#2f6f8f", "#d09a5a",
)  # fmt: skip
"""As in map.js."""


def picture(found: dict[str, Any]) -> bytes:
    """A PNG of SIDE x SIDE pixels: points coloured by region, small pictures where there is room, labels, the question and its hits."""
    image = Image.new("RGB", (SIDE, SIDE), PAPER)
    pen = ImageDraw.Draw(image)
    radius = 3 if len(found["points"]) > 2000 else 5 if len(found["points"]) > 300 else 8
    taken: set[tuple[int, int]] = set()
    for point in found["points"]:
        x, y = _at(point)
        colour = COLOURS[point["region"]] if 0 <= point["region"] < len(COLOURS) else "#8b8d90"
        address = found["thumbnails"].get(point["item_id"])
        cell = (round(x / TILE), round(y / TILE))
        if address and cell not in taken:
            taken.add(cell)
            _tile(image, pen, address, (x, y), colour)
        else:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    _labels(pen, found["regions"])
    for hole in found.get("holes") or ():
        if hole["x"] is not None:
            _mark(pen, _at(hole), "?", "#c7604a")
    if found.get("query") and found["query"]["x"] is not None:
        _question(pen, found["query"])
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _at(place: dict[str, Any]) -> tuple[float, float]:
    half = SIDE / 2 - EDGE
    return SIDE / 2 + float(place["x"]) * half, SIDE / 2 - float(place["y"]) * half


def _tile(image: Image.Image, pen: ImageDraw.ImageDraw, address: str, middle: tuple[float, float], colour: str) -> None:
    with Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))) as source:
        small = source.convert("RGB")
    small.thumbnail((TILE, TILE))
    left, top = round(middle[0] - small.width / 2), round(middle[1] - small.height / 2)
    image.paste(small, (left, top))
    pen.rectangle((left - 1, top - 1, left + small.width, top + small.height), outline=colour, width=2)


def _labels(pen: ImageDraw.ImageDraw, regions: list[dict[str, Any]]) -> None:
    drawn: list[tuple[float, float, float]] = []
    for region in regions:
        text = shortened(" · ".join(region["words"]), 48)
        if not text:
            continue
        letters = font(22, text)
        x, y = _at(region)
        half = float(pen.textlength(text, font=letters)) / 2 + 8
        x = min(max(x, half), SIDE - half)
        if all(abs(x - a) > half + w or abs(y - b) > 30 for a, b, w in drawn):
            drawn.append((x, y, half))
            pen.text((x, y), text, font=letters, fill=INK, anchor="mm", stroke_width=4, stroke_fill=PAPER)


def _question(pen: ImageDraw.ImageDraw, query: dict[str, Any]) -> None:
    here = _at(query)
    for hit in query["hits"]:
        there = _at(hit)
        colour = ACCENT if hit["found"] else MISSED
        pen.line((*here, *there), fill=colour, width=3 if hit["found"] else 1)
        pen.ellipse((there[0] - 11, there[1] - 11, there[0] + 11, there[1] + 11), outline=colour, width=3)
    _mark(pen, here, "★", ACCENT)
    text = shortened(str(query["text"]), 60)
    pen.text((here[0], here[1] + 28), text, font=font(22, text), fill=ACCENT, anchor="mm", stroke_width=4, stroke_fill=PAPER)


def _mark(pen: ImageDraw.ImageDraw, at: tuple[float, float], sign: str, colour: str) -> None:
    x, y = at
    pen.ellipse((x - 15, y - 15, x + 15, y + 15), fill=colour)
    if sign == "★":
        pen.regular_polygon((x, y, 9), 4, rotation=45, fill=PAPER)
    else:
        pen.text(at, sign, font=font(22, sign), fill=PAPER, anchor="mm")
