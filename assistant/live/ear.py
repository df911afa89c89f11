"""Ear: where speech begins, pauses and ends in sound that comes in piece by piece. Knows no words and no turn.

Silero VAD (MIT, inside the faster-whisper package) reads window by window and keeps its state, so that the pieces' sizes change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.speech import RATE, StreamingVoiceActivity
from retrieval.faults import InvalidInput

Samples = NDArray[np.float32]
WINDOW = 512
SECONDS = WINDOW / RATE
"""Of a window."""
_LEAST = 0.1
"""Seconds of speech without which nothing has begun: a click or a cough is no speech."""
_SURE, _SUREST = 0.8, 6
"""Chance that an utterance's likeliest windows must reach on average: barks, saws and music are only a little like speech."""
_SLACK = 0.15
"""How much lower than the threshold the chance must fall to end speech, as Silero's own."""


@dataclass(frozen=True)
class SpeechStarted:
    """Speech has begun. All times are seconds from the start of the sound."""

    at: float
    known: float
    """When it became sure."""


@dataclass(frozen=True)
class SpeechPaused:
    """A short silence after speech, which may be its end."""

    at: float
    """Where speech ended, if it has."""
    known: float


@dataclass(frozen=True)
class SpeechResumed:
    """The pause was not the end."""

    at: float


@dataclass(frozen=True)
class SpeechStopped:
    """The utterance has ended."""

    at: float
    known: float
    sure: bool
    """Whether it was likely enough to be speech rather than noise."""


Heard = SpeechStarted | SpeechPaused | SpeechResumed | SpeechStopped


class Ear:
    """Finds utterances. `silence` ends one, `pause` tells of a possible end (both in seconds). Not for several threads."""

    def __init__(self, threshold: float = 0.5, silence: float = 0.5, pause: float = 0.2) -> None:
        self.threshold, self.silence, self.pause = threshold, silence, pause
        self._activity = StreamingVoiceActivity()
        self._rest: Samples = np.zeros(0, np.float32)
        self._windows = 0
        self._forget()

    def _forget(self) -> None:
        self._began: int | None = None
        self._spoken, self._quiet = 0, 0
        self._told = self._paused = False
        self._chances: list[float] = []

    @property
    def speaking(self) -> bool:
        """An utterance is open."""
        return self._told

    @property
    def now(self) -> float:
        """Seconds of sound that were heard."""
        return self._windows * SECONDS

    def feed(self, samples: Samples) -> list[Heard]:
        """What is known after these samples (mono, 16 kHz, -1 to 1) that was not before."""
        self._rest = np.concatenate([self._rest, np.asarray(samples, np.float32).ravel()])
        whole = len(self._rest) // WINDOW * WINDOW
        windows, self._rest = self._rest[:whole].reshape(-1, WINDOW), self._rest[whole:]
        return [found for window in windows for found in self._window(window)]

    def end(self) -> list[SpeechStopped]:
        """The open utterance ends here, whatever the silence."""
        told = self._told
        at, sure = (self._windows - self._quiet) * SECONDS, self._sure()
        self._forget()
        return [SpeechStopped(at, self.now, sure)] if told else []

    def _window(self, window: Samples) -> list[Heard]:
        chance = self._activity.chance(window)
        self._windows += 1
        if self._began is None:
            if chance < self.threshold:
                return []
            self._began = self._windows - 1
        self._chances.append(chance)
        if chance >= self.threshold - (_SLACK if self._quiet == 0 else 0.0):
            paused = self._paused
            self._spoken, self._quiet, self._paused = self._spoken + 1, 0, False
            if self._told:
                return [SpeechResumed((self._windows - 1) * SECONDS)] if paused else []
            if self._spoken * SECONDS < _LEAST:
                return []
            self._told = True
            return [SpeechStarted(self._began * SECONDS, self.now)]
        self._quiet += 1
        return self._silent()

    def _silent(self) -> list[Heard]:
        quiet = self._quiet * SECONDS
        if not self._told:
            if quiet >= _LEAST:
                self._forget()
            return []
        if quiet >= self.silence:
            return list(self.end())
        if quiet >= self.pause and not self._paused:
            self._paused = True
            return [SpeechPaused((self._windows - self._quiet) * SECONDS, self.now)]
        return []

    def _sure(self) -> bool:
        return bool(self._chances) and float(np.sort(np.asarray(self._chances))[-_SUREST:].mean()) >= _SURE


def utterance(samples: Any) -> Samples:
    """Samples of any kind as the ear takes them: int16 or floats, one channel. Raises InvalidInput for what is no sound."""
    try:
        sound = np.asarray(samples)
        if sound.dtype.kind not in "if":
            raise ValueError
        values = np.asarray(sound.ravel(), np.float32)
    except (TypeError, ValueError) as error:
        raise InvalidInput("That is no sound.", hint="Send samples: 16-bit numbers, or numbers from -1 to 1.", param="audio") from error
    if sound.dtype.kind == "i":
        return values / np.float32(32768)
    return np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=-1.0).clip(-1.0, 1.0)
