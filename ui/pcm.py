"""PCM of any shape, piece by piece, becomes what a recogniser hears. Knows no file and no connection."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.transcribers.base import RATE
from retrieval.faults import InvalidInput

Samples = NDArray[np.float32]
_RATES = range(4000, 192_001)
_CHANNELS = range(1, 9)
_KINDS = {1: ("u1", 128.0, 128.0), 2: ("<i2", 0.0, 32768.0), 4: ("<i4", 0.0, 2147483648.0)}
"""Width in bytes -> numpy's name, the value of silence, and full scale; as WAV files have them."""


class Incoming:
    """One stream of sound. Keeps what is left of a frame and of the resampler, so that pieces may be cut anywhere."""

    def __init__(self) -> None:
        self._shape: tuple[int, int, int] | None = None
        self._rest = b""
        self._resampler: Any = None

    def feed(self, data: dict[str, Any], payload: bytes) -> Samples:
        """The piece as mono samples at RATE. Raises InvalidInput for a shape that is not read, or that changes on the way."""
        shape = _shape(data)
        if shape != self._shape:
            if self._shape is not None:
                raise InvalidInput("The sound changes its shape on the way.", hint="Begin again with audio-start.", param="rate")
            self._shape = shape
        rate, width, channels = shape
        payload = self._rest + payload
        whole = len(payload) // (width * channels) * width * channels
        self._rest = payload[whole:]
        name, middle, scale = _KINDS[width]
        values = np.frombuffer(payload[:whole], name).astype(np.float32).reshape(-1, channels).mean(axis=1)
        return self._resampled(((values - middle) / scale).astype(np.float32), rate)

    def _resampled(self, samples: Samples, rate: int) -> Samples:
        if rate == RATE or not len(samples):
            return samples
        import av

        if self._resampler is None:
            self._resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        frame = av.AudioFrame.from_ndarray(samples[None], format="flt", layout="mono")
        frame.rate, frame.pts = rate, None
        pieces = [piece.to_ndarray().ravel() for piece in self._resampler.resample(frame)]
        return np.concatenate(pieces).astype(np.float32) if pieces else np.zeros(0, np.float32)


def _shape(data: dict[str, Any]) -> tuple[int, int, int]:
    rate, width, channels = (data.get(key) for key in ("rate", "width", "channels"))
    if not (isinstance(rate, int) and isinstance(width, int) and isinstance(channels, int)) or not _readable(rate, width, channels):
        raise InvalidInput(
            f"Sound with rate {rate}, width {width} and channels {channels} is not read.", hint="Send 16-bit PCM, best at 16000 Hz, mono.",
            param="rate",
        )  # fmt: skip
    return rate, width, channels


def _readable(rate: int, width: int, channels: int) -> bool:
    return rate in _RATES and width in _KINDS and channels in _CHANNELS
