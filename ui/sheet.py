"""A sheet of numbered tiles: what was found or made, at one look. Knows pictures and words, no search and no request."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from ui.lettering import font, lines, shortened

WIDE, HIGH = 300, 300
"""Pixels of a tile without its caption."""
CAPTION, GAP = 54, 18
MOST = 100
"""Tiles on one sheet."""
PAPER, CARD, INK, SOFT, ACCENT = "#fdfcfa", "#f3f1ec", "#22252a", "#6b6a66", "#2f5d50"


@dataclass(frozen=True)
class Tile:
    """One thing on the sheet."""

    number: int
    title: str
    note: str = ""
    """Second line of the caption: a score, a page, a time."""
    picture: bytes = b""
    """Any format Pillow reads; none for a card of words."""
    text: str = ""
    """Words of the card."""


def face(tile: Tile, wide: int = WIDE, high: int = HIGH) -> Image.Image:
    """The tile without its caption, `wide` x `high` pixels: the picture whole, or a card of words, with the number in the corner."""
    image = Image.new("RGB", (wide, high), CARD)
    pen = ImageDraw.Draw(image)
    if tile.picture:
        with Image.open(io.BytesIO(tile.picture)) as source:
            shown = source.convert("RGBA")
        scale = min(wide / shown.width, high / shown.height)
        shown = shown.resize((max(1, round(shown.width * scale)), max(1, round(shown.height * scale))), Image.Resampling.LANCZOS)
        image.paste(shown, ((wide - shown.width) // 2, (high - shown.height) // 2), shown)
    else:
        _card(pen, tile.text or tile.title, wide, high)
    _number(pen, tile.number, round(high * 0.12))
    return image


def _card(pen: ImageDraw.ImageDraw, text: str, wide: int, high: int) -> None:
    size = max(11, round(high * 0.062))
    letters, edge = font(size, text), round(high * 0.08)
    top = edge + round(high * 0.1)
    rows = lines(text, letters, wide - 2 * edge, max(1, int((high - top - edge) / (size * 1.35))))
    for row, line in enumerate(rows):
        pen.text((edge, top + row * size * 1.35), line, font=letters, fill=INK)


def _number(pen: ImageDraw.ImageDraw, number: int, size: int) -> None:
    text, letters = str(number), font(round(size * 0.62))
    wide = max(float(size), letters.getlength(text) + size * 0.5)
    pen.rounded_rectangle((6, 6, 6 + wide, 6 + size), size / 2, fill=ACCENT, outline=PAPER, width=2)
    pen.text((6 + wide / 2, 6 + size / 2), text, font=letters, fill=PAPER, anchor="mm")


def png(image: Image.Image) -> bytes:
    """PNG of a picture."""
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def sheet(tiles: Sequence[Tile], heading: str = "", columns: int = 0) -> bytes:
    """PNG of all tiles in rows under a heading. `columns`: 0 chooses, up to five. Raises ValueError for no tile or more than MOST."""
    if not 0 < len(tiles) <= MOST:
        raise ValueError(f"{len(tiles)} tiles do not make a sheet of 1 to {MOST}.")
    across = columns or min(5, max(1, math.ceil(math.sqrt(len(tiles)))))
    down = math.ceil(len(tiles) / across)
    top = 64 if heading else GAP
    size = (across * (WIDE + GAP) + GAP, top + down * (HIGH + CAPTION + GAP))
    image = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(image)
    if heading:
        letters = font(26, heading)
        pen.text((GAP, 20), next(iter(lines(heading, letters, size[0] - 2 * GAP, 1)), ""), font=letters, fill=INK)
    for place, tile in enumerate(tiles):
        left, upper = GAP + place % across * (WIDE + GAP), top + place // across * (HIGH + CAPTION + GAP)
        image.paste(face(tile), (left, upper))
        pen.rectangle((left, upper, left + WIDE - 1, upper + HIGH - 1), outline="#e0dcd3")
        for row, (text, colour) in enumerate(((tile.title, INK), (tile.note, SOFT))):
            pen.text((left, upper + HIGH + 7 + row * 22), shortened(text, 36), font=font(16, text), fill=colour)
    return png(image)
