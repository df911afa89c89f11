"""Drawings: plain figures. Flat on purpose, so that a question about a shape or a colour has one answer."""

from __future__ import annotations

from tools.shapes.palette import Tone, lighter
from tools.shapes.pen import Pen, star
from tools.shapes.vocabulary import drawing


@drawing("circle|disc|dot|圆|圆形|圆圈", "figure", main="blue", size=0.4)
def circle(pen: Pen, tone: Tone) -> None:
    """A disc."""
    pen.oval(0.5, 0.5, 0.48, fill=tone.main)


@drawing("square|正方形|方块|方形", "figure", main="teal", size=0.38)
def square(pen: Pen, tone: Tone) -> None:
    """A square."""
    pen.box(0.06, 0.06, 0.94, 0.94, tone.main, r=0.04)


@drawing("rectangle|长方形|矩形", "figure", main="green", size=0.28, aspect=1.6)
def rectangle(pen: Pen, tone: Tone) -> None:
    """A rectangle."""
    pen.box(0.03, 0.04, 0.97, 0.96, tone.main, r=0.03)


@drawing("triangle|三角形|三角", "figure", main="orange", size=0.4, aspect=1.1)
def triangle(pen: Pen, tone: Tone) -> None:
    """A triangle on its base."""
    pen.poly([(0.5, 0.05), (0.97, 0.93), (0.03, 0.93)], tone.main)


@drawing("hexagon|六边形", "figure", main="purple", size=0.4)
def hexagon(pen: Pen, tone: Tone) -> None:
    """A regular hexagon."""
    pen.poly([(0.27, 0.1), (0.73, 0.1), (0.96, 0.5), (0.73, 0.9), (0.27, 0.9), (0.04, 0.5)], tone.main)


@drawing("pentagon|五边形", "figure", main="pink", size=0.4)
def pentagon(pen: Pen, tone: Tone) -> None:
    """A regular pentagon."""
    pen.poly([(0.5, 0.04), (0.96, 0.38), (0.78, 0.94), (0.22, 0.94), (0.04, 0.38)], tone.main)


@drawing("diamond|rhombus|菱形", "figure", main="cyan", size=0.4, aspect=0.8)
def diamond(pen: Pen, tone: Tone) -> None:
    """A rhombus on its tip."""
    pen.poly([(0.5, 0.03), (0.96, 0.5), (0.5, 0.97), (0.04, 0.5)], tone.main)


@drawing("oval|ellipse|椭圆|椭圆形", "figure", main="pink", size=0.28, aspect=1.5)
def oval(pen: Pen, tone: Tone) -> None:
    """An ellipse."""
    pen.oval(0.5, 0.5, 0.48, 0.46, tone.main)


@drawing("cross|plus sign|plus|十字|加号", "figure", main="red", size=0.38)
def cross(pen: Pen, tone: Tone) -> None:
    """A Greek cross."""
    pen.box(0.36, 0.06, 0.64, 0.94, tone.main, r=0.05)
    pen.box(0.06, 0.36, 0.94, 0.64, tone.main, r=0.05)


@drawing("ring|环|圆环", "figure", main="gold", size=0.4)
def ring(pen: Pen, tone: Tone) -> None:
    """A ring."""
    pen.arc(0.5, 0.5, 0.38, 0, 360, 0.17, tone.main)


@drawing("arrow|箭头", "figure", main="blue", size=0.3, aspect=1.5)
def arrow(pen: Pen, tone: Tone) -> None:
    """An arrow to the right."""
    pen.path("M .04 .36 L .56 .36 L .56 .1 L .97 .5 L .56 .9 L .56 .64 L .04 .64 Z", tone.main)


@drawing("heart|love heart|心|爱心|心形", "figure", main="red", size=0.4)
def heart(pen: Pen, tone: Tone) -> None:
    """A heart with one light."""
    pen.path("M .5 .93 C .1 .65 .02 .45 .04 .3 C .07 .06 .38 .02 .5 .25 C .62 .02 .93 .06 .96 .3 C .98 .45 .9 .65 .5 .93 Z", tone.main)
    pen.path("M .15 .33 C .15 .22 .22 .15 .3 .15 C .24 .2 .2 .26 .19 .36 C .18 .39 .15 .38 .15 .33 Z", tone.light)


@drawing("star|星星|星|五角星|星形", "sky", main="yellow", size=0.3)
def star_(pen: Pen, tone: Tone) -> None:
    """A five-pointed star."""
    pen.poly(star(0.5, 0.53, 0.5, 0.225), tone.main)
    pen.poly(star(0.5, 0.53, 0.3, 0.135), lighter(tone.main, 0.22))
