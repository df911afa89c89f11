"""Draws the sample pictures with Pillow: flat shapes, drawn at four times the size and scaled down. Knows no file names of other parts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIZE, SCALE = 512, 3
FONTS = "/usr/share/fonts/truetype/dejavu/"
Colour = str
Point = tuple[float, float]


def mix(colour: Colour, other: Colour, share: float) -> Colour:
    """`colour` with `share` (0 to 1) of `other` in it, as #rrggbb."""
    a = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    b = [int(other[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in zip(a, b, strict=True))


class Sheet:
    """A square sheet whose coordinates run from 0 to 100, whatever its size in pixels."""

    def __init__(self, top: Colour = "#f6f1e7", bottom: Colour = "#e6dccb") -> None:
        side = SIZE * SCALE
        self.unit = side / 100
        column = Image.new("RGB", (1, 64))
        for y in range(64):
            column.putpixel((0, y), tuple(int(mix(top, bottom, y / 63)[i : i + 2], 16) for i in (1, 3, 5)))
        self.image = column.resize((side, side), Image.Resampling.BICUBIC)
        self.draw = ImageDraw.Draw(self.image)

    def _scaled(self, points: Sequence[Point]) -> list[Point]:
        return [(x * self.unit, y * self.unit) for x, y in points]

    def polygon(self, points: Sequence[Point], fill: Colour) -> None:
        self.draw.polygon(self._scaled(points), fill=fill)

    def line(self, points: Sequence[Point], fill: Colour, width: float = 0.8) -> None:
        self.draw.line(self._scaled(points), fill=fill, width=max(1, round(width * self.unit)), joint="curve")

    def ellipse(self, left: float, top: float, right: float, bottom: float, fill: Colour) -> None:
        self.draw.ellipse((left * self.unit, top * self.unit, right * self.unit, bottom * self.unit), fill=fill)

    def box(self, left: float, top: float, right: float, bottom: float, fill: Colour, radius: float = 0) -> None:
        scaled = (left * self.unit, top * self.unit, right * self.unit, bottom * self.unit)
        self.draw.rounded_rectangle(scaled, radius=radius * self.unit, fill=fill)

    def arc(self, left: float, top: float, right: float, bottom: float, start: float, end: float, fill: Colour, width: float = 1.0) -> None:
        scaled = (left * self.unit, top * self.unit, right * self.unit, bottom * self.unit)
        self.draw.arc(scaled, start, end, fill=fill, width=round(width * self.unit))

    def text(
        self, x: float, y: float, words: str, size: float, fill: Colour, font: str = "DejaVuSans-Bold.ttf", anchor: str = "mm"
    ) -> None:
        face = ImageFont.truetype(FONTS + font, round(size * self.unit))
        self.draw.text((x * self.unit, y * self.unit), words, font=face, fill=fill, anchor=anchor)

    def shadow(self, left: float, top: float, right: float, bottom: float, strength: int = 70) -> None:
        mask = Image.new("L", self.image.size, 0)
        scaled = (left * self.unit, top * self.unit, right * self.unit, bottom * self.unit)
        ImageDraw.Draw(mask).ellipse(scaled, fill=strength)
        mask = mask.filter(ImageFilter.GaussianBlur(2 * self.unit))
        self.image.paste("#2a2016", (0, 0), mask)

    def save(self, path: Path) -> None:
        small = self.image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
        small.quantize(192, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)


def jacket(body: Colour, lining: Colour) -> Sheet:
    sheet = Sheet()
    dark, light = mix(body, "#000000", 0.22), mix(body, "#ffffff", 0.16)
    sheet.shadow(22, 86, 78, 94)
    sheet.polygon([(30, 27), (17, 38), (9, 72), (20, 77), (29, 52)], dark)
    sheet.polygon([(70, 27), (83, 38), (91, 72), (80, 77), (71, 52)], dark)
    sheet.polygon([(9.6, 69), (21.5, 74), (20, 78), (8.6, 73)], mix(body, "#000000", 0.45))
    sheet.polygon([(90.4, 69), (78.5, 74), (80, 78), (91.4, 73)], mix(body, "#000000", 0.45))
    sheet.polygon([(38, 20), (28, 27), (27, 88), (73, 88), (72, 27), (62, 20)], body)
    sheet.polygon([(50, 25), (62, 20), (72, 27), (73, 88), (50, 88)], mix(body, "#000000", 0.08))
    sheet.ellipse(36, 8, 64, 32, dark)
    sheet.ellipse(39.5, 11, 60.5, 31, lining)
    sheet.polygon([(37, 21), (43, 20), (50, 30), (50, 38)], light)
    sheet.polygon([(63, 21), (57, 20), (50, 30), (50, 38)], light)
    sheet.line([(50, 30), (50, 87)], "#3b342c", 0.9)
    sheet.box(48.9, 33, 51.1, 38, "#d9d2c5", 0.6)
    for x, turn in ((32, 1), (68, -1)):
        sheet.line([(x, 64), (x + 9 * turn, 60)], "#2c2620", 1.0)
    sheet.line([(27.6, 46), (50, 48), (72.4, 46)], mix(body, "#000000", 0.2), 0.5)
    sheet.box(58, 40, 66, 43.5, light, 0.8)
    sheet.text(62, 41.8, "GALE", 2.2, dark)
    sheet.box(27.2, 84, 72.8, 88, dark, 1)
    return sheet


def lamp() -> Sheet:
    sheet = Sheet("#2e3550", "#1c2033")
    glow = Image.new("L", sheet.image.size, 0)
    ImageDraw.Draw(glow).ellipse([v * sheet.unit for v in (14, 14, 86, 86)], fill=150)
    sheet.image.paste("#f7c95c", (0, 0), glow.filter(ImageFilter.GaussianBlur(9 * sheet.unit)))
    sheet.box(0, 86, 100, 100, "#5a3f2b")
    sheet.shadow(32, 83, 68, 91, 120)
    sheet.arc(36, 10, 64, 44, 180, 360, "#c9cbd1", 1.4)
    sheet.box(38, 26, 62, 33, "#3f7f6e", 2)
    sheet.box(36, 33, 64, 70, "#ffe9ab", 4)
    sheet.ellipse(43, 40, 57, 62, "#fff8df")
    sheet.polygon([(50, 42), (55, 53), (50, 60), (45, 53)], "#ffb52e")
    for x in (40, 50, 60):
        sheet.line([(x, 33), (x, 70)], "#3f7f6e", 0.7)
    sheet.box(33, 70, 67, 76, "#35705f", 2)
    sheet.box(36, 76, 64, 86, "#3f7f6e", 2)
    sheet.ellipse(47, 78, 53, 84, "#e7dcc6")
    return sheet


def sign() -> Sheet:
    sheet = Sheet("#cfe0ea", "#a9c2d1")
    sheet.box(47, 60, 53, 100, "#7c858c")
    sheet.shadow(18, 70, 84, 78, 60)
    sheet.box(12, 22, 88, 72, "#8f1d1d", 4)
    sheet.box(13.5, 23.5, 86.5, 70.5, "#c62828", 3.5)
    sheet.box(16, 26, 84, 68, "#fffaf2", 2.5)
    sheet.text(50, 40, "NO ENTRY", 11, "#b71c1c")
    sheet.line([(22, 49), (78, 49)], "#b71c1c", 0.9)
    sheet.text(50, 58, "Staff only", 8, "#2b2b2b")
    for x, y in ((19, 29), (81, 29), (19, 65), (81, 65)):
        sheet.ellipse(x - 1, y - 1, x + 1, y + 1, "#9aa0a6")
    return sheet


def receipt() -> Sheet:
    sheet = Sheet("#c8a982", "#a98a63")
    sheet.shadow(22, 86, 80, 97, 110)
    teeth = [(22 + i * 56 / 28, 94 if i % 2 else 91.5) for i in range(29)]
    sheet.polygon([(22, 5), (78, 5), *reversed(teeth)], "#fffdf7")
    mono = "DejaVuSansMono.ttf"
    sheet.text(50, 12, "GALE OUTDOOR", 5.4, "#222222")
    sheet.text(50, 18, "12 Harbour Street", 3.2, "#444444", mono)
    sheet.text(50, 22.5, "Receipt 20418   14 Oct 2026", 2.9, "#444444", mono)
    sheet.line([(26, 27), (74, 27)], "#888888", 0.3)
    rows = [("Ridge Jacket red", "189.00"), ("Wool socks 2 pairs", "24.00"), ("Camp lantern", "39.50"), ("Proofing spray", "12.90")]
    for index, (name, price) in enumerate(rows):
        sheet.text(26, 33 + index * 7, name, 3.0, "#222222", mono, "lm")
        sheet.text(74, 33 + index * 7, price, 3.0, "#222222", mono, "rm")
    sheet.line([(26, 60), (74, 60)], "#888888", 0.3)
    sheet.text(26, 66, "TOTAL EUR", 4.6, "#111111", anchor="lm")
    sheet.text(74, 66, "265.40", 4.6, "#111111", anchor="rm")
    sheet.text(26, 73, "Paid by card", 3.0, "#444444", mono, "lm")
    sheet.text(50, 81, "Keep for your warranty", 3.2, "#222222", mono)
    sheet.text(50, 86, "Thank you!", 3.2, "#222222", mono)
    return sheet


def shapes() -> Sheet:
    sheet = Sheet("#fbfbf9", "#f1f0ec")
    for x, y in ((25, 28), (72, 28), (27, 72), (74, 72)):
        sheet.shadow(x - 15, y + 12, x + 16, y + 19, 45)
    sheet.ellipse(10, 13, 40, 43, "#d7352f")
    sheet.box(57, 14, 86, 43, "#2f62c9", 1)
    sheet.polygon([(27, 56), (43, 86), (11, 86)], "#2f9e4f")
    points = []
    for corner in range(10):
        radius, angle = (17 if corner % 2 == 0 else 7), math.pi * (corner / 5 - 0.5)
        points.append((73 + radius * math.cos(angle), 72 + radius * math.sin(angle)))
    sheet.polygon(points, "#f2b705")
    return sheet


def dog() -> Sheet:
    sheet = Sheet("#cfe8f5", "#eaf5ee")
    fur, dark = "#a86a3a", "#7c4a26"
    sheet.ellipse(-20, 74, 120, 140, "#79b36a")
    sheet.shadow(22, 84, 80, 92)
    sheet.line([(74, 62), (84, 52), (88, 40)], fur, 5)
    sheet.ellipse(85, 36, 91, 43, fur)
    sheet.ellipse(32, 46, 78, 76, fur)
    for x, shade in ((36, dark), (44, fur), (62, dark), (70, fur)):
        sheet.box(x - 3.4, 66, x + 3.4, 89, shade, 3)
        sheet.ellipse(x - 5, 85, x + 4.4, 91, "#f3e4d2")
    sheet.ellipse(34, 58, 58, 77, "#e9cfb2")
    sheet.ellipse(16, 22, 50, 56, fur)
    sheet.ellipse(10, 38, 34, 55, "#e9cfb2")
    sheet.ellipse(8.5, 40, 16.5, 46.5, "#2b2019")
    sheet.ellipse(25, 32, 30.5, 38, "#2b2019")
    sheet.ellipse(27.6, 33, 29.4, 35, "#ffffff")
    sheet.arc(13, 40, 29, 52, 40, 140, "#5e3820", 0.8)
    sheet.polygon([(38, 24), (50, 26), (54, 50), (46, 55), (38, 42)], dark)
    sheet.line([(36, 55), (48, 51)], "#c62828", 3)
    sheet.ellipse(38, 54, 43, 59, "#f2c230")
    return sheet


def boat() -> Sheet:
    sheet = Sheet("#8fd0f0", "#e8f6fb")
    sheet.ellipse(74, 8, 90, 24, "#ffd54a")
    for x, y in ((14, 18), (20, 15), (27, 18), (52, 11), (58, 9), (64, 12)):
        sheet.ellipse(x - 6, y - 4, x + 6, y + 4, "#ffffff")
    sheet.box(0, 68, 100, 100, "#2b7fb8")
    sheet.box(48.6, 14, 50.6, 70, "#6b4a2e")
    sheet.polygon([(47, 17), (47, 62), (18, 62)], "#fffdf5")
    sheet.polygon([(52.5, 23), (52.5, 62), (78, 62)], "#e2483d")
    sheet.polygon([(50.6, 14), (60, 17), (50.6, 20)], "#f2b705")
    sheet.polygon([(16, 66), (84, 66), (74, 80), (26, 80)], "#8a4b2a")
    sheet.box(15, 64.5, 85, 68, "#b56a3f", 1)
    for x in (36, 48, 60):
        sheet.ellipse(x, 70, x + 4.5, 74.5, "#f3e4d2")
    for row, y in enumerate((80, 87, 94)):
        for x in range(-6, 106, 12):
            left = x + row * 4
            sheet.arc(left, y - 3, left + 12, y + 3, 20, 160, "#bfe3f5", 0.8)
    return sheet


def tent() -> Sheet:
    sheet = Sheet("#1e2b4f", "#4b5f8f")
    for x, y in ((12, 12), (28, 22), (44, 8), (63, 19), (90, 10), (81, 28), (18, 34)):
        sheet.ellipse(x - 0.6, y - 0.6, x + 0.6, y + 0.6, "#fff5cf")
    sheet.ellipse(70, 8, 82, 20, "#fdf3c8")
    sheet.polygon([(0, 72), (22, 38), (40, 62), (58, 42), (84, 66), (100, 52), (100, 80), (0, 80)], "#2f3d66")
    sheet.box(0, 74, 100, 100, "#3f6b45")
    sheet.shadow(10, 84, 90, 94, 110)
    sheet.polygon([(50, 34), (12, 86), (88, 86)], "#ef7d22")
    sheet.polygon([(50, 34), (70, 86), (88, 86)], "#c9601a")
    sheet.polygon([(48, 40), (34, 86), (62, 86)], "#ffd98a")
    sheet.polygon([(48, 40), (34, 86), (44, 86)], "#b55413")
    sheet.line([(50, 34), (50, 29)], "#d9d2c5", 0.8)
    sheet.line([(12, 86), (5, 90)], "#e9e2d0", 0.5)
    sheet.line([(88, 86), (95, 90)], "#e9e2d0", 0.5)
    return sheet


def backpack() -> Sheet:
    sheet = Sheet("#f7f3ea", "#e2dccd")
    teal, dark = "#1f8a8a", "#15605f"
    sheet.shadow(24, 86, 78, 95)
    sheet.arc(40, 6, 60, 28, 180, 360, "#3b342c", 1.8)
    sheet.box(20, 54, 32, 82, dark, 4)
    sheet.box(68, 54, 80, 82, dark, 4)
    sheet.box(26, 14, 74, 90, teal, 12)
    sheet.box(26, 14, 74, 38, mix(teal, "#ffffff", 0.12), 11)
    sheet.box(32, 52, 68, 84, mix(teal, "#000000", 0.15), 5)
    sheet.line([(36, 58), (64, 58)], "#e9d9a8", 1)
    sheet.line([(28, 38), (72, 38)], "#e9d9a8", 1)
    for x in (37, 63):
        sheet.box(x - 1.8, 30, x + 1.8, 46, "#3b342c", 1)
        sheet.box(x - 2.8, 40, x + 2.8, 45, "#c9a24a", 0.8)
    sheet.text(50, 71, "GALE", 5, "#e9f5f2")
    return sheet


def kettle() -> Sheet:
    sheet = Sheet("#f3ece2", "#d9cdbd")
    sheet.box(0, 82, 100, 100, "#8a6b4d")
    sheet.shadow(20, 80, 82, 90, 110)
    sheet.arc(30, 16, 70, 62, 180, 360, "#3a3a3a", 3)
    sheet.polygon([(70, 50), (90, 38), (93, 42), (74, 66)], "#b23a2f")
    sheet.polygon([(32, 44), (68, 44), (78, 76), (74, 84), (26, 84), (22, 76)], "#c9463a")
    sheet.polygon([(32, 44), (40, 44), (34, 84), (26, 84), (22, 76)], "#dc6659")
    sheet.ellipse(31, 39, 69, 49, "#a4362c")
    sheet.ellipse(46, 33, 54, 41, "#3a3a3a")
    for x in (88, 92, 96):
        sheet.arc(x - 5, 18, x + 1, 30, 90, 270, "#ffffff", 0.8)
    return sheet


PICTURES: dict[str, Callable[[], Sheet]] = {
    "red_jacket": lambda: jacket("#cf2a2a", "#efe3cf"),
    "blue_jacket": lambda: jacket("#2552a8", "#d9dde8"),
    "green_jacket": lambda: jacket("#2f7d46", "#e8e1c8"),
    "camp_lantern": lamp,
    "staff_only_sign": sign,
    "receipt": receipt,
    "shapes": shapes,
    "brown_dog": dog,
    "sailing_boat": boat,
    "orange_tent": tent,
    "teal_backpack": backpack,
    "red_kettle": kettle,
}


def make(folder: Path) -> list[Path]:
    """Draw every picture into `folder`; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, drawing in PICTURES.items():
        drawing().save(folder / f"{name}.png")
    return sorted(folder.glob("*.png"))
