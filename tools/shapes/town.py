"""Drawings: buildings and vehicles."""

# ruff: noqa: E501 - a path is one string, however long

from __future__ import annotations

from tools.shapes.palette import GLASS, INK, SNOW, STEEL, WOOD, Tone, darker, lighter
from tools.shapes.pen import Pen
from tools.shapes.vocabulary import drawing


def _wheel(pen: Pen, x: float, y: float, rx: float, ry: float) -> None:
    """A tyre with its rim."""
    pen.oval(x, y, rx, ry, INK)
    pen.oval(x, y, rx * 0.55, ry * 0.55, STEEL)
    pen.oval(x, y, rx * 0.2, ry * 0.2, INK)


@drawing(
    "house|home|cottage|hut|房子|小屋|房屋|家|屋子", "ground", "outdoor", main=(246, 226, 190), accent="red", size=0.5, aspect=1.0, top=0.06
)
def house(pen: Pen, tone: Tone) -> None:
    """A roof, a chimney, a door and two windows."""
    pen.box(0.7, 0.08, 0.81, 0.36, darker(tone.accent, 0.3))
    pen.box(0.12, 0.42, 0.88, 1, tone.main)
    pen.box(0.12, 0.42, 0.88, 0.5, tone.dark, alpha=0.4)
    pen.poly([(0.5, 0.03), (0.99, 0.44), (0.95, 0.49), (0.05, 0.49), (0.01, 0.44)], tone.accent)
    pen.poly([(0.5, 0.03), (0.99, 0.44), (0.95, 0.49), (0.5, 0.49)], darker(tone.accent, 0.12))
    pen.box(0.41, 0.64, 0.59, 1, WOOD, r=0.03)
    pen.oval(0.55, 0.83, 0.016, fill=(250, 204, 72))
    for x in (0.27, 0.73):
        pen.box(x - 0.09, 0.59, x + 0.09, 0.78, SNOW, r=0.015)
        pen.box(x - 0.07, 0.61, x - 0.01, 0.68, GLASS)
        pen.box(x + 0.01, 0.61, x + 0.07, 0.68, GLASS)
        pen.box(x - 0.07, 0.7, x - 0.01, 0.76, GLASS)
        pen.box(x + 0.01, 0.7, x + 0.07, 0.76, GLASS)
    pen.oval(0.5, 0.31, 0.06, fill=GLASS)


@drawing("castle|palace|城堡|宫殿", "ground", "outdoor", main=(198, 194, 204), accent="purple", size=0.56, aspect=1.05)
def castle(pen: Pen, tone: Tone) -> None:
    """A gate between two towers."""
    pen.box(0.22, 0.46, 0.78, 1, tone.main)
    for n in range(5):
        pen.box(0.24 + n * 0.115, 0.4, 0.31 + n * 0.115, 0.48, tone.main)
    for x in (0.15, 0.85):
        pen.box(x - 0.13, 0.34, x + 0.13, 1, tone.dark)
        pen.box(x - 0.13, 0.34, x + 0.02, 1, tone.main)
        pen.poly([(x - 0.16, 0.35), (x + 0.16, 0.35), (x, 0.08)], tone.accent)
        pen.box(x - 0.035, 0.48, x + 0.035, 0.6, tone.deep, r=0.035)
    pen.box(0.4, 0.3, 0.6, 0.5, tone.dark)
    pen.poly([(0.36, 0.31), (0.64, 0.31), (0.5, 0.1)], darker(tone.accent, 0.15))
    pen.line([(0.5, 0.12), (0.5, 0.01)], 0.012, INK)
    pen.poly([(0.5, 0.01), (0.6, 0.04), (0.5, 0.07)], (226, 74, 69))
    pen.path("M .4 1 L .4 .74 C .4 .62 .6 .62 .6 .74 L .6 1 Z", WOOD)
    pen.line([(0.5, 0.66), (0.5, 0.99)], 0.01, darker(WOOD, 0.3))


