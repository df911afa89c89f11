"""Drawings: sky, plants, hills and water."""

# ruff: noqa: E501 - a path is one string, however long

from __future__ import annotations

import math

from tools.shapes.palette import LEAF, SNOW, WOOD, Tone, darker, lighter, mix
from tools.shapes.pen import Pen, star
from tools.shapes.vocabulary import drawing


@drawing("sun|sunshine|太阳|日", "sky", "outdoor", main="yellow", accent="orange", size=0.3)
def sun(pen: Pen, tone: Tone) -> None:
    """A disc with twelve rounded rays."""
    for n in range(12):
        a = n * math.pi / 6
        reach = 0.47 if n % 2 == 0 else 0.42
        pen.line(
            [(0.5 + 0.36 * math.cos(a), 0.5 + 0.36 * math.sin(a)), (0.5 + reach * math.cos(a), 0.5 + reach * math.sin(a))], 0.055, tone.main
        )
    pen.oval(0.5, 0.5, 0.29, fill=tone.main)
    pen.oval(0.5, 0.5, 0.23, fill=lighter(tone.main, 0.18))


@drawing("moon|crescent|月亮|月|月牙", "sky", "outdoor", main=(250, 226, 150), size=0.26)
def moon(pen: Pen, tone: Tone) -> None:
    """A crescent."""
    pen.path(
        "M .64 .06 C .3 .02 .06 .28 .08 .55 C .1 .83 .38 1 .66 .92 C .8 .88 .88 .8 .93 .7 C .66 .8 .42 .66 .4 .42 C .39 .26 .48 .12 .64 .06 Z",
        tone.main,
    )
    pen.oval(0.24, 0.5, 0.05, fill=tone.dark, alpha=0.35)
    pen.oval(0.38, 0.76, 0.06, fill=tone.dark, alpha=0.3)


@drawing("cloud|云|云朵|白云", "sky", "outdoor", main="white", size=0.2, aspect=1.7)
def cloud(pen: Pen, tone: Tone) -> None:
    """Four puffs on a flat base."""
    shade = mix(tone.main, (120, 150, 200), 0.2)
    pen.box(0.05, 0.56, 0.95, 0.95, shade, r=0.2)
    for x, y, r in ((0.24, 0.6, 0.2), (0.47, 0.42, 0.28), (0.72, 0.55, 0.22)):
        pen.oval(x, y, r, r * 1.45, shade)
    pen.box(0.06, 0.54, 0.94, 0.86, tone.main, r=0.18)
    for x, y, r in ((0.25, 0.55, 0.18), (0.47, 0.38, 0.26), (0.71, 0.5, 0.2)):
        pen.oval(x, y, r, r * 1.4, tone.main)


@drawing("rain|rain cloud|raindrops|雨|下雨|雨云", "sky", "outdoor", main=(158, 172, 196), accent="blue", size=0.3, aspect=1.25)
def rain(pen: Pen, tone: Tone) -> None:
    """A grey cloud with drops below."""
    for x, y in ((0.24, 0.66), (0.46, 0.72), (0.7, 0.66), (0.35, 0.88), (0.58, 0.92), (0.8, 0.86)):
        pen.path(
            f"M {x} {y - 0.1} C {x + 0.07} {y} {x + 0.05} {y + 0.06} {x} {y + 0.06} C {x - 0.05} {y + 0.06} {x - 0.07} {y} {x} {y - 0.1} Z",
            tone.accent,
        )
    pen.box(0.06, 0.28, 0.94, 0.56, tone.main, r=0.14)
    for x, y, r in ((0.26, 0.32, 0.18), (0.48, 0.24, 0.23), (0.72, 0.33, 0.19)):
        pen.oval(x, y, r, r, tone.main)
    pen.oval(0.42, 0.17, 0.12, 0.09, tone.light, alpha=0.6)


@drawing("lightning|thunder|bolt|闪电|雷电", "sky", "outdoor", main="yellow", size=0.34, aspect=0.62)
def lightning(pen: Pen, tone: Tone) -> None:
    """A bolt."""
    pen.poly([(0.6, 0.02), (0.08, 0.56), (0.42, 0.56), (0.28, 0.98), (0.92, 0.38), (0.56, 0.38), (0.82, 0.02)], tone.main)


