"""Drawings: people, faces, and what they wear."""

# ruff: noqa: E501 - a path is one string, however long

from __future__ import annotations

from tools.shapes.palette import INK, RGB, SKIN, SNOW, WOOD, Tone, darker, lighter
from tools.shapes.pen import Pen
from tools.shapes.vocabulary import drawing

_BLUSH = (236, 140, 130)
_NAVY = (62, 78, 122)


def _head(pen: Pen, hair: RGB, long_hair: bool) -> None:
    """A friendly head at the top of a standing person."""
    if long_hair:
        pen.path("M .2 .14 C .2 -.02 .8 -.02 .8 .14 C .84 .26 .82 .34 .78 .38 L .22 .38 C .18 .34 .16 .26 .2 .14 Z", hair)
    pen.box(0.43, 0.28, 0.57, 0.42, darker(SKIN, 0.14), r=0.02)
    pen.oval(0.5, 0.19, 0.23, 0.148, SKIN)
    pen.path(
        "M .26 .2 C .22 .02 .4 0 .52 .01 C .7 .0 .8 .08 .74 .2 C .7 .14 .66 .11 .62 .1 C .5 .14 .36 .12 .3 .13 C .28 .15 .27 .17 .26 .2 Z",
        hair,
    )
    pen.eyes(0.5, 0.2, 0.19, 0.022, INK)
    pen.stroke("M .43 .255 Q .5 .29 .57 .255", 0.018, darker(SKIN, 0.5))
    for x in (0.34, 0.66):
        pen.oval(x, 0.235, 0.035, 0.018, _BLUSH, alpha=0.5)


@drawing(
    "person|man|boy|people|guy|human|人|男人|男孩|人物|小男孩",
    "ground",
    "outdoor",
    main="blue",
    accent=_NAVY,
    size=0.5,
    aspect=0.5,
    head=(0.5, 0.07, 0.6),
    eyes=0.2,
)
def person(pen: Pen, tone: Tone) -> None:
    """Standing, in a shirt and trousers."""
    for x in (0.38, 0.62):
        pen.box(x - 0.1, 0.66, x + 0.1, 0.98, tone.accent, r=0.03)
        pen.box(x - 0.13, 0.95, x + 0.12, 1, INK, r=0.03)
    for x, turn in ((0.13, 10), (0.87, -10)):
        pen.oval(x, 0.52, 0.075, 0.14, tone.dark, turn=turn)
        pen.oval(x + (-0.02 if x < 0.5 else 0.02), 0.655, 0.06, 0.03, SKIN)
    pen.box(0.22, 0.37, 0.78, 0.72, tone.main, r=0.12)
    _head(pen, (92, 66, 50), long_hair=False)
    pen.path("M .4 .37 Q .5 .44 .6 .37 Z", darker(SKIN, 0.14))


@drawing(
    "woman|girl|lady|princess|女人|女孩|女士|小女孩|公主",
    "ground",
    "outdoor",
    main="red",
    accent="yellow",
    size=0.5,
    aspect=0.5,
    head=(0.5, 0.07, 0.62),
    eyes=0.2,
)
def woman(pen: Pen, tone: Tone) -> None:
    """Standing, in a dress."""
    for x in (0.42, 0.58):
        pen.box(x - 0.05, 0.8, x + 0.05, 0.97, SKIN)
        pen.box(x - 0.08, 0.95, x + 0.07, 1, tone.deep, r=0.03)
    for x, turn in ((0.17, 14), (0.83, -14)):
        pen.oval(x, 0.52, 0.06, 0.13, SKIN, turn=turn)
    pen.path("M .28 .4 Q .5 .34 .72 .4 C .74 .5 .7 .55 .7 .58 L .88 .86 Q .5 .92 .12 .86 L .3 .58 C .3 .55 .26 .5 .28 .4 Z", tone.main)
    pen.path("M .3 .56 Q .5 .6 .7 .56 L .71 .61 Q .5 .65 .29 .61 Z", tone.accent)
    pen.path("M .12 .86 L .15 .82 Q .5 .87 .85 .82 L .88 .86 Q .5 .92 .12 .86 Z", tone.dark)
    _head(pen, (122, 74, 52), long_hair=True)


