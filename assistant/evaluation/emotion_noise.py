"""Noise: what is done to words, a voice or a face to see how far a reading holds. The same damage on every machine."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from string import ascii_lowercase

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from retrieval.content import Content

BLUR = 0.06
"""Radius of the blur, as a part of the picture's width."""


def _random(key: str) -> np.random.Generator:
    return np.random.default_rng(int(hashlib.sha256(key.encode()).hexdigest()[:8], 16))


def shuffled(text: str, words: Sequence[str]) -> str:
    """The words in another order; `words` are those of all texts."""
    del words
    own = text.split()
    return " ".join(own[place] for place in _random(text).permutation(len(own)))


def thrown_together(text: str, words: Sequence[str]) -> str:
    """As many of `words`, those of all texts, by chance."""
    return " ".join(words[place] for place in _random(text).integers(len(words), size=len(text.split())))


def scrambled(text: str, words: Sequence[str]) -> str:
    """Letters by chance, in words as long as they were."""
    del words
    random = _random(text)
    return " ".join("".join(random.choice(list(ascii_lowercase), len(word))) for word in text.split())


def misread(text: str, words: Sequence[str]) -> str:
    """The text as it looks when its UTF-16 is read with the bytes of each letter swapped."""
    del words
    return text.encode("utf-16-le", "replace").decode("utf-16-be", "replace")


def noisy(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """A voice with white noise that is as loud as it is (0 dB)."""
    noise = _random(str(len(samples))).normal(size=len(samples)).astype(np.float32)
    loud = float(np.sqrt((samples**2).mean())) if len(samples) else 0.0
    mixed = samples + noise * loud
    return np.asarray(mixed / max(1.0, float(np.abs(mixed).max(initial=0.0))), np.float32)


def among_voices(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """A voice with a babble that is as loud as it is (0 dB): eight pieces of itself, moved, faster or slower, half of them backwards."""
    if not len(samples):
        return samples
    random, places = _random(f"babble {len(samples)}"), np.arange(len(samples))
    babble = np.zeros(len(samples), np.float32)
    for turn in range(8):
        piece = samples[((places * random.uniform(0.85, 1.2)).astype(int) + random.integers(len(samples))) % len(samples)]
        babble += piece[::-1] if turn % 2 else piece
    mixed = samples + babble * float(np.sqrt((samples**2).mean() / max(float((babble**2).mean()), 1e-12)))
    return np.asarray(mixed / max(1.0, float(np.abs(mixed).max(initial=0.0))), np.float32)


def hissing(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """White noise instead of the voice, as loud as it was."""
    noise = _random(str(len(samples))).normal(size=len(samples)).astype(np.float32)
    return np.asarray(noise * float(np.sqrt((samples**2).mean() if len(samples) else 0.0)), np.float32)


def blurred(picture: Content) -> Content:
    """A picture so blurred that little of an expression is left."""
    return _changed(picture, lambda image: image.filter(ImageFilter.GaussianBlur(max(2.0, BLUR * image.width))))


def covered(picture: Content) -> Content:
    """A picture whose lower half is hidden behind something plain, as behind a mask or a hand."""

    def hide(image: Image.Image) -> Image.Image:
        image.paste((96, 112, 128), (0, round(0.55 * image.height), image.width, image.height))
        return image

    return _changed(picture, hide)


def blackened(picture: Content) -> Content:
    """A black picture of the same size."""
    return _changed(picture, lambda image: Image.new("RGB", image.size))


def _changed(picture: Content, change: Callable[[Image.Image], Image.Image]) -> Content:
    with Image.open(io.BytesIO(picture.data)) as opened:
        image = change(opened.convert("RGB"))
    out = io.BytesIO()
    image.save(out, "PNG")
    return Content(modality="image", media_type="image/png", data=out.getvalue(), name=picture.name, width=image.width, height=image.height)
