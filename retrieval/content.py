"""Content: what a person sends or a tool makes, as a validated value. Knows no store and no decoder.

A Content is made at one door only, `retrieval.admission.admit`, which measures it; tools that make pictures or sound build it
directly because they know what they made.
"""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Modality = Literal["text", "image", "audio", "video", "file"]


class Content(BaseModel):
    """Bytes of one medium with what was measured about them. `data` is never shown in a repr or a log."""

    model_config = ConfigDict(frozen=True)

    modality: Modality
    """text | image | audio | video | file (a document that a reader turns into items)."""
    media_type: str
    """IANA media type found from the bytes, never from the sender's word, e.g. `image/png`."""
    data: bytes = Field(repr=False)
    """The bytes, pictures already re-encoded (metadata and trailing bytes gone)."""
    name: str = ""
    """File name as a label only; never used as a path."""
    width: int | None = None
    """Pixels; pictures and video."""
    height: int | None = None
    """Pixels; pictures and video."""
    seconds: float | None = None
    """Seconds; sound and video."""

    @property
    def sha256(self) -> str:
        """Hex digest of the bytes: the blob id."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def text(self) -> str:
        """The words of a text content; empty for every other modality."""
        return self.data.decode("utf-8") if self.modality == "text" else ""

    @classmethod
    def from_text(cls, text: str, name: str = "") -> Content:
        """A text content from words."""
        return cls(modality="text", media_type="text/plain", data=text.encode("utf-8"), name=name)
