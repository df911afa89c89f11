"""Drawings: toys, instruments, sports and other things people ask for."""

# ruff: noqa: E501 - a path is one string, however long

from __future__ import annotations

import math

from tools.shapes.palette import INK, SNOW, STEEL, WOOD, Tone, darker, lighter
from tools.shapes.pen import Pen, star
from tools.shapes.vocabulary import drawing


@drawing("ball|beach ball|toy ball|球|皮球|小球", "ground", "plain", main="red", accent="white", size=0.28)
def ball(pen: Pen, tone: Tone) -> None:
    """A ball with two bands."""
    pen.oval(0.5, 0.5, 0.48, fill=tone.main)
    pen.path("M .02 .5 C .2 .66 .8 .66 .98 .5 C .98 .58 .96 .64 .94 .68 C .74 .8 .26 .8 .06 .68 C .04 .64 .02 .58 .02 .5 Z", tone.accent)
    pen.path("M .78 .12 C .92 .22 .98 .36 .98 .5 C .98 .78 .78 .98 .5 .98 C .84 .86 .96 .46 .78 .12 Z", tone.dark, alpha=0.5)
    pen.oval(0.32, 0.26, 0.1, 0.065, tone.light, turn=-35, alpha=0.85)


@drawing("football|soccer ball|soccer|足球", "ground", "outdoor", main="white", accent="black", size=0.26)
def football(pen: Pen, tone: Tone) -> None:
    """Black and white patches."""
    pen.oval(0.5, 0.5, 0.48, fill=darker(tone.main, 0.1))
    pen.oval(0.48, 0.48, 0.45, fill=tone.main)
    pen.poly(star(0.5, 0.5, 0.17, 0.138), tone.accent)
    for n in range(5):
        a = math.radians(-90 + n * 72)
        c, s = math.cos(a), math.sin(a)
        pen.line([(0.5 + 0.16 * c, 0.5 + 0.16 * s), (0.5 + 0.34 * c, 0.5 + 0.34 * s)], 0.025, tone.accent)
        b = [
            (0.5 + r * math.cos(a + d), 0.5 + r * math.sin(a + d))
            for r, d in ((0.33, 0), (0.4, 0.26), (0.475, 0.18), (0.475, -0.18), (0.4, -0.26))
        ]
        pen.poly(b, tone.accent)


@drawing("basketball|篮球", "ground", "plain", main="orange", accent="black", size=0.28)
def basketball(pen: Pen, tone: Tone) -> None:
    """With its seams."""
    pen.oval(0.5, 0.5, 0.48, fill=tone.main)
    pen.line([(0.5, 0.03), (0.5, 0.97)], 0.028, tone.deep)
    pen.line([(0.03, 0.5), (0.97, 0.5)], 0.028, tone.deep)
    pen.stroke("M .2 .14 Q .46 .5 .2 .86", 0.028, tone.deep)
    pen.stroke("M .8 .14 Q .54 .5 .8 .86", 0.028, tone.deep)
    pen.oval(0.34, 0.24, 0.08, 0.05, tone.light, turn=-35, alpha=0.7)


@drawing("balloon|气球", "sky", "plain", main="red", size=0.4, aspect=0.62)
def balloon(pen: Pen, tone: Tone) -> None:
    """A balloon on its string."""
    pen.stroke("M .5 .68 C .4 .78 .6 .86 .5 .99", 0.02, (120, 120, 132))
    pen.path("M .5 .02 C .82 .02 .98 .2 .98 .36 C .98 .52 .74 .66 .5 .66 C .26 .66 .02 .52 .02 .36 C .02 .2 .18 .02 .5 .02 Z", tone.main)
    pen.path("M .84 .14 C .94 .2 .98 .28 .98 .36 C .98 .52 .74 .66 .5 .66 C .8 .58 .94 .36 .84 .14 Z", tone.dark, alpha=0.7)
    pen.poly([(0.43, 0.7), (0.57, 0.7), (0.5, 0.64)], tone.dark)
    pen.oval(0.28, 0.2, 0.09, 0.075, tone.light, turn=-35, alpha=0.9)


