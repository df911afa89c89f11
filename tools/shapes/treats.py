"""Drawings: baked things, sweets and drinks."""

# ruff: noqa: E501 - a path is one string, however long

from __future__ import annotations

import math

from tools.shapes.palette import LEAF, Tone, darker, lighter
from tools.shapes.pen import Pen
from tools.shapes.vocabulary import drawing

_CRUST = (222, 168, 98)


@drawing("bread|loaf|toast|面包|吐司", "float", main=_CRUST, accent=(246, 222, 176), size=0.26, aspect=1.05)
def bread(pen: Pen, tone: Tone) -> None:
    """A slice."""
    pen.path("M .16 .96 L .16 .5 C -.02 .42 .02 .08 .3 .08 L .7 .08 C .98 .08 1.02 .42 .84 .5 L .84 .96 Z", tone.main)
    pen.path("M .23 .89 L .23 .44 C .1 .38 .12 .16 .32 .15 L .68 .15 C .88 .16 .9 .38 .77 .44 L .77 .89 Z", tone.accent)


@drawing("cheese|奶酪|芝士", "float", main="yellow", size=0.24, aspect=1.4)
def cheese(pen: Pen, tone: Tone) -> None:
    """A wedge with holes."""
    pen.path("M .02 .5 L .7 .06 Q .96 .2 .98 .5 Z", tone.light)
    pen.box(0.02, 0.5, 0.98, 0.95, tone.main)
    for x, y, r in ((0.22, 0.7, 0.075), (0.5, 0.82, 0.06), (0.74, 0.66, 0.085), (0.9, 0.86, 0.04)):
        pen.oval(x, y, r, r * 1.4, tone.dark)


@drawing("cake|piece of cake|birthday cake|蛋糕|生日蛋糕", "float", "indoor", main="pink", accent="brown", size=0.36, aspect=1.1, top=0.26)
def cake(pen: Pen, tone: Tone) -> None:
    """Two layers, icing and three candles."""
    pen.oval(0.5, 0.93, 0.5, 0.06, (214, 220, 230))
    pen.box(0.1, 0.54, 0.9, 0.93, tone.accent, r=0.05)
    pen.box(0.1, 0.7, 0.9, 0.78, lighter(tone.accent, 0.6))
    pen.path(
        "M .1 .56 C .1 .4 .9 .4 .9 .56 L .9 .64 Q .84 .74 .78 .64 Q .72 .58 .66 .66 Q .6 .78 .54 .66 Q .48 .58 .42 .66 Q .36 .74 .3 .64 Q .24 .58 .2 .64 Q .14 .72 .1 .64 Z",
        tone.main,
    )
    pen.oval(0.5, 0.5, 0.4, 0.075, tone.light)
    for x, fill in ((0.32, (66, 133, 210)), (0.5, (250, 204, 72)), (0.68, (88, 173, 92))):
        pen.box(x - 0.025, 0.22, x + 0.025, 0.5, fill, r=0.01)
        pen.path(
            f"M {x} .04 C {x + 0.05:.3f} .12 {x + 0.04:.3f} .2 {x} .2 C {x - 0.04:.3f} .2 {x - 0.05:.3f} .12 {x} .04 Z", (243, 146, 55)
        )
        pen.oval(x, 0.16, 0.016, 0.03, (252, 226, 140))
    for n in range(6):
        a = n * math.pi / 3 + 0.4
        pen.oval(0.5 + 0.3 * math.cos(a), 0.51 + 0.045 * math.sin(a), 0.022, 0.018, (226, 74, 69))


