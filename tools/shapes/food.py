"""Drawings: things to eat and drink."""

# ruff: noqa: E501 - a path is one string, however long

from __future__ import annotations

from tools.shapes.palette import LEAF, SNOW, WOOD, Tone, darker
from tools.shapes.pen import Pen
from tools.shapes.vocabulary import drawing

_CRUST = (222, 168, 98)


@drawing("apple|苹果", "float", main="red", size=0.26)
def apple(pen: Pen, tone: Tone) -> None:
    """An apple with a leaf."""
    pen.path(
        "M .5 .26 C .7 .1 .96 .22 .95 .52 C .94 .8 .74 .99 .6 .97 Q .5 .93 .4 .97 C .26 .99 .06 .8 .05 .52 C .04 .22 .3 .1 .5 .26 Z",
        tone.main,
    )
    pen.path("M .82 .26 C .92 .32 .96 .42 .95 .52 C .94 .8 .74 .99 .6 .97 C .82 .84 .9 .54 .82 .26 Z", tone.dark)
    pen.oval(0.24, 0.42, 0.06, 0.11, tone.light, turn=18, alpha=0.8)
    pen.stroke("M .5 .28 Q .48 .14 .54 .05", 0.045, WOOD)
    pen.path("M .54 .18 C .58 .04 .74 .0 .84 .04 C .8 .18 .68 .24 .54 .18 Z", LEAF)


@drawing("pear|梨|梨子", "float", main=(176, 200, 82), size=0.28, aspect=0.75)
def pear(pen: Pen, tone: Tone) -> None:
    """A pear."""
    pen.path(
        "M .5 .12 C .68 .12 .68 .34 .74 .46 C .82 .58 .96 .64 .95 .78 C .94 .94 .76 .99 .5 .99 C .24 .99 .06 .94 .05 .78 C .04 .64 .18 .58 .26 .46 C .32 .34 .32 .12 .5 .12 Z",
        tone.main,
    )
    pen.path("M .66 .28 C .7 .4 .78 .5 .8 .54 C .9 .62 .96 .68 .95 .78 C .94 .94 .76 .99 .5 .99 C .84 .9 .8 .6 .66 .28 Z", tone.dark)
    pen.oval(0.3, 0.64, 0.06, 0.1, tone.light, turn=24, alpha=0.8)
    pen.stroke("M .5 .15 Q .5 .06 .56 .02", 0.05, WOOD)


@drawing("orange fruit|tangerine|oranges|橙子|橘子", "float", main="orange", size=0.24)
def orange(pen: Pen, tone: Tone) -> None:
    """An orange with a leaf."""
    pen.oval(0.5, 0.54, 0.45, fill=tone.dark)
    pen.oval(0.47, 0.52, 0.42, fill=tone.main)
    pen.oval(0.32, 0.36, 0.09, 0.06, tone.light, turn=-35, alpha=0.8)
    pen.path("M .5 .14 C .56 .02 .72 -.01 .82 .04 C .76 .16 .64 .2 .5 .14 Z", LEAF)
    pen.oval(0.5, 0.14, 0.035, fill=darker(LEAF, 0.3))


@drawing("lemon|柠檬", "float", main="yellow", size=0.2, aspect=1.3)
def lemon(pen: Pen, tone: Tone) -> None:
    """A lemon."""
    pen.path(
        "M .02 .52 C .1 .46 .12 .08 .5 .08 C .8 .08 .9 .38 .98 .46 C 1 .5 .98 .56 .94 .58 C .86 .66 .8 .94 .5 .94 C .16 .94 .12 .62 .02 .52 Z",
        tone.main,
    )
    pen.path("M .12 .68 C .34 .84 .72 .8 .9 .62 C .84 .74 .76 .94 .5 .94 C .28 .94 .18 .8 .12 .68 Z", tone.dark)
    pen.oval(0.34, 0.32, 0.1, 0.07, tone.light, turn=-25, alpha=0.8)


@drawing("banana|香蕉", "float", main="yellow", size=0.26, aspect=1.15)
def banana(pen: Pen, tone: Tone) -> None:
    """A banana."""
    pen.path("M .06 .2 C .12 .74 .5 .98 .96 .74 C .99 .7 .97 .62 .92 .62 C .6 .7 .34 .5 .2 .14 Z", tone.main)
    pen.path("M .06 .2 C .12 .74 .5 .98 .96 .74 C .97 .72 .97 .7 .97 .69 C .56 .88 .22 .66 .11 .18 Z", tone.dark)
    pen.path("M .05 .22 L .06 .06 L .16 .04 L .21 .16 Z", darker(tone.main, 0.45))
    pen.oval(0.945, 0.68, 0.035, 0.055, darker(tone.main, 0.55), turn=20)


