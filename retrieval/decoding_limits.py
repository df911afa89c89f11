"""How much a decoder may take: one frozen value that travels to the worker process. Knows no decoder and no settings file."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

MIB = 2**20


@dataclass(frozen=True)
class DecodingLimits:
    """Bounds of one decoding job. The names are those of the settings' `limits`, so any object with these attributes will do."""

    file_bytes: int = 50 * MIB
    """Bytes of one file."""
    image_pixels: int = 20_000_000
    """Width times height of one picture, frame or rendered page."""
    image_frames: int = 64
    """Frames of an animated picture, and pictures taken from one video."""
    pdf_pages: int = 500
    """Pages of a PDF, slides of a presentation."""
    audio_seconds: float = 3600.0
    """Decoded seconds of sound."""
    video_seconds: float = 3600.0
    """Seconds of video."""
    text_chars: int = 5_000_000
    """Characters of one document."""
    mesh_faces: int = 500_000
    """Triangles of a 3D model, every copy of a part counted."""
    decode_seconds: float = 120.0
    """Wall-clock seconds of one job; the worker is killed after that."""
    decode_bytes: int = 2048 * MIB
    """Address space of the worker process, in bytes."""

    @classmethod
    def of(cls, limits: object) -> DecodingLimits:
        """The values of `limits` by attribute name; a name it lacks keeps its default."""
        values: dict[str, Any] = {field.name: getattr(limits, field.name, field.default) for field in fields(cls)}
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for the worker's command line."""
        return asdict(self)


MIN_SIDE = 8
"""Pixels: the least width and height of a picture that is worth looking at (and that no model trips over)."""
MAX_ASPECT = 200
"""Longest side by shortest side; above that a picture is a line."""
MAX_RATE = 384_000
"""Hertz: no sound card records above this."""
MAX_CHANNELS = 16
MIN_SOUND_SECONDS = 0.01
ANSWER_BYTES = 512 * MIB
"""Bytes the worker may send back for one job; more than an hour of 16 kHz samples."""
