"""Drawings: animals."""

# ruff: noqa: E501 - a path is one string, however long

from __future__ import annotations

from tools.shapes.palette import INK, SNOW, Tone, lighter
from tools.shapes.pen import Pen
from tools.shapes.vocabulary import drawing

_BLUSH = (240, 150, 150)


@drawing("cat|kitten|kitty|猫|小猫|猫咪", "ground", "outdoor", main="orange", size=0.36, aspect=0.85, head=(0.4, 0.12, 0.42), eyes=0.33)
def cat(pen: Pen, tone: Tone) -> None:
    """Sitting, tail round the side."""
    pen.stroke("M .72 .9 C .98 .92 .98 .66 .9 .52", 0.1, tone.dark)
    pen.path("M .24 1 C .2 .66 .32 .48 .5 .48 C .72 .48 .84 .74 .8 1 Z", tone.main)
    pen.path("M .36 1 C .34 .76 .4 .64 .48 .64 C .58 .64 .62 .78 .6 1 Z", tone.pale)
    pen.path("M .14 .36 L .12 .04 L .34 .16 Z", tone.main)
    pen.path("M .68 .36 L .7 .04 L .48 .16 Z", tone.main)
    pen.path("M .17 .26 L .165 .12 L .27 .18 Z", tone.pale)
    pen.path("M .65 .26 L .655 .12 L .55 .18 Z", tone.pale)
    pen.oval(0.41, 0.34, 0.32, 0.235, tone.main)
    for x in (0.34, 0.41, 0.48):
        pen.line([(x, 0.12), (x, 0.19)], 0.025, tone.dark)
    pen.eyes(0.41, 0.33, 0.26, 0.04, INK)
    pen.oval(0.41, 0.415, 0.03, 0.02, _BLUSH)
    pen.stroke("M .35 .45 Q .38 .48 .41 .44 Q .44 .48 .47 .45", 0.016, tone.deep)
    for y in (0.4, 0.44):
        pen.line([(0.2, y), (0.06, y - 0.01 + (y - 0.4))], 0.01, tone.deep)
        pen.line([(0.62, y), (0.76, y - 0.01 + (y - 0.4))], 0.01, tone.deep)
    pen.oval(0.36, 0.97, 0.09, 0.045, tone.light)
    pen.oval(0.58, 0.97, 0.09, 0.045, tone.light)


@drawing(
    "dog|puppy|狗|小狗|狗狗",
    "ground",
    "outdoor",
    main=(196, 142, 92),
    accent="red",
    size=0.4,
    aspect=0.85,
    head=(0.42, 0.08, 0.4),
    eyes=0.27,
)
def dog(pen: Pen, tone: Tone) -> None:
    """Sitting, ears down, a collar."""
    pen.stroke("M .74 .88 C .9 .86 .96 .74 .94 .62", 0.09, tone.main)
    pen.path("M .24 1 C .22 .66 .32 .48 .5 .48 C .72 .48 .84 .74 .8 1 Z", tone.main)
    pen.path("M .36 1 C .34 .78 .4 .62 .48 .62 C .58 .62 .62 .8 .6 1 Z", tone.pale)
    pen.oval(0.42, 0.3, 0.3, 0.25, tone.main)
    pen.path("M .3 .5 Q .42 .58 .56 .5 L .57 .56 Q .42 .64 .29 .56 Z", tone.accent)
    pen.oval(0.42, 0.62, 0.035, fill=(250, 204, 72))
    pen.oval(0.42, 0.41, 0.16, 0.115, tone.pale)
    pen.path("M .16 .12 C .02 .12 .0 .36 .06 .5 C .16 .52 .22 .34 .24 .16 Z", tone.deep)
    pen.path("M .68 .12 C .82 .12 .84 .36 .78 .5 C .68 .52 .62 .34 .6 .16 Z", tone.deep)
    pen.eyes(0.42, 0.27, 0.24, 0.038, INK)
    pen.oval(0.42, 0.35, 0.055, 0.036, INK)
    pen.stroke("M .34 .43 Q .38 .47 .42 .42 Q .46 .47 .5 .43", 0.018, INK)
    pen.path("M .39 .455 L .46 .455 Q .47 .53 .425 .53 Q .38 .53 .39 .455 Z", _BLUSH)
    pen.oval(0.36, 0.97, 0.09, 0.045, tone.light)
    pen.oval(0.58, 0.97, 0.09, 0.045, tone.light)


