"""Letters on pictures that are drawn here: a font that has the characters, and words cut to what fits. Knows no picture."""

from __future__ import annotations

from functools import lru_cache

from PIL import ImageFont

from tools.shapes.paint import chinese_font

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@lru_cache(maxsize=32)
def _font(path: str, size: int) -> Font:
    return ImageFont.truetype(path, size) if path else ImageFont.load_default(size)


def font(size: int, text: str = "") -> Font:
    """A font of `size` pixels for `text`; Chinese characters are boxes where this machine has no font for them."""
    latin = all(ord(letter) < 0x250 for letter in text)
    return _font("" if latin else chinese_font() or "", size)


def shortened(text: str, length: int) -> str:
    """One line of at most `length` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def lines(text: str, letters: Font, width: float, most: int) -> list[str]:
    """`text` in at most `most` lines of at most `width` pixels, broken between words, or between characters where there is no blank."""
    found: list[str] = []
    line = ""
    for piece in _pieces(text):
        if letters.getlength((line + piece).rstrip()) <= width or not line:
            line += piece
            continue
        found.append(line.strip())
        line = piece.lstrip()
        if len(found) == most:
            break
    if len(found) < most and line.strip():
        found.append(line.strip())
    elif found and line.strip():
        found[-1] = found[-1].rstrip(" .,;，。；")[: max(1, len(found[-1]) - 1)] + "…"
    return found


def _pieces(text: str) -> list[str]:
    """Words with the blank behind them; Chinese characters and the parts of very long words one by one."""
    found: list[str] = []
    for word in text.split():
        if len(word) > 18 or any(ord(letter) >= 0x2E80 for letter in word):
            found += [*word[:-1], f"{word[-1]} "]
        else:
            found.append(f"{word} ")
    return found
