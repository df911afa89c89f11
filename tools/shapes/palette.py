"""Colours: sixteen names in English and Chinese, one harmonious tone for each, and how to shade a tone.

Knows no drawing. A tone is one clear mid colour; drawings take their shadows and lights from it, so that everything in a picture
looks as if it came from the same paint box.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

RGB = tuple[int, int, int]
RGBA = tuple[int, int, int, int]

TONES: dict[str, RGB] = {
    "red": (226, 74, 69),
    "orange": (243, 146, 55),
    "yellow": (250, 204, 72),
    "green": (88, 173, 92),
    "blue": (66, 133, 210),
    "purple": (142, 99, 193),
    "pink": (241, 143, 173),
    "brown": (146, 100, 66),
    "black": (52, 55, 66),
    "white": (248, 248, 246),
    "gray": (150, 157, 168),
    "teal": (45, 166, 161),
    "cyan": (96, 196, 226),
    "gold": (222, 172, 55),
    "beige": (232, 212, 178),
    "navy": (44, 66, 120),
}
"""Name -> the tone painted for it."""

NAMES: dict[str, str] = {
    **{name: name for name in TONES},
    "grey": "gray", "silver": "gray", "violet": "purple", "lilac": "purple", "lavender": "purple", "magenta": "pink", "rose": "pink",
    "crimson": "red", "scarlet": "red", "maroon": "red", "turquoise": "teal", "aqua": "cyan", "golden": "gold", "tan": "beige",
    "cream": "beige", "indigo": "navy", "lime": "green", "olive": "green", "azure": "blue", "sky blue": "cyan", "light blue": "cyan",
    "dark blue": "navy", "dark green": "green", "light green": "green", "dark red": "red",
    "红": "red", "红色": "red", "大红": "red", "橙": "orange", "橙色": "orange", "橘色": "orange", "橘黄色": "orange", "黄": "yellow",
    "黄色": "yellow", "绿": "green", "绿色": "green", "蓝": "blue", "蓝色": "blue", "紫": "purple", "紫色": "purple",
    "粉": "pink", "粉色": "pink", "粉红": "pink", "粉红色": "pink", "棕": "brown", "棕色": "brown", "褐色": "brown", "咖啡色": "brown",
    "黑": "black", "黑色": "black", "白": "white", "白色": "white", "灰": "gray", "灰色": "gray", "银色": "gray", "青": "teal",
    "青色": "teal", "青绿色": "teal", "天蓝": "cyan", "天蓝色": "cyan", "浅蓝色": "cyan", "金": "gold", "金色": "gold", "米色": "beige",
    "深蓝": "navy", "深蓝色": "navy", "藏青色": "navy",
}  # fmt: skip
"""Every way a person may say a colour -> its name in TONES."""


def mix(a: RGB, b: RGB, share: float) -> RGB:
    """`a` moved towards `b` by `share`, 0 to 1."""
    return (round(a[0] + (b[0] - a[0]) * share), round(a[1] + (b[1] - a[1]) * share), round(a[2] + (b[2] - a[2]) * share))


def darker(colour: RGB, share: float = 0.2) -> RGB:
    """A shadow of `colour`: greys and whites turn cool, clear colours keep their hue and grow a little redder."""
    r, g, b = colour
    cool = mix(colour, (28, 30, 58), share)
    warm = (round(r * (1 - 0.78 * share)), round(g * (1 - share)), round(b * (1 - 0.85 * share)))
    clear = (max(colour) - min(colour)) / max(1, *colour)
    return mix(cool, warm, min(1.0, clear * 1.4))


def lighter(colour: RGB, share: float = 0.25) -> RGB:
    """A light on `colour`: lighter and a little warm."""
    return mix(colour, (255, 252, 240), share)


def turned(colour: RGB, degrees: float, gain: float = 1.0) -> RGB:
    """`colour` with its hue turned by `degrees` and its value scaled by `gain`: the small differences between two drawings."""
    h, s, v = colorsys.rgb_to_hsv(*(c / 255 for c in colour))
    r, g, b = colorsys.hsv_to_rgb((h + degrees / 360) % 1, s, min(1.0, v * gain))
    return round(r * 255), round(g * 255), round(b * 255)


@dataclass(frozen=True)
class Tone:
    """The colours one drawing uses."""

    main: RGB
    """Asked for, or natural to the thing."""
    accent: RGB
    """Second colour asked for, or one that goes with the thing."""

    @property
    def dark(self) -> RGB:
        """Shaded side of the main colour."""
        return darker(self.main, 0.22)

    @property
    def deep(self) -> RGB:
        """Lines and dark details in the family of the main colour."""
        return darker(self.main, 0.5)

    @property
    def light(self) -> RGB:
        """Lit side of the main colour."""
        return lighter(self.main, 0.3)

    @property
    def pale(self) -> RGB:
        """A belly, an inner ear: nearly white with a breath of the main colour."""
        return lighter(self.main, 0.68)


INK: RGB = (52, 50, 66)
"""Eyes, tyres and other near-blacks."""
SNOW: RGB = (250, 251, 252)
SKIN: RGB = (243, 200, 168)
WOOD: RGB = (158, 111, 74)
LEAF: RGB = (98, 168, 88)
GLASS: RGB = (174, 217, 238)
STEEL: RGB = (168, 177, 190)
