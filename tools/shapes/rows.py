"""Rows: blocks set out side by side, in the sky, on the water, on the ground. Knows no relation between things."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from tools.shapes.spots import Block, Spot


def rows_of(blocks: list[Block]) -> dict[str, list[Block]]:
    """Blocks by the row they go to. Things without a place of their own join those that stand, if there are any."""
    places = {b.place for b in blocks}
    rows: dict[str, list[Block]] = {}
    for block in blocks:
        place = block.place
        if place in ("float", "figure") and "ground" in places:
            place = "ground"
        elif place == "figure" and "float" in places:
            place = "float"
        if block.wish == "top":
            place = "sky"
        rows.setdefault(place, []).append(block)
    return rows


def zone(place: str, rows: set[str], backs: bool, floor: float) -> tuple[float, float]:
    """Upper and lower bound of a row."""
    low = floor
    if place == "sky":
        return (0.07, 0.4) if rows != {"sky"} else (0.08, 0.55 if backs else floor - 0.02)
    if place == "water":
        return (0.42 if "sky" in rows else 0.2, min(low, 0.8))
    if place in ("float", "figure"):
        return (0.44 if "sky" in rows else 0.13, low)
    return (0.4 if "sky" in rows else 0.14, low)


def row_spots(blocks: list[Block], place: str, aspect: float, top: float, bottom: float, rng: Random, *, loose: bool) -> list[Spot]:
    """One row, filling its zone, in the order asked for."""
    order = {"left": -1, "right": 1}
    if loose:
        blocks = rng.sample(blocks, len(blocks))
    blocks = sorted(blocks, key=lambda b: order.get(b.wish, 0))
    boxes = [b.box for b in blocks]
    widths, heights = [b[2] - b[0] for b in boxes], [b[3] - b[1] for b in boxes]
    gap = 0.05
    total = sum(widths) + gap * (len(blocks) - 1)
    alone = len(blocks) == 1 and len(blocks[0].spots) == 1
    scale = min((aspect * 0.88) / total, (bottom - top) / max(heights), 2.4 * blocks[0].size if alone else 1.7)
    if alone:
        scale *= min(1.0, 0.84 * blocks[0].size)
    if place == "sky" and len(blocks) + len(blocks[0].spots) > 2:
        scale = min(scale, 1.25)
    if loose:
        scale *= rng.uniform(0.72, 1.12 if alone else 1.0)
    free = aspect - total * scale
    space = free / (len(blocks) + 1)
    x = space
    spots: list[Spot] = []
    for block, box, width, height in zip(blocks, boxes, widths, heights, strict=True):
        w, h = width * scale, height * scale
        drift = rng.uniform(-0.9, 0.9) * space if loose else rng.uniform(-0.35, 0.35) * min(space, 0.08)
        left = x + drift
        if len(blocks) == 1 and block.wish in ("left", "right"):
            left = aspect * 0.06 if block.wish == "left" else aspect * 0.94 - w
        if place == "sky":
            y = top + (bottom - top - h) * (0.5 if len(blocks) == 1 else rng.uniform(0.1, 0.6))
        elif place == "figure":
            y = (top + bottom - h) / 2 + 0.02
        else:
            y = bottom - h
        spots += block.moved(left - box[0] * scale, y - box[1] * scale, scale).spots
        x += w + space + gap * scale
    return spots


def backdrop_spots(block: Block, aspect: float, floor: float, *, alone: bool) -> list[Spot]:
    """Mountains and bridges stand wide behind everything, on the horizon."""
    x0, y0, x1, y1 = block.box
    scale = min(aspect * (0.94 if len(block.spots) == 1 else 1.0) / (x1 - x0), (0.6 if alone else 0.5) / (y1 - y0))
    width = (x1 - x0) * scale
    horizon = floor - 0.15 if not alone else floor - 0.12
    moved = block.moved((aspect - width) / 2 - x0 * scale, horizon + 0.02 - y1 * scale, scale)
    return [replace(s, layer=s.layer - 9, shadow=False) if s.thing.place == "backdrop" else s for s in moved.spots]
