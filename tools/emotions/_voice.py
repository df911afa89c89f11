"""Measures of a voice: pitch, its movement, loudness range, pace and how bright the sound is. Knows no emotion and no words."""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.content import Content
from retrieval.faults import Unreadable
from tools.phrasing import tell

RATE = 16_000
_FRAME, _HOP = 640, 160
_LOW, _HIGH = 65.0, 450.0
"""Hertz between which a speaking voice lies."""
_TOP = 3700.0
"""Hertz above which nothing is measured, so that a telephone's 8 kHz reads like any other recording."""
_CLEAR = 0.5
"""Height of the autocorrelation's peak from which a frame is voiced."""


@dataclass(frozen=True)
class Voice:
    """Measures of a stretch of voice. None of them depends on how loud the recording is."""

    seconds: float
    voiced: float
    """Share of frames with a pitch."""
    pitch: float
    """Median, Hertz."""
    high: float
    """Eightieth percentile of the pitch, semitones above 100 Hz."""
    spread: float
    """Spread of the pitch, semitones (tenth to ninetieth percentile)."""
    movement: float
    """Mean step of the smoothed pitch, semitones a frame of 10 ms; leaps are left out."""
    dynamics: float
    """Loudness range of the voiced frames, dB."""
    pace: float
    """Syllable-like peaks a second."""
    alpha: float
    """Energy above 1 kHz against below, mean over voiced frames, dB: an effortful voice is brighter (alpha ratio)."""
    hammarberg: float
    """Strongest partial above 2 kHz against the strongest below, mean over voiced frames, dB (Hammarberg index, turned)."""
    flux: float
    """How much the spectrum changes from frame to frame, whatever its loudness, times 100."""
    above_noise: float
    """Loud frames above the quietest, dB."""

    @property
    def semitones(self) -> float:
        """Median pitch, semitones above 100 Hz."""
        return float(12 * np.log2(self.pitch / 100.0))


def measure(samples: NDArray[np.float32]) -> Voice | None:
    """The measures of mono samples at RATE; None when there is no voice in them."""
    if len(samples) < RATE // 4 or float(np.abs(samples).max()) < 1e-3:
        return None
    frames = np.lib.stride_tricks.sliding_window_view(samples, _FRAME)[::_HOP]
    loud = 20 * np.log10(np.sqrt((frames**2).mean(1)) + 1e-9)
    floor, top = float(np.percentile(loud, 10)), float(loud.max())
    active = (loud > max(floor + 6.0, top - 40.0)) | (loud > top - 18.0)
    pitch, clear = _pitch(frames)
    voiced = active & (clear > _CLEAR) & (pitch > 0)
    if voiced.sum() < 18 or voiced.mean() < 0.06:
        return None
    tones = _smooth(12 * np.log2(pitch[voiced] / 100.0))
    spread = float(np.percentile(tones, 90) - np.percentile(tones, 10))
    dynamics = float(np.percentile(loud[active], 95) - np.percentile(loud[active], 10))
    if spread < 0.25 and dynamics < 3.0:
        return None  # a steady tone is no voice
    steps = np.abs(np.diff(tones))
    alpha, hammarberg = _balance(frames, voiced, loud)
    return Voice(
        seconds=len(samples) / RATE, voiced=float(voiced.mean()), pitch=float(np.median(pitch[voiced])),
        high=float(np.percentile(tones, 80)), spread=spread, movement=float(steps[steps < 2.0].mean()) if (steps < 2.0).any() else 0.0,
        dynamics=dynamics, pace=_peaks(loud, active) / max(0.3, float(active.sum()) * _HOP / RATE),
        alpha=alpha, hammarberg=hammarberg, flux=_flux(frames[active]), above_noise=float(np.percentile(loud, 95)) - floor,
    )  # fmt: skip


def _smooth(tones: NDArray[np.float64]) -> NDArray[np.float64]:
    """Median of five neighbours: single frames an octave off disappear."""
    wide = np.pad(tones, 2, mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(wide, 5), 1))


