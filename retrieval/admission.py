"""The door: bytes in, a measured Content out. Runs inside the worker process; `retrieval.decoding.Decoder.admit` is how others call it.

Pictures are written again (metadata and trailing bytes gone), sound and video are decoded and timed, documents are opened far enough
to know that a reader will get through. Text in another encoding than UTF-8 is kept as UTF-8.
"""

from __future__ import annotations

import re
import unicodedata

from retrieval import pictures, recordings
from retrieval.content import Content
from retrieval.decoding_limits import DecodingLimits
from retrieval.faults import TooLarge, Unreadable
from retrieval.media_types import Kind, sniff
from retrieval.text_encoding import decode

MAX_LABEL = 200
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def file_label(name: str) -> str:
    """A file name fit to be shown: no folders, no control or direction characters, at most 200 characters with its extension."""
    last = re.split(r"[/\\]|%2f|%5c", name, flags=re.IGNORECASE)[-1]
    shown = "".join(c for c in last if unicodedata.category(c) not in _INVISIBLE).strip(" .")
    if len(shown) <= MAX_LABEL:
        return shown
    stem, dot, extension = shown.rpartition(".")
    return f"{stem[: MAX_LABEL - len(extension) - 1]}.{extension}" if dot and len(extension) <= 10 else shown[:MAX_LABEL]


def check_size(data: bytes, limits: DecodingLimits) -> None:
    """Raises Unreadable for an empty file, TooLarge for one over the limit."""
    if not data:
        raise Unreadable("The file is empty.", hint="Check that it was saved, then send it again.", code="empty_file")
    if len(data) > limits.file_bytes:
        raise TooLarge(
            f"The file has {len(data) / 2**20:.1f} MiB; the limit is {limits.file_bytes / 2**20:g} MiB.",
            hint="Send a smaller file, or raise limits.file_bytes.", code="file_too_large",
        )  # fmt: skip


def _document(data: bytes, kind: Kind, limits: DecodingLimits) -> bytes:
    """The bytes to keep of a document. Raises what its reader would raise at once: encrypted, damaged, too many pages or characters."""
    if kind.media_type == "application/pdf":
        from retrieval.pages import open_pdf

        with open_pdf(data, limits):
            return data
    if not kind.media_type.startswith(("text/", "application/json", "application/x-ndjson")):
        return data
    text = decode(data)
    if not text.strip():
        raise Unreadable("The file holds no text.", hint="Check that it was saved, then send it again.", code="empty_file")
    if len(text) > limits.text_chars:
        raise TooLarge(
            f"The text has {len(text)} characters; the limit is {limits.text_chars}.",
            hint="Split it, or raise limits.text_chars.", code="text_too_long",
        )  # fmt: skip
    if kind.media_type == "application/json":
        from retrieval.readers.json import parse

        parse(text)
    return text.encode("utf-8")  # without a byte order mark, so that spans count the same for everyone who decodes it


def admit(data: bytes, name: str, declared: str, limits: DecodingLimits) -> Content:
    """The Content of a file: type by its first bytes, size or length measured.

    `name` and `declared` (a media type) only tell kinds of text apart. Raises TooLarge, UnsupportedType or Unreadable.
    """
    check_size(data, limits)
    label = file_label(name)
    kind = sniff(data, label, declared)
    if kind.modality == "image":
        picture = pictures.rewritten(data, limits)
        return Content(
            modality="image", media_type=picture.media_type, data=picture.data, name=label, width=picture.width, height=picture.height
        )
    if kind.modality in ("audio", "video"):
        media_type, modality = recordings.refined(data, kind.media_type)
        if modality == "audio":
            seconds = recordings.sound_seconds(data, media_type, limits)
            return Content(modality="audio", media_type=media_type, data=data, name=label, seconds=seconds)
        width, height, seconds = recordings.video_size(data, media_type, limits)
        return Content(modality="video", media_type=media_type, data=data, name=label, width=width, height=height, seconds=seconds)
    return Content(modality="file", media_type=kind.media_type, data=_document(data, kind, limits), name=label)