@drawing(
    "rabbit|bunny|hare|兔子|兔|小兔", "ground", "outdoor", main=(214, 208, 204), size=0.38, aspect=0.7, head=(0.5, 0.3, 0.4), eyes=0.44
)
def rabbit(pen: Pen, tone: Tone) -> None:
    """Sitting up, long ears."""
    for x, turn in ((0.36, -8), (0.64, 8)):
        pen.oval(x, 0.18, 0.11, 0.19, tone.main, turn=turn)
        pen.oval(x, 0.19, 0.05, 0.13, (244, 178, 186), turn=turn)
    pen.oval(0.82, 0.86, 0.1, 0.075, lighter(tone.main, 0.6))
    pen.path("M .16 1 C .12 .74 .3 .58 .5 .58 C .7 .58 .88 .74 .84 1 Z", tone.main)
    pen.path("M .34 1 C .34 .8 .4 .7 .5 .7 C .6 .7 .66 .8 .66 1 Z", tone.pale)
    pen.oval(0.5, 0.46, 0.3, 0.2, tone.main)
    pen.eyes(0.5, 0.44, 0.28, 0.042, INK)
    pen.oval(0.5, 0.505, 0.04, 0.02, _BLUSH)
    pen.stroke("M .43 .55 Q .47 .57 .5 .53 Q .53 .57 .57 .55", 0.018, tone.deep)
    pen.oval(0.3, 0.53, 0.06, 0.03, _BLUSH, alpha=0.45)
    pen.oval(0.7, 0.53, 0.06, 0.03, _BLUSH, alpha=0.45)
    pen.oval(0.34, 0.965, 0.13, 0.04, tone.light)
    pen.oval(0.66, 0.965, 0.13, 0.04, tone.light)


@drawing("bear|teddy bear|teddy|熊|小熊|泰迪熊", "ground", "outdoor", main="brown", size=0.42, aspect=0.8, head=(0.5, 0.05, 0.5), eyes=0.28)
def bear(pen: Pen, tone: Tone) -> None:
    """Sitting, round ears and belly."""
    for x in (0.22, 0.78):
        pen.oval(x, 0.12, 0.13, 0.1, tone.main)
        pen.oval(x, 0.12, 0.07, 0.055, tone.light)
    pen.oval(0.5, 0.76, 0.34, 0.24, tone.main)
    pen.oval(0.5, 0.78, 0.2, 0.16, tone.light)
    pen.oval(0.16, 0.68, 0.12, 0.1, tone.dark, turn=30)
    pen.oval(0.84, 0.68, 0.12, 0.1, tone.dark, turn=-30)
    for x in (0.26, 0.74):
        pen.oval(x, 0.92, 0.16, 0.08, tone.dark)
    pen.oval(0.5, 0.31, 0.36, 0.27, tone.main)
    pen.oval(0.5, 0.41, 0.17, 0.12, tone.pale)
    pen.eyes(0.5, 0.28, 0.28, 0.035, INK)
    pen.oval(0.5, 0.37, 0.055, 0.035, INK)
    pen.stroke("M .44 .45 Q .5 .5 .56 .45", 0.018, INK)


@drawing("panda|熊猫|大熊猫", "ground", "outdoor", main="white", accent="black", size=0.42, aspect=0.85, head=(0.5, 0.06, 0.5), eyes=0.325)
def panda(pen: Pen, tone: Tone) -> None:
    """Sitting, with its patches."""
    for x in (0.2, 0.8):
        pen.oval(x, 0.13, 0.13, 0.1, tone.accent)
    pen.oval(0.5, 0.77, 0.34, 0.23, tone.main)
    pen.path("M .18 .66 C .3 .54 .7 .54 .82 .66 L .78 .74 C .66 .64 .34 .64 .22 .74 Z", tone.accent)
    pen.oval(0.16, 0.72, 0.1, 0.12, tone.accent, turn=20)
    pen.oval(0.84, 0.72, 0.1, 0.12, tone.accent, turn=-20)
    for x in (0.26, 0.74):
        pen.oval(x, 0.92, 0.16, 0.08, tone.accent)
    pen.oval(0.5, 0.34, 0.37, 0.27, tone.main)
    pen.oval(0.34, 0.33, 0.095, 0.085, tone.accent, turn=-35)
    pen.oval(0.66, 0.33, 0.095, 0.085, tone.accent, turn=35)
    for x in (0.355, 0.645):
        pen.oval(x, 0.325, 0.032, fill=SNOW)
        pen.oval(x, 0.33, 0.02, fill=INK)
    pen.oval(0.5, 0.42, 0.05, 0.032, tone.accent)
    pen.stroke("M .44 .48 Q .5 .52 .56 .48", 0.018, tone.accent)