@drawing(
    "child|baby|kid|孩子|小孩|宝宝|婴儿",
    "ground",
    "outdoor",
    main="yellow",
    accent="blue",
    size=0.36,
    aspect=0.62,
    head=(0.5, 0.06, 0.6),
    eyes=0.32,
)
def child(pen: Pen, tone: Tone) -> None:
    """A small person with a large head."""
    for x in (0.38, 0.62):
        pen.box(x - 0.1, 0.76, x + 0.1, 0.98, tone.accent, r=0.04)
        pen.box(x - 0.12, 0.94, x + 0.12, 1, INK, r=0.03)
    for x, turn in ((0.2, 30), (0.8, -30)):
        pen.oval(x + (-0.06 if x < 0.5 else 0.06), 0.74, 0.065, 0.042, SKIN)
        pen.oval(x, 0.66, 0.085, 0.1, tone.dark, turn=turn)
    pen.box(0.24, 0.54, 0.76, 0.86, tone.main, r=0.12)
    pen.oval(0.5, 0.3, 0.34, 0.25, SKIN)
    pen.path(
        "M .17 .3 C .12 .04 .4 .02 .5 .03 C .66 .0 .9 .08 .83 .3 C .78 .2 .72 .16 .64 .15 C .5 .2 .34 .18 .26 .19 C .2 .22 .18 .26 .17 .3 Z",
        (122, 84, 58),
    )
    pen.eyes(0.5, 0.32, 0.28, 0.032, INK)
    pen.stroke("M .42 .41 Q .5 .46 .58 .41", 0.02, darker(SKIN, 0.5))
    for x in (0.28, 0.72):
        pen.oval(x, 0.385, 0.05, 0.028, _BLUSH, alpha=0.5)


@drawing(
    "smiley|smiley face|happy face|smile|emoji|face|笑脸|脸|微笑|表情",
    main="yellow",
    accent="brown",
    size=0.42,
    head=(0.5, 0.08, 0.62),
    eyes=0.4,
)
def smiley(pen: Pen, tone: Tone) -> None:
    """A smiling face."""
    pen.oval(0.5, 0.5, 0.47, fill=tone.dark)
    pen.oval(0.5, 0.485, 0.46, 0.455, tone.main)
    pen.oval(0.33, 0.4, 0.055, 0.08, INK)
    pen.oval(0.67, 0.4, 0.055, 0.08, INK)
    pen.path("M .24 .56 Q .5 .64 .76 .56 C .72 .76 .6 .83 .5 .83 C .4 .83 .28 .76 .24 .56 Z", (112, 52, 48))
    pen.path("M .37 .76 Q .5 .68 .63 .76 Q .56 .83 .5 .83 Q .44 .83 .37 .76 Z", (238, 110, 104))
    for x in (0.2, 0.8):
        pen.oval(x, 0.55, 0.07, 0.045, _BLUSH, alpha=0.5)


@drawing("sad face|frown|crying face|哭脸|难过的脸", main="yellow", size=0.42)
def sad_face(pen: Pen, tone: Tone) -> None:
    """A sad face with a tear."""
    pen.oval(0.5, 0.5, 0.47, fill=tone.dark)
    pen.oval(0.5, 0.485, 0.46, 0.455, tone.main)
    for x in (0.33, 0.67):
        pen.oval(x, 0.44, 0.055, 0.075, INK)
    pen.stroke("M .22 .34 Q .3 .27 .39 .29", 0.035, tone.deep)
    pen.stroke("M .78 .34 Q .7 .27 .61 .29", 0.035, tone.deep)
    pen.stroke("M .33 .75 Q .5 .58 .67 .75", 0.05, tone.deep)
    pen.path("M .7 .54 C .78 .64 .77 .7 .71 .7 C .65 .7 .63 .64 .7 .54 Z", (66, 133, 210))


@drawing("robot|机器人", "ground", "indoor", main="gray", accent="cyan", size=0.46, aspect=0.75, head=(0.5, 0.1, 0.5), eyes=0.26)
def robot(pen: Pen, tone: Tone) -> None:
    """Standing, with an aerial."""
    pen.line([(0.5, 0.12), (0.5, 0.05)], 0.035, tone.deep)
    pen.oval(0.5, 0.04, 0.05, 0.037, (226, 74, 69))
    for x in (0.36, 0.64):
        pen.box(x - 0.07, 0.78, x + 0.07, 0.97, tone.dark, r=0.03)
        pen.box(x - 0.12, 0.93, x + 0.12, 1, tone.deep, r=0.04)
    for x in (0.1, 0.9):
        pen.box(x - 0.06, 0.5, x + 0.06, 0.76, tone.dark, r=0.05)
        pen.oval(x, 0.79, 0.075, 0.056, tone.deep)
    pen.box(0.2, 0.46, 0.8, 0.84, tone.main, r=0.06)
    pen.box(0.3, 0.54, 0.7, 0.74, tone.pale, r=0.03)
    for n, fill in enumerate(((226, 74, 69), (250, 204, 72), (88, 173, 92))):
        pen.oval(0.38 + n * 0.12, 0.64, 0.04, 0.03, fill)
    pen.box(0.16, 0.12, 0.84, 0.44, tone.main, r=0.1)
    pen.box(0.23, 0.18, 0.77, 0.38, INK, r=0.08)
    for x in (0.38, 0.62):
        pen.oval(x, 0.26, 0.06, 0.045, tone.accent)
    pen.stroke("M .42 .325 Q .5 .355 .58 .325", 0.02, tone.accent)