@drawing("kite|风筝", "sky", "outdoor", main="red", accent="yellow", size=0.4, aspect=0.8)
def kite(pen: Pen, tone: Tone) -> None:
    """With its tail."""
    pen.stroke("M .5 .68 C .6 .76 .38 .84 .5 .98", 0.02, (120, 120, 132))
    pen.poly([(0.5, 0.02), (0.92, 0.3), (0.5, 0.7), (0.08, 0.3)], tone.main)
    pen.poly([(0.5, 0.02), (0.92, 0.3), (0.5, 0.3)], tone.accent)
    pen.poly([(0.5, 0.7), (0.08, 0.3), (0.5, 0.3)], darker(tone.accent, 0.1))
    for x, y in ((0.5, 0.78), (0.45, 0.87)):
        pen.poly([(x, y), (x - 0.07, y - 0.03), (x - 0.07, y + 0.03)], tone.main)
        pen.poly([(x, y), (x + 0.07, y - 0.03), (x + 0.07, y + 0.03)], tone.accent)


@drawing("guitar|吉他", "float", "plain", main="orange", accent="brown", size=0.52, aspect=0.45)
def guitar(pen: Pen, tone: Tone) -> None:
    """Upright."""
    pen.box(0.44, 0.1, 0.56, 0.56, tone.accent)
    pen.box(0.38, 0.01, 0.62, 0.13, darker(tone.accent, 0.3), r=0.04)
    for y in (0.04, 0.09):
        for x in (0.33, 0.67):
            pen.oval(x, y, 0.05, 0.016, STEEL)
    pen.path(
        "M .5 .47 C .74 .44 .88 .52 .82 .62 C .8 .68 .98 .72 .97 .84 C .96 .96 .7 .99 .5 .99 C .3 .99 .04 .96 .03 .84 C .02 .72 .2 .68 .18 .62 C .12 .52 .26 .44 .5 .47 Z",
        tone.main,
    )
    pen.oval(0.5, 0.68, 0.17, 0.076, tone.deep)
    pen.box(0.32, 0.84, 0.68, 0.875, tone.accent, r=0.02)
    for x in (0.46, 0.5, 0.54):
        pen.line([(x, 0.1), (x, 0.85)], 0.01, SNOW)


@drawing("piano|keyboard|钢琴|键盘", "ground", "indoor", main="black", accent="white", size=0.36, aspect=1.35, top=0.04)
def piano(pen: Pen, tone: Tone) -> None:
    """An upright piano."""
    pen.box(0.02, 0.03, 0.98, 1, tone.main, r=0.03)
    pen.box(0.08, 0.12, 0.92, 0.42, lighter(tone.main, 0.14), r=0.02)
    pen.box(0.0, 0.5, 1.0, 0.57, tone.dark, r=0.02)
    pen.box(0.06, 0.57, 0.94, 0.72, tone.accent)
    for n in range(1, 12):
        x = 0.06 + n * 0.88 / 12
        pen.line([(x, 0.57), (x, 0.72)], 0.008, STEEL)
        if n % 4:
            pen.box(x - 0.018, 0.57, x + 0.018, 0.66, INK)
    pen.box(0.02, 0.72, 0.98, 0.77, tone.dark)


