"""Drawings: things of a desk and a bag, and things to open."""

# ruff: noqa: E501 - a path is one string, however long

from __future__ import annotations

from tools.shapes.palette import GLASS, INK, LEAF, SNOW, STEEL, WOOD, Tone, darker, lighter
from tools.shapes.pen import Pen
from tools.shapes.vocabulary import drawing


@drawing("computer|laptop|notebook computer|电脑|笔记本电脑|计算机", "float", "indoor", main="gray", accent="blue", size=0.32, aspect=1.5)
def computer(pen: Pen, tone: Tone) -> None:
    """An open laptop."""
    pen.box(0.12, 0.06, 0.88, 0.8, tone.deep, r=0.05)
    pen.box(0.16, 0.12, 0.84, 0.74, lighter(tone.accent, 0.35), r=0.02)
    pen.box(0.21, 0.2, 0.5, 0.25, SNOW, r=0.02)
    for y in (0.33, 0.42, 0.51):
        pen.box(0.21, y, 0.72 - (y - 0.33), y + 0.045, lighter(tone.accent, 0.75), r=0.02)
    pen.path("M .04 .82 L .96 .82 L 1 .94 Q 1 .98 .96 .98 L .04 .98 Q 0 .98 0 .94 Z", tone.main)
    pen.box(0.38, 0.82, 0.62, 0.88, tone.dark, r=0.02)


@drawing("camera|照相机|相机", "float", main="black", accent="cyan", size=0.28, aspect=1.35)
def camera(pen: Pen, tone: Tone) -> None:
    """A camera from the front."""
    pen.path("M .32 .2 L .38 .06 L .62 .06 L .68 .2 Z", tone.dark)
    pen.box(0.02, 0.18, 0.98, 0.95, tone.main, r=0.09)
    pen.box(0.02, 0.34, 0.98, 0.46, lighter(tone.main, 0.22))
    for r, fill in ((0.22, STEEL), (0.18, INK), (0.13, tone.accent), (0.07, darker(tone.accent, 0.5))):
        pen.oval(0.5, 0.58, r, r * 1.35, fill)
    pen.oval(0.45, 0.51, 0.03, 0.04, SNOW)
    pen.oval(0.85, 0.27, 0.035, 0.045, (226, 74, 69))


@drawing("book|books|书|书本|书籍", "float", "indoor", main="red", accent="white", size=0.3, aspect=1.05, top=0.1)
def book(pen: Pen, tone: Tone) -> None:
    """A closed book, a little from the side."""
    pen.path("M .16 .06 L .9 .06 L .9 .94 L .16 .94 Q .06 .94 .06 .84 L .06 .16 Q .06 .06 .16 .06 Z", tone.dark)
    pen.path("M .14 .82 L .86 .82 L .86 .9 L .14 .9 Q .1 .9 .1 .86 Q .1 .82 .14 .82 Z", lighter(tone.accent, 0.1))
    pen.path("M .16 .06 L .92 .06 L .92 .81 L .16 .81 Q .09 .81 .06 .86 L .06 .16 Q .06 .06 .16 .06 Z", tone.main)
    pen.box(0.18, 0.06, 0.22, 0.81, tone.dark)
    pen.box(0.36, 0.22, 0.78, 0.3, tone.accent, r=0.02)
    pen.box(0.44, 0.36, 0.7, 0.41, tone.accent, r=0.02)


@drawing("pencil|pen|crayon|铅笔|笔|钢笔", "float", main="yellow", accent="pink", size=0.4, aspect=0.3)
def pencil(pen: Pen, tone: Tone) -> None:
    """Tip down."""
    pen.box(0.2, 0.01, 0.8, 0.12, tone.accent, r=0.1)
    pen.box(0.18, 0.1, 0.82, 0.17, STEEL)
    pen.box(0.2, 0.17, 0.4, 0.8, tone.light)
    pen.box(0.4, 0.17, 0.6, 0.8, tone.main)
    pen.box(0.6, 0.17, 0.8, 0.8, tone.dark)
    pen.poly([(0.2, 0.8), (0.8, 0.8), (0.5, 0.99)], (244, 214, 170))
    pen.poly([(0.39, 0.92), (0.61, 0.92), (0.5, 0.99)], INK)