@drawing(
    "building|skyscraper|tower|city|office|楼|大楼|高楼|摩天大楼|城市|塔",
    "ground",
    "outdoor",
    main=(122, 142, 178),
    accent="yellow",
    size=0.6,
    aspect=0.62,
)
def building(pen: Pen, tone: Tone) -> None:
    """A tall block with lit windows."""
    pen.box(0.08, 0.3, 0.5, 1, tone.dark)
    pen.box(0.34, 0.04, 0.94, 1, tone.main, r=0.02)
    for row in range(8):
        for col in range(3):
            lit = (row * 3 + col * 5) % 4 != 1
            x, y = 0.42 + col * 0.17, 0.1 + row * 0.095
            pen.box(x, y, x + 0.1, y + 0.055, lighter(tone.accent, 0.3) if lit else tone.deep)
    for row in range(6):
        pen.box(0.15, 0.37 + row * 0.095, 0.27, 0.42 + row * 0.095, lighter(tone.accent, 0.3) if row % 2 else tone.deep)
    pen.box(0.56, 0.88, 0.72, 1, tone.deep)


@drawing("bridge|桥|大桥", "backdrop", "outdoor", main="red", size=0.34, aspect=2.2)
def bridge(pen: Pen, tone: Tone) -> None:
    """Two towers with their cables."""
    for x in (0.26, 0.74):
        pen.box(x - 0.025, 0.04, x + 0.025, 1, tone.dark)
    pen.stroke("M 0 .5 Q .14 .3 .26 .08 Q .5 .92 .74 .08 Q .86 .3 1 .5", 0.04, tone.main)
    for n in range(1, 10):
        x = 0.26 + n * 0.048
        t = n / 10
        y = (1 - t) ** 2 * 0.08 + 2 * t * (1 - t) * 0.92 + t * t * 0.08
        pen.line([(x, y), (x, 0.68)], 0.015, tone.main)
    pen.box(0, 0.66, 1, 0.76, tone.main)


@drawing("car|automobile|taxi|小汽车|汽车|轿车|车|车子|出租车", "ground", "outdoor", main="red", size=0.26, aspect=2.0, top=0.08)
def car(pen: Pen, tone: Tone) -> None:
    """A small car driving to the right."""
    pen.path(
        "M .03 .78 Q .01 .56 .1 .5 L .22 .46 C .28 .22 .34 .08 .44 .08 L .62 .08 C .72 .08 .78 .26 .84 .46 C .94 .5 .99 .56 .98 .78 Q .98 .84 .94 .84 L .07 .84 Q .03 .84 .03 .78 Z",
        tone.main,
    )
    pen.path("M .03 .68 L .98 .68 L .98 .78 Q .98 .84 .94 .84 L .07 .84 Q .03 .84 .03 .78 Z", tone.dark)
    pen.path("M .28 .46 C .32 .28 .36 .18 .42 .18 L .5 .18 L .5 .46 Z", GLASS)
    pen.path("M .54 .46 L .54 .18 L .62 .18 C .68 .18 .73 .32 .77 .46 Z", GLASS)
    pen.poly([(0.36, 0.46), (0.44, 0.18), (0.47, 0.18), (0.41, 0.46)], SNOW, alpha=0.5)
    pen.box(0.52, 0.52, 0.58, 0.56, tone.deep, r=0.02)
    pen.oval(0.95, 0.58, 0.03, 0.06, (254, 232, 150))
    pen.oval(0.045, 0.58, 0.02, 0.05, (236, 110, 96))
    for x in (0.25, 0.77):
        _wheel(pen, x, 0.82, 0.095, 0.185)


@drawing("bus|school bus|公交车|公共汽车|巴士|校车|大巴", "ground", "outdoor", main="yellow", size=0.34, aspect=1.75)
def bus(pen: Pen, tone: Tone) -> None:
    """A bus driving to the right."""
    pen.box(0.02, 0.06, 0.98, 0.88, tone.main, r=0.09)
    pen.box(0.02, 0.62, 0.98, 0.7, tone.deep)
    for x in (0.08, 0.26, 0.44):
        pen.box(x, 0.18, x + 0.15, 0.5, GLASS, r=0.025)
    pen.box(0.64, 0.18, 0.77, 0.86, darker(GLASS, 0.15), r=0.02)
    pen.box(0.7, 0.18, 0.71, 0.86, tone.dark)
    pen.path("M .82 .18 L .93 .18 Q .98 .2 .98 .3 L .98 .54 L .82 .54 Z", GLASS)
    pen.oval(0.95, 0.77, 0.025, 0.045, (254, 240, 190))
    for x in (0.24, 0.84):
        _wheel(pen, x, 0.88, 0.075, 0.125)


