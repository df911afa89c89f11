"""Pictures from bytes nobody trusts: opened, measured, turned upright and written again. Runs inside the worker process.

Writing again drops metadata (position, camera, comments) and any bytes hidden after the picture; only the recipe of a generated PNG stays,
written again too. PNG stays PNG, JPEG stays JPEG, WebP stays WebP; a GIF becomes the PNG of its first frame. Colours are converted to sRGB
when the file carries a colour profile.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass, replace
from typing import cast

from PIL import Image, ImageOps, UnidentifiedImageError

from retrieval import recipe_chunk
from retrieval.decoding_limits import MAX_ASPECT, MIN_SIDE, DecodingLimits
from retrieval.faults import Fault, TooLarge, Unreadable

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
JPEG_QUALITY = 92
_DAMAGED_HINT = "Open the picture in a viewer, save it again and send that."


@dataclass(frozen=True)
class Picture:
    """A picture written again: bytes, media type and size in pixels."""

    data: bytes
    media_type: str
    width: int
    height: int


def _too_large(width: int, height: int, limit: int) -> TooLarge:
    return TooLarge(
        f"The picture is {width} x {height} pixels; the limit is {limit / 1e6:g} million pixels.",
        hint="Make it smaller and send it again, or raise limits.image_pixels.", code="image_too_large",
    )  # fmt: skip


def _truncated() -> Unreadable:
    return Unreadable("The picture ends too early.", hint="The transfer was cut off: send the file again.", code="image_truncated")


def _check_png(data: bytes) -> int:
    """Walk the chunks to the end mark, so that a file cut anywhere is noticed. The number of frames an animation declares."""
    at, frames = 8, 1
    while at + 12 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind == b"acTL" and length >= 4:
            frames = int.from_bytes(data[at + 8 : at + 12], "big")
        at += length + 12
        if kind == b"IEND" and at <= len(data):
            return frames
    raise _truncated()


def _check_jpeg(data: bytes) -> int:
    if data.rfind(b"\xff\xd9") <= data.rfind(b"\xff\xda"):  # the end mark must follow the last scan
        raise _truncated()
    return 1


def _skip_blocks(data: bytes, at: int) -> int:
    while at < len(data) and data[at]:
        at += data[at] + 1
    return at + 1


def _check_gif(data: bytes, limits: DecodingLimits) -> int:
    """Look at every frame's declared box without decoding it: a later frame may claim far more than the first."""
    flags = data[10] if len(data) > 12 else 0
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    frames = 0
    while at < len(data) and data[at] in b"!,":
        if data[at] == 0x21:
            at = _skip_blocks(data, at + 2)
            continue
        box = [int.from_bytes(data[at + n : at + n + 2], "little") for n in (1, 3, 5, 7)]
        width, height = box[0] + box[2], box[1] + box[3]
        if width * height > limits.image_pixels:
            raise _too_large(width, height, limits.image_pixels)
        frames += 1
        local = data[at + 9] if at + 9 < len(data) else 0
        at = _skip_blocks(data, at + 11 + (3 << (local & 7) + 1 if local & 0x80 else 0))
    return frames


def _frames(data: bytes, limits: DecodingLimits) -> int:
    if data.startswith(b"\x89PNG"):
        return _check_png(data)
    if data.startswith(b"\xff\xd8"):
        return _check_jpeg(data)
    if data.startswith(b"GIF8"):
        return _check_gif(data, limits)
    return 1


def _opened(data: bytes, limits: DecodingLimits) -> Image.Image:
    """The first frame, decoded. Raises a Fault for everything else."""
    Image.MAX_IMAGE_PIXELS = limits.image_pixels
    frames = _frames(data, limits)
    image = Image.open(io.BytesIO(data), formats=FORMATS)
    width, height = image.size
    if width * height > limits.image_pixels:
        raise _too_large(width, height, limits.image_pixels)
    frames = max(frames, getattr(image, "n_frames", 1) if image.format == "WEBP" else 1)
    if frames > limits.image_frames:
        raise TooLarge(
            f"The animation has {frames} frames; the limit is {limits.image_frames}.",
            hint="Send one picture, or a video.",
            code="too_many_frames",
        )
    if min(width, height) < MIN_SIDE:
        raise Unreadable(
            f"The picture is {width} x {height} pixels.", hint=f"Send one of at least {MIN_SIDE} x {MIN_SIDE}.", code="image_too_small"
        )
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise Unreadable(
            f"The picture is {width} x {height} pixels: a line.", hint="Cut out the part that matters.", code="image_too_narrow"
        )
    image.load()
    return image