@drawing("key|钥匙", "float", main="gold", size=0.24, aspect=1.8)
def key(pen: Pen, tone: Tone) -> None:
    """A key, bit to the right."""
    pen.box(0.36, 0.42, 0.97, 0.58, tone.main, r=0.04)
    pen.box(0.74, 0.5, 0.81, 0.84, tone.main, r=0.02)
    pen.box(0.87, 0.5, 0.94, 0.76, tone.main, r=0.02)
    for rx, fill in ((0.22, tone.main), (0.085, tone.deep)):
        pen.oval(0.22, 0.5, rx, rx * 1.8, fill)
    pen.box(0.36, 0.52, 0.97, 0.58, tone.dark, r=0.03)


@drawing("lock|padlock|锁|挂锁", "float", main="gold", size=0.34, aspect=0.78)
def lock(pen: Pen, tone: Tone) -> None:
    """A closed padlock."""
    pen.arc(0.5, 0.34, 0.25, 180, 360, 0.12, STEEL)
    for x in (0.25, 0.75):
        pen.box(x - 0.06, 0.34, x + 0.06, 0.5, STEEL)
    pen.box(0.05, 0.44, 0.95, 0.98, tone.main, r=0.1)
    pen.box(0.05, 0.86, 0.95, 0.98, tone.dark, r=0.1)
    pen.oval(0.5, 0.65, 0.09, 0.07, INK)
    pen.poly([(0.46, 0.66), (0.54, 0.66), (0.57, 0.83), (0.43, 0.83)], INK)


@drawing("umbrella|parasol|雨伞|伞", "float", "outdoor", main="red", accent="yellow", size=0.42)
def umbrella(pen: Pen, tone: Tone) -> None:
    """Open."""
    pen.stroke("M .5 .1 L .5 .86 Q .5 .97 .4 .97 Q .31 .97 .31 .88", 0.04, WOOD)
    pen.path(
        "M .02 .56 C .04 .24 .26 .08 .5 .08 C .74 .08 .96 .24 .98 .56 Q .9 .47 .82 .56 Q .74 .47 .66 .56 Q .58 .47 .5 .56 Q .42 .47 .34 .56 Q .26 .47 .18 .56 Q .1 .47 .02 .56 Z",
        tone.main,
    )
    pen.path("M .5 .08 C .4 .14 .34 .34 .34 .56 Q .42 .47 .5 .56 Q .58 .47 .66 .56 C .66 .34 .6 .14 .5 .08 Z", tone.accent)
    pen.line([(0.5, 0.09), (0.5, 0.03)], 0.035, WOOD)


@drawing("gift|present|gift box|礼物|礼盒", "float", "indoor", main="red", accent="gold", size=0.32, aspect=1.0, top=0.3)
def gift(pen: Pen, tone: Tone) -> None:
    """A box with a bow."""
    pen.path("M .5 .3 C .3 .3 .14 .22 .18 .1 C .22 .0 .42 .04 .5 .3 Z", tone.accent)
    pen.path("M .5 .3 C .7 .3 .86 .22 .82 .1 C .78 .0 .58 .04 .5 .3 Z", darker(tone.accent, 0.12))
    pen.box(0.08, 0.44, 0.92, 0.98, tone.main, r=0.03)
    pen.box(0.08, 0.44, 0.92, 0.52, tone.dark)
    pen.box(0.02, 0.28, 0.98, 0.46, tone.light, r=0.03)
    pen.box(0.42, 0.28, 0.58, 0.98, tone.accent)
    pen.oval(0.5, 0.28, 0.07, fill=darker(tone.accent, 0.2))