@drawing("pizza|slice of pizza|piece of pizza|披萨|比萨", "float", main=(250, 206, 104), accent="red", size=0.34, aspect=0.95)
def pizza(pen: Pen, tone: Tone) -> None:
    """A slice with salami."""
    pen.path("M .04 .2 Q .5 -.04 .96 .2 L .52 .97 Q .5 1 .48 .97 Z", tone.main)
    pen.path("M .2 .42 Q .24 .6 .28 .56 Q .32 .5 .34 .58 L .3 .66 Z", darker(tone.main, 0.1))
    for x, y, r in ((0.36, 0.34, 0.09), (0.64, 0.36, 0.085), (0.5, 0.58, 0.08), (0.5, 0.78, 0.05)):
        pen.oval(x, y, r, fill=tone.accent)
        pen.oval(x - r * 0.25, y - r * 0.2, r * 0.4, r * 0.3, lighter(tone.accent, 0.3))
    for x, y, turn in ((0.5, 0.32, 30), (0.62, 0.54, -40), (0.38, 0.5, 60)):
        pen.oval(x, y, 0.05, 0.018, LEAF, turn=turn)
    pen.path(
        "M .01 .22 Q -.02 .12 .06 .1 Q .5 -.08 .94 .1 Q 1.02 .12 .99 .22 Q .96 .27 .9 .24 Q .5 .06 .1 .24 Q .04 .27 .01 .22 Z",
        (206, 142, 76),
    )


@drawing("hamburger|burger|汉堡|汉堡包", "float", main=_CRUST, size=0.3, aspect=1.25)
def burger(pen: Pen, tone: Tone) -> None:
    """A bun with its filling."""
    pen.box(0.06, 0.76, 0.94, 0.96, tone.dark, r=0.09)
    pen.box(0.04, 0.62, 0.96, 0.8, (112, 70, 52), r=0.07)
    pen.poly([(0.08, 0.58), (0.92, 0.58), (0.74, 0.74), (0.6, 0.62)], (250, 204, 72))
    pen.path(
        "M .02 .56 Q .1 .7 .18 .58 Q .26 .7 .34 .58 Q .42 .7 .5 .58 Q .58 .7 .66 .58 Q .74 .7 .82 .58 Q .9 .7 .98 .56 L .98 .48 L .02 .48 Z",
        LEAF,
    )
    pen.path("M .04 .5 C .04 .2 .26 .06 .5 .06 C .74 .06 .96 .2 .96 .5 Q .5 .56 .04 .5 Z", tone.main)
    for x, y in ((0.3, 0.26), (0.48, 0.18), (0.64, 0.27), (0.44, 0.36), (0.76, 0.38), (0.22, 0.4)):
        pen.oval(x, y, 0.028, 0.02, (252, 236, 196), turn=30)


@drawing("ice cream|icecream|ice cream cone|冰淇淋|冰激凌", "float", main="pink", accent=(250, 236, 206), size=0.4, aspect=0.58)
def ice_cream(pen: Pen, tone: Tone) -> None:
    """Two scoops in a cone."""
    pen.poly([(0.2, 0.5), (0.8, 0.5), (0.5, 0.99)], _CRUST)
    for x0, y0, x1, y1 in ((0.3, 0.53, 0.58, 0.86), (0.48, 0.53, 0.66, 0.72), (0.7, 0.53, 0.42, 0.86), (0.52, 0.53, 0.34, 0.72)):
        pen.line([(x0, y0), (x1, y1)], 0.03, darker(_CRUST, 0.2))
    pen.oval(0.5, 0.25, 0.33, 0.2, tone.accent)
    pen.oval(0.5, 0.42, 0.38, 0.17, tone.main)
    pen.path("M .12 .44 Q .16 .58 .26 .5 Q .34 .62 .44 .51 Q .54 .62 .62 .51 Q .72 .6 .8 .5 Q .88 .54 .88 .44 Z", tone.main)
    pen.oval(0.34, 0.36, 0.08, 0.035, tone.light, turn=-20)
    pen.oval(0.5, 0.06, 0.09, 0.052, (226, 74, 69))
    for x, y, fill in (
        (0.38, 0.2, (66, 133, 210)),
        (0.58, 0.16, (88, 173, 92)),
        (0.64, 0.27, (243, 146, 55)),
        (0.46, 0.27, (142, 99, 193)),
    ):
        pen.oval(x, y, 0.04, 0.01, fill, turn=35)


