"""Log-mel pictures of sound for the sound encoder: what it was trained on and what it is given at run time. Pure NumPy.

Each window is measured against its own loudest point, so that loudness does not matter. Silence is defined: everything at the floor.
Source: mel scale and triangular filters (Davis and Mermelstein 1980).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
WINDOW, HOP, MELS, FRAMES = 512, 320, 64, 128
SPAN = (FRAMES - 1) * HOP + WINDOW
"""Samples of one picture: 2.6 s."""
STRIDE = SPAN // 2
LONGEST = 60 * RATE
"""Samples that are looked at, from the start."""
FLOOR = -80.0
"""Decibels below the loudest point of a window at which everything is cut off."""
QUIET = 25.0
"""Decibels below the loudest window of a recording from which a window is left out: a bark is not averaged with the pause after it."""
_SILENT = 1e-10
MEAN, STD = -45.0, 20.0
METADATA = {
    "rate": str(RATE), "mels": str(MELS), "hop": str(HOP), "window": str(WINDOW), "frames": str(FRAMES), "mean": str(MEAN), "std": str(STD),
}  # fmt: skip
"""What the weights file says of its input."""


@lru_cache(maxsize=1)
def mel_bank() -> NDArray[np.float32]:
    """Triangular filters from 50 Hz to 8 kHz, each of the same area, shape (MELS, WINDOW // 2 + 1)."""
    low, high = (2595 * np.log10(1 + hertz / 700) for hertz in (50, RATE / 2))
    edges = 700 * (10 ** (np.linspace(low, high, MELS + 2) / 2595) - 1)
    # Narrow filters would fall between two bins: each is at least one bin wide to either side.
    apart = RATE / WINDOW
    bins = np.fft.rfftfreq(WINDOW, 1 / RATE)
    below, above = np.maximum(edges[1:-1] - edges[:-2], apart), np.maximum(edges[2:] - edges[1:-1], apart)
    away = bins - edges[1:-1, None]
    bank = np.clip(1 - np.where(away < 0, -away / below[:, None], away / above[:, None]), 0, None)
    return np.asarray(bank / bank.sum(1, keepdims=True), np.float32)


@lru_cache(maxsize=1)
def _taper() -> NDArray[np.float32]:
    return np.hanning(WINDOW).astype(np.float32)


def powers(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Power in each band of each frame of exactly SPAN samples, shape (MELS, FRAMES)."""
    frames = np.lib.stride_tricks.sliding_window_view(np.asarray(samples, np.float32), WINDOW)[::HOP] * _taper()
    spectrum = np.fft.rfft(frames)
    return mel_bank() @ np.asarray(spectrum.real**2 + spectrum.imag**2, np.float32).T


def decibels(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Decibels below the loudest point, FLOOR at least; all FLOOR when it is silent."""
    top = float(power.max())
    if top < _SILENT:
        return np.full(power.shape, FLOOR, np.float32)
    return np.asarray(10 * np.log10(np.maximum(power / top, 10 ** (FLOOR / 10))), np.float32)


def places(samples: NDArray[np.float32]) -> list[int]:
    """First samples of the windows that are looked at: half overlapping, without the quiet ones; at least one."""
    last = max(0, min(len(samples), LONGEST) - SPAN)
    starts = sorted({*range(0, last, STRIDE), last})
    level = np.array([np.square(samples[start : start + SPAN]).mean() if len(samples) else 0.0 for start in starts], np.float64)
    return [start for start, power in zip(starts, level, strict=True) if power >= level.max() * 10 ** (-QUIET / 10)]


def windows(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The encoder's input for a recording of any length, shape (windows, 1, MELS, FRAMES): after (decibels - MEAN) / STD."""
    sound = np.asarray(samples, np.float32).ravel()[:LONGEST]
    starts = places(sound)
    sound = np.pad(sound, (0, max(0, SPAN - len(sound))))
    seen = np.stack([decibels(powers(sound[start : start + SPAN])) for start in starts])
    return np.asarray((seen - MEAN) / STD, np.float32)[:, None]
