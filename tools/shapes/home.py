"""Drawings: things of a home and a desk."""

from __future__ import annotations

import math

from tools.shapes.palette import INK, SNOW, WOOD, Tone, darker, lighter
from tools.shapes.pen import Pen
from tools.shapes.vocabulary import drawing


@drawing("chair|stool|椅子|凳子", "ground", "indoor", main=WOOD, size=0.42, aspect=0.66, top=0.52)
def chair(pen: Pen, tone: Tone) -> None:
    """A chair seen from the side and front."""
    for x in (0.2, 0.8):
        pen.box(x - 0.06, 0.02, x + 0.06, 0.98, tone.dark, r=0.03)
    for y in (0.06, 0.22, 0.38):
        pen.box(0.16, y, 0.84, y + 0.09, tone.main, r=0.03)
    for x in (0.12, 0.88):
        pen.box(x - 0.065, 0.6, x + 0.065, 1, tone.main, r=0.03)
    pen.box(0.02, 0.52, 0.98, 0.63, tone.light, r=0.04)
    pen.box(0.02, 0.58, 0.98, 0.64, tone.main, r=0.03)


@drawing("table|desk|桌子|书桌|餐桌|桌", "ground", "indoor", main=WOOD, size=0.36, aspect=1.6, top=0.06)
def table(pen: Pen, tone: Tone) -> None:
    """A table with four legs."""
    for x in (0.22, 0.78):
        pen.box(x - 0.03, 0.16, x + 0.03, 0.9, tone.dark, r=0.01)
    for x in (0.1, 0.9):
        pen.box(x - 0.04, 0.16, x + 0.04, 1, tone.main, r=0.015)
    pen.box(0.06, 0.14, 0.94, 0.28, tone.dark)
    pen.box(0.0, 0.04, 1.0, 0.17, tone.main, r=0.03)
    pen.box(0.0, 0.04, 1.0, 0.09, tone.light, r=0.025)


@drawing("sofa|couch|沙发", "ground", "indoor", main="teal", size=0.34, aspect=1.9, top=0.5)
def sofa(pen: Pen, tone: Tone) -> None:
    """Two seats."""
    for x in (0.1, 0.9):
        pen.box(x - 0.025, 0.9, x + 0.025, 1, WOOD)
    pen.box(0.08, 0.08, 0.92, 0.8, tone.dark, r=0.1)
    for x0, x1 in ((0.14, 0.49), (0.51, 0.86)):
        pen.box(x0, 0.16, x1, 0.62, tone.main, r=0.07)
        pen.box(x0, 0.54, x1, 0.8, tone.light, r=0.06)
    pen.box(0.12, 0.76, 0.88, 0.93, tone.dark, r=0.04)
    for x in (0.08, 0.92):
        pen.box(x - 0.075, 0.38, x + 0.075, 0.93, tone.main, r=0.07)


@drawing("bed|床", "ground", "indoor", main="blue", size=0.34, aspect=1.7, top=0.5)
def bed(pen: Pen, tone: Tone) -> None:
    """A bed with a pillow, head to the left."""
    pen.box(0.0, 0.08, 0.08, 1, WOOD, r=0.03)
    pen.box(0.92, 0.42, 1.0, 1, WOOD, r=0.03)
    pen.box(0.06, 0.62, 0.94, 0.9, darker(WOOD, 0.15))
    pen.box(0.06, 0.5, 0.94, 0.74, SNOW, r=0.04)
    pen.box(0.1, 0.34, 0.34, 0.56, lighter(tone.main, 0.7), r=0.07)
    pen.path("M .32 .46 Q .6 .4 .94 .5 L .94 .8 L .32 .8 Z", tone.main)
    pen.path("M .32 .46 Q .38 .44 .42 .45 L .42 .8 L .32 .8 Z", tone.light)


@drawing("lamp|desk lamp|light|台灯|灯", "float", "indoor", main="yellow", accent="brown", size=0.38, aspect=0.62)
def lamp(pen: Pen, tone: Tone) -> None:
    """A table lamp with its glow."""
    pen.path("M .1 .48 L .9 .48 L 1 .86 L 0 .86 Z", lighter(tone.main, 0.6), alpha=0.35)
    pen.box(0.46, 0.46, 0.54, 0.92, tone.accent)
    pen.path("M .22 .99 C .22 .88 .38 .87 .5 .87 C .62 .87 .78 .88 .78 .99 Z", tone.accent)
    pen.path("M .3 .04 L .7 .04 L .94 .48 Q .5 .56 .06 .48 Z", tone.main)
    pen.path("M .56 .04 L .7 .04 L .94 .48 Q .8 .52 .7 .52 Z", tone.dark)
    pen.line([(0.74, 0.52), (0.74, 0.64)], 0.025, tone.accent)