@drawing("rainbow|彩虹", "sky", "outdoor", size=0.3, aspect=2.0)
def rainbow(pen: Pen, tone: Tone) -> None:
    """Six bands."""
    bands = ((226, 74, 69), (243, 146, 55), (250, 204, 72), (88, 173, 92), (66, 133, 210), (142, 99, 193))
    for n, colour in enumerate(bands):
        outer, inner = 0.96 - n * 0.085, 0.96 - (n + 1) * 0.085
        angles = [math.pi + math.pi * k / 48 for k in range(49)]
        edge = [(0.5 + outer / 2 * math.cos(a), 0.97 + outer * math.sin(a)) for a in angles]
        edge += [(0.5 + inner / 2 * math.cos(a), 0.97 + inner * math.sin(a)) for a in reversed(angles)]
        pen.poly(edge, colour)


@drawing("snowflake|雪花", "sky", "outdoor", main="cyan", size=0.28)
def snowflake(pen: Pen, tone: Tone) -> None:
    """Six arms with two barbs each."""
    for n in range(6):
        a = math.pi / 6 + n * math.pi / 3
        c, s = math.cos(a), math.sin(a)
        pen.line([(0.5, 0.5), (0.5 + 0.45 * c, 0.5 + 0.45 * s)], 0.055, tone.main)
        for reach, length in ((0.24, 0.13), (0.35, 0.1)):
            for side in (-1, 1):
                b = a + side * math.pi / 4
                foot = (0.5 + reach * c, 0.5 + reach * s)
                pen.line([foot, (foot[0] + length * math.cos(b), foot[1] + length * math.sin(b))], 0.045, tone.main)


@drawing("tree|树|大树|树木", "ground", "outdoor", main=LEAF, accent="red", size=0.52, aspect=0.78)
def tree(pen: Pen, tone: Tone) -> None:
    """A round crown of four puffs on a trunk."""
    pen.path("M .43 .55 L .57 .55 C .57 .8 .58 .9 .64 1 L .36 1 C .42 .9 .43 .8 .43 .55 Z", WOOD)
    pen.path("M .51 .55 L .57 .55 C .57 .8 .58 .9 .64 1 L .53 1 Z", darker(WOOD, 0.18))
    for x, y, r in ((0.27, 0.46, 0.23), (0.73, 0.46, 0.23), (0.5, 0.28, 0.3), (0.5, 0.52, 0.26)):
        pen.oval(x, y, r * 1.08, r * 0.9, tone.dark)
    for x, y, r in ((0.28, 0.42, 0.22), (0.7, 0.42, 0.2), (0.47, 0.25, 0.27), (0.48, 0.47, 0.22)):
        pen.oval(x, y, r * 1.06, r * 0.88, tone.main)
    pen.oval(0.38, 0.2, 0.12, 0.08, tone.light, turn=-25, alpha=0.7)


@drawing("pine tree|pine|fir|christmas tree|松树|圣诞树", "ground", "outdoor", main=(62, 138, 94), accent="yellow", size=0.56, aspect=0.66)
def pine(pen: Pen, tone: Tone) -> None:
    """Three tiers on a trunk."""
    pen.box(0.43, 0.84, 0.57, 1, WOOD)
    for top, bottom, half in ((0.44, 0.88, 0.48), (0.22, 0.64, 0.39), (0.02, 0.42, 0.29)):
        pen.path(f"M .5 {top} L {0.5 + half} {bottom} Q .5 {bottom + 0.06} {0.5 - half} {bottom} Z", tone.main)
        pen.path(f"M .5 {top} L {0.5 + half} {bottom} Q {0.5 + half / 2} {bottom + 0.04} .5 {bottom + 0.03} Z", tone.dark)


@drawing("palm tree|palm|棕榈树|椰子树", "ground", "outdoor", main=LEAF, size=0.55, aspect=0.85)
def palm(pen: Pen, tone: Tone) -> None:
    """A leaning trunk with six fronds."""
    pen.path("M .46 1 C .5 .75 .48 .5 .5 .3 L .57 .31 C .56 .55 .6 .8 .6 1 Z", WOOD)
    pen.path("M .53 1 C .56 .75 .53 .5 .54 .3 L .57 .31 C .56 .55 .6 .8 .6 1 Z", darker(WOOD, 0.18))
    for end, bend in (((0.04, 0.4), (0.2, 0.12)), ((0.98, 0.42), (0.84, 0.12)), ((0.2, 0.08), (0.38, 0.04)), ((0.86, 0.08), (0.7, 0.02))):
        (x, y), (bx, by) = end, bend
        pen.path(f"M .53 .3 Q {bx} {by} {x} {y} Q {bx + 0.02} {by + 0.16} .53 .34 Z", tone.main)
    pen.path("M .53 .3 Q .3 .28 .16 .58 Q .4 .4 .53 .36 Z", tone.dark)
    pen.path("M .53 .3 Q .76 .28 .88 .6 Q .66 .4 .53 .36 Z", tone.dark)
    for x in (0.49, 0.57):
        pen.oval(x, 0.36, 0.04, fill=darker(WOOD, 0.3))


