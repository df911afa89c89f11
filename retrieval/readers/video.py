"""Video: frames that differ, each with the time it is shown, and the sound track."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from retrieval.decoding_limits import DecodingLimits
from retrieval.items import Draft, Locator
from retrieval.media_types import sniff
from retrieval.pictures import to_jpeg
from retrieval.readers.audio import sound_drafts
from retrieval.readers.base import Reader
from retrieval.recordings import frames_at, refined, video_size

MEDIA_TYPES = ("video/mp4", "video/webm", "video/quicktime", "video/ogg")
EXTENSIONS = (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".ogv")
STEP = 2.0
"""Seconds between looks; longer where the video would need more than the limit of frames."""
LONGEST = 1280
SAME = 3.0
"""Mean difference, 0 to 255, of two 32 x 32 grey thumbnails below which a frame shows the same as the one before."""


class VideoReader:
    """Frames as JPEG with the stretch of time they stand for, then the sound."""

    def __init__(self, limits: DecodingLimits) -> None:
        self._limits = limits

    def read(self, data: bytes, name: str) -> Iterator[Draft]:
        """Drafts with `time_span`. Raises TooLarge (pixels, seconds), Unreadable (no frame decodes)."""
        media_type, _ = refined(data, sniff(data, name).media_type)
        _, _, seconds = video_size(data, media_type, self._limits)
        for start, end, image in self._scenes(data, media_type, seconds):
            picture = to_jpeg(image, longest=LONGEST)
            yield Draft(
                modality="image",
                title=name,
                data=picture.data,
                media_type="image/jpeg",
                metadata={"frame": True},
                locator=Locator(time_span=(start, end)),
            )
        yield from sound_drafts(data, media_type, name, self._limits, original=False)

    def _scenes(self, data: bytes, media_type: str, seconds: float) -> Iterator[tuple[float, float, Any]]:
        """(start, end, picture); looks that show the same are one scene."""
        count = max(1, min(self._limits.image_frames, int(seconds / STEP) + 1))
        step = max(STEP, seconds / count)
        times = [place * step for place in range(count) if place * step < seconds] or [0.0]
        start, held, seen = 0.0, None, np.zeros((32, 32), np.float32)
        for at, (_, image) in zip(times, frames_at(data, media_type, times, self._limits), strict=False):
            small = np.asarray(image.convert("L").resize((32, 32)), np.float32)
            if held is not None and float(np.abs(small - seen).mean()) < SAME:
                continue
            if held is not None:
                yield start, at, held
            start, held, seen = at, image, small
        if held is not None:
            yield start, seconds, held


def create(limits: DecodingLimits | None = None) -> Reader:
    """The reader."""
    return VideoReader(limits or DecodingLimits())