def _pitch(frames: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pitch in Hertz and clarity (height of the normalised autocorrelation peak) of each frame."""
    window = np.hanning(frames.shape[1])
    shortest, longest = int(RATE / _HIGH), int(RATE / _LOW)
    size = 2048
    own = np.fft.irfft(np.abs(np.fft.rfft(window, size)) ** 2)[: longest + 2]
    pitches, clarity = [], []
    for chunk in np.array_split(frames, max(1, len(frames) // 2000)):
        centred = (chunk - chunk.mean(1, keepdims=True)) * window
        spectrum = np.abs(np.fft.rfft(centred, size)) ** 2
        correlation = np.fft.irfft(spectrum)[:, : longest + 2]
        normal = correlation / np.maximum(correlation[:, :1], 1e-12) / (own / own[0])
        part = normal[:, shortest : longest + 1]
        best = part.max(1)
        # The first peak that is nearly as high as the best: the best alone is often an octave too low.
        rising = (part[:, 1:-1] >= part[:, :-2]) & (part[:, 1:-1] >= part[:, 2:]) & (part[:, 1:-1] >= 0.88 * best[:, None])
        first = np.where(rising.any(1), rising.argmax(1) + 1, part.argmax(1))
        pitches.append(RATE / (first + shortest))
        clarity.append(best)
    return np.concatenate(pitches), np.concatenate(clarity)


def _peaks(loud: NDArray[np.floating], active: NDArray[np.bool_]) -> int:
    """Peaks of the smoothed loudness that stand out by 2 dB: about one a syllable."""
    smooth = np.convolve(loud, np.hanning(11) / np.hanning(11).sum(), "same")
    count, low, last = 0, float(smooth[0]), -100
    for n in range(1, len(smooth) - 1):
        low = min(low, float(smooth[n]))
        if active[n] and smooth[n] >= smooth[n - 1] and smooth[n] > smooth[n + 1] and smooth[n] - low > 2.0 and n - last > 9:
            count, low, last = count + 1, float(smooth[n]), n
    return count


def _balance(frames: NDArray[np.float32], voiced: NDArray[np.bool_], loud: NDArray[np.floating]) -> tuple[float, float]:
    """Alpha ratio and turned Hammarberg index of the voiced frames, dB, with the spectrum of the quietest frames taken away."""
    window = np.hanning(frames.shape[1])
    hertz = np.fft.rfftfreq(frames.shape[1], 1 / RATE)
    power = np.abs(np.fft.rfft(frames[voiced] * window)) ** 2
    quiet = frames[loud <= np.percentile(loud, 10)]
    power = np.maximum(power - (np.abs(np.fft.rfft(quiet * window)) ** 2).mean(0), 1e-3 * power)

    def between(low: float, high: float) -> NDArray[np.float64]:
        return np.asarray(power[:, (hertz >= low) & (hertz < high)] + 1e-12)

    alpha = 10 * np.log10(between(1000, _TOP).sum(1) / between(50, 1000).sum(1))
    partials = 10 * np.log10(between(2000, _TOP).max(1) / between(60, 2000).max(1))
    return float(alpha.mean()), float(partials.mean())


def _flux(frames: NDArray[np.float32]) -> float:
    hertz = np.fft.rfftfreq(frames.shape[1], 1 / RATE)
    heights = np.abs(np.fft.rfft(frames * np.hanning(frames.shape[1])))[:, hertz < _TOP]
    shares = heights / np.maximum(heights.sum(1, keepdims=True), 1e-9)
    return float(100 * np.sqrt((np.diff(shares, axis=0) ** 2).sum(1)).mean()) if len(shares) > 1 else 0.0


def samples_of(content: Content, language: str) -> NDArray[np.float32]:
    """Mono float samples at RATE of a WAV. Raises Unreadable."""
    try:
        with wave.open(io.BytesIO(content.data)) as file:
            if file.getsampwidth() != 2:
                raise ValueError("not 16 bit")
            data = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
            data = data.reshape(-1, file.getnchannels()).mean(1)
            rate = file.getframerate()
    except (wave.Error, EOFError, ValueError) as error:
        raise Unreadable(tell(language, "emotion.no_voice"), hint=tell(language, "emotion.no_voice_hint"), param="media") from error
    if rate != RATE and len(data):
        data = np.interp(np.arange(0, len(data), rate / RATE), np.arange(len(data)), data).astype(np.float32)
    return np.ascontiguousarray(data, np.float32)
