"""Pages of a PDF, through PDFium: opened, measured, rendered. Runs inside the worker process. Scripts and actions are never run."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from retrieval.decoding_limits import DecodingLimits
from retrieval.faults import Fault, InvalidInput, TooLarge, Unreadable
from retrieval.items import Box

_PASSWORD = 4  # FPDF_ERR_PASSWORD
_UNITS = 100_000  # device units that page coordinates are mapped to, so that integer rounding stays below a hair


PAGE_SECONDS = 4.0
"""Processor seconds for drawing one page; a dense map takes about one."""


@contextmanager
def open_pdf(data: bytes, limits: DecodingLimits) -> Iterator[Any]:
    """The document. A file that opens without a password is read, as every viewer does; one that asks for a password is refused.

    Raises Unreadable (damaged, encrypted), TooLarge (pages). What PDFium raises inside becomes Unreadable.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
        try:
            if len(document) > limits.pdf_pages:
                raise TooLarge(
                    f"The PDF has {len(document)} pages; the limit is {limits.pdf_pages}.",
                    hint="Split it, or raise limits.pdf_pages.", code="too_many_pages",
                )  # fmt: skip
            yield document
        finally:
            document.close()
    except (Fault, MemoryError):
        raise
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD:
            raise Unreadable("The PDF is encrypted.", hint="Save it without a password and send it again.", code="pdf_encrypted") from error
        raise Unreadable(
            "The PDF is damaged.", hint="Open it in a viewer, print it to a new PDF and send that.", code="pdf_unreadable"
        ) from error


def fractions(page: Any, left: float, bottom: float, right: float, top: float) -> Box:
    """A box in page coordinates as fractions of the page as it is shown (crop box and rotation applied), origin at the top left."""
    from ctypes import c_int

    from pypdfium2 import raw

    corners = []
    for x, y in ((left, bottom), (right, top)):
        across, down = c_int(), c_int()
        raw.FPDF_PageToDevice(page, 0, 0, _UNITS, _UNITS, 0, x, y, across, down)
        corners.append((min(max(across.value / _UNITS, 0.0), 1.0), min(max(down.value / _UNITS, 0.0), 1.0)))
    (x0, y0), (x1, y1) = corners
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def rendered(page: Any, limits: DecodingLimits, *, scale: float = 0.0, longest: int = 0) -> Any:
    """A PIL picture of the page on white: `scale` times 72 dots an inch, or `longest` pixels on its longest side.

    The scale shrinks where the picture would pass the pixel limit. Raises Unreadable for a page without a size, TooLarge for one that
    takes longer than `PAGE_SECONDS` to draw.
    """
    width, height = page.get_size()
    if width <= 0 or height <= 0:
        raise Unreadable("The page has no size.", hint="Print the PDF to a new PDF and send that.", code="pdf_unreadable")
    scale = scale or longest / max(width, height)
    fit = (limits.image_pixels / (width * height)) ** 0.5
    return _drawn(page, math.ceil(width * min(scale, fit)), math.ceil(height * min(scale, fit)))


def _drawn(page: Any, width: int, height: int) -> Any:
    """The page in so many pixels, object by object: PDFium asks between them whether to go on, so a few bytes that repeat a costly
    picture a thousand times cost seconds and not minutes.
    """
    from pypdfium2 import PdfBitmap, raw

    end = time.process_time() + PAGE_SECONDS
    pause = raw.IFSDK_PAUSE(version=1, user=None)
    pause.NeedToPauseNow = type(pause.NeedToPauseNow)(lambda _: time.process_time() > end)
    bitmap = PdfBitmap.new_native(width, height, raw.FPDFBitmap_BGR)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
    try:
        state = raw.FPDF_RenderPageBitmap_Start(bitmap, page, 0, 0, width, height, 0, raw.FPDF_ANNOT, pause)
    finally:
        raw.FPDF_RenderPage_Close(page)
    if state == raw.FPDF_RENDER_TOBECONTINUED:
        raise TooLarge(
            "A page of the PDF is too intricate to draw.", hint="Print it to a new PDF and send that.", code="page_too_intricate"
        )
    if state != raw.FPDF_RENDER_DONE:
        raise Unreadable("A page of the PDF cannot be drawn.", hint="Print it to a new PDF and send that.", code="pdf_unreadable")
    return bitmap.to_pil().convert("RGB")


def page_at(document: Any, number: int) -> Any:
    """Page `number`, counted from 1. Raises InvalidInput for a page that is not there."""
    if not 1 <= number <= len(document):
        raise InvalidInput(f"There is no page {number}.", hint=f"The document has pages 1 to {len(document)}.", param="page")
    return document[number - 1]
