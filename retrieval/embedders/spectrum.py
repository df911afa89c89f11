"""Sound embedder without a learned model: the timbre of a sound, how it changes and how it pulses.

Finds sounds that sound alike; it does not know words. Cepstra of a log-mel spectrum over the loud frames (mean, spread, change) with the
spectrum of the loudness contour, standardised by constants in `spectrum.json` (made by `training/spectrum_statistics.py`). Sources:
mel cepstra (Davis and Mermelstein 1980), modulation spectra (Greenberg and Kingsbury 1997).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.content import Content, Modality
from retrieval.decoding import Decoder
from retrieval.embedders.base import Embedder, Vectors
from retrieval.faults import UnsupportedType
from retrieval.items import ModelCard

RATE = 16_000
WINDOW, HOP, MELS, CEPSTRA = 512, 256, 40, 20
LONGEST = 60 * RATE
"""Samples that are looked at, from the start."""
LOUD = 7.0
"""Natural log of power below the loud frames at which a frame still counts as part of the sound."""
_BANDS = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256)
DIMENSION = 3 * CEPSTRA + len(_BANDS) - 1 + 3
CARD = ModelCard(
    name="spectrum descriptor", role="audio_embedder", kind="classical", source="retrieval/embedders/spectrum.py", revision="1",
    licence="Apache-2.0; constants measured on ESC-10 (CC BY 3.0)", modalities=("audio",), dimension=DIMENSION,
    scores={"esc10_10_classes_nearest_neighbour_across_folds": 0.816, "esc10_precision_at_5_across_folds": 0.724},
    limits="Compares timbre and rhythm only: it cannot tell what makes a sound and cannot be searched by words.",
)  # fmt: skip


@lru_cache(maxsize=1)
def _mel_bank() -> NDArray[np.float64]:
    """Triangular filters from 50 Hz to 8 kHz, shape (MELS, WINDOW // 2 + 1)."""
    low, high = (2595 * np.log10(1 + hertz / 700) for hertz in (50, RATE / 2))
    centres = 700 * (10 ** (np.linspace(low, high, MELS + 2) / 2595) - 1)
    bins = np.fft.rfftfreq(WINDOW, 1 / RATE)
    rising = (bins - centres[:-2, None]) / (centres[1:-1] - centres[:-2])[:, None]
    falling = (centres[2:, None] - bins) / (centres[2:] - centres[1:-1])[:, None]
    return np.clip(np.minimum(rising, falling), 0, None)


@lru_cache(maxsize=1)
def _cosines() -> NDArray[np.float64]:
    """Rows of the discrete cosine transform that turns log-mel into cepstra, shape (CEPSTRA, MELS)."""
    place = 2 * np.arange(MELS) + 1
    waves: NDArray[np.float64] = np.cos(np.pi * np.arange(CEPSTRA)[:, None] * place / (2 * MELS))
    return waves * float(np.sqrt(2 / MELS))


def features(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Raw features of mono samples at 16 kHz, shape (DIMENSION,): not standardised. Loudness does not matter, silence is defined."""
    sound = samples[:LONGEST].astype(np.float64)
    sound = np.pad(sound, (0, max(0, WINDOW + 8 * HOP - len(sound))))
    sound = sound / (np.abs(sound).max() + 1e-6)
    frames = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::HOP] * np.hanning(WINDOW)
    logmel = np.log(np.abs(np.fft.rfft(frames)) ** 2 @ _mel_bank().T + 1e-6)
    loudness, cepstra = logmel.mean(1), logmel @ _cosines().T
    loud = cepstra[loudness > np.percentile(loudness, 95) - LOUD]
    if not len(loud):
        loud = cepstra
    contour = loudness - loudness.mean()
    pulses = np.abs(np.fft.rfft(contour * np.hanning(len(contour)), max(512, len(contour))))
    bands = np.log([pulses[a:b].mean() + 1e-3 for a, b in pairwise(_BANDS)])
    shape = [loudness.max() - loudness.mean(), np.ptp(np.percentile(loudness, (5, 95))), 5 * (loudness > loudness.max() - 2).mean()]
    return np.concatenate([loud.mean(0), loud.std(0), np.diff(cepstra, axis=0).std(0), bands, shape])


@lru_cache(maxsize=1)
def _constants() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    recorded: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return np.array(recorded["mean"]), np.array(recorded["spread"])


def descriptor(samples: NDArray[np.float32]) -> Vectors:
    """Unit vector of mono samples at 16 kHz, shape (DIMENSION,)."""
    mean, spread = _constants()
    standard = np.clip((features(samples) - mean) / spread, -3, 3)
    return (standard / max(float(np.linalg.norm(standard)), 1e-9)).astype(np.float32)


class Spectrum:
    """Embeds sounds. Compressed sound is decoded in the limited worker of `decoder`, never in this process."""

    space = "spectrum-1"
    dimension = DIMENSION
    modalities: frozenset[Modality] = frozenset({"audio"})
    card = CARD

    def __init__(self, decoder: Decoder | None = None) -> None:
        self._given = decoder
        self._lock = threading.Lock()

    @cached_property
    def _own(self) -> Decoder:
        return Decoder(workers=1)

    def _decoder(self) -> Decoder:
        if self._given is not None:
            return self._given
        with self._lock:
            return self._own

    def embed(self, contents: Sequence[Content]) -> Vectors:
        """Unit vectors, shape (len(contents), DIMENSION). Raises UnsupportedType for content that is no sound, and what decoding raises."""
        if any(content.modality != "audio" for content in contents):
            raise UnsupportedType("Only sounds can be compared by their spectrum.", hint="Send a recording.")
        if not contents:
            return np.zeros((0, DIMENSION), np.float32)
        return np.stack([descriptor(self._decoder().pcm(content, RATE)) for content in contents])


def create(cache_dir: Path | None = None, decoder: Decoder | None = None) -> Embedder:
    """The embedder. Give it the service's decoder; without one it starts a worker of its own at the first sound."""
    return Spectrum(decoder)
