"""Wyoming: the words of speech from a service elsewhere, such as wyoming-faster-whisper or another assistant. Knows no model.

`wyoming:tcp://host:10300`, or `wyoming:tcp://host:10300#model`. Only stretches in which somebody speaks are sent. The protocol tells
neither times nor confidence: times are spread over the stretch, and confidence is what the service adds to its answer, or a guess.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assistant.transcribers._stretches import Reading, Samples, spread, transcribed
from assistant.transcribers.base import RATE, Transcript
from assistant.wyoming_peer import Exchange, Peer
from retrieval.items import ModelCard

_PIECE = RATE // 10 * 2
"""Bytes of a tenth of a second."""
_GUESS = 0.7
"""Confidence in words that come without one."""


class WyomingTranscriber:
    """Whatever languages the service has."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self.card = ModelCard(
            name=peer.name or "Wyoming service", role="transcriber", kind="service", source=peer.address, licence="its own",
            modalities=("audio",), limits="A service elsewhere: what it hears leaves this process. Times of words are estimates.",
        )  # fmt: skip

    def transcribe(self, samples: Samples, language: str) -> Transcript:
        """Words with estimated times. Raises Unavailable, TimedOut, Unreadable, NotInstalled (the service lacks the language)."""

        def read(stretches: Sequence[Samples], heard: str) -> list[Reading]:
            return [self._read(stretch, heard) for stretch in stretches]

        return transcribed(samples, language, read)

    def _read(self, stretch: Samples, language: str) -> Reading:
        from wyoming.asr import Transcribe
        from wyoming.asr import Transcript as Written

        with self._peer.open() as exchange:
            exchange.send(Transcribe(name=self._peer.name or None, language=language or None).event())
            _send(exchange, stretch)
            while True:
                event = exchange.receive()
                if Written.is_type(event.type):
                    break
        text, said = str(event.data.get("text") or ""), str(event.data.get("language") or "")
        sure = (event.data.get("context") or {}).get("confidence")
        probability = min(1.0, max(0.0, float(sure))) if isinstance(sure, int | float) else _GUESS
        return Reading(spread(text, len(stretch) / RATE, probability), said[:2].lower() or language or "en")


def _send(exchange: Exchange, stretch: Samples) -> None:
    from wyoming.audio import AudioChunk, AudioStart, AudioStop

    pcm = (np.clip(stretch, -1, 1) * 32767).astype("<i2").tobytes()
    exchange.send(AudioStart(rate=RATE, width=2, channels=1, timestamp=0).event())
    for start in range(0, len(pcm), _PIECE):
        chunk = AudioChunk(rate=RATE, width=2, channels=1, audio=pcm[start : start + _PIECE], timestamp=start * 1000 // (2 * RATE))
        exchange.send(chunk.event())
    exchange.send(AudioStop(timestamp=len(pcm) * 1000 // (2 * RATE)).event())


def create(reference: str = "", *, offline: bool = False) -> WyomingTranscriber:
    """The transcriber; connects to nothing yet. Raises InvalidInput for a malformed reference."""
    return WyomingTranscriber(Peer(reference, setting="transcriber", offline=offline))