@drawing("drum|鼓", "float", "plain", main="red", accent="yellow", size=0.3, aspect=1.15)
def drum(pen: Pen, tone: Tone) -> None:
    """With two sticks."""
    pen.path("M .06 .34 L .94 .34 L .94 .84 Q .5 1.08 .06 .84 Z", tone.main)
    for n in range(4):
        x = 0.1 + n * 0.2
        pen.line([(x, 0.42), (x + 0.1, 0.88), (x + 0.2, 0.42)], 0.022, tone.accent)
    pen.path("M .06 .8 Q .5 1.04 .94 .8 L .94 .88 Q .5 1.1 .06 .88 Z", tone.accent)
    pen.oval(0.5, 0.36, 0.46, 0.16, tone.accent)
    pen.oval(0.5, 0.34, 0.42, 0.13, (250, 244, 232))
    pen.line([(0.2, 0.06), (0.48, 0.3)], 0.035, WOOD)
    pen.line([(0.84, 0.03), (0.56, 0.3)], 0.035, WOOD)


@drawing("music note|note|musical note|music|音符|音乐", "float", main="purple", size=0.36, aspect=0.9)
def music_note(pen: Pen, tone: Tone) -> None:
    """Two joined notes."""
    pen.poly([(0.34, 0.1), (0.94, 0.0), (0.94, 0.2), (0.34, 0.3)], tone.main)
    pen.box(0.34, 0.14, 0.42, 0.8, tone.main)
    pen.box(0.86, 0.08, 0.94, 0.7, tone.main)
    pen.oval(0.25, 0.81, 0.18, 0.13, tone.main, turn=-20)
    pen.oval(0.77, 0.71, 0.18, 0.13, tone.main, turn=-20)


@drawing("trophy|cup trophy|award|奖杯", "float", main="gold", accent="brown", size=0.36, aspect=0.9)
def trophy(pen: Pen, tone: Tone) -> None:
    """A cup with handles and a star."""
    pen.arc(0.18, 0.26, 0.13, 60, 300, 0.05, tone.dark)
    pen.arc(0.82, 0.26, 0.13, -120, 120, 0.05, tone.dark)
    pen.path("M .18 .04 L .82 .04 C .84 .4 .74 .62 .5 .62 C .26 .62 .16 .4 .18 .04 Z", tone.main)
    pen.path("M .66 .04 L .82 .04 C .84 .4 .74 .62 .5 .62 C .66 .54 .7 .3 .66 .04 Z", tone.dark)
    pen.box(0.45, 0.6, 0.55, 0.8, tone.dark)
    pen.box(0.34, 0.77, 0.66, 0.84, tone.main, r=0.02)
    pen.box(0.26, 0.84, 0.74, 0.98, tone.accent, r=0.03)
    pen.poly(star(0.48, 0.29, 0.14, 0.06), tone.light)


@drawing("flag|旗|旗子|旗帜", "ground", "plain", main="blue", accent="white", size=0.46, aspect=0.8)
def flag(pen: Pen, tone: Tone) -> None:
    """A flag on its pole."""
    pen.box(0.1, 0.02, 0.16, 1, STEEL, r=0.02)
    pen.oval(0.13, 0.03, 0.05, 0.04, (222, 172, 55))
    pen.path("M .16 .08 C .36 .0 .56 .16 .96 .08 L .96 .54 C .56 .62 .36 .46 .16 .54 Z", tone.main)
    pen.path("M .16 .24 C .36 .16 .56 .32 .96 .24 L .96 .39 C .56 .47 .36 .31 .16 .39 Z", tone.accent)


@drawing("magnet|磁铁", "float", main="red", accent="gray", size=0.34, aspect=0.9)
def magnet(pen: Pen, tone: Tone) -> None:
    """A horseshoe magnet."""
    pen.path(
        "M .06 .26 L .06 .56 C .06 .84 .26 .98 .5 .98 C .74 .98 .94 .84 .94 .56 L .94 .26 L .66 .26 L .66 .56 C .66 .66 .6 .72 .5 .72 C .4 .72 .34 .66 .34 .56 L .34 .26 Z",
        tone.main,
    )
    pen.box(0.06, 0.04, 0.34, 0.26, tone.accent)
    pen.box(0.66, 0.04, 0.94, 0.26, tone.accent)


