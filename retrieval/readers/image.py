"""Pictures: the picture itself is the one item; its words come from whoever can see."""

from __future__ import annotations

from collections.abc import Iterator

from retrieval.decoding_limits import DecodingLimits
from retrieval.items import Draft
from retrieval.pictures import rewritten
from retrieval.readers.base import Reader

MEDIA_TYPES = ("image/png", "image/jpeg", "image/webp", "image/gif")
EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp", ".gif")


class ImageReader:
    """One draft with the picture, upright and without metadata."""

    def __init__(self, limits: DecodingLimits) -> None:
        self._limits = limits

    def read(self, data: bytes, name: str) -> Iterator[Draft]:
        """The picture. Raises TooLarge or Unreadable as the door does."""
        picture = rewritten(data, self._limits)
        metadata = {"width": picture.width, "height": picture.height}
        yield Draft(modality="image", title=name, data=picture.data, media_type=picture.media_type, metadata=metadata)


def create(limits: DecodingLimits | None = None) -> Reader:
    """The reader."""
    return ImageReader(limits or DecodingLimits())
