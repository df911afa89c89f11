"""Drawings: insects, farm animals and wild animals."""

# ruff: noqa: E501 - a path is one string, however long

from __future__ import annotations

from tools.shapes.palette import INK, SNOW, Tone
from tools.shapes.pen import Pen
from tools.shapes.vocabulary import drawing

_BLUSH = (240, 150, 150)


@drawing("bee|bumblebee|蜜蜂", "sky", "outdoor", main="yellow", accent="black", size=0.2, aspect=1.2)
def bee(pen: Pen, tone: Tone) -> None:
    """Flying to the left."""
    pen.oval(0.46, 0.26, 0.14, 0.25, (206, 232, 246), turn=-18, alpha=0.95)
    pen.oval(0.66, 0.28, 0.12, 0.22, (224, 240, 250), turn=18, alpha=0.95)
    pen.path("M .9 .58 L 1 .64 L .9 .7 Z", tone.accent)
    pen.oval(0.52, 0.64, 0.41, 0.29, tone.main)
    for x, half in ((0.5, 0.285), (0.66, 0.265), (0.81, 0.195)):
        pen.box(x - 0.045, 0.64 - half, x + 0.045, 0.64 + half, tone.accent, r=0.04)
    pen.oval(0.26, 0.58, 0.035, 0.045, INK)
    pen.stroke("M .2 .72 Q .26 .78 .33 .73", 0.022, INK)
    pen.stroke("M .3 .4 Q .26 .28 .18 .28", 0.02, INK)


@drawing("ladybug|ladybird|瓢虫", "ground", "outdoor", main="red", accent="black", size=0.2, aspect=1.2)
def ladybug(pen: Pen, tone: Tone) -> None:
    """Seen from the side."""
    for x in (0.3, 0.52, 0.74):
        pen.line([(x, 0.84), (x - 0.03, 0.98)], 0.035, tone.accent)
    pen.oval(0.16, 0.66, 0.15, 0.2, tone.accent)
    pen.path("M .14 .86 C .14 .3 .38 .1 .58 .1 C .82 .1 .98 .4 .98 .86 Z", tone.main)
    for x, y, r in ((0.36, 0.5, 0.075), (0.56, 0.3, 0.07), (0.62, 0.66, 0.08), (0.82, 0.54, 0.065)):
        pen.oval(x, y, r, r * 1.15, tone.accent)
    pen.oval(0.11, 0.6, 0.035, fill=SNOW)
    pen.stroke("M .12 .48 Q .06 .4 .02 .42", 0.02, tone.accent)


@drawing("snail|蜗牛", "ground", "outdoor", main="orange", accent="beige", size=0.22, aspect=1.4)
def snail(pen: Pen, tone: Tone) -> None:
    """Creeping to the left."""
    pen.path("M .02 .98 C .02 .8 .1 .78 .12 .6 C .1 .5 .24 .46 .28 .58 C .32 .76 .5 .86 .98 .94 L .98 1 L .06 1 Z", tone.accent)
    pen.line([(0.14, 0.54), (0.08, 0.36)], 0.03, tone.accent)
    pen.line([(0.22, 0.52), (0.22, 0.34)], 0.03, tone.accent)
    pen.oval(0.08, 0.35, 0.026, 0.036, INK)
    pen.oval(0.22, 0.33, 0.026, 0.036, INK)
    for r, fill in ((0.3, tone.main), (0.21, tone.light), (0.14, tone.main), (0.07, tone.deep)):
        pen.oval(0.6, 0.5 + (0.3 - r) * 0.25, r, r * 1.45, fill)


