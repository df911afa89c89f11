"""Video: its shots, each with the frame that looks most like it and the time it is shown, and the sound track in short windows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from retrieval.decoding_limits import DecodingLimits
from retrieval.items import Draft, Locator
from retrieval.media_types import sniff
from retrieval.pictures import to_jpeg
from retrieval.readers.audio import track_drafts
from retrieval.readers.base import Reader
from retrieval.recordings import frames_at, looks, refined, video_size
from retrieval.shots import SIDE, Shot, shots

MEDIA_TYPES = ("video/mp4", "video/webm", "video/quicktime", "video/ogg")
EXTENSIONS = (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".ogv")
LONGEST = 1280
"""Pixels of a frame's longest side."""


class VideoReader:
    """Frames as JPEG with the stretch of time they stand for, then the sound."""

    def __init__(self, limits: DecodingLimits) -> None:
        self._limits = limits

    def read(self, data: bytes, name: str) -> Iterator[Draft]:
        """Drafts with `time_span`. Raises TooLarge (pixels, seconds), Unreadable (no frame decodes)."""
        media_type, _ = refined(data, sniff(data, name).media_type)
        _, _, seconds = video_size(data, media_type, self._limits)
        found = self._shots(data, media_type, seconds)
        frames = frames_at(data, media_type, [shot.at for shot in found], self._limits)
        for place, (shot, (_, image)) in enumerate(zip(found, frames, strict=True), 1):
            picture = to_jpeg(image, longest=LONGEST)
            yield Draft(
                modality="image", title=name, data=picture.data, media_type=picture.media_type, metadata={"frame": True, "shot": place},
                locator=Locator(time_span=(shot.start, shot.end)),
            )  # fmt: skip
        yield from track_drafts(data, media_type, name, self._limits)

    def _shots(self, data: bytes, media_type: str, seconds: float) -> list[Shot]:
        times, small = [], []
        for at, look in looks(data, media_type, seconds, SIDE, self._limits):
            times.append(at)
            small.append(look)
        if not small:
            return [Shot(0.0, seconds, 0.0)]
        return shots(times, np.stack(small), seconds, self._limits.image_frames)


def create(limits: DecodingLimits | None = None) -> Reader:
    """The reader."""
    return VideoReader(limits or DecodingLimits())