@drawing("fish|goldfish|鱼|小鱼|金鱼", "water", "outdoor", main="orange", accent="yellow", size=0.24, aspect=1.5)
def fish(pen: Pen, tone: Tone) -> None:
    """Swimming to the left."""
    pen.path("M .7 .5 C .82 .3 .92 .16 .99 .12 C .94 .36 .94 .64 .99 .88 C .92 .84 .82 .7 .7 .5 Z", tone.dark)
    pen.path("M .34 .2 C .44 -.02 .62 .0 .7 .06 C .64 .14 .62 .2 .62 .3 Z", tone.dark)
    pen.path("M .02 .52 C .16 .12 .52 .06 .78 .5 C .52 .96 .16 .92 .02 .52 Z", tone.main)
    pen.path("M .05 .58 C .2 .74 .52 .78 .73 .57 C .52 .96 .16 .92 .05 .58 Z", tone.light)
    pen.path("M .38 .54 C .5 .46 .58 .58 .56 .74 C .48 .74 .4 .68 .38 .54 Z", tone.dark)
    for x in (0.34, 0.48):
        pen.stroke(f"M {x} .24 Q {x + 0.07} .36 {x} .48", 0.035, tone.accent)
    pen.oval(0.19, 0.43, 0.065, 0.1, SNOW)
    pen.oval(0.18, 0.44, 0.035, 0.055, INK)
    pen.stroke("M .05 .6 Q .1 .64 .14 .6", 0.025, tone.deep)


@drawing("whale|鲸鱼|鲸", "water", "outdoor", main="blue", size=0.3, aspect=1.5)
def whale(pen: Pen, tone: Tone) -> None:
    """A whale with its spout."""
    pen.stroke("M .3 .3 C .3 .16 .22 .1 .16 .14", 0.035, lighter(tone.main, 0.6))
    pen.stroke("M .3 .3 C .3 .16 .38 .1 .44 .14", 0.035, lighter(tone.main, 0.6))
    pen.path("M .78 .52 C .88 .44 .84 .28 .74 .18 C .86 .16 .92 .22 .93 .3 C .96 .22 1 .22 1 .2 C 1 .46 .98 .7 .84 .8 Z", tone.dark)
    pen.path("M .02 .66 C .02 .4 .22 .3 .42 .34 C .62 .38 .74 .58 .86 .46 C .98 .5 .92 .96 .5 .98 C .2 1 .02 .88 .02 .66 Z", tone.main)
    pen.path("M .03 .74 C .16 .82 .42 .8 .56 .92 Q .6 .96 .5 .98 C .2 1 .06 .9 .03 .74 Z", tone.pale)
    pen.oval(0.2, 0.6, 0.032, 0.05, INK)
    pen.path("M .46 .76 C .5 .9 .62 .94 .66 .92 C .64 .82 .58 .76 .46 .76 Z", tone.dark)


@drawing("bird|sparrow|鸟|小鸟", "sky", "outdoor", main="blue", accent="orange", size=0.24, aspect=1.15, head=(0.28, 0.13, 0.3), eyes=0.3)
def bird(pen: Pen, tone: Tone) -> None:
    """A round bird looking left, wing folded."""
    pen.path("M .74 .5 C .86 .44 .96 .36 1 .28 C 1 .5 .94 .66 .78 .72 Z", tone.deep)
    pen.line([(0.46, 0.84), (0.44, 0.98)], 0.028, tone.accent)
    pen.line([(0.58, 0.84), (0.58, 0.98)], 0.028, tone.accent)
    pen.path(
        "M .1 .36 C .1 .18 .22 .1 .36 .12 C .52 .14 .56 .3 .68 .4 C .8 .5 .88 .56 .82 .7 C .76 .86 .54 .92 .38 .86 C .18 .8 .1 .6 .1 .36 Z",
        tone.main,
    )
    pen.path("M .12 .5 C .2 .44 .36 .5 .44 .66 C .5 .78 .46 .86 .4 .87 C .22 .82 .13 .66 .12 .5 Z", tone.pale)
    pen.path("M .42 .42 C .6 .4 .76 .5 .86 .66 C .72 .78 .48 .74 .42 .42 Z", tone.dark)
    pen.path("M .12 .28 L .0 .36 L .12 .42 Z", tone.accent)
    pen.oval(0.26, 0.3, 0.038, 0.045, INK)
    pen.oval(0.27, 0.285, 0.012, fill=SNOW)


