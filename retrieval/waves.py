"""WAV files of 16-bit mono sound. Knows no other format, and reads none."""

from __future__ import annotations

import io
import wave

import numpy as np
from numpy.typing import NDArray

from retrieval.content import Content


def wav(values: NDArray[np.floating], rate: int) -> bytes:
    """A WAV file of samples in -1 to 1; what is louder is cut."""
    return of_pcm((np.clip(values, -1, 1) * 32767).astype("<i2").tobytes(), rate)


def of_pcm(pcm: bytes, rate: int) -> bytes:
    """A WAV file of 16-bit little-endian samples."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm)
    return out.getvalue()


def recording(pcm: bytes, rate: int, name: str) -> Content:
    """16-bit little-endian samples as a sound."""
    return Content(modality="audio", media_type="audio/wav", data=of_pcm(pcm, rate), name=name, seconds=len(pcm) / 2 / rate)
