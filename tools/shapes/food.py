"""Drawings: things to eat and drink."""

# ruff: noqa: E501 - a path is one string, however long

from __future__ import annotations

import math

from tools.shapes.palette import LEAF, SNOW, WOOD, Tone, darker, lighter
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