@drawing("turtle|tortoise|乌龟|海龟", "ground", "outdoor", main="green", accent=(178, 200, 120), size=0.24, aspect=1.5)
def turtle(pen: Pen, tone: Tone) -> None:
    """Walking to the left."""
    for x in (0.3, 0.72):
        pen.box(x - 0.07, 0.72, x + 0.07, 1, tone.accent, r=0.06)
    pen.path("M .9 .8 L 1 .88 L .88 .88 Z", tone.accent)
    pen.oval(0.13, 0.56, 0.13, 0.19, tone.accent)
    pen.path("M .16 .82 C .14 .3 .36 .1 .56 .1 C .78 .1 .96 .34 .94 .82 Q .55 .92 .16 .82 Z", tone.main)
    pen.path("M .18 .76 Q .55 .88 .93 .76 L .94 .84 Q .55 .94 .16 .84 Z", tone.deep)
    for x, y, r in ((0.55, 0.38, 0.11), (0.35, 0.54, 0.08), (0.75, 0.54, 0.08), (0.55, 0.68, 0.08)):
        pen.oval(x, y, r, r * 1.2, tone.dark)
    pen.oval(0.09, 0.5, 0.025, 0.04, INK)
    pen.stroke("M .03 .64 Q .08 .7 .13 .66", 0.02, tone.deep)


@drawing("horse|pony|马|小马", "ground", "outdoor", main="brown", accent=(92, 62, 44), size=0.44, aspect=1.1)
def horse(pen: Pen, tone: Tone) -> None:
    """Standing, looking left."""
    pen.path("M .84 .46 C .98 .48 1 .66 .96 .82 C .9 .78 .88 .62 .84 .56 Z", tone.accent)
    for x, fill in ((0.36, tone.dark), (0.7, tone.dark), (0.44, tone.main), (0.78, tone.main)):
        pen.box(x - 0.045, 0.6, x + 0.045, 1, fill, r=0.03)
        pen.box(x - 0.045, 0.94, x + 0.045, 1, tone.deep, r=0.02)
    pen.path("M .3 .5 C .36 .4 .5 .44 .62 .44 C .76 .42 .88 .44 .88 .58 C .88 .72 .76 .74 .6 .74 C .44 .74 .34 .72 .3 .62 Z", tone.main)
    pen.path("M .3 .64 C .28 .5 .3 .36 .26 .3 L .06 .36 C .0 .34 .0 .26 .06 .22 L .24 .08 C .36 .06 .46 .2 .5 .46 Z", tone.main)
    pen.path("M .26 .1 L .27 .0 L .34 .08 Z", tone.main)
    pen.path("M .3 .05 C .44 .08 .52 .26 .54 .44 C .46 .44 .42 .36 .4 .28 C .38 .2 .34 .14 .27 .12 Z", tone.accent)
    pen.oval(0.22, 0.19, 0.022, 0.026, INK)
    pen.oval(0.06, 0.3, 0.012, 0.014, tone.deep)


@drawing("cow|奶牛|牛", "ground", "outdoor", main="white", accent="black", size=0.42, aspect=1.25)
def cow(pen: Pen, tone: Tone) -> None:
    """Standing, looking left, with patches."""
    pen.stroke("M .92 .4 C .99 .5 .97 .66 .95 .74", 0.025, tone.dark)
    for x, fill in ((0.36, tone.dark), (0.76, tone.dark), (0.44, tone.main), (0.84, tone.main)):
        pen.box(x - 0.045, 0.62, x + 0.045, 1, fill, r=0.02)
        pen.box(x - 0.045, 0.93, x + 0.045, 1, INK, r=0.015)
    pen.oval(0.68, 0.74, 0.08, 0.06, (244, 178, 186))
    pen.box(0.28, 0.34, 0.94, 0.74, tone.main, r=0.14)
    pen.path("M .46 .35 C .62 .33 .64 .5 .56 .58 C .46 .6 .42 .44 .46 .35 Z", tone.accent)
    pen.path("M .74 .35 L .86 .35 Q .94 .36 .94 .5 C .88 .66 .72 .58 .74 .35 Z", tone.accent)
    pen.oval(0.06, 0.28, 0.06, 0.04, tone.accent, turn=20)
    pen.oval(0.38, 0.28, 0.06, 0.04, tone.accent, turn=-20)
    pen.stroke("M .12 .2 Q .08 .14 .12 .08", 0.03, (222, 200, 160))
    pen.stroke("M .32 .2 Q .36 .14 .32 .08", 0.03, (222, 200, 160))
    pen.box(0.09, 0.17, 0.35, 0.52, tone.main, r=0.11)
    pen.path("M .22 .17 L .3 .17 Q .35 .2 .35 .3 C .28 .36 .22 .28 .22 .17 Z", tone.accent)
    pen.oval(0.22, 0.5, 0.155, 0.11, (244, 178, 186))
    for x in (0.17, 0.27):
        pen.oval(x, 0.5, 0.018, 0.028, (196, 118, 130))
    pen.eyes(0.22, 0.32, 0.13, 0.02, INK)