@drawing("truck|lorry|卡车|货车", "ground", "outdoor", main="blue", accent="white", size=0.32, aspect=1.8)
def truck(pen: Pen, tone: Tone) -> None:
    """A truck driving to the right."""
    pen.box(0.02, 0.06, 0.64, 0.78, tone.accent, r=0.03)
    pen.box(0.02, 0.64, 0.64, 0.78, darker(tone.accent, 0.14), r=0.03)
    pen.path("M .67 .26 L .84 .26 Q .88 .26 .9 .32 L .97 .54 Q .99 .58 .99 .64 L .99 .8 L .67 .8 Z", tone.main)
    pen.path("M .72 .34 L .83 .34 L .91 .56 L .72 .56 Z", GLASS)
    pen.box(0.02, 0.76, 0.99, 0.86, tone.deep, r=0.02)
    pen.oval(0.97, 0.7, 0.018, 0.04, (254, 232, 150))
    for x in (0.16, 0.34, 0.82):
        _wheel(pen, x, 0.87, 0.072, 0.125)


@drawing("train|locomotive|subway|火车|列车|高铁|地铁", "ground", "outdoor", main="red", accent="yellow", size=0.3, aspect=2.2)
def train(pen: Pen, tone: Tone) -> None:
    """A steam engine with one coach, driving to the right."""
    pen.box(0.0, 0.94, 1.0, 0.98, (120, 112, 112))
    pen.box(0.02, 0.3, 0.42, 0.82, darker(tone.main, 0.15), r=0.03)
    pen.box(0.0, 0.24, 0.44, 0.34, tone.accent, r=0.03)
    for x in (0.07, 0.19, 0.31):
        pen.box(x, 0.42, x + 0.08, 0.6, GLASS, r=0.015)
    pen.box(0.41, 0.74, 0.5, 0.8, INK)
    pen.box(0.49, 0.14, 0.68, 0.82, tone.main, r=0.02)
    pen.box(0.47, 0.06, 0.7, 0.17, tone.accent, r=0.03)
    pen.box(0.53, 0.26, 0.64, 0.48, GLASS, r=0.015)
    pen.box(0.66, 0.42, 0.94, 0.8, tone.main, r=0.06)
    pen.path("M .82 .44 L .8 .12 L .92 .12 L .9 .44 Z", tone.deep)
    pen.oval(0.74, 0.42, 0.035, 0.07, tone.accent)
    pen.poly([(0.92, 0.7), (1.0, 0.92), (0.88, 0.92)], tone.deep)
    pen.oval(0.95, 0.58, 0.018, 0.04, (254, 232, 150))
    for x, rx, ry in ((0.11, 0.05, 0.11), (0.33, 0.05, 0.11), (0.58, 0.062, 0.137), (0.72, 0.05, 0.11), (0.84, 0.05, 0.11)):
        _wheel(pen, x, 0.94 - ry, rx, ry)


@drawing("bicycle|bike|cycle|自行车|单车|脚踏车", "ground", "outdoor", main="blue", size=0.32, aspect=1.55)
def bicycle(pen: Pen, tone: Tone) -> None:
    """A bicycle going to the right."""
    for x in (0.21, 0.79):
        pen.arc(x, 0.7, 0.16, 0, 360, 0.045, INK)
        for y in (0.57, 0.83):
            pen.line([(x, 0.7), (x + 0.1, y)], 0.012, STEEL)
            pen.line([(x, 0.7), (x - 0.1, y)], 0.012, STEEL)
        pen.oval(x, 0.7, 0.02, 0.03, STEEL)
    for points in (
        [(0.21, 0.7), (0.36, 0.34), (0.66, 0.34), (0.46, 0.7), (0.21, 0.7)],
        [(0.36, 0.34), (0.46, 0.7)],
        [(0.79, 0.7), (0.64, 0.22)],
    ):
        pen.line(points, 0.045, tone.main)
    pen.line([(0.36, 0.34), (0.34, 0.24)], 0.035, STEEL)
    pen.box(0.27, 0.18, 0.42, 0.25, INK, r=0.03)
    pen.stroke("M .64 .22 Q .68 .14 .76 .18", 0.04, INK)
    pen.oval(0.46, 0.7, 0.04, 0.06, STEEL)
    pen.line([(0.46, 0.7), (0.5, 0.84)], 0.025, INK)


