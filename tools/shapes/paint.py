"""Paint: a plan becomes a picture, the same bytes for the same plan, size and seed. The one module that renders."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw, ImageFont

from retrieval.faults import Cancelled
from tools.shapes.layout import arrange
from tools.shapes.palette import INK, NAMES, RGB, SNOW, TONES, Tone, darker, turned
from tools.shapes.pen import Pen
from tools.shapes.prompt import Plan
from tools.shapes.scene import backdrop
from tools.shapes.spots import Spot
from tools.shapes.vocabulary import things

OVERSAMPLING = 4
_CHINESE_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "/usr/share/fonts/truetype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/System/Library/Fonts/PingFang.ttc", "C:/Windows/Fonts/msyh.ttc",
)  # fmt: skip


def render(
    plan: Plan, width: int, height: int, seed: int, progress: Callable[[float], None], cancel: threading.Event,
    sprites: Sequence[Image.Image | None] = (), *, loose: bool = False,
) -> bytes:  # fmt: skip
    """PNG of the plan. Raises Cancelled between two drawings when `cancel` is set. `loose` leaves more to chance, see `arrange`.

    `sprites` has one entry a group: its drawing by the trained model (RGBA), or None where it is drawn by hand.
    """
    rng = Random(f"shapes-{seed}")  # noqa: S311 - variation, not secrecy; a string seed is stable across versions
    size = (width * OVERSAMPLING, height * OVERSAMPLING)
    alone = bool(sprites) and all(sprites) and not (plan.scene or plan.time)
    scene = "plain" if alone else natural_scene(plan)
    colour = TONES.get(plan.background)
    image = backdrop(size, scene, plan.time, colour, rng)
    unit = size[1]
    floor = (0.76 if plan.texts else 0.87) if plan.groups else 0.5
    forms = {n: _form(sprite) for n, sprite in enumerate(sprites) if sprite is not None}
    spots = arrange(plan, width / height, rng, floor, forms, loose=loose)
    mirrored = 0.5 if loose else 0.3
    soft = scene not in ("space", "underwater", "sky")
    for n, spot in enumerate(spots):
        if cancel.is_set():
            raise Cancelled("Drawing was stopped.")
        sprite = sprites[spot.group] if sprites else None
        if sprite is None and soft and spot.shadow and spot.thing.place in ("ground", "float") and (spot.bottom > floor - 0.06):
            _shadow(image, spot, unit)
        tone = _tone(plan, spot, rng)
        if sprite is not None:
            _paste(image, sprite, spot, unit, mirror=rng.random() < mirrored and spot.thing.place != "float")
            progress((n + 1) / (len(spots) + 1))
            continue
        mirror = spot.thing.place in ("ground", "water", "sky") and spot.thing.head is None and rng.random() < mirrored
        pen = Pen(image, (spot.x * unit, spot.y * unit, spot.width * unit, spot.height * unit), mirror=mirror)
        if spot.thing.paint is not None:
            spot.thing.paint(pen, tone)
        progress((n + 1) / (len(spots) + 1))
    small = image.reduce(OVERSAMPLING)
    for n, text in enumerate(plan.texts):
        write(small, text, n, len(plan.texts), alone=not plan.groups)
    out = io.BytesIO()
    small.save(out, "PNG", optimize=False, compress_level=6)
    progress(1.0)
    return out.getvalue()


def natural_scene(plan: Plan) -> str:
    """The scene asked for, or the one that the things themselves suggest."""
    known = [things()[g.thing] for g in plan.groups]
    swimmers = {"fish", "whale", "turtle"}
    if plan.scene == "sea" and known and {t.name for t in known} <= swimmers and not plan.time:
        return "underwater"
    if plan.scene:
        return plan.scene
    if plan.time:
        return "sky" if known and all(t.place == "sky" for t in known) else "meadow"
    if any(t.name in ("rocket", "planet") for t in known) and not any(t.place == "ground" for t in known):
        return "space"
    if any(t.place == "water" and t.name in ("boat", "wave", "whale", "duck") for t in known):
        return "sea"
    if any(t.place == "water" for t in known):
        return "underwater" if all(t.place == "water" for t in known) else "sea"
    if any(t.name == "snowman" for t in known):
        return "snow"
    grounded = any(t.setting == "outdoor" and t.place in ("ground", "backdrop") for t in known)
    if grounded and not any(t.setting == "indoor" and t.place == "ground" for t in known):
        return "meadow"
    if any(t.setting == "indoor" for t in known) and (len(known) > 1 or known[0].place == "ground"):
        return "room"
    if known and all(t.place == "sky" and t.setting == "outdoor" for t in known):
        return "sky"
    return "plain"


def _tone(plan: Plan, spot: Spot, rng: Random) -> Tone:
    """The colours asked for; natural colours vary a little from one drawing to the next."""
    asked = plan.groups[spot.group].colours
    drift, gain = rng.uniform(-7, 7), rng.uniform(0.97, 1.03)
    main: RGB = TONES[asked[0]] if asked and asked[0] else spot.thing.main
    accent: RGB = TONES[asked[1]] if len(asked) > 1 and asked[1] else spot.thing.accent
    if not (asked and asked[0]) and spot.thing.place != "figure":
        main = turned(main, drift, gain)
    return Tone(main, accent)


def _form(sprite: Image.Image) -> float:
    """Width over height of what is drawn on a sprite."""
    left, top, right, bottom = sprite.getbbox() or (0, 0, 1, 1)
    return (right - left) / (bottom - top)


def _paste(image: Image.Image, sprite: Image.Image, spot: Spot, unit: int, *, mirror: bool) -> None:
    """A drawing by the trained model in its place, as large as fits, standing on the lower edge."""
    left, top, right, bottom = sprite.getbbox() or (0, 0, sprite.width, sprite.height)
    scale = min(spot.width * unit / (right - left), spot.height * unit / (bottom - top))
    size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    # colours are multiplied by opacity for the resampling: no dark or bright rim
    grown = sprite.crop((left, top, right, bottom)).convert("RGBa").resize(size, Image.Resampling.BICUBIC).convert("RGBA")
    if mirror:
        grown = grown.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    low = spot.thing.place in ("ground", "water") or spot.shadow
    x = (spot.x + spot.width / 2) * unit - size[0] / 2
    y = spot.bottom * unit - size[1] if low else (spot.y + spot.height / 2) * unit - size[1] / 2
    image.paste(grown, (round(x), round(y)), grown)


def _shadow(image: Image.Image, spot: Spot, unit: int) -> None:
    """A soft ellipse on the ground."""
    draw = ImageDraw.Draw(image, "RGBA")
    x, y = (spot.x + spot.width / 2) * unit, (spot.bottom - 0.004) * unit
    for n in range(8):
        rx, ry = spot.width * unit * (0.56 - n * 0.035), min(spot.width, 0.5) * unit * (0.075 - n * 0.006)
        draw.ellipse((x - rx, y - ry, x + rx, y + ry), fill=(30, 34, 66, 9))


@lru_cache
def chinese_font() -> str | None:
    """Path of a font with Chinese characters; None when this machine has none of the known ones."""
    return next((path for path in _CHINESE_FONTS if Path(path).is_file()), None)


def can_write(text: str) -> bool:
    """True when this machine has a font for every character of `text`."""
    return text.isascii() or all(ord(c) < 0x250 for c in text) or chinese_font() is not None


def _font(text: str, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    path = None if all(ord(c) < 0x250 for c in text) else chinese_font()
    return ImageFont.truetype(path, size) if path else ImageFont.load_default(size)


def write(image: Image.Image, text: str, n: int, count: int, *, alone: bool, share: float | None = None) -> None:
    """Words across the picture: in the middle when there is nothing else, below otherwise. `share` of its height is their size."""
    if not can_write(text):
        return
    size = max(10, round(image.height * (share or (0.17 if alone else 0.105)) / count**0.5))
    font = _font(text, size)
    draw = ImageDraw.Draw(image)
    box = draw.textbbox((0, 0), text, font=font)
    while box[2] - box[0] > image.width * 0.9 and size > 8:
        size = int(size * 0.9)
        font = _font(text, size)
        box = draw.textbbox((0, 0), text, font=font)
    middle = image.height * (0.5 if alone else 0.895) + (n - (count - 1) / 2) * size * 1.15
    x, y = (image.width - box[0] - box[2]) / 2, middle - (box[1] + box[3]) / 2
    under = image.crop(
        (int(image.width * 0.2), max(0, int(middle - size / 2)), int(image.width * 0.8), min(image.height, int(middle + size / 2)))
    )
    r, g, b = under.resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
    dark = 0.299 * r + 0.587 * g + 0.114 * b < 140
    draw.text(
        (x, y), text, font=font, fill=SNOW if dark else INK, stroke_width=max(1, size // 34), stroke_fill=darker(INK, 0.2) if dark else SNOW
    )


def palette_name(word: str) -> str | None:
    """The palette's name for a colour word, None when it is none."""
    return NAMES.get(word.strip().lower())