@drawing("cactus|仙人掌", "ground", "outdoor", main=(92, 160, 92), accent="pink", size=0.4, aspect=0.75)
def cactus(pen: Pen, tone: Tone) -> None:
    """A column with two arms and a flower."""
    pen.line([(0.2, 0.38), (0.2, 0.56), (0.5, 0.62)], 0.17, tone.dark)
    pen.line([(0.8, 0.3), (0.8, 0.48), (0.5, 0.54)], 0.17, tone.dark)
    pen.box(0.35, 0.08, 0.65, 1, tone.main, r=0.15)
    for x in (0.44, 0.56):
        pen.line([(x, 0.22), (x, 0.94)], 0.02, tone.dark)
    for n in range(5):
        a = math.pi + n * math.pi / 4
        pen.oval(0.5 + 0.08 * math.cos(a), 0.08 + 0.06 * math.sin(a), 0.055, fill=tone.accent)


@drawing("flower|花|花朵|小花|rose|玫瑰", "ground", "outdoor", main="pink", accent="yellow", size=0.32, aspect=0.68)
def flower(pen: Pen, tone: Tone) -> None:
    """Six petals, a heart, a stem with two leaves."""
    pen.stroke("M .5 .4 Q .54 .7 .5 1", 0.06, darker(LEAF, 0.1))
    pen.path("M .51 .85 C .6 .62 .82 .62 .92 .66 C .86 .82 .68 .92 .51 .85 Z", LEAF)
    pen.path("M .5 .94 C .42 .72 .22 .7 .1 .74 C .18 .9 .34 .98 .5 .94 Z", darker(LEAF, 0.12))
    for n in range(6):
        a = n * math.pi / 3 + 0.5
        pen.oval(0.5 + 0.26 * math.cos(a), 0.3 + 0.18 * math.sin(a), 0.19, 0.135, tone.main if n % 2 else tone.light)
    pen.oval(0.5, 0.3, 0.16, 0.11, tone.accent)
    pen.oval(0.5, 0.31, 0.1, 0.07, darker(tone.accent, 0.14))


@drawing("sunflower|向日葵", "ground", "outdoor", main="yellow", accent="brown", size=0.42, aspect=0.62)
def sunflower(pen: Pen, tone: Tone) -> None:
    """Two rings of petals round a dark heart."""
    pen.stroke("M .5 .4 Q .48 .7 .5 1", 0.07, darker(LEAF, 0.1))
    pen.path("M .5 .86 C .6 .64 .84 .62 .96 .66 C .88 .84 .7 .94 .5 .86 Z", LEAF)
    for ring, fill in ((0.33, tone.dark), (0.31, tone.main)):
        for n in range(12):
            a = n * math.pi / 6 + (0.26 if ring > 0.32 else 0)
            pen.oval(0.5 + ring * math.cos(a), 0.32 + ring * 0.62 * math.sin(a), 0.15, 0.055, fill, turn=math.degrees(a))
    pen.oval(0.5, 0.32, 0.23, 0.143, tone.accent)
    pen.oval(0.5, 0.32, 0.15, 0.095, darker(tone.accent, 0.25))


@drawing("tulip|郁金香", "ground", "outdoor", main="red", size=0.34, aspect=0.55)
def tulip(pen: Pen, tone: Tone) -> None:
    """A cup of three petals."""
    pen.stroke("M .5 .4 L .5 1", 0.08, darker(LEAF, 0.1))
    pen.path("M .5 1 C .45 .7 .2 .6 .06 .58 C .1 .8 .26 .98 .5 1 Z", LEAF)
    pen.path("M .5 1 C .55 .74 .8 .66 .94 .64 C .9 .84 .74 .98 .5 1 Z", darker(LEAF, 0.12))
    pen.path("M .14 .08 C .3 .16 .36 .2 .5 .04 C .64 .2 .7 .16 .86 .08 C .92 .34 .8 .5 .5 .5 C .2 .5 .08 .34 .14 .08 Z", tone.dark)
    pen.path("M .5 .03 C .74 .22 .74 .42 .5 .5 C .26 .42 .26 .22 .5 .03 Z", tone.main)