@drawing("strawberry|草莓", "float", main="red", size=0.24, aspect=0.9)
def strawberry(pen: Pen, tone: Tone) -> None:
    """A strawberry."""
    pen.path("M .5 .2 C .8 .1 1 .28 .94 .5 C .88 .76 .62 .99 .5 .99 C .38 .99 .12 .76 .06 .5 C 0 .28 .2 .1 .5 .2 Z", tone.main)
    for x, y in (
        (0.28, 0.42),
        (0.5, 0.4),
        (0.72, 0.42),
        (0.38, 0.58),
        (0.62, 0.58),
        (0.5, 0.74),
        (0.26, 0.58),
        (0.76, 0.58),
        (0.4, 0.78),
        (0.6, 0.8),
    ):
        pen.oval(x, y, 0.022, 0.032, (252, 224, 160))
    for x in (0.18, 0.34, 0.5, 0.66, 0.82):
        pen.path(f"M .5 .1 Q {x - 0.06:.2f} .14 {x:.2f} .34 Q {x + 0.1:.2f} .2 .5 .1 Z", LEAF)
    pen.stroke("M .5 .14 L .52 .03", 0.05, darker(LEAF, 0.2))


@drawing("cherry|cherries|樱桃", "float", main="red", size=0.26)
def cherry(pen: Pen, tone: Tone) -> None:
    """Two cherries on their stalks."""
    pen.stroke("M .28 .66 Q .34 .3 .58 .1", 0.035, darker(LEAF, 0.2))
    pen.stroke("M .74 .72 Q .74 .36 .58 .1", 0.035, darker(LEAF, 0.2))
    pen.path("M .58 .12 C .66 -.02 .88 .0 .96 .08 C .88 .24 .7 .24 .58 .12 Z", LEAF)
    for x, y in ((0.27, 0.74), (0.74, 0.78)):
        pen.oval(x, y, 0.21, fill=tone.dark)
        pen.oval(x - 0.015, y - 0.015, 0.19, fill=tone.main)
        pen.oval(x - 0.07, y - 0.08, 0.04, 0.03, tone.light, turn=-35)


@drawing("grapes|grape|葡萄", "float", main="purple", size=0.3, aspect=0.85)
def grapes(pen: Pen, tone: Tone) -> None:
    """A bunch."""
    pen.stroke("M .5 .22 Q .48 .1 .56 .03", 0.05, WOOD)
    pen.path("M .52 .16 C .62 .0 .84 .04 .92 .12 C .84 .28 .64 .28 .52 .16 Z", LEAF)
    rows = ((0.3, (0.2, 0.4, 0.6, 0.8)), (0.47, (0.3, 0.5, 0.7)), (0.63, (0.4, 0.6)), (0.79, (0.5,)), (0.4, ()))
    for y, xs in rows:
        for x in xs:
            pen.oval(x, y, 0.135, 0.115, tone.dark)
            pen.oval(x - 0.01, y - 0.012, 0.115, 0.098, tone.main)
            pen.oval(x - 0.04, y - 0.04, 0.03, 0.02, tone.light)


@drawing("watermelon|西瓜", "float", main="red", accent="green", size=0.26, aspect=1.6)
def watermelon(pen: Pen, tone: Tone) -> None:
    """A slice."""
    pen.path("M .02 .1 L .98 .1 C .98 .66 .76 .97 .5 .97 C .24 .97 .02 .66 .02 .1 Z", tone.accent)
    pen.path("M .07 .1 L .93 .1 C .92 .6 .72 .86 .5 .86 C .28 .86 .08 .6 .07 .1 Z", (226, 240, 206))
    pen.path("M .11 .1 L .89 .1 C .88 .54 .7 .77 .5 .77 C .3 .77 .12 .54 .11 .1 Z", tone.main)
    for x, y in (
        (0.28, 0.26),
        (0.43, 0.24),
        (0.58, 0.26),
        (0.73, 0.24),
        (0.36, 0.44),
        (0.52, 0.44),
        (0.66, 0.42),
        (0.46, 0.6),
        (0.57, 0.6),
    ):
        pen.oval(x, y, 0.016, 0.04, (58, 44, 44))


@drawing("carrot|胡萝卜|萝卜", "float", main="orange", size=0.3, aspect=0.6)
def carrot(pen: Pen, tone: Tone) -> None:
    """A carrot, tip down."""
    for x, tip in ((0.36, 0.16), (0.5, 0.52), (0.62, 0.88)):
        pen.path(f"M {x - 0.08:.2f} .3 Q {tip - 0.1:.2f} .1 {tip:.2f} .02 Q {tip + 0.1:.2f} .14 {x + 0.08:.2f} .3 Z", LEAF)
    pen.path("M .14 .36 C .16 .24 .36 .24 .5 .27 C .64 .24 .84 .24 .86 .36 C .84 .62 .62 .98 .5 .99 C .38 .98 .16 .62 .14 .36 Z", tone.main)
    for x0, x1, y in ((0.2, 0.44, 0.46), (0.58, 0.76, 0.56), (0.34, 0.54, 0.7)):
        pen.line([(x0, y), (x1, y)], 0.05, tone.dark)


@drawing("egg|鸡蛋|蛋", "float", main=(250, 236, 214), size=0.22, aspect=0.78)
def egg(pen: Pen, tone: Tone) -> None:
    """An egg."""
    pen.path("M .5 .03 C .74 .03 .96 .42 .96 .62 C .96 .86 .76 .98 .5 .98 C .24 .98 .04 .86 .04 .62 C .04 .42 .26 .03 .5 .03 Z", tone.main)
    pen.path("M .8 .3 C .9 .42 .96 .52 .96 .62 C .96 .86 .76 .98 .5 .98 C .82 .84 .92 .6 .8 .3 Z", tone.dark, alpha=0.4)
    pen.oval(0.32, 0.34, 0.08, 0.12, SNOW, turn=20)
