"""Scene: the background of a drawing, day or night, sea or meadow. Knows no thing."""

# ruff: noqa: E501 - a path is one string, however long

from __future__ import annotations

import math
from random import Random

import numpy as np
from PIL import Image

from tools.shapes.palette import RGB, SNOW, TONES, darker, lighter, mix
from tools.shapes.pen import Pen, star

_SKIES: dict[str, tuple[RGB, RGB]] = {
    "day": ((158, 208, 240), (226, 242, 250)),
    "night": ((26, 32, 72), (62, 72, 128)),
    "sunset": ((104, 92, 158), (252, 178, 118)),
    "space": ((22, 20, 54), (58, 40, 98)),
    "snow": ((176, 204, 228), (232, 240, 246)),
    "underwater": ((84, 178, 214), (26, 92, 152)),
}
_GROUNDS: dict[str, RGB] = {
    "meadow": (140, 196, 112), "snow": (240, 246, 250), "beach": (244, 220, 168), "sea": (64, 140, 200), "road": (146, 188, 118),
}  # fmt: skip


def backdrop(size: tuple[int, int], scene: str, time: str, colour: RGB | None, rng: Random) -> Image.Image:
    """The background as an RGB picture of `size` pixels. `colour` wins over `scene`."""
    if colour is not None:
        return gradient(size, lighter(colour, 0.16), darker(colour, 0.06))
    if scene == "plain":
        tint = (236, 240, 248)
        return gradient(size, lighter(tint, 0.5), darker(tint, 0.05))
    if scene == "room":
        return _room(size, time)
    sky = "space" if scene == "space" else "underwater" if scene == "underwater" else time or ("snow" if scene == "snow" else "day")
    image = gradient(size, *_SKIES[sky])
    pen = Pen(image, (0, 0, size[0], size[1]))
    ratio = size[0] / size[1]
    if sky in ("night", "space"):
        _stars(pen, ratio, rng, 46 if sky == "space" else 30, 0.95 if sky == "space" else 0.55)
    if scene == "underwater":
        _underwater(pen, ratio, rng)
    elif scene == "sky" and time != "night":
        _clouds(pen, ratio, rng, time)
    elif scene in _GROUNDS:
        _ground(pen, ratio, scene, time, rng)
    return image


def gradient(size: tuple[int, int], top: RGB, bottom: RGB) -> Image.Image:
    """A soft vertical gradient."""
    t = np.linspace(0, 1, size[1], dtype=np.float32)[:, None]
    column = np.rint(np.asarray(top, np.float32) * (1 - t) + np.asarray(bottom, np.float32) * t).astype(np.uint8)
    return Image.fromarray(np.ascontiguousarray(np.broadcast_to(column[:, None, :], (size[1], size[0], 3))))


def _at_time(colour: RGB, time: str) -> RGB:
    if time == "night":
        return mix(colour, (30, 42, 88), 0.62)
    return mix(colour, (206, 120, 110), 0.3) if time == "sunset" else colour


def _room(size: tuple[int, int], time: str) -> Image.Image:
    image = gradient(size, _at_time((250, 240, 226), time), _at_time((243, 228, 208), time))
    pen = Pen(image, (0, 0, size[0], size[1]))
    floor = _at_time((214, 178, 142), time)
    pen.box(0, 0.76, 1, 1, floor)
    pen.box(0, 0.745, 1, 0.77, _at_time((252, 248, 240), time))
    pen.box(0, 0.77, 1, 0.785, darker(floor, 0.12))
    return image


def _stars(pen: Pen, ratio: float, rng: Random, count: int, reach: float) -> None:
    for _ in range(count):
        x, y, r = rng.random(), rng.random() * reach, rng.uniform(0.0016, 0.0042)
        bright = rng.uniform(0.5, 1.0)
        if r > 0.0036:
            pen.poly(_squeezed(star(0, 0, r * 3.4, r * 0.9, 4), x, y, ratio), SNOW, bright)
        else:
            pen.oval(x, y, r / ratio, r, (255, 250, 230), alpha=bright)


def _squeezed(points: list[tuple[float, float]], x: float, y: float, ratio: float) -> list[tuple[float, float]]:
    return [(x + px / ratio, y + py) for px, py in points]


def _clouds(pen: Pen, ratio: float, rng: Random, time: str) -> None:
    white = _at_time(SNOW, time)
    for y in (0.16, 0.46, 0.78):
        x, s = rng.uniform(0.08, 0.92), rng.uniform(0.06, 0.1)
        for dx, dy, r in ((-1.1, 0.1, 0.7), (0, -0.2, 1.0), (1.1, 0.12, 0.75), (0.0, 0.3, 0.8)):
            pen.oval(x + dx * s / ratio, y + dy * s, r * s * 1.1 / ratio, r * s * 0.72, white, alpha=0.5)