@drawing("light bulb|lightbulb|bulb|idea|灯泡", "float", main="yellow", accent="gray", size=0.36, aspect=0.66)
def bulb(pen: Pen, tone: Tone) -> None:
    """A lit bulb."""
    pen.path(
        "M .5 .03 C .8 .03 .98 .2 .98 .38 C .98 .56 .74 .62 .72 .76 L .28 .76 C .26 .62 .02 .56 .02 .38 C .02 .2 .2 .03 .5 .03 Z", tone.main
    )
    pen.stroke("M .38 .74 L .36 .46 L .5 .56 L .64 .46 L .62 .74", 0.035, tone.deep)
    pen.oval(0.26, 0.26, 0.07, 0.08, tone.light, turn=35)
    pen.box(0.28, 0.77, 0.72, 0.84, tone.accent, r=0.03)
    pen.box(0.3, 0.85, 0.7, 0.92, darker(tone.accent, 0.2), r=0.03)
    pen.box(0.38, 0.92, 0.62, 0.98, darker(tone.accent, 0.45), r=0.03)


@drawing("candle|蜡烛", "float", "indoor", main=(250, 238, 214), accent="orange", size=0.34, aspect=0.5)
def candle(pen: Pen, tone: Tone) -> None:
    """A burning candle on a saucer."""
    pen.oval(0.5, 0.18, 0.32, 0.15, (255, 236, 170), alpha=0.5)
    pen.oval(0.5, 0.93, 0.48, 0.06, (222, 172, 55))
    pen.box(0.28, 0.4, 0.72, 0.93, tone.main, r=0.04)
    pen.box(0.56, 0.4, 0.72, 0.93, tone.dark, r=0.04, alpha=0.35)
    pen.path(
        "M .28 .44 Q .34 .38 .5 .38 Q .66 .38 .72 .44 L .72 .5 Q .64 .62 .6 .5 Q .5 .46 .44 .52 Q .36 .72 .34 .52 L .28 .52 Z", tone.light
    )
    pen.line([(0.5, 0.4), (0.5, 0.3)], 0.04, INK)
    pen.path("M .5 .02 C .64 .14 .68 .22 .64 .28 Q .5 .38 .36 .28 C .32 .22 .38 .14 .5 .02 Z", tone.accent)
    pen.path("M .5 .15 C .57 .22 .58 .26 .56 .29 Q .5 .33 .44 .29 C .42 .26 .44 .22 .5 .15 Z", (254, 232, 150))


@drawing("clock|watch|alarm clock|wall clock|钟|时钟|闹钟|钟表|手表", "float", "plain", main="red", accent="white", size=0.36)
def clock(pen: Pen, tone: Tone) -> None:
    """A round clock at ten past ten."""
    pen.oval(0.5, 0.5, 0.48, fill=tone.main)
    pen.oval(0.5, 0.5, 0.4, fill=tone.accent)
    for n in range(12):
        a = n * math.pi / 6
        r = 0.34 if n % 3 else 0.32
        pen.line(
            [(0.5 + r * math.cos(a), 0.5 + r * math.sin(a)), (0.5 + 0.36 * math.cos(a), 0.5 + 0.36 * math.sin(a))],
            0.02 if n % 3 else 0.032,
            INK,
        )
    pen.line([(0.5, 0.5), (0.32, 0.39)], 0.045, INK)
    pen.line([(0.5, 0.5), (0.76, 0.34)], 0.032, INK)
    pen.oval(0.5, 0.5, 0.04, fill=tone.main)


@drawing("phone|smartphone|cell phone|mobile phone|telephone|手机|电话", "float", main="black", accent="cyan", size=0.42, aspect=0.52)
def phone(pen: Pen, tone: Tone) -> None:
    """A smartphone with its home screen."""
    pen.box(0.02, 0.01, 0.98, 0.99, tone.main, r=0.12)
    pen.box(0.09, 0.06, 0.91, 0.94, lighter(tone.accent, 0.5), r=0.06)
    fills = (
        (226, 74, 69),
        (243, 146, 55),
        (250, 204, 72),
        (88, 173, 92),
        (66, 133, 210),
        (142, 99, 193),
        (241, 143, 173),
        (45, 166, 161),
        tone.accent,
    )
    for n, fill in enumerate(fills):
        x, y = 0.2 + (n % 3) * 0.22, 0.16 + (n // 3) * 0.14
        pen.box(x, y, x + 0.15, y + 0.085, fill, r=0.035)
    pen.box(0.16, 0.78, 0.84, 0.9, SNOW, r=0.04)
    pen.box(0.4, 0.03, 0.6, 0.045, darker(tone.main, 0.4), r=0.01)