def opened(data: bytes, limits: DecodingLimits) -> Image.Image:
    """The first frame of a PNG, JPEG, WebP or GIF, decoded, as it lies in the file.

    Raises TooLarge (pixels, frames), Unreadable (damaged, cut off, smaller than 8 pixels).
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _opened(data, limits)
    except (Fault, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooLarge("The picture claims too many pixels.", hint="Make it smaller and send it again.", code="image_too_large") from error
    except UnidentifiedImageError as error:
        raise Unreadable("The picture is damaged.", hint=_DAMAGED_HINT, code="image_unreadable") from error
    except Exception as error:  # the decoders also raise IndexError, SyntaxError, struct.error, zlib.error on damaged bytes
        if "truncated" in str(error).lower():
            raise _truncated() from error
        if "too large" in str(error).lower():
            raise TooLarge(
                "A part of the picture unpacks to too much.", hint="Save it without metadata.", code="image_too_large"
            ) from error
        raise Unreadable("The picture is damaged.", hint=_DAMAGED_HINT, code="image_unreadable") from error


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Colours as the profile meant them; the profile itself is not kept. A broken profile leaves the numbers as they are."""
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = "RGB" if image.mode in ("RGB", "CMYK", "L") else image.mode
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, source, target, outputMode=mode) or image
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image


def _plain_mode(image: Image.Image) -> Image.Image:
    """L, LA, RGB, RGBA, or P without transparency: what every face and model can show."""
    if image.mode in ("I;16", "I;16B", "I;16L", "I;16N", "I"):
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if image.mode == "P":
        return image.convert("RGBA") if "transparency" in image.info else image
    if image.mode in ("1", "F"):
        return image.convert("L")
    if image.mode in ("L", "LA", "RGB", "RGBA"):
        return image.convert("RGBA") if "transparency" in image.info else image
    return image.convert("RGBA" if image.mode in ("PA", "La", "RGBa") else "RGB")


def to_jpeg(image: Image.Image, quality: int = 85, longest: int = 0) -> Picture:
    """A JPEG of `image`, shrunk so that its longest side has at most `longest` pixels (0: as it is)."""
    image = image.convert("RGB")
    if longest and max(image.size) > longest:
        image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    image.info = {}
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Picture(buffer.getvalue(), "image/jpeg", *image.size)


def to_png(image: Image.Image) -> Picture:
    """A PNG of `image` with no metadata."""
    image.info = {}
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6 if image.width * image.height < 2_000_000 else 3)
    return Picture(buffer.getvalue(), "image/png", *image.size)


def rewritten(data: bytes, limits: DecodingLimits) -> Picture:
    """The picture upright and written again in its own format, see the module. Raises TooLarge or Unreadable."""
    image = opened(data, limits)
    kind, profile = image.format, image.info.get("icc_profile")
    upright = ImageOps.exif_transpose(image)
    changed = upright.size != image.size or image.getexif().get(0x0112, 1) != 1 or bool(profile)
    if profile and isinstance(profile, bytes):
        upright = _to_srgb(upright, profile)
    buffer = io.BytesIO()
    if kind == "JPEG":
        if not changed and image.mode in ("L", "RGB"):
            image.info = {}
            image.save(buffer, "JPEG", quality="keep")  # the same quantisation: nothing is lost a second time
            return Picture(buffer.getvalue(), "image/jpeg", *image.size)
        return to_jpeg(upright, JPEG_QUALITY)
    upright = _plain_mode(upright)
    if kind == "WEBP":
        upright.info = {}
        upright.save(buffer, "WEBP", quality=90, lossless=b"VP8L" in data[:64])
        return Picture(buffer.getvalue(), "image/webp", *upright.size)
    recipe, made = recipe_chunk.read(data), to_png(upright)
    return made if recipe is None else replace(made, data=recipe_chunk.written(made.data, recipe))


def embedded(data: bytes, limits: DecodingLimits, least: int = 48) -> Picture | None:
    """A picture found inside a document, written again; None when it is damaged, too large, or smaller than `least` pixels (decoration)."""
    try:
        picture = rewritten(data, limits)
    except (TooLarge, Unreadable):
        return None
    return picture if min(picture.width, picture.height) >= least else None


def from_pixels(image: object, limits: DecodingLimits) -> Picture:
    """JPEG of a picture another decoder made (a PDF's image, a page); one with transparency becomes a PNG."""
    pil = cast(Image.Image, image)
    if pil.width * pil.height > limits.image_pixels:
        raise _too_large(pil.width, pil.height, limits.image_pixels)
    return to_png(pil) if pil.mode in ("RGBA", "LA", "P", "1") else to_jpeg(pil, JPEG_QUALITY)
