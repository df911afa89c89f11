"""Speaking: an answer as sound, sentence by sentence while its words are still coming. Knows no turn and no wire."""

from __future__ import annotations

import io
import logging
import re
import wave
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.live.spoken import MOST, left, offers, spoken
from assistant.speech import for_the_ear, sentences
from assistant.synthesizers.base import Synthesizer
from assistant.voice import Voice
from retrieval.content import Content
from retrieval.faults import Fault

log = logging.getLogger(__name__)

RATE = 24_000
"""Samples a second of what is sent."""
PIECE = RATE // 10
"""Samples of a piece: 100 ms, so that a voice can be stopped at once."""
_LONG = 90
"""Letters of a sentence beyond which it is spoken in clauses, because the first sound waits for all that is asked of a voice at once."""
_PAUSE = re.compile(r"(?<=[,;:])\s+|(?<=[，；：])")


class Telling:
    """What is to be said of an answer whose words stream in. What was said stays said, whatever comes later."""

    def __init__(self) -> None:
        self._text, self._said = "", ""

    def feed(self, text: str, language: str) -> list[str]:
        """Sentences that can be said now."""
        self._text += text
        if self._text.count("```") % 2:
            return []
        whole = sentences(self._text)
        # The last one may go on, unless its line has ended: "3." may become "3.5".
        if whole and not self._text.endswith("\n"):
            whole.pop()
        ready = spoken("\n".join(whole[:MOST]), language) if whole else ""
        return self._new(ready)

    def rest(self, language: str) -> list[str]:
        """What is left to be said when no more words come."""
        return self._new(spoken(self._text, language))

    @property
    def left(self) -> str:
        """What was not said, when to go on was offered instead."""
        return left(self._text) if offers(self._said) else ""

    def _new(self, ready: str) -> list[str]:
        """The part of `ready` that was not said yet."""
        if self._said and not ready.startswith(self._said):
            return []
        new, self._said = ready[len(self._said) :].strip(), ready or self._said
        return sentences(new)


def clauses(sentence: str) -> list[str]:
    """A long sentence in parts that can be spoken one after another."""
    parts: list[str] = []
    for part in _PAUSE.split(sentence) if len(sentence) > _LONG else [sentence]:
        if parts and len(parts[-1]) < _LONG // 3:
            parts[-1] = f"{parts[-1]} {part}"
        else:
            parts.append(part)
    return [part for part in parts if any(c.isalnum() for c in part)]


def pieces(synthesizer: Synthesizer, sentence: str, language: str, *, voice: str = "", speed: float = 1.0) -> Iterator[bytes]:
    """The sentence as PCM (24 kHz, mono, 16-bit), at most 100 ms a piece. Nothing for words that a voice cannot say."""
    for clause in clauses(sentence):
        if not any(c.isalnum() for c in for_the_ear(clause, language)):
            continue
        sound = pcm(synthesizer.speak(clause, language, voice=voice, speed=speed))
        for start in range(0, len(sound), PIECE):
            yield sound[start : start + PIECE].tobytes()


def pcm(content: Content) -> NDArray[np.int16]:
    """A WAV of a synthesizer at RATE."""
    with wave.open(io.BytesIO(content.data)) as file:
        rate, channels = file.getframerate(), file.getnchannels()
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return resampled(sound.reshape(-1, channels)[:, 0] if channels > 1 else sound, rate)


def resampled(sound: NDArray[np.int16], rate: int) -> NDArray[np.int16]:
    """The same sound at RATE."""
    if rate == RATE:
        return sound
    from math import gcd

    from scipy.signal import resample_poly  # type: ignore[import-untyped]

    common = gcd(RATE, rate)
    found: Any = resample_poly(sound.astype(np.float32), RATE // common, rate // common)
    return np.asarray(np.clip(np.rint(found), -32768, 32767), np.int16)


def make_ready(voice: Voice) -> None:
    """Load what hears and what speaks, while the person still takes a breath."""
    ready = getattr(voice.transcriber, "ready", None)
    try:
        if ready is not None:
            ready()
        next(pieces(voice.synthesizer, "Yes.", "en"), None)
    except Fault as fault:
        log.debug("not ready before it is needed: %s", fault)  # it is told to whoever speaks
