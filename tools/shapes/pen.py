"""Pen: draws filled shapes on a supersampled picture through an affine map. Knows no thing and no scene.

Every shape becomes a polygon in the thing's own square (0 to 1, y down, the ground at y = 1), is mapped to pixels and filled without
an outline. Curves are flattened finely enough for four-fold supersampling.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from PIL import Image, ImageDraw

from tools.shapes.palette import RGB

Point = tuple[float, float]
_TOKEN = re.compile(r"[MLCQHVZ]|-?\d*\.?\d+")


@lru_cache(maxsize=2048)
def flatten(path: str, steps: int = 18) -> tuple[tuple[Point, ...], ...]:
    """Polygons of a path in the absolute commands M L H V C Q Z of SVG."""
    tokens = _TOKEN.findall(path)
    shapes: list[list[Point]] = []
    here: Point = (0.0, 0.0)
    command, i = "M", 0

    def numbers(count: int) -> list[float]:
        nonlocal i
        values = [float(t) for t in tokens[i : i + count]]
        i += count
        return values

    while i < len(tokens):
        if tokens[i].isalpha():
            command, i = tokens[i], i + 1
            if command == "Z":
                continue
        if command == "M":
            x, y = numbers(2)
            here = (x, y)
            shapes.append([here])
            command = "L"
            continue
        if command == "L":
            x, y = numbers(2)
            shapes[-1].append((x, y))
        elif command == "H":
            shapes[-1].append((numbers(1)[0], here[1]))
        elif command == "V":
            shapes[-1].append((here[0], numbers(1)[0]))
        else:
            shapes[-1].extend(_curve(here, numbers(4 if command == "Q" else 6), steps))
        here = shapes[-1][-1]
    return tuple(tuple(s) for s in shapes)


def _curve(start: Point, values: list[float], steps: int) -> list[Point]:
    """A quadratic or cubic Bézier from `start`, without its first point."""
    control = [start, *zip(values[::2], values[1::2], strict=True)]
    degree = len(control) - 1
    weights = [math.comb(degree, k) for k in range(degree + 1)]
    points: list[Point] = []
    for n in range(1, steps + 1):
        t = n / steps
        b = [w * t**k * (1 - t) ** (degree - k) for k, w in enumerate(weights)]
        points.append((sum(w * p[0] for w, p in zip(b, control, strict=True)), sum(w * p[1] for w, p in zip(b, control, strict=True))))
    return points


class Pen:
    """Draws in a unit square placed on `image`."""

    def __init__(self, image: Image.Image, box: tuple[float, float, float, float], *, mirror: bool = False, turn: float = 0.0) -> None:
        """`box` is left, top, width, height in pixels of `image`; `turn` in degrees about the middle, clockwise."""
        self._image = image
        self._draw = ImageDraw.Draw(image, "RGBA")
        self._box = box
        self._mirror = mirror
        self._cos, self._sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))

    def at(self, x: float, y: float) -> Point:
        """Pixel of a point of the unit square."""
        left, top, width, height = self._box
        dx, dy = ((1 - x if self._mirror else x) - 0.5) * width, (y - 0.5) * height
        return left + width / 2 + dx * self._cos - dy * self._sin, top + height / 2 + dx * self._sin + dy * self._cos

    @property
    def unit(self) -> float:
        """Pixels of one unit, the smaller side: what widths of lines are measured in."""
        return min(self._box[2], self._box[3])

    def poly(self, points: Sequence[Point], fill: RGB, alpha: float = 1.0) -> None:
        """A filled polygon."""
        if len(points) > 2:
            self._draw.polygon([self.at(x, y) for x, y in points], fill=(*fill, round(alpha * 255)))

    def path(self, path: str, fill: RGB, alpha: float = 1.0) -> None:
        """A filled path, see `flatten`."""
        for shape in flatten(path):
            self.poly(shape, fill, alpha)

    def both(self, path: str, fill: RGB, alpha: float = 1.0) -> None:
        """A filled path and its mirror image about the middle."""
        for shape in flatten(path):
            self.poly(shape, fill, alpha)
            self.poly([(1 - x, y) for x, y in shape], fill, alpha)

    def oval(
        self, x: float, y: float, rx: float, ry: float | None = None, fill: RGB = (0, 0, 0), *, turn: float = 0.0, alpha: float = 1.0
    ) -> None:
        """A filled ellipse round (x, y); a circle without `ry`. `turn` in degrees, clockwise."""
        self.poly(ring(x, y, rx, rx if ry is None else ry, turn), fill, alpha)

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: RGB, r: float = 0.0, alpha: float = 1.0) -> None:
        """A filled rectangle with corners of radius `r`."""
        r = min(r, (x1 - x0) / 2, (y1 - y0) / 2)
        if r <= 0:
            self.poly([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], fill, alpha)
            return
        points: list[Point] = []
        for cx, cy, start in ((x1 - r, y0 + r, -90), (x1 - r, y1 - r, 0), (x0 + r, y1 - r, 90), (x0 + r, y0 + r, 180)):
            for n in range(9):
                a = math.radians(start + n * 90 / 8)
                points.append((cx + r * math.cos(a), cy + r * math.sin(a)))
        self.poly(points, fill, alpha)

    def line(self, points: Sequence[Point], width: float, fill: RGB, alpha: float = 1.0) -> None:
        """A stroke with round ends and joints, `width` in units."""
        pixels = [self.at(x, y) for x, y in points]
        w = max(1.0, width * self.unit)
        colour = (*fill, round(alpha * 255))
        for (ax, ay), (bx, by) in pairwise(pixels):
            length = math.hypot(bx - ax, by - ay) or 1.0
            nx, ny = (ay - by) / length * w / 2, (bx - ax) / length * w / 2
            self._draw.polygon([(ax + nx, ay + ny), (bx + nx, by + ny), (bx - nx, by - ny), (ax - nx, ay - ny)], fill=colour)
        for px, py in pixels:
            self._draw.ellipse((px - w / 2, py - w / 2, px + w / 2, py + w / 2), fill=colour)

    def stroke(self, path: str, width: float, fill: RGB) -> None:
        """A stroked path."""
        for shape in flatten(path):
            self.line(shape, width, fill)

    def arc(self, x: float, y: float, radius: float, start: float, end: float, width: float, fill: RGB) -> None:
        """A stroked arc; angles in degrees from the right, clockwise."""
        angles = [math.radians(start + (end - start) * n / 72) for n in range(73)]
        self.line([(x + radius * math.cos(a), y + radius * math.sin(a)) for a in angles], width, fill)

    def eyes(self, x: float, y: float, gap: float, size: float, ink: RGB) -> None:
        """Two eyes with a light in each."""
        for side in (-1, 1):
            self.oval(x + side * gap / 2, y, size, size * 1.15, ink)
            self.oval(x + side * gap / 2 + size * 0.3, y - size * 0.4, size * 0.32, None, (255, 255, 255))


def ring(x: float, y: float, rx: float, ry: float, turn: float = 0.0, count: int = 56) -> list[Point]:
    """Points of an ellipse."""
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    points = []
    for n in range(count):
        a = 2 * math.pi * n / count
        px, py = rx * math.cos(a), ry * math.sin(a)
        points.append((x + px * c - py * s, y + px * s + py * c))
    return points


def star(x: float, y: float, outer: float, inner: float, points: int = 5, turn: float = -90.0) -> list[Point]:
    """Corners of a star."""
    corners = []
    for n in range(points * 2):
        r, a = (outer if n % 2 == 0 else inner), math.radians(turn + n * 180 / points)
        corners.append((x + r * math.cos(a), y + r * math.sin(a)))
    return corners
