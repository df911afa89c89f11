"""Hearing: the words of one utterance, while it is spoken where the recogniser can, else at its end. Knows no turn and no silence."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np

from assistant.live.ear import Samples
from assistant.transcribers.base import RATE, Transcriber, Transcript


class TranscriberStream(Protocol):
    """One utterance as it comes in."""

    def feed(self, samples: Samples) -> str:
        """Words so far, after these samples (mono, 16 kHz)."""
        ...

    def pause(self) -> Transcript:
        """The words if this silence is the end, where that is quickly known; else empty. More may be fed."""
        ...

    def resume(self) -> None:
        """It was not the end."""
        ...

    def finish(self) -> Transcript:
        """All words. The stream takes no more."""
        ...

    def close(self) -> None:
        """Give it up."""
        ...


@runtime_checkable
class Streaming(Protocol):
    """A transcriber that reads while somebody speaks."""

    def stream(self, language: str) -> TranscriberStream:
        """A new utterance. Raises NotInstalled for a language that it does not know."""
        ...


class WholeStream:
    """Any transcriber as a stream: it is given the whole utterance at its end, and has no words before."""

    def __init__(self, transcriber: Transcriber, language: str) -> None:
        self._transcriber, self._language = transcriber, language
        self._pieces: list[Samples] = []

    def feed(self, samples: Samples) -> str:
        """Kept; no words yet."""
        self._pieces.append(samples)
        return ""

    def pause(self) -> Transcript:
        """Not known before the end."""
        return Transcript(text="", language=self._language or "en")

    def resume(self) -> None:
        """Nothing was made of the pause."""

    def finish(self) -> Transcript:
        """The words of everything that was kept."""
        if not self._pieces:
            return Transcript(text="", language=self._language or "en")
        sound = np.concatenate(self._pieces)
        rest = np.zeros(RATE // 4, np.float32)
        return self._transcriber.transcribe(np.concatenate([rest, sound, rest]), self._language)

    def close(self) -> None:
        """Forget it."""
        self._pieces.clear()


def listen(transcriber: Any, language: str, *, dictation: bool = False) -> TranscriberStream:
    """A stream for one utterance, whichever recogniser is installed. `dictation`: prose is spoken, so that all of it is read at its end."""
    streams = isinstance(transcriber, Streaming) and not dictation
    return transcriber.stream(language) if streams else WholeStream(transcriber, language)
