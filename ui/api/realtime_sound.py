"""Sound of `/v1/realtime` on its way in and out: 16-bit PCM at 24 or 16 kHz, and the telephone's mu-law and A-law. Knows no event.

The converters keep their state from piece to piece, so that a stream cut anywhere sounds like the whole.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from retrieval.faults import InvalidInput
from ui.api.words import refuse

HEARD_RATE = 16_000
"""Samples per second that the live session hears."""
SPOKEN_RATE = 24_000
"""Samples per second that it speaks."""
Kind = Literal["audio/pcm", "audio/pcmu", "audio/pcma"]


@dataclass(frozen=True)
class Format:
    """How sound is written on the wire; G.711 is always 8 kHz and one byte a sample."""

    kind: Kind = "audio/pcm"
    rate: int = SPOKEN_RATE

    @property
    def width(self) -> int:
        """Bytes of a sample."""
        return 2 if self.kind == "audio/pcm" else 1

    def ms(self, size: int) -> float:
        """Milliseconds of so many bytes."""
        return size / self.width / self.rate * 1000

    def shape(self) -> dict[str, Any]:
        """As the session object shows it."""
        return {"type": self.kind, "rate": self.rate} if self.kind == "audio/pcm" else {"type": self.kind}


class Resampler:
    """One direction of mono 16-bit sound. Its filter holds back about a millisecond."""

    def __init__(self, source: int, target: int) -> None:
        import av

        self._source, self._same = source, source == target
        self._inner = av.AudioResampler(format="s16", layout="mono", rate=target)

    def __call__(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        """The next samples at the other rate."""
        if self._same or not len(samples):
            return samples
        import av

        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples)[None], format="s16", layout="mono")
        frame.rate, frame.pts = self._source, None
        pieces = [out.to_ndarray()[0] for out in self._inner.resample(frame)]
        return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)


class SoundIn:
    """Base64 of the client becomes what the live session hears."""

    def __init__(self, form: Format) -> None:
        self.format = form
        self._resample = Resampler(form.rate, HEARD_RATE)

    def bytes_of(self, text: Any) -> bytes:
        """The bytes. Raises InvalidInput for bad base64 and for half a sample, before anything is heard."""
        if not isinstance(text, str):
            raise refuse(InvalidInput, "base64", param="audio", field="audio", code="invalid_audio")
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise refuse(InvalidInput, "base64", param="audio", field="audio", code="invalid_audio") from error
        if len(data) % self.format.width:
            raise refuse(InvalidInput, "realtime_half_sample", param="audio", code="invalid_audio", size=len(data))
        return data

    def heard(self, data: bytes) -> NDArray[np.float32]:
        """Mono samples at 16 kHz, -1 to 1."""
        samples = self._resample(_decode(data, self.format.kind))
        return samples.astype(np.float32) / np.float32(32768)


class SoundOut:
    """What the live session speaks becomes bytes for the client."""

    def __init__(self, form: Format) -> None:
        self.format = form
        self._resample = Resampler(SPOKEN_RATE, form.rate)

    def __call__(self, pcm: bytes) -> bytes:
        """The next bytes, of 16-bit mono at 24 kHz."""
        samples = self._resample(np.frombuffer(pcm, "<i2"))
        return samples.astype("<i2").tobytes() if self.format.kind == "audio/pcm" else _table(self.format.kind)[1][samples >> 3].tobytes()


def _decode(data: bytes, kind: Kind) -> NDArray[np.int16]:
    if kind == "audio/pcm":
        return np.frombuffer(data, "<i2").astype(np.int16)
    return np.asarray(_table(kind)[0][np.frombuffer(data, np.uint8)])


@lru_cache
def _table(kind: Kind) -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
    """(sample of each byte, byte of each sample / 8) by ITU-T G.711; negative samples use numpy's indexing from the end."""
    codes = np.arange(256)
    if kind == "audio/pcmu":
        turned = ~codes & 0xFF
        size = ((((turned & 0x0F) << 3) + 0x84) << ((turned & 0x70) >> 4)) - 0x84
        values = np.where(turned & 0x80, -size, size)
    else:
        turned = codes ^ 0x55
        low, segment = (turned & 0x0F) << 4, (turned & 0x70) >> 4
        size = np.where(segment == 0, low + 8, (low + 0x108) << np.maximum(segment - 1, 0))
        values = np.where(turned & 0x80, size, -size)
    order = np.argsort(values, kind="stable")
    samples = np.concatenate([np.arange(4096), np.arange(-4096, 0)]) * 8 + 4
    places = np.searchsorted((values[order][1:] + values[order][:-1]) / 2, samples)
    return values.astype(np.int16), codes[order][places].astype(np.uint8)
