"""Pictures of triangles: seen from the side, lit from above, on white. Plain NumPy with a depth buffer; needs no graphics card."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from retrieval.meshes import Mesh

SIDE = 512
"""Pixels of a finished picture; it is drawn at twice that and shrunk, which smooths its edges."""
VIEWS = {"corner": (1.0, 0.75, 1.3), "front": (0.0, 0.0, 1.0), "right": (1.0, 0.0, 0.0), "top": (0.0, 1.0, 0.0)}
"""Name of each view -> where the eye is, seen from the model's middle. The first one shows most."""
_MARGIN = 0.06
_AT_ONCE = 3_000_000
"""Pixels worked on together: about 200 MB."""
_DARKEST, _BRIGHTEST = 0.2, 1.0
"""Part of its colour that a face keeps when it is turned from the light, and when it faces it."""
Floats = NDArray[np.floating[Any]]


def render(mesh: Mesh, view: str) -> Image.Image:
    """The model from one of `VIEWS`, as an RGB picture of `SIDE` x `SIDE`."""
    size = 2 * SIDE
    eye = _axes(VIEWS[view])
    points = (mesh.vertices @ eye.T)[mesh.faces]  # (m, 3 corners, right / up / towards the eye)
    low, high = points.min(axis=(0, 1)), points.max(axis=(0, 1))
    scale = size * (1 - 2 * _MARGIN) / max(high[0] - low[0], high[1] - low[1], 1e-12)
    middle = (low + high) / 2
    screen = np.empty_like(points)
    screen[..., 0] = (points[..., 0] - middle[0]) * scale + size / 2
    screen[..., 1] = (middle[1] - points[..., 1]) * scale + size / 2
    screen[..., 2] = (high[2] - points[..., 2]) * scale  # depth: smaller is nearer
    owner = _visible(screen, size)
    shades = _shaded(mesh, eye)
    picture = np.full((size * size, 3), 255, np.uint8)
    picture[owner >= 0] = shades[owner[owner >= 0]]
    return Image.fromarray(picture.reshape(size, size, 3)).resize((SIDE, SIDE), Image.Resampling.BOX)


def _axes(towards: tuple[float, float, float]) -> Floats:
    """Rows: right, up, towards the eye."""
    forward = np.asarray(towards) / np.linalg.norm(towards)
    upright = np.array([0.0, 0.0, -1.0]) if abs(forward[1]) > 0.99 else np.array([0.0, 1.0, 0.0])
    right = np.cross(upright, forward)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(forward, right), forward])


def _shaded(mesh: Mesh, eye: Floats) -> NDArray[np.uint8]:
    """Colour of each face under a soft light above the eye's left shoulder. Many files mix up which side is outside: what is seen is."""
    a, b, c = (mesh.vertices[mesh.faces[:, corner]] for corner in range(3))
    normals = np.cross(b - a, c - a)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    normals *= np.where(normals @ eye[2] < 0, -1.0, 1.0)[:, None]
    light = np.array([-0.45, 0.65, 0.8]) @ eye
    light /= np.linalg.norm(light)
    bright = _DARKEST + (_BRIGHTEST - _DARKEST) * (0.5 + 0.5 * (normals @ light))
    shaded: NDArray[np.uint8] = np.clip(mesh.colours * bright[:, None], 0, 255).astype(np.uint8)
    return shaded


def _visible(screen: Floats, size: int) -> NDArray[np.int64]:
    """For each pixel, row by row, the face that is nearest there; -1 for none."""
    depth = np.full(size * size, np.inf)
    owner = np.full(size * size, -1, np.int64)
    for faces in _blocks(screen):
        face, at, far = _pixels(screen, faces, size)
        np.minimum.at(depth, at, far)
        nearest = far <= depth[at]
        owner[at[nearest]] = face[nearest]
    return owner


def _blocks(screen: Floats) -> Iterator[NDArray[np.int64]]:
    """Faces in blocks that cover a bounded number of pixels."""
    extent = np.ptp(screen[..., :2], axis=1) + 2
    ends = np.cumsum(extent[:, 0] * extent[:, 1] / 2 + extent[:, 1])
    places = np.arange(len(screen))
    yield from np.split(places, np.flatnonzero(np.diff(ends // _AT_ONCE)) + 1)


def _pixels(screen: Floats, faces: NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """(face, pixel, depth) of everything that `faces` cover: each face is cut into rows, each row into pixels."""
    corners = screen[faces]
    first = np.ceil(corners[..., 1].min(axis=1) - 0.5).astype(np.int64).clip(0, size)
    last = np.floor(corners[..., 1].max(axis=1) - 0.5).astype(np.int64).clip(-1, size - 1)
    which, row = _runs(first, last)
    y = row + 0.5
    left, right = np.full(len(row), np.inf), np.full(len(row), -np.inf)
    for n in range(3):
        a, b = corners[which, n], corners[which, (n + 1) % 3]
        rise = b[:, 1] - a[:, 1]
        part = (y - a[:, 1]) / np.where(rise == 0, 1, rise)
        crosses = (rise != 0) & (part >= 0) & (part <= 1)
        x = a[:, 0] + part * (b[:, 0] - a[:, 0])
        left = np.where(crosses, np.minimum(left, x), left)
        right = np.where(crosses, np.maximum(right, x), right)
    none = left > right
    left, right = np.where(none, 0.0, left), np.where(none, -1.0, right)
    begin = np.ceil(left - 0.5).astype(np.int64).clip(0, size)
    end = np.floor(right - 0.5).astype(np.int64).clip(-1, size - 1)
    span, column = _runs(begin, end)
    face = which[span]
    return faces[face], row[span] * size + column, _depth(corners, face, column + 0.5, y[span])


def _runs(first: NDArray[np.int64], last: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(place, number) for every number from `first` to `last`, both included, of every place."""
    counts = np.maximum(last - first + 1, 0)
    place = np.repeat(np.arange(len(counts)), counts)
    start = np.repeat(first - (np.cumsum(counts) - counts), counts)
    return place, np.arange(len(place)) + start


def _depth(corners: Floats, face: NDArray[np.int64], x: Floats, y: Floats) -> Floats:
    """Depth of the plane of each face at (x, y); within the depths of its corners, also where it is seen edge on."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    u, v = b - a, c - a
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    flat = np.abs(area) < 1e-9
    area = np.where(flat, 1.0, area)
    across = np.where(flat, 0.0, (u[:, 2] * v[:, 1] - v[:, 2] * u[:, 1]) / area)
    down = np.where(flat, 0.0, (v[:, 2] * u[:, 0] - u[:, 2] * v[:, 0]) / area)
    found = a[face, 2] + across[face] * (x - a[face, 0]) + down[face] * (y - a[face, 1])
    inside: Floats = np.clip(found, corners[..., 2].min(axis=1)[face], corners[..., 2].max(axis=1)[face])
    return inside