@drawing("leaf|树叶|叶子|枫叶", main=LEAF, size=0.36)
def leaf(pen: Pen, tone: Tone) -> None:
    """A leaf with its ribs."""
    pen.path("M .1 .92 C .0 .42 .3 .06 .94 .06 C .96 .66 .64 .98 .18 .86 Z", tone.main)
    pen.path("M .1 .92 C .3 .6 .6 .34 .94 .06 C .96 .66 .64 .98 .18 .86 Z", tone.dark)
    pen.stroke("M .06 .97 Q .4 .6 .84 .17", 0.035, tone.light)
    for t in (0.3, 0.5, 0.7):
        x, y = 0.06 + t * 0.8, 0.95 - t * 0.78
        pen.line([(x, y), (x + 0.02, y - 0.2 + t * 0.06)], 0.02, tone.light)
        pen.line([(x, y), (x + 0.2 - t * 0.04, y + 0.0)], 0.02, tone.light)


@drawing("grass|草|草丛", "ground", "outdoor", main=LEAF, size=0.14, aspect=2.0)
def grass(pen: Pen, tone: Tone) -> None:
    """A tuft."""
    for n in range(9):
        x = 0.1 + n * 0.1
        pen.path(
            f"M {x - 0.05:.3f} 1 Q {x:.3f} .5 {x + (n - 4) * 0.03:.3f} {0.08 + abs(n - 4) * 0.09:.3f} Q {x + 0.04:.3f} .6 {x + 0.05:.3f} 1 Z",
            tone.main if n % 2 else tone.dark,
        )


@drawing("mushroom|toadstool|蘑菇", "ground", "outdoor", main="red", accent=(246, 236, 220), size=0.3)
def mushroom(pen: Pen, tone: Tone) -> None:
    """A spotted cap on a pale stem."""
    pen.path("M .38 .5 L .62 .5 C .62 .75 .66 .88 .7 1 L .3 1 C .34 .88 .38 .75 .38 .5 Z", tone.accent)
    pen.path("M .54 .5 L .62 .5 C .62 .75 .66 .88 .7 1 L .56 1 Z", darker(tone.accent, 0.14))
    pen.path("M .04 .54 C .04 .2 .26 .05 .5 .05 C .74 .05 .96 .2 .96 .54 Q .96 .62 .86 .62 L .14 .62 Q .04 .62 .04 .54 Z", tone.main)
    pen.path("M .1 .57 L .9 .57 Q .95 .57 .95 .5 Q .97 .62 .86 .62 L .14 .62 Q .03 .62 .05 .5 Q .05 .57 .1 .57 Z", tone.dark)
    for x, y, r in ((0.3, 0.3, 0.09), (0.58, 0.2, 0.08), (0.75, 0.42, 0.09), (0.48, 0.46, 0.07)):
        pen.oval(x, y, r, r * 0.9, SNOW)


@drawing("mountain|hill|mountains|volcano|山|高山|山脉", "backdrop", "outdoor", main=(122, 142, 178), size=0.55, aspect=1.7)
def mountain(pen: Pen, tone: Tone) -> None:
    """Two peaks with snow."""
    pen.path("M .42 1 L .72 .26 Q .75 .22 .78 .26 L 1 1 Z", lighter(tone.main, 0.22))
    pen.path("M .66 .4 L .72 .26 Q .75 .22 .78 .26 L .83 .42 L .78 .38 L .74 .45 L .7 .38 Z", SNOW)
    pen.path("M 0 1 L .36 .06 Q .4 0 .44 .06 L .84 1 Z", tone.main)
    pen.path("M .4 .02 Q .42 .02 .44 .06 L .84 1 L .46 1 L .52 .7 L .42 .5 L .47 .3 Z", tone.dark)
    pen.path("M .27 .3 L .36 .06 Q .4 0 .44 .06 L .54 .3 L .48 .26 L .43 .36 L .38 .26 L .33 .34 Z", SNOW)