@drawing("ghost|鬼|幽灵", main=(246, 246, 250), size=0.38, aspect=0.82, head=(0.5, 0.06, 0.6), eyes=0.38)
def ghost(pen: Pen, tone: Tone) -> None:
    """Floating, friendly."""
    pen.path(
        "M .06 .96 L .06 .46 C .06 .16 .26 .03 .5 .03 C .74 .03 .94 .16 .94 .46 L .94 .96 Q .86 .84 .79 .96 Q .72 .84 .65 .96 Q .57 .84 .5 .96 Q .43 .84 .35 .96 Q .28 .84 .21 .96 Q .14 .84 .06 .96 Z",
        tone.main,
    )
    pen.oval(0.35, 0.38, 0.06, 0.075, INK)
    pen.oval(0.65, 0.38, 0.06, 0.075, INK)
    pen.oval(0.5, 0.56, 0.06, 0.07, INK)
    for x in (0.22, 0.78):
        pen.oval(x, 0.5, 0.06, 0.035, _BLUSH, alpha=0.5)


@drawing("snowman|雪人", "ground", "outdoor", main=SNOW, accent="red", size=0.5, aspect=0.75, head=(0.5, 0.07, 0.42), eyes=0.25)
def snowman(pen: Pen, tone: Tone) -> None:
    """Two balls, scarf, carrot, arms and buttons."""
    shade = darker(tone.main, 0.1)
    pen.stroke("M .22 .58 L .04 .44", 0.03, WOOD)
    pen.stroke("M .1 .49 L .04 .52", 0.022, WOOD)
    pen.stroke("M .78 .58 L .96 .44", 0.03, WOOD)
    pen.stroke("M .9 .49 L .97 .51", 0.022, WOOD)
    pen.oval(0.5, 0.73, 0.37, 0.27, shade)
    pen.oval(0.48, 0.715, 0.34, 0.25, tone.main)
    pen.oval(0.5, 0.29, 0.27, 0.205, shade)
    pen.oval(0.485, 0.28, 0.25, 0.19, tone.main)
    pen.path("M .28 .42 Q .5 .54 .72 .42 L .74 .49 Q .5 .6 .26 .49 Z", tone.accent)
    pen.path("M .58 .52 L .7 .48 L .74 .7 L .62 .71 Z", darker(tone.accent, 0.18))
    for x in (0.4, 0.58):
        pen.oval(x, 0.25, 0.026, 0.022, INK)
    pen.path("M .48 .28 L .78 .33 L .48 .35 Z", (243, 146, 55))
    for x, y in ((0.38, 0.36), (0.43, 0.385), (0.49, 0.393), (0.55, 0.385)):
        pen.oval(x, y, 0.014, 0.011, INK)
    for y in (0.66, 0.75, 0.84):
        pen.oval(0.48, y, 0.026, 0.021, INK)


@drawing("hat|top hat|cap|帽子|礼帽", main="purple", accent="yellow", size=0.24, aspect=1.3)
def hat(pen: Pen, tone: Tone) -> None:
    """A hat with a band."""
    pen.oval(0.5, 0.84, 0.49, 0.14, tone.dark)
    pen.path("M .22 .82 L .27 .16 C .3 .04 .7 .04 .73 .16 L .78 .82 Q .5 .94 .22 .82 Z", tone.main)
    pen.path("M .235 .64 Q .5 .76 .765 .64 L .78 .82 Q .5 .94 .22 .82 Z", tone.accent)
    pen.path("M .3 .16 C .31 .1 .36 .09 .38 .1 L .36 .58 L .28 .55 Z", tone.light)


@drawing("crown|王冠|皇冠", main="gold", accent="red", size=0.24, aspect=1.3)
def crown(pen: Pen, tone: Tone) -> None:
    """A crown with stones."""
    pen.path("M .06 .96 L .02 .22 L .27 .5 L .5 .06 L .73 .5 L .98 .22 L .94 .96 Z", tone.main)
    pen.box(0.06, 0.78, 0.94, 0.96, tone.dark, r=0.03)
    for x, y in ((0.03, 0.2), (0.5, 0.07), (0.97, 0.2)):
        pen.oval(x, y, 0.05, 0.065, tone.light)
    for x, fill in ((0.25, (66, 133, 210)), (0.5, tone.accent), (0.75, (66, 133, 210))):
        pen.oval(x, 0.87, 0.045, 0.055, fill)


