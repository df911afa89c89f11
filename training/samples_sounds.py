"""Synthesises the sample sounds with NumPy (mono, 16 kHz) and writes them as Ogg Opus; one spoken question comes from eSpeak NG."""

from __future__ import annotations

import subprocess
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
Samples = NDArray[np.float64]
SPOKEN = "What is the warranty on jackets?"
"""A sentence that the bundled recogniser writes down word for word when this voice says it."""


def _time(seconds: float) -> Samples:
    return np.arange(int(seconds * RATE)) / RATE


def _band(noise: Samples, low: float, high: float) -> Samples:
    """`noise` with only the frequencies from `low` to `high` Hz."""
    spectrum = np.fft.rfft(noise)
    frequency = np.fft.rfftfreq(len(noise), 1 / RATE)
    spectrum[(frequency < low) | (frequency > high)] = 0
    return np.fft.irfft(spectrum, len(noise))


def bell() -> Samples:
    """Two strokes of a bell: inharmonic partials that fade at their own speed."""
    t = _time(4.0)
    out = np.zeros_like(t)
    for start in (0.1, 1.9):
        since = np.clip(t - start, 0, None)
        for ratio, level, fade in (
            (0.5, 0.5, 1.6),
            (1, 1, 1.3),
            (1.19, 0.6, 1.0),
            (1.5, 0.4, 0.8),
            (2, 0.6, 0.6),
            (2.74, 0.3, 0.4),
            (4.1, 0.2, 0.2),
        ):
            out += level * np.sin(2 * np.pi * 520 * ratio * since) * np.exp(-since / fade) * (t >= start)
    return out


def rain() -> Samples:
    """Steady rain: a hiss with single drops on it."""
    chance = np.random.default_rng(1)
    t = _time(4.0)
    out = 0.35 * _band(chance.standard_normal(len(t)), 900, 7500)
    for _ in range(160):
        start = int(chance.uniform(0, len(t) - 900))
        drop = np.exp(-np.arange(800) / chance.uniform(30, 160)) * chance.uniform(0.3, 1.4)
        out[start : start + 800] += drop * np.sin(2 * np.pi * chance.uniform(1500, 4500) * np.arange(800) / RATE)
    return out


def birds() -> Samples:
    """Chirps of two small birds: short tones whose pitch sweeps, over almost silence."""
    chance = np.random.default_rng(2)
    t = _time(4.0)
    out = 0.01 * _band(chance.standard_normal(len(t)), 200, 3000)
    start = 0.2
    while start < 3.6:
        for _ in range(int(chance.integers(2, 6))):
            length, low, rise = chance.uniform(0.05, 0.12), chance.uniform(2600, 3600), chance.uniform(800, 2200)
            s = _time(length)
            tone = np.sin(2 * np.pi * (low * s + rise * s**2 / (2 * length))) * np.hanning(len(s))
            at = int(start * RATE)
            end = min(at + len(tone), len(out))
            out[at:end] += tone[: end - at]
            start += length + chance.uniform(0.03, 0.08)
        start += chance.uniform(0.2, 0.5)
    return out


def engine() -> Samples:
    """A running engine: a low buzz with many harmonics, pulsing as it turns."""
    chance = np.random.default_rng(3)
    t = _time(4.0)
    phase = 2 * np.pi * np.cumsum(62 + 4 * np.sin(2 * np.pi * 0.4 * t)) / RATE
    out = sum(np.sin(phase * n + n) / n**0.8 for n in range(1, 14))
    return out * (0.8 + 0.2 * np.sin(phase / 2)) + 0.3 * _band(chance.standard_normal(len(t)), 60, 900)


def waves() -> Samples:
    """Sea waves: noise that swells and falls away slowly."""
    chance = np.random.default_rng(4)
    t = _time(6.0)
    swell = 0.15 + 0.85 * np.clip(np.sin(2 * np.pi * t / 3.0 - 0.6), 0, None) ** 1.5
    return swell * (_band(chance.standard_normal(len(t)), 120, 1800) + 0.4 * _band(chance.standard_normal(len(t)), 1800, 6000))


SOUNDS: dict[str, Callable[[], Samples]] = {
    "bell_ringing": bell, "rain_falling": rain, "birds_chirping": birds, "engine_running": engine, "sea_waves": waves,
}  # fmt: skip


def _write_ogg(samples: Samples, path: Path) -> None:
    import av

    pcm = (0.7 * samples / np.abs(samples).max()).astype(np.float32)[None, :]
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(pcm, format="flt", layout="mono")
        frame.sample_rate = RATE
        fifo = av.AudioFifo()
        fifo.write(frame)
        while chunk := fifo.read(1024, partial=True):
            container.mux(stream.encode(chunk))
        container.mux(stream.encode(None))


def speak(path: Path) -> None:
    """The spoken question, by the eSpeak NG program of this machine, at 16 kHz with a moment of silence around it."""
    raw = path.with_suffix(".raw.wav")
    subprocess.run(["espeak-ng", "-v", "en-us", "-s", "120", "-p", "40", "-g", "2", "-w", str(raw), SPOKEN], check=True)  # noqa: S607 - a development script
    with wave.open(str(raw)) as source:
        rate = source.getframerate()
        voice = np.frombuffer(source.readframes(source.getnframes()), np.int16).astype(np.float64)
    raw.unlink()
    length = int(len(voice) * RATE / rate)
    voice = np.interp(np.arange(length) * rate / RATE, np.arange(len(voice)), voice)
    quiet = np.random.default_rng(5).normal(0, 12, int(0.35 * RATE))
    pcm = np.concatenate([quiet, voice, quiet]).clip(-32768, 32767).astype(np.int16)
    with wave.open(str(path), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(RATE)
        target.writeframes(pcm.tobytes())


def make(folder: Path) -> list[Path]:
    """Write every sound into `folder`; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, recipe in SOUNDS.items():
        _write_ogg(recipe(), folder / f"{name}.ogg")
    speak(folder / "spoken_question.wav")
    return sorted([*folder.glob("*.ogg"), *folder.glob("*.wav")])