@drawing("wave|waves|波浪|海浪", "water", "outdoor", main="blue", size=0.22, aspect=2.0)
def wave(pen: Pen, tone: Tone) -> None:
    """A curling wave."""
    pen.path(
        "M 0 1 C .12 .98 .2 .5 .34 .22 C .5 -.06 .86 .02 .9 .36 C .92 .56 .76 .66 .66 .56 C .74 .54 .76 .42 .66 .38 C .5 .34 .5 .7 .66 .84 C .78 .94 .9 .98 1 1 Z",
        tone.main,
    )
    pen.path("M .34 .22 C .5 -.06 .86 .02 .9 .36 C .8 .1 .52 .1 .42 .34 Z", lighter(tone.main, 0.6))


@drawing("fire|flame|campfire|火|火焰|篝火", "ground", "outdoor", main="orange", accent="yellow", size=0.34, aspect=0.8)
def fire(pen: Pen, tone: Tone) -> None:
    """Three flames, one in another, on two logs."""
    pen.path(
        "M .5 .02 C .56 .24 .86 .36 .86 .66 C .86 .84 .7 .94 .5 .94 C .3 .94 .14 .84 .14 .64 C .14 .48 .24 .42 .28 .28 C .36 .34 .38 .4 .4 .44 C .48 .34 .5 .2 .5 .02 Z",
        tone.main,
    )
    pen.path(
        "M .52 .36 C .56 .5 .72 .56 .72 .72 C .72 .86 .62 .92 .5 .92 C .38 .92 .28 .84 .28 .72 C .28 .62 .36 .58 .38 .5 C .42 .54 .44 .56 .45 .6 C .5 .54 .52 .46 .52 .36 Z",
        tone.accent,
    )
    pen.path(
        "M .5 .62 C .54 .7 .62 .74 .62 .82 C .62 .9 .56 .92 .5 .92 C .44 .92 .38 .9 .38 .82 C .38 .74 .46 .7 .5 .62 Z",
        lighter(tone.accent, 0.6),
    )
    pen.line([(0.14, 0.9), (0.86, 0.97)], 0.08, WOOD)
    pen.line([(0.14, 0.97), (0.86, 0.9)], 0.08, darker(WOOD, 0.2))


@drawing("planet|saturn|行星|土星", "sky", main="orange", accent="beige", size=0.3, aspect=1.3)
def planet(pen: Pen, tone: Tone) -> None:
    """A banded globe with a ring."""
    pen.oval(0.5, 0.5, 0.5, 0.13, tone.accent, turn=-14)
    pen.oval(0.5, 0.5, 0.3, 0.39, tone.main)
    pen.path("M .23 .34 C .4 .42 .6 .4 .77 .32 L .79 .42 C .6 .5 .4 .52 .21 .44 Z", tone.light)
    pen.path("M .24 .66 C .4 .74 .6 .74 .77 .64 L .73 .74 C .6 .8 .4 .8 .28 .76 Z", tone.dark)
    pen.path(
        "M .03 .58 C .1 .68 .5 .62 .96 .42 C 1 .38 .99 .34 .9 .35 C .98 .4 .7 .5 .5 .54 C .25 .6 .05 .62 .1 .55 Z",
        darker(tone.accent, 0.12),
    )


@drawing("earth|globe|地球", "float", main="blue", accent="green", size=0.4)
def earth(pen: Pen, tone: Tone) -> None:
    """A globe with two continents."""
    pen.oval(0.5, 0.5, 0.47, fill=tone.main)
    pen.path(
        "M .2 .2 C .34 .08 .5 .06 .56 .14 C .6 .22 .46 .26 .44 .36 C .42 .46 .3 .44 .26 .52 C .2 .6 .06 .52 .06 .42 C .08 .34 .12 .26 .2 .2 Z",
        tone.accent,
    )
    pen.path("M .58 .42 C .7 .34 .9 .4 .94 .5 C .94 .66 .82 .84 .7 .88 C .6 .84 .66 .7 .6 .64 C .52 .58 .5 .48 .58 .42 Z", tone.accent)
    pen.path("M .28 .74 C .36 .7 .44 .76 .42 .84 C .4 .92 .32 .9 .28 .86 C .24 .82 .22 .78 .28 .74 Z", tone.accent)
    pen.oval(0.34, 0.22, 0.13, 0.07, SNOW, turn=-35, alpha=0.35)


@drawing("sparkle|sparkles|glitter|火花|闪光", "float", main="yellow", size=0.3)
def sparkle(pen: Pen, tone: Tone) -> None:
    """Three four-pointed lights."""
    for x, y, r in ((0.42, 0.56, 0.4), (0.8, 0.22, 0.18), (0.84, 0.82, 0.14)):
        pen.poly(star(x, y, r, r * 0.26, 4), tone.main)