@drawing("shirt|t-shirt|tshirt|tee|衬衫|T恤|上衣|衣服", main="cyan", size=0.38, aspect=1.15)
def shirt(pen: Pen, tone: Tone) -> None:
    """A t-shirt."""
    pen.path("M .3 .06 Q .5 .2 .7 .06 L .99 .26 L .88 .48 L .77 .42 L .77 .96 L .23 .96 L .23 .42 L .12 .48 L .01 .26 Z", tone.main)
    pen.path("M .3 .06 Q .5 .24 .7 .06 L .66 .04 Q .5 .15 .34 .04 Z", tone.deep)
    pen.path("M .23 .42 L .12 .48 L .09 .42 L .23 .34 Z", tone.dark)
    pen.path("M .77 .42 L .88 .48 L .91 .42 L .77 .34 Z", tone.dark)
    pen.box(0.23, 0.9, 0.77, 0.96, tone.dark)


@drawing("jacket|coat|hoodie|外套|夹克|大衣", main="red", accent="beige", size=0.42, aspect=1.1)
def jacket(pen: Pen, tone: Tone) -> None:
    """A zipped jacket."""
    pen.path("M .3 .1 L .04 .28 L .01 .84 L .17 .86 L .24 .5 Z", tone.dark)
    pen.path("M .7 .1 L .96 .28 L .99 .84 L .83 .86 L .76 .5 Z", tone.dark)
    pen.path("M .3 .08 L .7 .08 L .8 .3 L .8 .97 L .2 .97 L .2 .3 Z", tone.main)
    pen.path("M .3 .08 L .42 .02 L .58 .02 L .7 .08 L .62 .24 L .5 .14 L .38 .24 Z", tone.light)
    pen.box(0.485, 0.16, 0.515, 0.97, tone.accent)
    pen.box(0.27, 0.62, 0.42, 0.66, tone.deep, r=0.02)
    pen.box(0.58, 0.62, 0.73, 0.66, tone.deep, r=0.02)
    pen.box(0.2, 0.9, 0.8, 0.97, tone.dark)
    pen.oval(0.5, 0.19, 0.022, fill=tone.deep)


@drawing("dress|skirt|裙子|连衣裙", main="pink", accent="white", size=0.42, aspect=0.8)
def dress(pen: Pen, tone: Tone) -> None:
    """A sleeveless dress with a belt."""
    pen.path("M .3 .04 L .38 .04 Q .5 .24 .62 .04 L .7 .04 L .7 .28 L .64 .42 L .97 .94 Q .5 1.02 .03 .94 L .36 .42 L .3 .28 Z", tone.main)
    pen.path("M .355 .41 L .645 .41 L .68 .48 Q .5 .52 .32 .48 Z", tone.accent)
    pen.path("M .5 .52 L .6 .97 L .42 .97 Z", tone.dark, alpha=0.6)
    pen.path("M .28 .56 L .3 .96 L .16 .95 Z", tone.dark, alpha=0.6)
    pen.path("M .72 .56 L .84 .95 L .74 .96 Z", tone.dark, alpha=0.6)


@drawing("shoe|sneaker|boot|shoes|鞋|鞋子|运动鞋", "ground", "indoor", main="red", accent="white", size=0.24, aspect=1.7)
def shoe(pen: Pen, tone: Tone) -> None:
    """A sneaker, toe to the right."""
    pen.path("M .04 .84 L .06 .2 Q .2 .28 .34 .12 C .44 .42 .6 .5 .8 .54 C .94 .58 .97 .68 .97 .84 Z", tone.main)
    pen.path("M .66 .51 C .9 .54 .97 .66 .97 .84 L .7 .84 C .74 .7 .72 .6 .66 .51 Z", tone.accent)
    pen.path("M .04 .6 Q .2 .56 .26 .84 L .04 .84 Z", tone.dark)
    for n in range(3):
        x = 0.38 + n * 0.09
        pen.line([(x, 0.36 + n * 0.06), (x + 0.1, 0.26 + n * 0.06)], 0.05, tone.accent)
    pen.box(0.02, 0.82, 0.99, 0.97, lighter(tone.accent, 0.2), r=0.06)
    pen.box(0.02, 0.9, 0.99, 0.97, darker(tone.accent, 0.16), r=0.04)


@drawing("glasses|sunglasses|spectacles|眼镜|墨镜|太阳镜", main="black", accent=(120, 160, 190), size=0.18, aspect=2.4)
def glasses(pen: Pen, tone: Tone) -> None:
    """Two lenses and a bridge."""
    for x in (0.24, 0.76):
        pen.box(x - 0.22, 0.12, x + 0.22, 0.9, tone.main, r=0.17)
        pen.box(x - 0.18, 0.22, x + 0.18, 0.8, tone.accent, r=0.14)
        pen.path(f"M {x - 0.1} .34 L {x - 0.02} .3 L {x - 0.1} .62 Z", lighter(tone.accent, 0.6))
    pen.stroke("M .42 .38 Q .5 .22 .58 .38", 0.11, tone.main)
