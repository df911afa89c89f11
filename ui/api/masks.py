"""Masks: OpenAI's (transparent where the picture may change) and ours (white there) become one kind. Knows no route and no model."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from retrieval.content import Content
from retrieval.faults import InvalidInput
from ui.api.words import refuse

if TYPE_CHECKING:
    from PIL import Image

_WHITE_FROM = 128


def mask_of(sent: Content, size: tuple[int, int] | None = None) -> Content:
    """`sent` as a PNG in black and white, white where the picture may change.

    A mask with a transparent place is read as OpenAI's, any other by its brightness. Raises InvalidInput when it is no picture, is not of
    `size` (width, height in pixels), or marks nothing.
    """
    from PIL import Image, ImageOps

    if sent.modality != "image":
        raise refuse(InvalidInput, "mask_kind", param="mask", given=sent.media_type)
    with Image.open(io.BytesIO(sent.data)) as opened:
        if size is not None and opened.size != size:
            wide, high = opened.size
            raise refuse(InvalidInput, "mask_size", param="mask", width=size[0], height=size[1], given=f"{wide} x {high}")
        alpha = opened.getchannel("A") if "A" in opened.getbands() else None
        see_through = alpha is not None and darkest(alpha) < _WHITE_FROM
        grey = ImageOps.invert(alpha) if alpha is not None and see_through else opened.convert("L")
        marked = grey.point([255 if value >= _WHITE_FROM else 0 for value in range(256)])
    if marked.getbbox() is None:
        raise refuse(InvalidInput, "mask_empty", param="mask")
    out = io.BytesIO()
    marked.save(out, "PNG")
    width, height = marked.size
    return Content(modality="image", media_type="image/png", data=out.getvalue(), name="mask.png", width=width, height=height)


def darkest(channel: Image.Image) -> int:
    """The least value of a picture of one channel, 0 to 255."""
    return next(value for value, count in enumerate(channel.histogram()) if count)


def fitted(picture: Content, width: int, height: int) -> Content:
    """The picture (or mask) scaled until it covers `width` x `height` pixels, what hangs over cut off evenly. PNG."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(picture.data)) as opened:
        if opened.size == (width, height):
            return picture
        clear = "A" in opened.getbands() or "transparency" in opened.info
        flat = opened if opened.mode == "L" else opened.convert("RGBA" if clear else "RGB")
        hard = opened.mode == "L" and not any(opened.histogram()[1:255])  # a mask has no half tones, and shall get none
        cover = ImageOps.fit(flat, (width, height), method=Image.Resampling.NEAREST if hard else Image.Resampling.LANCZOS)
    out = io.BytesIO()
    cover.save(out, "PNG")
    return picture.model_copy(update={"data": out.getvalue(), "media_type": "image/png", "width": width, "height": height})
