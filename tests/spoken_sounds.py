"""Speech made by eSpeak NG, and sounds that are none, as a microphone would bring them: mono, 16 kHz, -1 to 1."""

import numpy as np
from scipy.signal import resample_poly

from assistant.live.speaking import pcm
from assistant.synthesizers.espeak import create

RATE = 16_000


def spoken(text, language="en", voice=""):
    """A sentence, with nothing before and after it."""
    voices = create()
    try:
        sound = pcm(voices.speak(text, language, voice=voice))
    finally:
        voices.close()
    return (resample_poly(sound.astype(np.float32), 2, 3) / 32768).astype(np.float32)


def quiet(seconds, seed=0, level=0.0005):
    """A room in which nobody speaks."""
    return np.random.default_rng(seed).normal(0, level, int(seconds * RATE)).astype(np.float32)


def noise(seconds, seed=0):
    """A loud machine."""
    return quiet(seconds, seed, 0.1)


def music(seconds):
    """Chords with a beat."""
    t = np.arange(int(seconds * RATE)) / RATE
    chords = [(220, 277, 330), (196, 247, 294), (262, 330, 392), (175, 220, 262)]
    which = (t * 2).astype(int) % len(chords)
    tones = np.array([[f * k for f in chord for k in (1, 2, 3)] for chord in chords])
    sound = np.sin(2 * np.pi * tones[which].T * t).mean(0) * np.exp(-4 * (t * 2 % 1))
    return (0.5 * sound).astype(np.float32)