def _ground(pen: Pen, ratio: float, scene: str, time: str, rng: Random) -> None:
    ground = _at_time(_GROUNDS[scene], time)
    shift = rng.uniform(-0.08, 0.08)
    if scene == "sea":
        _sea(pen, ground, time)
        return
    if scene == "beach":
        pen.box(0, 0.6, 1, 1, _at_time(_GROUNDS["sea"], time))
        pen.box(0, 0.6, 1, 0.615, lighter(_at_time(_GROUNDS["sea"], time), 0.3))
        pen.path(f"M 0 .76 C .3 {0.7 + shift / 3:.3f} .6 {0.76 - shift / 3:.3f} 1 .71 L 1 1 L 0 1 Z", lighter(ground, 0.35))
        pen.path(f"M 0 .79 C .3 {0.73 + shift / 3:.3f} .6 {0.79 - shift / 3:.3f} 1 .74 L 1 1 L 0 1 Z", ground)
        return
    pen.path(
        f"M 0 .72 C {0.2 + shift:.3f} .6 {0.4 + shift:.3f} .62 {0.6 + shift:.3f} .7 C .76 .76 .9 .66 1 .66 L 1 1 L 0 1 Z",
        darker(lighter(ground, 0.2), 0.04),
    )
    pen.path(f"M 0 .78 C .25 {0.7 + shift / 2:.3f} .62 {0.84 - shift / 2:.3f} 1 .75 L 1 1 L 0 1 Z", ground)
    if scene == "road":
        asphalt = _at_time((112, 118, 132), time)
        pen.box(0, 0.82, 1, 1, asphalt)
        pen.box(0, 0.81, 1, 0.825, lighter(asphalt, 0.4))
        for n in range(5):
            pen.box(0.04 + n * 0.21, 0.915, 0.14 + n * 0.21, 0.932, _at_time(SNOW, time), alpha=0.85)
    if scene == "snow":
        for _ in range(50):
            pen.oval(
                rng.random(), rng.random() * 0.9, rng.uniform(0.003, 0.008) / ratio, rng.uniform(0.003, 0.008), (255, 255, 255), alpha=0.9
            )


def _sea(pen: Pen, water: RGB, time: str) -> None:
    pen.box(0, 0.6, 1, 1, lighter(water, 0.18))
    for n, y in enumerate((0.68, 0.77, 0.87)):
        points = [(0.0, 1.0), *((k / 60, y + 0.012 * math.sin(k / 60 * math.tau * 3.5 + n * 1.9)) for k in range(61)), (1.0, 1.0)]
        pen.poly(points, mix(lighter(water, 0.12), darker(water, 0.18), n / 2))
    glow = lighter(water, 0.6) if time != "sunset" else (254, 214, 160)
    for x, y, half in ((0.2, 0.645, 0.05), (0.62, 0.635, 0.035), (0.8, 0.72, 0.04), (0.34, 0.74, 0.03)):
        pen.box(x - half, y, x + half, y + 0.007, glow, r=0.003, alpha=0.6)


def _underwater(pen: Pen, ratio: float, rng: Random) -> None:
    for x, half in ((0.2, 0.07), (0.46, 0.1), (0.78, 0.06)):
        pen.poly([(x - half * 0.4, 0), (x + half * 0.4, 0), (x + half * 1.6, 1), (x - half * 0.4, 1)], (255, 255, 255), alpha=0.06)
    for _ in range(14):
        x, y, r = rng.random(), rng.uniform(0.1, 0.85), rng.uniform(0.006, 0.016)
        pen.oval(x, y, r / ratio, r, (255, 255, 255), alpha=0.28)
        pen.oval(x - r * 0.3 / ratio, y - r * 0.3, r * 0.3 / ratio, r * 0.3, (255, 255, 255), alpha=0.6)
    pen.path("M 0 .9 C .2 .84 .4 .94 .6 .9 C .8 .86 .9 .9 1 .88 L 1 1 L 0 1 Z", (238, 214, 160))
    for x, h in ((0.07, 0.22), (0.11, 0.15), (0.93, 0.19), (0.89, 0.12)):
        pen.stroke(
            f"M {x} .94 Q {x - 0.04:.3f} {0.94 - h / 2:.3f} {x} {0.94 - h * 0.7:.3f} Q {x + 0.03:.3f} {0.94 - h * 0.85:.3f} {x} {0.94 - h:.3f}",
            0.016,
            darker(TONES["green"], 0.1),
        )
