"""Dye: a drawing in another colour, its light and shade kept. Knows no model and no prompt."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tools.shapes.palette import RGB

Plane = NDArray[Any]

_CLEAR = 0.22
"""Saturation from which a pixel has a colour of its own."""
_DARK, _WHITE = 0.16, 0.9
"""Brightness below which a pixel is ink, above which it is paper; small parts of both stay, as eyes, tyres and windows do."""
_SMALL = 0.3


def dyed(sprite: Image.Image, colour: RGB) -> Image.Image:
    """`sprite` (RGBA) in `colour`."""
    pixels = (np.asarray(sprite, np.float32) / 255).astype(np.float32)
    rgb, alpha = pixels[..., :3], pixels[..., 3]
    light = rgb @ np.asarray((0.299, 0.587, 0.114), np.float32)
    saturation = (rgb.max(-1) - rgb.min(-1)) / np.maximum(rgb.max(-1), 1e-3)
    weight = _weight(light, saturation, alpha)
    inside = weight * alpha > 0.5
    middle = float(np.median(light[inside])) if inside.any() else 0.5
    painted = _shaded(light, max(0.15, min(0.9, middle)), np.asarray(colour, np.float32) / 255)
    mixed = rgb * (1 - weight[..., None]) + painted * weight[..., None]
    out = np.concatenate([mixed, alpha[..., None]], -1)
    return Image.fromarray(np.rint(np.clip(out, 0, 1) * 255).astype(np.uint8), "RGBA")


def _weight(light: Plane, saturation: Plane, alpha: Plane) -> Plane:
    """How much of each pixel takes the colour."""
    area = max(1.0, float(alpha.sum()))
    weight = np.ones_like(light)
    for part in (light < _DARK, (light > _WHITE) & (saturation < _CLEAR)):
        if float((part * alpha).sum()) / area < _SMALL:
            weight[part] = 0
    # soft edges between what keeps its colour and what takes the new one
    import cv2

    return np.asarray(cv2.GaussianBlur(weight, (0, 0), max(0.5, light.shape[0] / 300)), np.float32)


def _shaded(light: Plane, middle: float, target: Plane) -> Plane:
    """The target colour, darker where the drawing is darker than its middle and lighter where it is lighter, both less than there.

    What is to be white has faint shadows: deep ones would make it gray.
    """
    pale = float(target.min()) > 0.8
    shade = np.clip(light / middle, 0, 1) ** (0.3 if pale else 0.7)
    shine = np.clip((light - middle) / (1 - middle), 0, 1) * 0.55
    below = target * shade[..., None]
    result: Plane = np.where((light <= middle)[..., None], below, target + (1 - target) * shine[..., None])
    return result
