"""Previews: what is to be seen so far of a picture that is being drawn, small enough to send many of. Knows no drawing method."""

from __future__ import annotations

import base64
import io

from assistant.events import ToolPreview
from retrieval.content import Content
from retrieval.decoding import pixels

SIDE = 256
"""Pixels of the longer side at most."""
QUALITY = 75
"""Of the JPEG: some ten kilobytes a preview."""


def preview(tool: str, number: int, content: Content) -> ToolPreview:
    """The event for picture `number` (from 0) of `tool`. Raises Unreadable when `content` is no picture."""
    from PIL import Image

    picture = Image.fromarray(pixels(content)).convert("RGB")
    picture.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return ToolPreview(tool=tool, number=number, media_type="image/jpeg", data=base64.b64encode(out.getvalue()).decode())
