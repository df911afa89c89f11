"""A sound as a picture: its loudness over time, a stretch of it in another colour. Knows samples, no file."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

WIDTH, HEIGHT = 320, 180
BARS = 64
PAPER, QUIET, LOUD = "#f3f1ec", "#9fb3ab", "#2f5d50"


def waveform(samples: NDArray[np.float32], seconds: float, span: tuple[float, float] | None = None) -> bytes:
    """PNG of WIDTH x HEIGHT: a bar for each 64th of `samples`, which last `seconds`; those within `span` (s) stand out."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(image)
    edges = np.linspace(0, len(samples), BARS + 1).astype(int)
    loud = np.array([float(np.sqrt(np.mean(samples[a:b] ** 2))) if b > a else 0.0 for a, b in pairwise(edges)])
    heights = np.sqrt(loud / max(float(loud.max(initial=0.0)), 1e-6))  # as ears judge, so that quiet parts are seen too
    wide = (WIDTH - 24) / BARS
    for bar, height in enumerate(heights):
        middle = (bar + 0.5) / BARS * seconds
        within = span is None or span[0] >= span[1] or span[0] <= middle <= span[1]
        left, half = 12 + bar * wide, max(2.0, float(height) * (HEIGHT - 48) / 2)
        pen.rounded_rectangle((left + 0.8, HEIGHT / 2 - half, left + wide - 0.8, HEIGHT / 2 + half), 1.5, fill=LOUD if within else QUIET)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
