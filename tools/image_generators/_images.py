"""Images: pictures and masks as they come in, and as they go out. Knows no model and no change."""

from __future__ import annotations

import io

from PIL import Image

from retrieval.content import Content
from retrieval.faults import InvalidInput, Unreadable
from tools.phrasing import tell

PREVIEW_SIDE = 256
"""Longest side of a preview, pixels."""


def opened(content: Content) -> Image.Image:
    """The pixels of an admitted picture, RGB, or RGBA where it is transparent. Raises Unreadable."""
    try:
        with Image.open(io.BytesIO(content.data), formats=("PNG", "JPEG", "WEBP", "GIF")) as image:
            return image.convert("RGBA" if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info else "RGB")
    except (OSError, ValueError, SyntaxError) as error:
        raise Unreadable("This picture could not be opened.", hint="Send it again as PNG or JPEG.", param="image") from error


def marked(mask: Content | None, size: tuple[int, int], language: str) -> Image.Image | None:
    """Where a picture of `size` may change, as 0 and 255 (mode L); None without a mask.

    Raises InvalidInput when the mask has another size or marks nothing, Unreadable.
    """
    if mask is None:
        return None
    image = opened(mask)
    if image.size != size:
        own, other = (f"{width} x {height}" for width, height in (size, image.size))
        raise InvalidInput(
            tell(language, "pixels.mask_size", mask=other, picture=own), hint=tell(language, "pixels.mask_size_hint"), param="mask",
            code="mask_size",
        )  # fmt: skip
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, (0, 0, 0, 255)), image)
    white = image.convert("L").point(lambda value: 255 if value > 127 else 0)
    if white.getbbox() is None:
        raise InvalidInput(tell(language, "pixels.no_mask"), hint=tell(language, "pixels.no_mask_hint"), param="mask", code="no_mask")
    return white


def picture_content(image: Image.Image) -> Content:
    """A picture as PNG."""
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=6)
    return png_content(out.getvalue(), image.size)


def png_content(data: bytes, size: tuple[int, int]) -> Content:
    """A picture that is PNG already."""
    return Content(modality="image", media_type="image/png", data=data, name="picture.png", width=size[0], height=size[1])


def small(image: Image.Image) -> Content:
    """What is to be seen so far: JPEG, no side over `PREVIEW_SIDE`."""
    seen = image.convert("RGB")
    seen.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.BILINEAR)
    out = io.BytesIO()
    seen.save(out, "JPEG", quality=80)
    return Content(modality="image", media_type="image/jpeg", data=out.getvalue(), name="preview.jpg", width=seen.width, height=seen.height)