@drawing("boat|sailboat|ship|yacht|船|帆船|小船|轮船", "water", "outdoor", main="brown", accent=(252, 248, 238), size=0.42, aspect=1.0)
def boat(pen: Pen, tone: Tone) -> None:
    """A sailing boat."""
    pen.line([(0.5, 0.04), (0.5, 0.74)], 0.028, WOOD)
    pen.path("M .54 .06 C .84 .26 .94 .46 .94 .62 L .54 .62 Z", tone.accent)
    pen.path("M .54 .06 C .64 .2 .68 .4 .68 .62 L .54 .62 Z", darker(tone.accent, 0.1))
    pen.path("M .46 .16 C .28 .34 .16 .48 .1 .62 L .46 .62 Z", (226, 74, 69))
    pen.path("M .02 .72 L .98 .72 C .94 .9 .84 .98 .74 .98 L .26 .98 C .16 .98 .06 .9 .02 .72 Z", tone.main)
    pen.path("M .05 .82 L .95 .82 C .9 .93 .82 .98 .74 .98 L .26 .98 C .18 .98 .1 .93 .05 .82 Z", tone.dark)
    pen.box(0.01, 0.69, 0.99, 0.75, tone.light, r=0.02)


@drawing("plane|airplane|aeroplane|aircraft|飞机", "sky", "outdoor", main=(240, 243, 248), accent="blue", size=0.24, aspect=1.8)
def plane(pen: Pen, tone: Tone) -> None:
    """Flying to the right."""
    pen.path("M .34 .42 L .5 .04 L .6 .04 L .56 .42 Z", darker(tone.accent, 0.2))
    pen.path("M .02 .1 L .12 .1 L .26 .44 L .08 .5 Z", tone.accent)
    pen.path(
        "M .06 .5 Q .05 .42 .14 .4 L .78 .36 C .92 .36 1 .46 .99 .54 C .98 .64 .86 .68 .74 .68 L .2 .66 C .12 .64 .07 .58 .06 .5 Z",
        tone.main,
    )
    pen.path("M .08 .57 L .99 .57 C .97 .65 .86 .68 .74 .68 L .2 .66 C .14 .64 .1 .61 .08 .57 Z", tone.dark)
    for n in range(5):
        pen.oval(0.34 + n * 0.09, 0.48, 0.022, 0.042, lighter(tone.accent, 0.2))
    pen.path("M .84 .4 C .9 .4 .94 .44 .95 .48 L .85 .48 Z", GLASS)
    pen.path("M .36 .58 L .62 .58 L .42 .97 L .3 .97 Z", tone.accent)


@drawing("helicopter|直升机", "sky", "outdoor", main="red", size=0.28, aspect=1.6)
def helicopter(pen: Pen, tone: Tone) -> None:
    """Flying to the right."""
    pen.path("M .02 .26 L .1 .26 L .16 .44 L .5 .46 L .5 .58 L .12 .54 Z", tone.dark)
    pen.line([(0.66, 0.28), (0.66, 0.12)], 0.04, STEEL)
    pen.box(0.3, 0.06, 1.0, 0.12, INK, r=0.03)
    pen.path(
        "M .42 .52 C .42 .32 .54 .26 .7 .26 C .88 .26 .99 .42 .98 .6 C .97 .72 .88 .78 .76 .78 L .56 .78 C .46 .78 .42 .68 .42 .52 Z",
        tone.main,
    )
    pen.path("M .74 .34 C .86 .34 .93 .46 .93 .56 L .74 .56 Z", GLASS)
    pen.box(0.52, 0.36, 0.68, 0.56, GLASS, r=0.03)
    for x in (0.56, 0.8):
        pen.line([(x, 0.78), (x, 0.92)], 0.03, INK)
    pen.stroke("M .44 .93 L .92 .93 Q .98 .93 .98 .86", 0.04, INK)
    pen.oval(0.06, 0.28, 0.045, 0.1, STEEL)


