"""Noise: what is done to words, a voice or a face to see how far a reading holds. The same damage on every machine."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from retrieval.content import Content

BLUR = 0.06
"""Radius of the blur, as a part of the picture's width."""


def _random(key: str) -> np.random.Generator:
    return np.random.default_rng(int(hashlib.sha256(key.encode()).hexdigest()[:8], 16))


def shuffled(text: str) -> str:
    """The words in another order."""
    words = text.split()
    return " ".join(words[place] for place in _random(text).permutation(len(words)))


def noisy(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """A voice with white noise that is as loud as it is (0 dB)."""
    noise = _random(str(len(samples))).normal(size=len(samples)).astype(np.float32)
    loud = float(np.sqrt((samples**2).mean())) if len(samples) else 0.0
    mixed = samples + noise * loud
    return np.asarray(mixed / max(1.0, float(np.abs(mixed).max(initial=0.0))), np.float32)


def hissing(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """White noise instead of the voice, as loud as it was."""
    noise = _random(str(len(samples))).normal(size=len(samples)).astype(np.float32)
    return np.asarray(noise * float(np.sqrt((samples**2).mean() if len(samples) else 0.0)), np.float32)


def blurred(picture: Content) -> Content:
    """A picture so blurred that little of an expression is left."""
    return _changed(picture, lambda image: image.filter(ImageFilter.GaussianBlur(max(2.0, BLUR * image.width))))


def blackened(picture: Content) -> Content:
    """A black picture of the same size."""
    return _changed(picture, lambda image: Image.new("RGB", image.size))


def _changed(picture: Content, change: Callable[[Image.Image], Image.Image]) -> Content:
    with Image.open(io.BytesIO(picture.data)) as opened:
        image = change(opened.convert("RGB"))
    out = io.BytesIO()
    image.save(out, "PNG")
    return Content(modality="image", media_type="image/png", data=out.getvalue(), name=picture.name, width=image.width, height=image.height)
