"""Pixels: the classical changes of any picture. Knows no prompt and no store; each operation is a small function."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from retrieval.faults import InvalidInput
from tools.image_generators._instructions import Operation
from tools.image_generators._scenery import onto
from tools.phrasing import tell
from tools.shapes.paint import write
from tools.shapes.palette import TONES
from tools.subject import find_subject

Mask = NDArray[np.bool_]
MIN_SIDE, MAX_SIDE = 8, 4096
_SPECK, _PINHOLE = 0.015, 0.02
"""Parts smaller than the one share of the largest part go; holes smaller than the other share of the thing are filled."""


def apply(image: Image.Image, operation: Operation, mask: Mask | None, language: str = "en") -> Image.Image:
    """`image` (RGB or RGBA) with `operation` done, only where `mask` (h, w) is True when there is one.

    Raises InvalidInput, in `language`, when the operation needs a mask or something to work on, or the picture would be too large.
    """
    if operation.name in ("remove_text", "erase"):
        return _filled(image, mask, language)
    flat = image if image.mode == "RGB" else image.convert("RGB")
    if operation.name in ("resize", "upscale"):
        bounded(flat.size, operation, language)
    changed = _ABOUT[operation.name](flat, operation, _thing(flat, operation, mask, language)) if operation.name in _ABOUT else None
    changed = _DO[operation.name](flat, operation) if changed is None else changed
    if image.mode == "RGBA" and changed.mode == "RGB" and changed.size == image.size:
        changed = changed.convert("RGBA")
        changed.putalpha(image.getchannel("A"))
    if mask is not None and changed.size == image.size:
        white = Image.fromarray(mask.astype(np.uint8) * 255)
        cover = ImageChops.darker(white.filter(ImageFilter.GaussianBlur(1.5)), white)  # soft inside only: beyond it nothing is touched
        changed = Image.composite(changed.convert("RGBA"), image.convert("RGBA"), cover).convert(changed.mode)
    return changed


def _thing(image: Image.Image, operation: Operation, mask: Mask | None, language: str) -> Mask:
    """Where the main thing is: as it is found, or as the mask says it.

    What is to be recoloured lies inside the mask; what is to stay before another background lies outside of it.
    """
    found = find_subject(np.asarray(image)).mask
    if mask is not None:
        inside = found & mask
        found = ~mask if operation.name != "recolour" else inside if inside.sum() > mask.sum() / 5 else mask
    elif operation.name != "recolour":
        found = _tidied(found)
    if not found.any():
        raise InvalidInput(tell(language, "pixels.no_thing"), hint=tell(language, "pixels.no_thing_hint"), param="instruction")
    return found


def _tidied(thing: Mask) -> Mask:
    """Without the specks about the thing, and without the pinholes in it: both are mistakes of the cut more often than not."""
    import cv2

    result = thing.copy()
    for value, share in ((True, _SPECK), (False, _PINHOLE)):
        _, parts, found, _ = cv2.connectedComponentsWithStats((result == value).astype(np.uint8))
        areas = found[:, cv2.CC_STAT_AREA].astype(np.float64)
        areas[0] = 0  # what has the other value
        least = share * (areas.max() if value else result.sum())
        result[(areas[parts] < least) & (parts > 0)] = not value
    return result


def recolour(image: Image.Image, operation: Operation, thing: Mask) -> Image.Image:
    """The main thing in another colour, its light and shade kept."""
    import cv2

    pixels = np.asarray(image)
    target = np.asarray(TONES[operation.colour], np.float32)
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    middle = max(30.0, float(np.median(grey[thing])))
    painted = np.where(
        (grey <= middle)[..., None],
        target * (grey / middle)[..., None],
        255 - (255 - target) * ((255 - grey) / max(1.0, 255 - middle))[..., None],
    )
    saturation = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)[..., 1].astype(np.float32) / 255
    strength = np.clip(0.35 + saturation * 2.2, 0, 1) if float(saturation[thing].mean()) > 0.18 else np.ones_like(saturation)
    soft = cv2.GaussianBlur(thing.astype(np.float32), (0, 0), max(0.6, max(pixels.shape[:2]) / 500))
    weight = (soft * strength)[..., None]
    return Image.fromarray(np.clip(pixels * (1 - weight) + painted * weight, 0, 255).astype(np.uint8))


def tint(image: Image.Image, operation: Operation) -> Image.Image:
    """The whole picture in shades of one colour."""
    shade = ImageOps.colorize(ImageOps.grayscale(image), (18, 18, 26), (252, 252, 250), mid=TONES[operation.colour])
    return Image.blend(image, shade, 0.65)


def remove_background(image: Image.Image, operation: Operation, thing: Mask) -> Image.Image:
    """The main thing on nothing (transparent)."""
    cut = image.convert("RGBA")
    cut.putalpha(Image.fromarray(thing.astype(np.uint8) * 255).filter(ImageFilter.GaussianBlur(0.8)))
    return cut


def background(image: Image.Image, operation: Operation, thing: Mask) -> Image.Image:
    """The main thing before one colour."""
    plain = Image.new("RGBA", image.size, (*TONES[operation.colour], 255))
    return Image.alpha_composite(plain, remove_background(image, operation, thing)).convert("RGB")


def scene(image: Image.Image, operation: Operation, thing: Mask) -> Image.Image:
    """The main thing in a drawn place."""
    return onto(remove_background(image, operation, thing), operation.text)


def blur_background(image: Image.Image, operation: Operation, thing: Mask) -> Image.Image:
    """Everything but the main thing blurred."""
    cover = Image.fromarray(thing.astype(np.uint8) * 255).filter(ImageFilter.GaussianBlur(2))
    return Image.composite(image, image.filter(ImageFilter.GaussianBlur(max(image.size) / 60)), cover)


def caption(image: Image.Image, operation: Operation) -> Image.Image:
    """Words on a band below (or above) the picture; nothing of it is covered."""
    band = max(24, round(image.height * 0.14))
    grown = Image.new("RGB", (image.width, image.height + band), (250, 250, 250))
    strip = Image.new("RGB", (image.width, band), (250, 250, 250))
    write(strip, operation.text, 0, 1, alone=True, share=0.6)
    top = operation.place == "top"
    grown.paste(image, (0, band if top else 0))
    grown.paste(strip, (0, 0 if top else image.height))
    return grown


def crop(image: Image.Image, operation: Operation) -> Image.Image:
    """The middle square, or the half that was named."""
    w, h = image.size
    halves = {"left": (0, 0, w // 2, h), "right": (w // 2, 0, w, h), "top": (0, 0, w, h // 2), "bottom": (0, h // 2, w, h)}
    if operation.place in halves:
        return image.crop(halves[operation.place])
    side = min(w, h)
    return image.crop(((w - side) // 2, (h - side) // 2, (w - side) // 2 + side, (h - side) // 2 + side))


def enlarged_size(size: tuple[int, int], operation: Operation) -> tuple[int, int]:
    """Width and height after a `resize` or an `upscale`."""
    if operation.place:
        width, _, height = operation.place.partition("x")
        return int(width), int(height)
    return round(size[0] * operation.amount), round(size[1] * operation.amount)


def bounded(size: tuple[int, int], operation: Operation, language: str) -> tuple[int, int]:
    """Width and height after a `resize` or an `upscale`. Raises InvalidInput when a side would be out of range."""
    width, height = enlarged_size(size, operation)
    if not (MIN_SIDE <= width <= MAX_SIDE and MIN_SIDE <= height <= MAX_SIDE):
        raise InvalidInput(
            tell(language, "pixels.size", width=width, height=height),
            hint=tell(language, "pixels.size_hint", least=MIN_SIDE, most=MAX_SIDE), param="instruction", code="picture_size",
        )  # fmt: skip
    return width, height


def resize(image: Image.Image, operation: Operation) -> Image.Image:
    """Another size (Lanczos). No detail is added that was not there."""
    return image.resize(enlarged_size(image.size, operation), Image.Resampling.LANCZOS)


def upscale(image: Image.Image, operation: Operation) -> Image.Image:
    """Larger (Lanczos) and a little sharper."""
    return resize(image, operation).filter(ImageFilter.UnsharpMask(radius=1.6, percent=60, threshold=2))


def cartoon(image: Image.Image, operation: Operation) -> Image.Image:
    """Flat colours inside dark lines."""
    import cv2

    pixels = np.asarray(image)
    flat = cv2.bilateralFilter(pixels, 7, 60, 60)
    flat = (flat // 32 * 32 + 16).astype(np.uint8)
    edges = cv2.adaptiveThreshold(
        cv2.medianBlur(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), 5), 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 9, 4
    )
    return Image.fromarray(np.where(edges[..., None] == 0, flat // 3, flat).astype(np.uint8))


def sketch(image: Image.Image, operation: Operation) -> Image.Image:
    """A pencil drawing: grey divided by its blurred negative."""
    grey = np.asarray(ImageOps.grayscale(image)).astype(np.float32)
    blurred = np.asarray(ImageOps.invert(ImageOps.grayscale(image)).filter(ImageFilter.GaussianBlur(max(2, max(image.size) / 110)))).astype(
        np.float32
    )
    return Image.fromarray(np.clip(grey * 255 / np.maximum(255 - blurred, 1), 0, 255).astype(np.uint8)).convert("RGB")


def _filled(image: Image.Image, mask: Mask | None, language: str) -> Image.Image:
    """The masked part filled from its surroundings (Telea 2004)."""
    import cv2

    if mask is None or not mask.any():
        raise InvalidInput(tell(language, "pixels.no_mask"), hint=tell(language, "pixels.no_mask_hint"), param="mask", code="no_mask")
    grown = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8))
    filled = cv2.inpaint(np.ascontiguousarray(np.asarray(image.convert("RGB"))), grown, 4, cv2.INPAINT_TELEA)
    return Image.fromarray(filled)


def _temperature(image: Image.Image, shift: float) -> Image.Image:
    pixels = np.asarray(image).astype(np.float32) * np.asarray([1 + shift, 1.0, 1 - shift], np.float32)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _sepia(image: Image.Image, operation: Operation) -> Image.Image:
    return ImageOps.colorize(ImageOps.grayscale(image), (36, 22, 12), (255, 244, 216), mid=(158, 118, 78))


def _rotate(image: Image.Image, operation: Operation) -> Image.Image:
    return image.rotate(-operation.amount, Image.Resampling.BICUBIC, expand=True, fillcolor=(255, 255, 255))


def _pixelate(image: Image.Image, operation: Operation) -> Image.Image:
    cell = max(2, round(max(image.size) / 42))
    small = image.resize((max(1, image.width // cell), max(1, image.height // cell)), Image.Resampling.BOX)
    return small.resize(image.size, Image.Resampling.NEAREST)


def _border(image: Image.Image, operation: Operation) -> Image.Image:
    return ImageOps.expand(image, max(4, round(max(image.size) * 0.03)), TONES[operation.colour or "white"])


_ABOUT: dict[str, Callable[[Image.Image, Operation, Mask], Image.Image]] = {
    "recolour": recolour,
    "remove_background": remove_background,
    "background": background,
    "scene": scene,
    "blur_background": blur_background,
}
"""Operations about the main thing: they get its mask."""
_DO: dict[str, Callable[[Image.Image, Operation], Image.Image]] = {
    "tint": tint,
    "caption": caption,
    "crop": crop,
    "resize": resize,
    "upscale": upscale,
    "cartoon": cartoon,
    "sketch": sketch,
    "rotate": _rotate,
    "sepia": _sepia,
    "pixelate": _pixelate,
    "border": _border,
    "grayscale": lambda image, op: ImageOps.grayscale(image).convert("RGB"),
    "invert": lambda image, op: ImageOps.invert(image),
    "blur": lambda image, op: image.filter(ImageFilter.GaussianBlur(max(image.size) / 110 * op.amount)),
    "sharpen": lambda image, op: image.filter(ImageFilter.UnsharpMask(2, round(120 * op.amount), 2)),
    "brighter": lambda image, op: ImageEnhance.Brightness(image).enhance(1 + 0.3 * op.amount),
    "darker": lambda image, op: ImageEnhance.Brightness(image).enhance(1 / (1 + 0.45 * op.amount)),
    "contrast": lambda image, op: ImageEnhance.Contrast(image).enhance(1 + 0.4 * op.amount),
    "less_contrast": lambda image, op: ImageEnhance.Contrast(image).enhance(1 / (1 + 0.5 * op.amount)),
    "saturation": lambda image, op: ImageEnhance.Color(image).enhance(1 + 0.5 * op.amount),
    "less_saturation": lambda image, op: ImageEnhance.Color(image).enhance(1 / (1 + op.amount)),
    "flip": lambda image, op: ImageOps.mirror(image),
    "flip_vertical": lambda image, op: ImageOps.flip(image),
    "warmer": lambda image, op: _temperature(image, 0.1 * op.amount),
    "cooler": lambda image, op: _temperature(image, -0.1 * op.amount),
}
NAMES = frozenset({*_ABOUT, *_DO, "remove_text", "erase"})
"""Every operation that `apply` does."""
CUTS = frozenset({*_ABOUT})
"""Those whose result depends on how well the main thing was found."""