@drawing("pig|piglet|猪|小猪", "ground", "outdoor", main="pink", size=0.34, aspect=1.15)
def pig(pen: Pen, tone: Tone) -> None:
    """Standing, looking left."""
    pen.stroke("M .92 .5 C 1 .46 1 .58 .95 .56", 0.03, tone.dark)
    for x in (0.34, 0.78):
        pen.box(x - 0.06, 0.7, x + 0.06, 1, tone.dark, r=0.03)
    for x in (0.46, 0.66):
        pen.box(x - 0.06, 0.74, x + 0.06, 1, tone.main, r=0.03)
    pen.oval(0.6, 0.58, 0.35, 0.29, tone.main)
    pen.path("M .12 .26 L .1 .06 L .28 .16 Z", tone.dark)
    pen.path("M .46 .24 L .5 .05 L .32 .15 Z", tone.dark)
    pen.oval(0.3, 0.42, 0.27, 0.28, tone.main)
    pen.oval(0.26, 0.5, 0.12, 0.09, tone.dark)
    for x in (0.22, 0.3):
        pen.oval(x, 0.5, 0.02, 0.034, tone.deep)
    pen.eyes(0.28, 0.35, 0.22, 0.026, INK)


@drawing("elephant|大象|象", "ground", "outdoor", main="gray", size=0.46, aspect=1.15)
def elephant(pen: Pen, tone: Tone) -> None:
    """Standing, looking left, trunk down."""
    for x, fill in ((0.44, tone.dark), (0.84, tone.dark), (0.54, tone.main), (0.76, tone.main)):
        pen.box(x - 0.07, 0.6, x + 0.07, 1, fill, r=0.03)
    pen.path("M .3 .5 C .3 .2 .52 .14 .66 .16 C .88 .2 .96 .42 .92 .76 L .36 .76 Z", tone.main)
    pen.stroke("M .93 .46 Q .99 .56 .96 .66", 0.025, tone.dark)
    pen.path(
        "M .06 .36 C .06 .12 .38 .08 .44 .32 C .46 .52 .34 .6 .22 .58 C .2 .72 .22 .84 .12 .94 C .06 .98 .0 .92 .04 .86 C .1 .78 .06 .58 .06 .36 Z",
        tone.main,
    )
    pen.path("M .32 .22 C .44 .06 .64 .16 .62 .38 C .6 .58 .46 .66 .38 .56 C .3 .46 .3 .32 .32 .22 Z", tone.dark)
    pen.path("M .38 .27 C .46 .18 .57 .25 .55 .39 C .53 .52 .46 .56 .42 .5 C .36 .42 .36 .34 .38 .27 Z", (226, 178, 186))
    pen.path("M .2 .58 C .22 .68 .28 .72 .34 .7 C .3 .66 .28 .62 .28 .57 Z", SNOW)
    pen.oval(0.19, 0.34, 0.024, 0.028, INK)


