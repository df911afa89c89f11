"""Evidence: the place that a citation points at, drawn or quoted. Knows contents and locators, no request and no library.

A PDF page is drawn with the box on it, a picture with its region, a video by its frame, a 3D model from a corner; words are quoted with
what stands around them.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, NamedTuple

from PIL import Image, ImageDraw

from retrieval.content import Content
from retrieval.decoding import Decoder
from retrieval.faults import InvalidInput, NotFound
from retrieval.items import Box, Draft, Locator
from ui.api.waveform import waveform
from ui.api.words import refuse

INK = (217, 70, 22)
"""Colour of the box: reads on white paper and on photographs."""
THUMBNAIL = 320
"""Longest side in pixels."""
AROUND = 400
"""Characters of context on each side of a quotation."""
PAGE_SCALE = 2.0
MARKS = 24
"""Regions in one picture at most."""


class Mark(NamedTuple):
    """A box to be drawn, and the number of its citation where there are several."""

    box: Box
    number: int | None = None


def marks(texts: Sequence[str]) -> tuple[Mark, ...]:
    """Regions from the query of an address: each `left,top,right,bottom`, and after it the number to write at the box, if any."""
    if len(texts) > MARKS:
        raise refuse(InvalidInput, "no_place", param="region", how=f"Send at most {MARKS} regions.")
    found = []
    for text in texts:
        corners, _, number = text.rpartition(",") if text.count(",") == 4 else (text, "", "")
        if number and not (number.isascii() and number.isdigit() and len(number) < 4):
            raise refuse(InvalidInput, "no_place", param="region", how="The fifth value is the number to write at the box.")
        box = _box(corners, "region")
        if box is not None:
            found.append(Mark(box, int(number) if number else None))
    return tuple(found)


def picture(content: Content, place: Locator, decoder: Decoder, marks: Sequence[Mark] = ()) -> bytes | None:
    """PNG of the place, with `marks` in place of its own region; None for words and sounds. Raises InvalidInput for a place outside."""
    if content.media_type == "application/pdf":
        return _marked(decoder.page(content, place.page or 1, PAGE_SCALE), marks or _mark(place.bbox))
    if content.media_type.startswith("model/"):
        return decoder.view(content)
    if content.modality == "image":
        return _marked(content.data, marks or _mark(place.image_region or place.bbox))
    if content.modality == "video":
        start, end = place.time_span or (0.0, 0.0)
        return _marked(decoder.frames(content, [(start + end) / 2])[0], marks or _mark(place.image_region))
    return None


def _mark(box: Box | None) -> tuple[Mark, ...]:
    return () if box is None else (Mark(box),)


def quotation(content: Content, place: Locator, decoder: Decoder) -> dict[str, Any]:
    """`{text, context, locator}` of a place in words, or the stretch of a sound."""
    if content.modality == "audio":
        return {"text": "", "context": "", "locator": _plain(place), "seconds": content.seconds}
    if content.media_type in ("text/plain", "text/markdown") and place.char_span is not None:
        return _slice(content.data.decode("utf-8", "replace"), place)
    drafts = decoder.read(content) if content.modality == "file" else []
    found = next((n for n, draft in enumerate(drafts) if _covers(draft, place)), None)
    if found is None:
        if place != Locator() or content.modality not in ("text", "file"):
            raise refuse(NotFound, "no_place", how="Leave the place out to see the beginning.")
        text = content.text or "\n".join(draft.text for draft in drafts[:3])
        return {"text": text[:AROUND], "context": text[: 3 * AROUND], "locator": {}}
    around = "\n".join(draft.text for draft in drafts[max(found - 1, 0) : found + 2])
    return {"text": drafts[found].text, "context": around, "locator": _plain(drafts[found].locator)}


def thumbnail(content: Content, decoder: Decoder, place: Locator = Locator()) -> bytes:  # noqa: B008 - a frozen value
    """PNG of at most THUMBNAIL pixels: the picture, the page of `place` (else the first), a frame, a view, the loudness of a sound.

    Raises NotFound for what cannot be seen, InvalidInput for a page that there is not.
    """
    if content.media_type == "application/pdf":
        data = decoder.page(content, place.page or 1, 0.6)
    elif content.media_type.startswith("model/"):
        data = decoder.view(content)
    elif content.modality == "image":
        data = content.data
    elif content.modality == "video":
        start, end = place.time_span or (0.0, min((content.seconds or 0.0) * 0.2, 10.0))
        data = decoder.frames(content, [(start + end) / 2])[0]
    elif content.modality == "audio":
        samples = decoder.pcm(content)
        data = waveform(samples, content.seconds or len(samples) / 16_000, place.time_span)
    else:
        raise refuse(NotFound, "no_picture_of", modality=content.modality, file=content.name or "ID")
    with Image.open(io.BytesIO(data)) as source:
        image = source.convert("RGBA" if "A" in source.getbands() or source.mode == "P" else "RGB")
        image.thumbnail((THUMBNAIL, THUMBNAIL))
        return _png(image)


def locator(page: int | None, bbox: str, region: Sequence[str], time: str, char_span: str, row: int | None) -> Locator:
    """A place from the query of an address: boxes as `left,top,right,bottom` in 0 to 1, time as `start,end` in seconds."""
    regions = marks(region)
    start_end = _numbers(time, "time", 2)
    span = _numbers(char_span, "char_span", 2)
    for name, pair in (("time", start_end), ("char_span", span)):
        if pair is not None and not 0 <= pair[0] <= pair[1]:
            raise refuse(InvalidInput, "no_place", param=name, how="The start comes before the end and neither is below 0.")
    return Locator(
        page=page, row=row, bbox=_box(bbox, "bbox"), image_region=regions[0].box if regions else None,
        time_span=(start_end[0], start_end[1]) if start_end else None,
        char_span=(int(span[0]), int(span[1])) if span else None,
    )  # fmt: skip


def _box(text: str, param: str) -> Box | None:
    found = _numbers(text, param, 4)
    if found is None:
        return None
    left, top, right, bottom = found
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise refuse(InvalidInput, "no_place", param=param, how="Send left,top,right,bottom as fractions from 0 to 1.")
    return left, top, right, bottom


def _numbers(text: str, param: str, count: int) -> list[float] | None:
    if not text:
        return None
    parts = text.split(",")
    if param == "time" and len(parts) == 1:
        parts = [parts[0], parts[0]]
    try:
        found = [float(part) for part in parts]
    except ValueError:
        found = []
    if len(found) != count or not all(abs(number) < 1e9 for number in found):  # also refuses NaN
        raise refuse(InvalidInput, "no_place", param=param, how=f"Send {count} numbers with commas between them.")
    return found


def _marked(data: bytes, marked: Sequence[Mark]) -> bytes:
    with Image.open(io.BytesIO(data)) as source:
        image = source.convert("RGB")
    if marked:
        veil = Image.new("RGBA", image.size, (0, 0, 0, 0))
        for mark in marked:
            _outline(ImageDraw.Draw(veil), mark, image.size)
        image = Image.alpha_composite(image.convert("RGBA"), veil).convert("RGB")
    return _png(image)


def _outline(pen: ImageDraw.ImageDraw, mark: Mark, size: tuple[int, int]) -> None:
    """The box, and its number on a tab in its upper left corner."""
    width, height = size
    line = max(2, round(min(size) / 200))
    left, top, right, bottom = mark.box
    corners = (left * width - line, top * height - line, right * width + line, bottom * height + line)
    pen.rectangle(corners, fill=(*INK, 36), outline=(*INK, 255), width=line)
    if mark.number is None:
        return
    letters = max(11, round(min(size) / 18))
    x, y = max(corners[0], 0), max(corners[1], 0)
    tab = pen.textbbox((x + line * 2, y + line), str(mark.number), font_size=letters)
    pen.rectangle((x, y, tab[2] + line * 2, tab[3] + line * 2), fill=(*INK, 255))
    pen.text((x + line * 2, y + line), str(mark.number), fill="white", font_size=letters)


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _slice(text: str, place: Locator) -> dict[str, Any]:
    start, end = place.char_span or (0, 0)
    if start >= len(text):
        raise refuse(NotFound, "no_place", how=f"The text has {len(text)} characters.")
    context = text[max(start - AROUND, 0) : end + AROUND]
    return {"text": text[start:end], "context": context, "locator": _plain(place)}


def _covers(draft: Draft, place: Locator) -> bool:
    at = draft.locator
    if place.row is not None:
        return at.row == place.row
    if place.char_span is not None and at.char_span is not None:
        return at.char_span[0] < place.char_span[1] and place.char_span[0] < at.char_span[1]
    return place.page is not None and at.page == place.page


def _plain(place: Locator) -> dict[str, Any]:
    return place.model_dump(mode="json", exclude_none=True)