@drawing("magnifying glass|magnifier|loupe|放大镜", "float", main="gray", accent="cyan", size=0.36)
def magnifier(pen: Pen, tone: Tone) -> None:
    """A lens with a handle."""
    pen.line([(0.66, 0.66), (0.92, 0.92)], 0.13, WOOD)
    pen.oval(0.4, 0.4, 0.37, fill=tone.main)
    pen.oval(0.4, 0.4, 0.29, fill=lighter(tone.accent, 0.5))
    pen.arc(0.4, 0.4, 0.2, 190, 260, 0.05, SNOW)


@drawing("anchor|锚|船锚", "float", main="navy", size=0.38, aspect=0.9)
def anchor(pen: Pen, tone: Tone) -> None:
    """An anchor."""
    pen.arc(0.5, 0.13, 0.085, 0, 360, 0.055, tone.main)
    pen.box(0.455, 0.22, 0.545, 0.94, tone.main)
    pen.box(0.26, 0.3, 0.74, 0.38, tone.main, r=0.04)
    pen.stroke("M .1 .6 C .12 .84 .3 .94 .5 .94 C .7 .94 .88 .84 .9 .6", 0.085, tone.main)
    pen.poly([(0.0, 0.7), (0.12, 0.5), (0.24, 0.68)], tone.main)
    pen.poly([(1.0, 0.7), (0.88, 0.5), (0.76, 0.68)], tone.main)


@drawing("bell|铃铛|钟铃|铃", "float", main="gold", size=0.32)
def bell(pen: Pen, tone: Tone) -> None:
    """A bell."""
    pen.oval(0.5, 0.9, 0.1, 0.09, tone.deep)
    pen.oval(0.5, 0.08, 0.06, fill=tone.dark)
    pen.path(
        "M .5 .1 C .74 .1 .8 .3 .8 .5 C .8 .68 .86 .74 .95 .82 Q .96 .88 .9 .88 L .1 .88 Q .04 .88 .05 .82 C .14 .74 .2 .68 .2 .5 C .2 .3 .26 .1 .5 .1 Z",
        tone.main,
    )
    pen.path("M .62 .13 C .76 .18 .8 .34 .8 .5 C .8 .68 .86 .74 .95 .82 Q .96 .88 .9 .88 L .6 .88 C .72 .7 .72 .3 .62 .13 Z", tone.dark)
    pen.oval(0.36, 0.36, 0.05, 0.12, tone.light, turn=14)


@drawing("diamond gem|gem|jewel|crystal|宝石|钻石|水晶", "float", main="cyan", size=0.3, aspect=1.1)
def gem(pen: Pen, tone: Tone) -> None:
    """A cut stone."""
    pen.poly([(0.22, 0.08), (0.78, 0.08), (0.98, 0.36), (0.5, 0.95), (0.02, 0.36)], tone.main)
    pen.poly([(0.22, 0.08), (0.34, 0.36), (0.02, 0.36)], tone.light)
    pen.poly([(0.5, 0.08), (0.66, 0.36), (0.34, 0.36)], tone.pale)
    pen.poly([(0.78, 0.08), (0.98, 0.36), (0.66, 0.36)], tone.light)
    pen.poly([(0.66, 0.36), (0.98, 0.36), (0.5, 0.95)], tone.dark)
    pen.poly([(0.34, 0.36), (0.66, 0.36), (0.5, 0.95)], lighter(tone.main, 0.12))


@drawing("cube|block|dice|立方体|积木|骰子", "ground", "plain", main="teal", size=0.32)
def cube(pen: Pen, tone: Tone) -> None:
    """A cube seen from a corner."""
    pen.poly([(0.5, 0.03), (0.95, 0.27), (0.5, 0.52), (0.05, 0.27)], tone.light)
    pen.poly([(0.05, 0.27), (0.5, 0.52), (0.5, 0.99), (0.05, 0.74)], tone.main)
    pen.poly([(0.95, 0.27), (0.5, 0.52), (0.5, 0.99), (0.95, 0.74)], tone.dark)