@drawing("donut|doughnut|甜甜圈", "float", main="pink", accent=_CRUST, size=0.28)
def donut(pen: Pen, tone: Tone) -> None:
    """Iced, with sprinkles."""
    pen.arc(0.5, 0.52, 0.31, 0, 360, 0.34, tone.accent)
    pen.arc(0.5, 0.5, 0.31, 0, 360, 0.27, tone.main)
    fills = ((66, 133, 210), (250, 204, 72), (88, 173, 92), (250, 250, 250))
    for n in range(14):
        a, r = n * 0.449 * math.pi, 0.26 + (n % 3) * 0.05
        pen.oval(0.5 + r * math.cos(a), 0.5 + r * math.sin(a), 0.036, 0.013, fills[n % 4], turn=n * 47)


@drawing("cookie|biscuit|饼干|曲奇", "float", main=_CRUST, accent="brown", size=0.24)
def cookie(pen: Pen, tone: Tone) -> None:
    """With chocolate pieces."""
    pen.oval(0.5, 0.51, 0.46, fill=tone.dark)
    pen.oval(0.5, 0.48, 0.45, fill=tone.main)
    for x, y, r in ((0.3, 0.3, 0.07), (0.6, 0.26, 0.06), (0.72, 0.5, 0.075), (0.45, 0.52, 0.065), (0.28, 0.62, 0.06), (0.56, 0.74, 0.07)):
        pen.oval(x, y, r, fill=darker(tone.accent, 0.4))


@drawing(
    "cup|mug|tea|coffee|coffee cup|teacup|cup of coffee|cup of tea|cup of hot chocolate|mug of coffee|一杯咖啡|一杯茶|杯子|茶杯|咖啡|咖啡杯|茶|马克杯",
    "float",
    "indoor",
    main="teal",
    size=0.28,
    aspect=1.15,
    top=0.3,
)
def cup(pen: Pen, tone: Tone) -> None:
    """A mug with steam."""
    for x in (0.3, 0.5):
        pen.stroke(f"M {x} .24 C {x - 0.08:.2f} .16 {x + 0.08:.2f} .12 {x} .03", 0.032, (206, 214, 226))
    pen.arc(0.74, 0.6, 0.17, -80, 80, 0.08, tone.dark)
    pen.path("M .06 .32 L .76 .32 L .74 .84 Q .72 .98 .58 .98 L .24 .98 Q .1 .98 .08 .84 Z", tone.main)
    pen.path("M .56 .32 L .76 .32 L .74 .84 Q .72 .98 .58 .98 L .5 .98 Q .6 .7 .56 .32 Z", tone.dark)
    pen.oval(0.41, 0.33, 0.35, 0.065, tone.light)
    pen.oval(0.41, 0.34, 0.3, 0.045, (112, 72, 52))


@drawing("bottle|wine bottle|water bottle|瓶子|水瓶|酒瓶", "float", "indoor", main="green", accent=(250, 240, 214), size=0.4, aspect=0.36)
def bottle(pen: Pen, tone: Tone) -> None:
    """With a label."""
    pen.box(0.36, 0.01, 0.64, 0.09, darker(tone.main, 0.55), r=0.02)
    pen.path(
        "M .38 .08 L .62 .08 L .62 .26 C .64 .36 .94 .38 .94 .52 L .94 .92 Q .94 .99 .84 .99 L .16 .99 Q .06 .99 .06 .92 L .06 .52 C .06 .38 .36 .36 .38 .26 Z",
        tone.main,
    )
    pen.box(0.06, 0.58, 0.94, 0.82, tone.accent)
    pen.box(0.2, 0.66, 0.8, 0.69, darker(tone.accent, 0.3))
    pen.box(0.3, 0.72, 0.7, 0.75, darker(tone.accent, 0.3))
    pen.box(0.16, 0.48, 0.26, 0.92, tone.light, r=0.05, alpha=0.6)


@drawing("candy|sweet|lollipop|糖果|糖|棒棒糖", "float", main="red", accent="white", size=0.3, aspect=0.6)
def candy(pen: Pen, tone: Tone) -> None:
    """A lollipop with a swirl."""
    pen.line([(0.5, 0.5), (0.5, 0.97)], 0.075, (246, 240, 228))
    pen.oval(0.5, 0.31, 0.46, 0.28, tone.main)
    points = [(0.5 + n / 60 * 0.4 * math.cos(n * 0.22), 0.31 + n / 60 * 0.24 * math.sin(n * 0.22)) for n in range(61)]
    pen.line(points, 0.075, tone.accent)