@drawing("box|cardboard box|basket|箱子|盒子|纸箱|篮子", "ground", "indoor", main=(200, 158, 110), size=0.3, aspect=1.2, top=0.22)
def box(pen: Pen, tone: Tone) -> None:
    """An open cardboard box."""
    pen.poly([(0.1, 0.3), (0.9, 0.3), (0.82, 0.16), (0.18, 0.16)], tone.deep)
    pen.poly([(0.1, 0.3), (0.18, 0.16), (0.06, 0.06), (0.0, 0.2)], tone.light)
    pen.poly([(0.9, 0.3), (0.82, 0.16), (0.94, 0.06), (1.0, 0.2)], tone.light)
    pen.box(0.1, 0.3, 0.9, 0.99, tone.main)
    pen.box(0.44, 0.3, 0.56, 0.52, tone.light)
    pen.box(0.1, 0.9, 0.9, 0.99, tone.dark)


@drawing("bag|backpack|handbag|schoolbag|背包|书包|包|手提包", "float", "indoor", main="blue", accent="yellow", size=0.36, aspect=0.85)
def bag(pen: Pen, tone: Tone) -> None:
    """A backpack."""
    pen.arc(0.5, 0.16, 0.11, 180, 360, 0.055, tone.deep)
    for x in (0.1, 0.9):
        pen.box(x - 0.08, 0.5, x + 0.08, 0.9, tone.dark, r=0.07)
    pen.path(
        "M .12 .96 L .12 .42 C .12 .2 .28 .1 .5 .1 C .72 .1 .88 .2 .88 .42 L .88 .96 Q .88 .99 .84 .99 L .16 .99 Q .12 .99 .12 .96 Z",
        tone.main,
    )
    pen.box(0.24, 0.56, 0.76, 0.9, tone.light, r=0.07)
    pen.box(0.24, 0.56, 0.76, 0.66, tone.dark, r=0.05)
    pen.box(0.45, 0.62, 0.55, 0.73, tone.accent, r=0.03)
    pen.stroke("M .24 .4 Q .5 .32 .76 .4", 0.03, tone.deep)


@drawing(
    "vase|pot|flowerpot|plant|potted plant|花瓶|花盆|盆栽|植物", "float", "indoor", main=(206, 118, 82), size=0.36, aspect=0.75, top=0.5
)
def vase(pen: Pen, tone: Tone) -> None:
    """A plant in a pot."""
    for tip, fill in (
        ((0.06, 0.3), LEAF),
        ((0.94, 0.3), LEAF),
        ((0.26, 0.05), darker(LEAF, 0.12)),
        ((0.74, 0.05), darker(LEAF, 0.12)),
        ((0.5, 0.0), LEAF),
    ):
        x, y = tip
        pen.path(f"M .46 .56 Q {x - 0.12:.2f} {y + 0.2:.2f} {x} {y} Q {x + 0.16:.2f} {y + 0.14:.2f} .54 .56 Z", fill)
    pen.path("M .16 .62 L .84 .62 L .74 .99 L .26 .99 Z", tone.main)
    pen.path("M .6 .62 L .84 .62 L .74 .99 L .58 .99 Z", tone.dark)
    pen.box(0.1, 0.53, 0.9, 0.66, tone.light, r=0.03)


@drawing("door|门", "ground", "indoor", main="brown", accent="gold", size=0.5, aspect=0.52)
def door(pen: Pen, tone: Tone) -> None:
    """A closed door in its frame."""
    pen.box(0.0, 0.0, 1.0, 1, tone.deep, r=0.03)
    pen.box(0.07, 0.04, 0.93, 1, tone.main)
    for y0, y1 in ((0.1, 0.46), (0.56, 0.92)):
        for x0, x1 in ((0.15, 0.46), (0.54, 0.85)):
            pen.box(x0, y0, x1, y1, tone.dark, r=0.02)
    pen.oval(0.84, 0.51, 0.05, 0.026, tone.accent)


