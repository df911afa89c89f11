"""Sound: a short recording is one item, a long one is windows of 30 seconds that can be found and played each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from retrieval.decoding_limits import DecodingLimits
from retrieval.faults import Unreadable
from retrieval.items import Draft, Locator
from retrieval.media_types import sniff
from retrieval.readers.base import Reader
from retrieval.recordings import refined, windows
from retrieval.waves import wav

MEDIA_TYPES = ("audio/wav", "audio/mpeg", "audio/flac", "audio/ogg", "audio/mp4", "audio/webm")
EXTENSIONS = (".wav", ".mp3", ".flac", ".ogg", ".oga", ".opus", ".m4a", ".webm")
RATE = 16_000
"""Hertz of the windows: what speech recognition and the sound descriptors use."""
WINDOW = 30.0
TRACK_WINDOW = 15.0
"""Seconds of a window of a recording, and of a video's sound track."""
SILENCE = 0.003
"""Loudest sample, 0 to 1, of what is silent: the last bits of an empty track."""
WHOLE = 2
"""Windows that a recording may have and still be one item."""


def track_drafts(data: bytes, media_type: str, name: str, limits: DecodingLimits) -> Iterator[Draft]:
    """Drafts of a video's sound track: short windows, so that a hit is a moment, as 16 kHz mono WAV; silent ones are left out."""
    for start, samples in windows(data, media_type, TRACK_WINDOW, RATE, limits):
        if abs(samples).max() > SILENCE:
            span = (start, start + len(samples) / RATE)
            yield Draft(modality="audio", title=name, data=wav(samples, RATE), media_type="audio/wav", locator=Locator(time_span=span))


def sound_drafts(data: bytes, media_type: str, name: str, limits: DecodingLimits) -> Iterator[Draft]:
    """Drafts of a recording. A short one is one draft with the file's own bytes; windows are 16 kHz mono WAV."""
    pieces = windows(data, media_type, WINDOW, RATE, limits)
    first = list(islice(pieces, WHOLE + 1))
    if not first:
        return
    if len(first) <= WHOLE:
        end = sum(len(samples) for _, samples in first) / RATE
        yield Draft(modality="audio", title=name, data=data, media_type=media_type, locator=Locator(time_span=(0.0, end)))
        return
    for start, samples in chain(first, pieces):
        span = (start, start + len(samples) / RATE)
        yield Draft(modality="audio", title=name, data=wav(samples, RATE), media_type="audio/wav", locator=Locator(time_span=span))


class AudioReader:
    """The sound with its times in seconds; its words come from a transcriber."""

    def __init__(self, limits: DecodingLimits) -> None:
        self._limits = limits

    def read(self, data: bytes, name: str) -> Iterator[Draft]:
        """Drafts with `time_span`. Raises TooLarge (too long), Unreadable (nothing decodes)."""
        media_type, _ = refined(data, sniff(data, name).media_type)
        drafts = sound_drafts(data, media_type, name, self._limits)
        first = next(drafts, None)
        if first is None:
            raise Unreadable("The recording holds no sound that can be decoded.", hint="Record it again.", code="audio_empty")
        yield first
        yield from drafts


def create(limits: DecodingLimits | None = None) -> Reader:
    """The reader."""
    return AudioReader(limits or DecodingLimits())
