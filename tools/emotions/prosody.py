"""Prosody: how aroused a voice sounds, from pitch, loudness changes, pace and spectral slope. Knows no words.

Arousal is what classical prosody tells with some reliability; which emotion it is, is not in these measures. So the reading is a soft
distribution with high uncertainty, and says so. Takes 16-bit PCM WAV; the tool decodes other formats before it calls.
"""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.content import Content, Modality
from retrieval.faults import Unreadable
from retrieval.items import ModelCard
from tools.emotions.base import LABELS, EmotionReading, Moment
from tools.phrasing import tell

RATE = 16_000
_FRAME, _HOP = 640, 160
_LOW, _HIGH = 65.0, 450.0
"""Hertz between which a speaking voice lies."""
_WINDOW = 4.0
"""Seconds of one moment of the timeline."""

CARD = ModelCard(
    name="prosody-1",
    role="emotion",
    kind="classical",
    source="pitch by autocorrelation, energy, pace, spectral slope",
    licence="Apache-2.0",
    modalities=("audio",),
    scores={"arousal_auc_ravdess": 0.77, "accuracy_ravdess_7_classes": 0.27},
    limits="Tells a calm voice from an aroused one, not which emotion it is; a lively speaker misleads it.",
)


@dataclass(frozen=True)
class Voice:
    """Measures of a stretch of voice."""

    seconds: float
    voiced: float
    """Share of frames with a pitch."""
    pitch: float
    """Median, Hertz."""
    spread: float
    """Spread of the pitch, semitones (tenth to ninetieth percentile)."""
    movement: float
    """Mean step of the pitch between frames, semitones a second."""
    dynamics: float
    """Loudness range of the voiced frames, dB."""
    pace: float
    """Syllable-like peaks a second."""
    slope: float
    """Energy above 1 kHz against below, dB: an effortful voice is brighter."""

    @property
    def arousal(self) -> float:
        """0 (calm) to 1 (aroused); each part is a rough norm of conversational speech."""
        parts = (
            0.30 * _ramp(self.spread, 3.0, 13.0), 0.14 * _ramp(self.pitch, 110.0, 300.0), 0.12 * _ramp(self.dynamics, 12.0, 34.0),
            0.12 * _ramp(self.pace, 2.2, 5.5), 0.32 * _ramp(self.slope, -20.0, 0.0),
        )  # fmt: skip
        return float(sum(parts))


def _ramp(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0.0, 1.0))


class ProsodyAnalyzer:
    """Reads arousal from a voice."""

    modality: Modality = "audio"
    card = CARD

    def analyze(self, content: Content, language: str) -> EmotionReading:
        """The reading of a recording. Raises Unreadable when there is no voice in it."""
        samples = samples_of(content, language)
        voice = measure(samples)
        if voice is None:
            raise Unreadable(tell(language, "emotion.no_voice"), hint=tell(language, "emotion.no_voice_hint"), param="media")
        shares = spread_over(voice.arousal)
        moments = []
        for start in np.arange(0.0, max(voice.seconds - 1.0, 0.01), _WINDOW):
            part = measure(samples[int(start * RATE) : int((start + _WINDOW) * RATE)])
            if part is not None:
                own = spread_over(part.arousal)
                end = min(start + _WINDOW, voice.seconds)
                label = max(own, key=own.__getitem__)
                moments.append(
                    Moment(
                        start=round(float(start), 2),
                        end=round(float(end), 2),
                        label=label,
                        scores={**{k: round(v, 4) for k, v in own.items()}},
                    )
                )
        level = "low" if voice.arousal < 0.38 else "high" if voice.arousal > 0.58 else "middle"
        note = tell(language, f"emotion.arousal_{level}", pitch=round(voice.pitch), pace=f"{voice.pace:.1f}")
        return EmotionReading(
            label=max(shares, key=shares.__getitem__),
            distribution=shares,
            uncertainty=round(0.8 + 0.12 * (1 - abs(voice.arousal - 0.48) * 2), 4),
            note=note,
            timeline=tuple(moments) if len(moments) > 1 else (),
        )


def spread_over(arousal: float) -> dict[str, float]:
    """Soft shares of LABELS for an arousal: aroused emotions gain with it, quiet ones lose; nothing is ever excluded."""
    high = {"anger": 1.0, "joy": 0.9, "surprise": 0.8, "fear": 0.75, "disgust": 0.25}
    low = {"sadness": 1.0, "neutral": 1.25, "disgust": 0.3}
    a = float(np.clip((arousal - 0.2) / 0.6, 0, 1))
    raw = {label: 0.22 + a * high.get(label, 0.0) + (1 - a) * low.get(label, 0.0) for label in LABELS}
    total = sum(raw.values())
    return {label: value / total for label, value in raw.items()}


def measure(samples: NDArray[np.float32]) -> Voice | None:
    """The measures of mono samples at RATE; None when there is no voice in them."""
    if len(samples) < RATE // 4:
        return None
    frames = np.lib.stride_tricks.sliding_window_view(samples, _FRAME)[::_HOP]
    energy = np.sqrt((frames**2).mean(1)) + 1e-9
    loud = 20 * np.log10(energy)
    floor = float(np.percentile(loud, 10))
    active = (loud > max(floor + 6.0, -55.0)) | (loud > float(loud.max()) - 18.0)
    if float(energy.max()) < 1e-3:
        return None
    pitch, clear = _pitch(frames)
    voiced = active & (clear > 0.5) & (pitch > 0)
    if voiced.sum() < 18 or voiced.mean() < 0.06:
        return None
    semitones = 12 * np.log2(pitch[voiced] / 100.0)
    spread = float(np.percentile(semitones, 90) - np.percentile(semitones, 10))
    steps = np.abs(np.diff(12 * np.log2(np.maximum(pitch, 1.0) / 100.0)))[voiced[1:] & voiced[:-1]]
    movement = float(np.median(steps) * RATE / _HOP) if steps.size else 0.0
    dynamics = float(np.percentile(loud[active], 95) - np.percentile(loud[active], 10))
    if spread < 0.25 and dynamics < 3.0:
        return None  # a steady tone is no voice
    peaks = _peaks(loud, active)
    seconds = len(samples) / RATE
    return Voice(
        seconds=seconds,
        voiced=float(voiced.mean()),
        pitch=float(np.median(pitch[voiced])),
        spread=spread,
        movement=movement,
        dynamics=dynamics,
        pace=peaks / max(0.3, float(active.sum()) * _HOP / RATE),
        slope=_slope(frames[voiced]),
    )


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


def _slope(frames: NDArray[np.float32]) -> float:
    """Energy between 1 and 5 kHz against energy below 1 kHz, dB."""
    spectrum = (np.abs(np.fft.rfft(frames * np.hanning(frames.shape[1]))) ** 2).mean(0)
    hertz = np.fft.rfftfreq(frames.shape[1], 1 / RATE)
    high, low = spectrum[(hertz >= 1000) & (hertz < 5000)].sum(), spectrum[(hertz >= 60) & (hertz < 1000)].sum()
    return float(10 * np.log10((high + 1e-12) / (low + 1e-12)))


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


def create(reference: str = "") -> ProsodyAnalyzer:
    """The analyzer; it has no model to refer to."""
    return ProsodyAnalyzer()