@drawing("window|窗户|窗", "float", "indoor", main=WOOD, accent=GLASS, size=0.4, aspect=0.9)
def window(pen: Pen, tone: Tone) -> None:
    """Four panes."""
    pen.box(0.04, 0.02, 0.96, 0.92, tone.main, r=0.03)
    for x0, x1 in ((0.11, 0.47), (0.53, 0.89)):
        for y0, y1 in ((0.08, 0.44), (0.5, 0.86)):
            pen.box(x0, y0, x1, y1, tone.accent)
            pen.poly([(x0, y1 - 0.12), (x1 - 0.1, y0), (x1, y0), (x1, y0 + 0.04), (x0, y1)], SNOW, alpha=0.4)
    pen.box(0.0, 0.9, 1.0, 0.99, tone.dark, r=0.02)


@drawing("mirror|镜子", "float", "indoor", main="gold", accent=GLASS, size=0.42, aspect=0.62)
def mirror(pen: Pen, tone: Tone) -> None:
    """An oval mirror."""
    pen.oval(0.5, 0.5, 0.48, 0.49, tone.main)
    pen.oval(0.5, 0.5, 0.39, 0.42, tone.accent)
    pen.poly([(0.24, 0.62), (0.6, 0.16), (0.7, 0.18), (0.27, 0.72)], SNOW, alpha=0.55)


@drawing("scissors|剪刀", "float", main="red", size=0.36, aspect=0.7)
def scissors(pen: Pen, tone: Tone) -> None:
    """Open, blades up."""
    pen.poly([(0.44, 0.62), (0.8, 0.03), (0.86, 0.06), (0.54, 0.68)], STEEL)
    pen.poly([(0.56, 0.62), (0.2, 0.03), (0.14, 0.06), (0.46, 0.68)], lighter(STEEL, 0.3))
    pen.arc(0.26, 0.82, 0.15, 0, 360, 0.1, tone.main)
    pen.arc(0.74, 0.82, 0.15, 0, 360, 0.1, tone.main)
    pen.line([(0.47, 0.62), (0.36, 0.72)], 0.1, tone.main)
    pen.line([(0.53, 0.62), (0.64, 0.72)], 0.1, tone.main)
    pen.oval(0.5, 0.57, 0.03, fill=INK)


@drawing("tv|television|monitor|screen|电视|电视机|显示器|屏幕", "float", "indoor", main="black", accent="cyan", size=0.34, aspect=1.4)
def tv(pen: Pen, tone: Tone) -> None:
    """A screen on a foot."""
    pen.box(0.44, 0.78, 0.56, 0.94, tone.dark)
    pen.box(0.28, 0.92, 0.72, 0.99, tone.main, r=0.03)
    pen.box(0.01, 0.03, 0.99, 0.82, tone.main, r=0.05)
    pen.box(0.05, 0.08, 0.95, 0.76, lighter(tone.accent, 0.3), r=0.02)
    pen.path("M .05 .76 L .05 .6 Q .25 .4 .45 .6 Q .65 .36 .95 .56 L .95 .76 Z", LEAF)
    pen.oval(0.76, 0.26, 0.07, 0.095, (250, 204, 72))


@drawing("envelope|letter|mail|email|信封|信|邮件", "float", main=(250, 240, 220), accent="red", size=0.26, aspect=1.45)
def envelope(pen: Pen, tone: Tone) -> None:
    """Sealed with a heart."""
    pen.box(0.02, 0.05, 0.98, 0.95, tone.main, r=0.04)
    pen.poly([(0.03, 0.93), (0.42, 0.46), (0.58, 0.46), (0.97, 0.93)], tone.dark, alpha=0.3)
    pen.path("M .03 .07 L .97 .07 L .54 .6 Q .5 .64 .46 .6 Z", darker(tone.main, 0.16))
    pen.path("M .5 .68 C .38 .58 .38 .5 .42 .46 Q .47 .44 .5 .51 Q .53 .44 .58 .46 C .62 .5 .62 .58 .5 .68 Z", tone.accent)
