"""Transcriber: speech in, words with times out. One file per back-end."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from retrieval.items import ModelCard
from tools.devices.base import Device
from tools.intents.book import Book

RATE = 16_000
"""Samples per second that every transcriber takes."""
UNSURE = 0.5
"""Confidence below which the person is told that the words may be wrong."""


class Word(BaseModel):
    """One recognised word."""

    model_config = ConfigDict(frozen=True)

    word: str
    start: float
    """Seconds."""
    end: float
    """Seconds."""
    probability: float


class Transcript(BaseModel):
    """What was heard."""

    model_config = ConfigDict(frozen=True)

    text: str
    """Empty when nobody spoke: silence and noise are not words."""
    language: str
    words: tuple[Word, ...] = ()
    confidence: float = 0.0
    """0 to 1."""
    seconds: float = 0.0


class Expected(BaseModel):
    """What a person is likely to say, in English."""

    model_config = ConfigDict(frozen=True)

    home: tuple[Device, ...] = ()
    """The devices, without their states: a change of state changes nothing that can be said."""
    books: tuple[Book, ...] = ()
    """The installed intents."""
    things: tuple[str, ...] = ()
    """Names of what is in the collections."""


class Transcriber(Protocol):
    """Turns speech into words. May also have `listen_for(expected)` and `among(samples, sentences)`: see `PocketSphinxTranscriber`."""

    card: ModelCard

    def transcribe(self, samples: NDArray[np.float32], language: str) -> Transcript:
        """Words of mono float32 samples in -1..1 at RATE. `language` is a hint (`en`, `zh`, or empty)."""
        ...
