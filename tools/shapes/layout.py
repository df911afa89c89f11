"""Layout: a plan becomes places. Knows the natural size of things and their relations, draws nothing.

Lengths are in picture heights: y runs 0 to 1, x runs 0 to the picture's width over its height. Groups that relate to one another are
put together into a block first; the blocks are then set out in rows: sky, water, ground, middle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from types import MappingProxyType

from tools.shapes.prompt import Group, Plan
from tools.shapes.rows import backdrop_spots, row_spots, rows_of, zone
from tools.shapes.spots import Block, Spot
from tools.shapes.vocabulary import things

_OPEN = ("box", "bag", "vase", "cup")
"""Things that hold others so that they look out at the top."""
_BEHIND = 5


def arrange(
    plan: Plan, aspect: float, rng: Random, floor: float = 0.87, shapes: Mapping[int, float] = MappingProxyType({}), *, loose: bool = False
) -> list[Spot]:  # fmt: skip
    """Every drawing in its place, sorted for painting. Things stand on `floor`; `shapes` has width over height where not drawn by hand.

    `loose` leaves more of it to chance: the order in a row, the size of the row, and where in its room each thing stands.
    """
    clusters = [_cluster(n, group, shapes.get(n)) for n, group in enumerate(plan.groups)]
    roots = [n for n, group in enumerate(plan.groups) if group.anchor is None]
    blocks = [_grow(n, plan, clusters) for n in roots]
    spots: list[Spot] = []
    backs = [b for b in blocks if b.place == "backdrop"]
    rest = [b for b in blocks if b.place != "backdrop"]
    for block in backs:
        spots += backdrop_spots(block, aspect, floor, alone=not rest)
    rows = rows_of(rest)
    for place, row in rows.items():
        top, bottom = zone(place, set(rows), bool(backs), floor)
        spots += row_spots(row, place, aspect, top, bottom, rng, loose=loose)
    return sorted(spots, key=lambda s: (s.layer, s.bottom))


def _cluster(index: int, group: Group, aspect: float | None = None) -> Block:
    """The drawings of one group, side by side or in rows."""
    thing = things()[group.thing]
    if aspect is not None:
        # as much of the picture, whatever its form: a guitar is not a thin guitar
        thing = replace(thing, aspect=aspect, size=thing.size * min(1.25, max(0.6, aspect**-0.5)))
    height = thing.size * group.size
    width = height * thing.aspect
    ground = thing.place in ("ground", "water")
    columns = group.count if group.count <= 3 or (ground and group.count <= 5) else -(-group.count // (2 if group.count <= 6 else 3))
    shrink = {1: 1.0, 2: 0.86, 3: 0.74}.get(columns, 0.64)
    width, height = width * shrink, height * shrink
    step_x, step_y = width * 1.1, height * (0.5 if ground else 1.1)
    spots = []
    for n in range(group.count):
        row, column = divmod(n, columns)
        missing = columns - min(columns, group.count - row * columns)
        spots.append(Spot(thing, index, (column + missing / 2) * step_x, row * step_y, width, height))
    return Block(spots, thing.place, group.place, group.size)


def _grow(root: int, plan: Plan, clusters: list[Block]) -> Block:
    """The block of `root` with everything that relates to it, nearest first."""
    first = clusters[root]
    block = Block(list(first.spots), first.place, first.wish, first.size)
    used: dict[tuple[int, str], int] = {}
    waiting = [root]
    while waiting:
        anchor = waiting.pop(0)
        for n, group in enumerate(plan.groups):
            if group.anchor != anchor:
                continue
            relation = group.relation
            place = used.get((anchor, relation), 0)
            used[anchor, relation] = place + 1
            siblings = sum(g.anchor == anchor and g.relation == relation for g in plan.groups)
            target = Block([s for s in block.spots if s.group == anchor], clusters[anchor].place)
            block.spots += _attach(clusters[n], target, relation, place, siblings, block).spots
            waiting.append(n)
    if len(block.spots) > 1 and block.place in ("sky", "figure", "float") and any(s.thing.place == "ground" for s in block.spots):
        block.place = "ground"
    return block


def _attach(child: Block, target: Block, relation: str, place: int, siblings: int, whole: Block) -> Block:
    """`child` moved to where `relation` puts it beside `target`."""
    if relation == "beside":
        relation = "right" if place % 2 == 0 else "left"
    ax0, ay0, ax1, ay1 = target.box
    anchor = target.spots[0].thing
    standing = anchor.place in ("ground", "backdrop") and child.place in ("ground", "float")
    if relation == "below" and anchor.name == "umbrella":
        fit = 0.62 * (ax1 - ax0) / (child.box[2] - child.box[0])
        child = child.moved(0, 0, fit)
    elif relation == "below" and standing:
        relation = "front"
    if relation == "on" and (anchor.place in ("backdrop", "sky", "figure") or child.place == "sky") and anchor.place != "figure":
        relation = "above" if child.place == "sky" or anchor.place == "sky" else "front"
    rule = {"wears": _wears, "in": _inside, "on": _on}.get(relation)
    if rule is not None:
        return rule(child, target, place, siblings)
    cx0, cy0, cx1, cy1 = child.box
    width, height = cx1 - cx0, cy1 - cy0
    wx0, wy0, wx1, wy1 = whole.box
    middle_x, gap = (ax0 + ax1) / 2, 0.04
    level = ay1 - height if child.place in ("ground", "float", "water") and anchor.place != "figure" else (ay0 + ay1 - height) / 2
    if relation == "left":
        x, y = min(wx0, ax0) - width - gap, level
    elif relation == "right":
        x, y = max(wx1, ax1) + gap, level
    elif relation == "above":
        x, y = middle_x - width / 2, min(wy0, ay0) - height - gap
    elif relation == "below" and anchor.name == "umbrella":
        x, y = middle_x - width * 0.62, ay0 + (ay1 - ay0) * 0.56
    elif relation == "below":
        x, y = middle_x - width / 2, max(wy1, ay1) + gap
    elif relation == "behind":
        x, y = middle_x - width / 2 + (ax1 - ax0) * 0.28, ay1 - height - 0.04
    else:
        scale = min(1.0, 0.62 * (ay1 - ay0) / height) if anchor.name == "table" else 1.0
        child, width, height = child.moved(0, 0, scale), width * scale, height * scale
        x, y = middle_x - width / 2, ay1 - height + (0.0 if anchor.name == "table" else 0.03)
    moved = child.moved(x - child.box[0], y - child.box[1])
    layer = {"behind": -_BEHIND, "front": _BEHIND}.get(relation, 0)
    moved.spots = [replace(s, layer=target.spots[0].layer + layer) for s in moved.spots]
    return moved


def _wears(child: Block, target: Block, place: int, siblings: int) -> Block:
    """A hat or crown on each head, glasses before the eyes."""
    spots = []
    hat = child.spots[0].thing
    for worn in target.spots:
        head = worn.thing.head or (0.5, 0.05, 0.5)
        if hat.name == "glasses":
            width = worn.width * head[2] * 0.92
            y = worn.y + worn.height * (worn.thing.eyes or 0.3) - width / hat.aspect / 2
        else:
            width = worn.width * head[2] * (1.16 if hat.name == "hat" else 0.8)
            y = worn.y + worn.height * (head[1] + 0.045) - width / hat.aspect
        x = worn.x + worn.width * head[0] - width / 2
        spots.append(Spot(hat, child.spots[0].group, x, y, width, width / hat.aspect, worn.layer + 1, shadow=False))
    return Block(spots, target.place)


def _inside(child: Block, target: Block, place: int, siblings: int) -> Block:
    """In the middle of a figure; looking out of a box; in front of anything else."""
    ax0, ay0, ax1, ay1 = target.box
    cx0, cy0, cx1, cy1 = child.box
    anchor = target.spots[0].thing
    peeks = anchor.name in _OPEN
    room = 0.62 if peeks else 0.5 if anchor.place == "figure" else 0.42
    scale = min(room * (ax1 - ax0) / siblings / (cx1 - cx0), (0.9 if peeks else room) * (ay1 - ay0) / (cy1 - cy0))
    small = child.moved(0, 0, scale)
    sx0, sy0, sx1, sy1 = small.box
    share = (place + 0.5) / siblings
    x = ax0 + (ax1 - ax0) * share - (sx0 + sx1) / 2
    y = ay0 + (ay1 - ay0) * (anchor.top + 0.22) - sy1 if peeks else (ay0 + ay1) / 2 - (sy0 + sy1) / 2
    if anchor.place in ("ground", "float") and not peeks:
        y = ay1 - sy1 - 0.02
    moved = small.moved(x, y)
    layer = target.spots[0].layer + (-1 if peeks else 1)
    moved.spots = [replace(s, layer=layer, shadow=False) for s in moved.spots]
    return moved


def _on(child: Block, target: Block, place: int, siblings: int) -> Block:
    """Standing on the upper side, several side by side."""
    ax0, ay0, ax1, ay1 = target.box
    cx0, cy0, cx1, cy1 = child.box
    anchor = target.spots[0].thing
    room = (ax1 - ax0) * 0.92 / siblings
    scale = min(1.0, room / (cx1 - cx0), 1.25 * max(0.28, ay1 - ay0) / (cy1 - cy0))
    small = child.moved(0, 0, scale)
    sx0, _, sx1, sy1 = small.box
    x = ax0 + (ax1 - ax0) * (place + 0.5) / siblings - (sx0 + sx1) / 2
    moved = small.moved(x, ay0 + (ay1 - ay0) * anchor.top - sy1 + 0.006)
    moved.spots = [replace(s, layer=target.spots[0].layer + 1, shadow=False) for s in moved.spots]
    return moved