@drawing("penguin|企鹅", "ground", "outdoor", main=(58, 66, 86), accent="orange", size=0.38, aspect=0.72, head=(0.5, 0.05, 0.44), eyes=0.25)
def penguin(pen: Pen, tone: Tone) -> None:
    """Standing, seen from the front."""
    for x in (0.36, 0.64):
        pen.oval(x, 0.965, 0.14, 0.04, tone.accent)
    pen.oval(0.1, 0.58, 0.08, 0.22, tone.dark, turn=18)
    pen.oval(0.9, 0.58, 0.08, 0.22, tone.dark, turn=-18)
    pen.path("M .5 .03 C .74 .03 .78 .2 .78 .32 C .94 .56 .9 .96 .5 .96 C .1 .96 .06 .56 .22 .32 C .22 .2 .26 .03 .5 .03 Z", tone.main)
    pen.path("M .5 .22 C .58 .12 .72 .2 .68 .36 C .82 .56 .78 .92 .5 .92 C .22 .92 .18 .56 .32 .36 C .28 .2 .42 .12 .5 .22 Z", SNOW)
    pen.eyes(0.5, 0.25, 0.22, 0.032, INK)
    pen.path("M .42 .31 L .58 .31 L .5 .39 Z", tone.accent)


@drawing("owl|猫头鹰", "sky", "outdoor", main=(146, 108, 84), accent="yellow", size=0.3, aspect=0.8, head=(0.5, 0.08, 0.5), eyes=0.31)
def owl(pen: Pen, tone: Tone) -> None:
    """Sitting, seen from the front."""
    pen.path(
        "M .12 .04 L .36 .12 L .64 .12 L .88 .04 C .94 .2 .9 .34 .88 .42 C .98 .8 .76 .98 .5 .98 C .24 .98 .02 .8 .12 .42 C .1 .34 .06 .2 .12 .04 Z",
        tone.main,
    )
    pen.oval(0.5, 0.72, 0.25, 0.22, tone.pale)
    for y in (0.62, 0.72, 0.82):
        for x in (0.38, 0.5, 0.62):
            pen.stroke(f"M {x - 0.04} {y} Q {x} {y + 0.04} {x + 0.04} {y}", 0.016, tone.dark)
    pen.path("M .12 .46 C .02 .62 .08 .84 .22 .92 C .26 .76 .24 .58 .12 .46 Z", tone.dark)
    pen.path("M .88 .46 C .98 .62 .92 .84 .78 .92 C .74 .76 .76 .58 .88 .46 Z", tone.dark)
    for x in (0.31, 0.69):
        pen.oval(x, 0.31, 0.18, 0.145, SNOW)
        pen.oval(x, 0.31, 0.12, 0.096, tone.accent)
        pen.oval(x, 0.31, 0.065, 0.052, INK)
        pen.oval(x + 0.03, 0.29, 0.02, 0.016, SNOW)
    pen.path("M .44 .38 L .56 .38 L .5 .5 Z", (243, 146, 55))


@drawing("frog|青蛙", "ground", "outdoor", main="green", size=0.26, aspect=1.2)
def frog(pen: Pen, tone: Tone) -> None:
    """Sitting, seen from the front."""
    for x in (0.12, 0.88):
        pen.oval(x, 0.82, 0.14, 0.16, tone.dark)
    pen.oval(0.5, 0.72, 0.36, 0.26, tone.main)
    pen.oval(0.5, 0.8, 0.22, 0.17, tone.pale)
    for x in (0.26, 0.74):
        pen.oval(x, 0.22, 0.14, 0.17, tone.main)
    pen.oval(0.5, 0.42, 0.4, 0.28, tone.main)
    for x in (0.26, 0.74):
        pen.oval(x, 0.2, 0.095, 0.115, SNOW)
        pen.oval(x, 0.21, 0.05, 0.065, INK)
    pen.stroke("M .22 .48 Q .5 .68 .78 .48", 0.028, tone.deep)
    for x in (0.28, 0.72):
        pen.oval(x, 0.95, 0.14, 0.05, tone.light)