@drawing("rocket|spaceship|spacecraft|火箭|飞船|宇宙飞船", "sky", main=(240, 243, 248), accent="red", size=0.5, aspect=0.6)
def rocket(pen: Pen, tone: Tone) -> None:
    """Taking off."""
    pen.path("M .36 .78 L .64 .78 C .66 .88 .58 .94 .5 1 C .42 .94 .34 .88 .36 .78 Z", (243, 146, 55))
    pen.path("M .42 .78 L .58 .78 C .58 .85 .54 .89 .5 .92 C .46 .89 .42 .85 .42 .78 Z", (254, 224, 120))
    pen.path("M .3 .48 C .1 .56 .06 .7 .06 .82 L .34 .72 Z", tone.accent)
    pen.path("M .7 .48 C .9 .56 .94 .7 .94 .82 L .66 .72 Z", darker(tone.accent, 0.2))
    pen.path("M .5 .01 C .74 .16 .82 .42 .7 .78 L .3 .78 C .18 .42 .26 .16 .5 .01 Z", tone.main)
    pen.path("M .5 .01 C .74 .16 .82 .42 .7 .78 L .56 .78 C .66 .46 .64 .2 .5 .01 Z", tone.dark)
    pen.path("M .5 .01 C .6 .07 .67 .14 .71 .22 Q .5 .28 .29 .22 C .33 .14 .4 .07 .5 .01 Z", tone.accent)
    pen.oval(0.5, 0.42, 0.16, 0.098, (66, 92, 150))
    pen.oval(0.5, 0.42, 0.115, 0.07, GLASS)
    pen.box(0.3, 0.7, 0.7, 0.78, tone.deep, r=0.02)


@drawing("hot air balloon|热气球", "sky", "outdoor", main="red", accent="yellow", size=0.42, aspect=0.75)
def hot_air_balloon(pen: Pen, tone: Tone) -> None:
    """A striped balloon with its basket."""
    for x0, x1 in ((0.3, 0.42), (0.7, 0.58)):
        pen.line([(x0, 0.64), (x1, 0.86)], 0.014, WOOD)
    pen.path("M .5 .02 C .82 .02 1 .2 1 .38 C 1 .54 .76 .66 .66 .72 L .34 .72 C .24 .66 0 .54 0 .38 C 0 .2 .18 .02 .5 .02 Z", tone.main)
    pen.path(
        "M .5 .02 C .68 .1 .76 .24 .76 .38 C .76 .54 .66 .66 .6 .72 L .4 .72 C .34 .66 .24 .54 .24 .38 C .24 .24 .32 .1 .5 .02 Z",
        tone.accent,
    )
    pen.path(
        "M .5 .02 C .58 .14 .6 .26 .6 .38 C .6 .54 .56 .66 .54 .72 L .46 .72 C .44 .66 .4 .54 .4 .38 C .4 .26 .42 .14 .5 .02 Z", tone.main
    )
    pen.box(0.38, 0.84, 0.62, 0.99, WOOD, r=0.03)
    pen.box(0.36, 0.83, 0.64, 0.87, darker(WOOD, 0.25), r=0.02)


@drawing("traffic light|traffic lights|stoplight|红绿灯|交通灯", "ground", "outdoor", main="black", size=0.48, aspect=0.34)
def traffic_light(pen: Pen, tone: Tone) -> None:
    """Three lamps on a pole."""
    pen.box(0.42, 0.6, 0.58, 1, STEEL)
    pen.box(0.1, 0.01, 0.9, 0.7, tone.main, r=0.16)
    for y, fill in ((0.13, (226, 74, 69)), (0.355, (250, 204, 72)), (0.58, (88, 173, 92))):
        pen.oval(0.5, y, 0.26, 0.088, fill)


@drawing("sign|road sign|stop sign|路牌|标志|指示牌", "ground", "outdoor", main="red", accent="white", size=0.46, aspect=0.6)
def sign(pen: Pen, tone: Tone) -> None:
    """An octagonal board on a post."""
    pen.box(0.45, 0.5, 0.55, 1, STEEL)
    points = [(0.3, 0.02), (0.7, 0.02), (0.98, 0.19), (0.98, 0.43), (0.7, 0.6), (0.3, 0.6), (0.02, 0.43), (0.02, 0.19)]
    pen.poly([(0.5 + (x - 0.5) * 1.0, y) for x, y in points], tone.accent)
    pen.poly([(0.5 + (x - 0.5) * 0.9, 0.31 + (y - 0.31) * 0.9) for x, y in points], tone.main)
