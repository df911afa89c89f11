"""Sound: a short recording is one item, a long one is windows of 30 seconds that can be found and played each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from retrieval.decoding_limits import DecodingLimits
from retrieval.faults import Unreadable
from retrieval.items import Draft, Locator
from retrieval.media_types import sniff
from retrieval.readers.base import Reader
from retrieval.recordings import Samples, refined, wav, windows

MEDIA_TYPES = ("audio/wav", "audio/mpeg", "audio/flac", "audio/ogg", "audio/mp4", "audio/webm")
EXTENSIONS = (".wav", ".mp3", ".flac", ".ogg", ".oga", ".opus", ".m4a", ".webm")
RATE = 16_000
"""Hertz of the windows: what speech recognition and the sound descriptors use."""
WINDOW = 30.0
WHOLE = 2
"""Windows that a recording may have and still be one item."""


def sound_drafts(data: bytes, media_type: str, name: str, limits: DecodingLimits, original: bool) -> Iterator[Draft]:
    """Drafts of a sound track. A short one is one draft, with the file's own bytes where `original`; windows are 16 kHz mono WAV."""
    pieces = windows(data, media_type, WINDOW, RATE, limits)
    first = list(islice(pieces, WHOLE + 1))
    if not first:
        return
    if len(first) <= WHOLE:
        values = [samples for _, samples in first]
        end = sum(map(len, values)) / RATE
        kept = data if original else wav(_joined(values), RATE)
        yield Draft(
            modality="audio",
            title=name,
            data=kept,
            media_type=media_type if original else "audio/wav",
            locator=Locator(time_span=(0.0, end)),
        )
        return
    for start, samples in chain(first, pieces):
        span = (start, start + len(samples) / RATE)
        yield Draft(modality="audio", title=name, data=wav(samples, RATE), media_type="audio/wav", locator=Locator(time_span=span))


def _joined(values: list[Samples]) -> Samples:
    import numpy as np

    return np.concatenate(values)


class AudioReader:
    """The sound with its times in seconds; its words come from a transcriber."""

    def __init__(self, limits: DecodingLimits) -> None:
        self._limits = limits

    def read(self, data: bytes, name: str) -> Iterator[Draft]:
        """Drafts with `time_span`. Raises TooLarge (too long), Unreadable (nothing decodes)."""
        media_type, _ = refined(data, sniff(data, name).media_type)
        drafts = sound_drafts(data, media_type, name, self._limits, original=True)
        first = next(drafts, None)
        if first is None:
            raise Unreadable("The recording holds no sound that can be decoded.", hint="Record it again.", code="audio_empty")
        yield first
        yield from drafts


def create(limits: DecodingLimits | None = None) -> Reader:
    """The reader."""
    return AudioReader(limits or DecodingLimits())