@drawing(
    "duck|duckling|rubber duck|鸭子|小鸭|鸭",
    "water",
    "outdoor",
    main="yellow",
    accent="orange",
    size=0.26,
    aspect=1.1,
    head=(0.32, 0.06, 0.34),
    eyes=0.26,
)
def duck(pen: Pen, tone: Tone) -> None:
    """Floating, looking left."""
    pen.path("M .3 .48 C .2 .54 .1 .6 .12 .74 C .14 .94 .34 1 .56 1 C .86 1 .98 .8 .98 .5 C .88 .56 .74 .56 .56 .52 Z", tone.main)
    pen.oval(0.33, 0.3, 0.24, 0.25, tone.main)
    pen.path("M .44 .62 C .6 .58 .8 .62 .86 .68 C .8 .86 .56 .9 .44 .62 Z", tone.dark)
    pen.path("M .12 .3 C .02 .28 -.02 .34 .02 .4 C .06 .46 .14 .44 .18 .4 Z", tone.accent)
    pen.oval(0.28, 0.26, 0.036, 0.042, INK)
    pen.oval(0.29, 0.245, 0.012, fill=SNOW)


@drawing("chicken|hen|chick|鸡|小鸡|母鸡", "ground", "outdoor", main=(248, 240, 226), accent="red", size=0.3, aspect=0.95)
def chicken(pen: Pen, tone: Tone) -> None:
    """A hen looking left."""
    for x in (0.46, 0.6):
        pen.line([(x, 0.84), (x, 0.98), (x - 0.06, 0.98)], 0.03, (243, 146, 55))
    for x, y in ((0.24, 0.08), (0.32, 0.05), (0.4, 0.09)):
        pen.oval(x, y, 0.055, 0.06, tone.accent)
    pen.path(
        "M .16 .22 C .2 .08 .42 .06 .48 .24 C .54 .42 .7 .42 .78 .3 C .86 .18 .98 .2 .96 .34 C .96 .7 .78 .88 .54 .88 C .3 .88 .2 .68 .2 .5 C .2 .4 .14 .32 .16 .22 Z",
        tone.main,
    )
    pen.path("M .46 .54 C .6 .48 .76 .52 .82 .56 C .76 .76 .54 .78 .46 .54 Z", tone.dark)
    pen.path("M .16 .24 L .04 .29 L .17 .34 Z", (243, 146, 55))
    pen.oval(0.2, 0.4, 0.035, 0.055, tone.accent)
    pen.oval(0.29, 0.22, 0.03, 0.035, INK)


@drawing("butterfly|蝴蝶", "sky", "outdoor", main="purple", accent="yellow", size=0.24, aspect=1.15)
def butterfly(pen: Pen, tone: Tone) -> None:
    """Wings open."""
    pen.both("M .49 .5 C .4 .2 .14 .02 .05 .12 C -.02 .24 .1 .54 .49 .55 Z", tone.main)
    pen.both("M .49 .54 C .24 .52 .06 .66 .14 .86 C .22 1 .42 .88 .49 .6 Z", tone.dark)
    pen.both("M .4 .42 C .32 .26 .2 .18 .14 .22 C .12 .3 .2 .44 .4 .46 Z", tone.light)
    for x, bend, tip in ((0.25, 0.38, 0.36), (0.75, 0.62, 0.64)):
        pen.oval(x, 0.76, 0.06, 0.07, tone.accent)
        pen.stroke(f"M .5 .32 Q {bend} .2 {tip} .12", 0.016, INK)
    pen.oval(0.5, 0.54, 0.034, 0.24, INK)
    pen.oval(0.5, 0.31, 0.042, fill=INK)
