"""PocketSphinx: English speech to text with the model inside its wheel. Offline and small; far behind a neural recogniser.

Each stretch of speech that Silero VAD finds is decoded alone by a fresh decoder, with dithered silence around it: a reused decoder
carries the last speaker's noise estimate along and doubles the errors. Silence, noise and music give no words.
"""

from __future__ import annotations

import math
import re
import threading
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.speech import speech_spans
from assistant.transcribers.base import RATE, Transcript, Word
from retrieval.faults import NotInstalled
from retrieval.items import ModelCard

_PAD = 0.3
"""Seconds of faint noise before and after a stretch."""
_DITHER = 8.0
"""Standard deviation of that noise in 16-bit steps; pure zeros upset the noise estimate."""
_FILLER = re.compile(r"^(<.*>|\[.*\]|\+\+.*\+\+)$")
_VARIANT = re.compile(r"\(\d+\)$")


class PocketSphinxTranscriber:
    """English only."""

    card = ModelCard(
        name="PocketSphinx en-us",
        role="transcriber",
        kind="classical",
        source="pocketsphinx package",
        revision="5.1.1",
        licence="BSD-2-Clause",
        bytes=38_000_000,
        modalities=("audio",),
        scores={"wer_en_read_speech": 0.38},
        limits="English only; more than every third word is wrong on voices it was not made for (word error rate 0.38 on 60 clips).",
    )

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def transcribe(self, samples: NDArray[np.float32], language: str) -> Transcript:
        """Words with times. `language` other than English raises NotInstalled: this model has no other."""
        if language and not language.lower().startswith("en"):
            raise NotInstalled(
                f"The installed speech recogniser understands English only, not '{language}'.",
                hint='Install Whisper: make install EXTRAS=whisper, then set transcriber = "whisper:/path/to/model.pt" in assistant.toml.',
                param="language",
            )
        samples = np.asarray(samples, np.float32).ravel()
        words: list[Word] = []
        for start, end in speech_spans(samples):
            words += self._decode(samples[start:end], start / RATE)
        weights = [max(0.05, w.end - w.start) for w in words]
        sure = sum(w.probability * d for w, d in zip(words, weights, strict=True)) / sum(weights) if words else 0.0
        return Transcript(
            text=" ".join(w.word for w in words), language="en", words=tuple(words), confidence=round(sure, 4), seconds=len(samples) / RATE,
        )  # fmt: skip

    @cached_property
    def _module(self) -> Any:
        try:
            import pocketsphinx
        except ModuleNotFoundError as error:
            raise NotInstalled("PocketSphinx is not installed.", hint="Run make install again.") from error
        return pocketsphinx

    def _decode(self, samples: NDArray[np.float32], offset: float) -> list[Word]:
        """Words of one stretch that begins `offset` seconds into the recording."""
        with self._lock:
            decoder = self._module.Decoder(samprate=RATE, loglevel="FATAL")
            decoder.start_utt()
            decoder.process_raw(padded(samples).tobytes(), full_utt=True)
            decoder.end_utt()
            if decoder.hyp() is None:
                return []
            base = decoder.logmath if hasattr(decoder, "logmath") else None
            found = [(s.word, s.start_frame, s.end_frame, _chance(s, base)) for s in decoder.seg()]
        shift = offset - _PAD
        return [
            Word(
                word=_VARIANT.sub("", word),
                start=round(max(0.0, shift + first / 100), 3),
                end=round(max(0.0, shift + (last + 1) / 100), 3),
                probability=round(chance, 4),
            )
            for word, first, last, chance in found
            if not _FILLER.match(word)
        ]


def padded(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """16-bit samples at a working level with faint noise around and under them, the same for the same input."""
    loud = float(np.abs(samples).max()) or 1.0
    scaled = samples * min(8.0, 0.7 / loud) * 32767
    silence = np.zeros(int(_PAD * RATE), np.float32)
    whole = np.concatenate([silence, scaled, silence])
    noise = np.random.default_rng(5).normal(0.0, _DITHER, len(whole))
    return np.asarray(np.clip(whole + noise, -32768, 32767), np.int16)


def _chance(segment: Any, logmath: Any) -> float:
    """Posterior of a word as a chance, 0 to 1."""
    value = float(segment.prob)
    if 0.0 <= value <= 1.0:
        return value
    if logmath is not None and hasattr(logmath, "exp"):
        return float(min(1.0, max(0.0, logmath.exp(int(value)))))
    return float(min(1.0, math.exp(min(0.0, value) * 1e-4)))


def create(reference: str = "") -> PocketSphinxTranscriber:
    """The transcriber; the model is the one in the package."""
    return PocketSphinxTranscriber()
