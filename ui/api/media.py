"""Stored bytes as HTTP answers: what may be shown in a page and what is only downloaded, ranges, names. Knows no library."""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterator
from contextlib import ExitStack
from io import BytesIO
from typing import BinaryIO
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from retrieval.content import Content
from retrieval.faults import InvalidInput
from retrieval.records import FileInfo
from ui.api.words import refuse

SHOWN = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp"))
"""Types a browser may show in place. They were written again by our own encoder when they were admitted."""
PIECE = 256 * 1024
"""Bytes of a file that are in memory at once while it is sent."""
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})$")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f"\\/;%\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]')
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "private, max-age=86400, immutable",
    "Accept-Ranges": "bytes",
}


def serve(content: Content, request: Request) -> Response:
    """The bytes of a content: pictures in place, everything else as a download (players take sound and video either way)."""
    return _answer(content, len(content.data), BytesIO(content.data), request)


def stream(file: FileInfo, data: BinaryIO, request: Request) -> Response:
    """The same for a stored file, read while it is sent: a thousand slow readers of a long film hold no film each. Closes `data`."""
    return _answer(file, file.bytes, data, request)


def download(data: BinaryIO, size: int, name: str, media_type: str) -> Response:
    """A file that was made for this answer, from its first byte; sent like a stored one. Closes `data`."""
    data.seek(0)
    headers = {"Content-Disposition": disposition(name, "attachment"), "Content-Length": str(size), "Cache-Control": "no-store"}
    return _sent(data, size, 200, headers, media_type)


def _answer(content: Content | FileInfo, size: int, data: BinaryIO, request: Request) -> Response:
    with ExitStack() as closing:
        closing.callback(data.close)
        shown = content.media_type in SHOWN
        headers = {
            **HEADERS,
            "Content-Disposition": disposition(content.name or content.sha256[:12], "inline" if shown else "attachment"),
            "ETag": f'"{content.sha256}"',
        }
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        start, end = span(request.headers.get("range", ""), size)
        partial = (start, end) != (0, size)
        if partial:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        data.seek(start)
        status, kind = 206 if partial else 200, _media_type(content)
        if end - start <= PIECE:
            return Response(data.read(end - start), status, headers, media_type=kind)
        headers["Content-Length"] = str(end - start)
        closing.pop_all()
        return _sent(data, end - start, status, headers, kind)


def _sent(data: BinaryIO, size: int, status: int, headers: dict[str, str], kind: str) -> Response:
    answer = StreamingResponse(_pieces(data, size), status, headers, media_type=kind)
    weakref.finalize(answer, data.close)  # of a client that left before the first piece nothing is ever asked for
    return answer


def _pieces(data: BinaryIO, left: int) -> Iterator[bytes]:
    with data:
        while left and (piece := data.read(min(PIECE, left))):
            left -= len(piece)
            yield piece


def _media_type(content: Content | FileInfo) -> str:
    if content.media_type in SHOWN or content.modality in ("audio", "video") or content.media_type == "application/pdf":
        return content.media_type
    return "text/plain; charset=utf-8" if content.media_type.startswith("text/") else "application/octet-stream"


def span(header: str, size: int) -> tuple[int, int]:
    """(first byte, one past the last) of a Range header; everything when there is none. Raises InvalidInput (416)."""
    if not header:
        return 0, size
    match = _RANGE.match(header.strip())
    if match is None or match[0] == "bytes=-":
        raise _unsatisfiable(size)
    if match[1]:
        start, end = int(match[1]), min(int(match[2]) + 1 if match[2] else size, size)
    else:
        start, end = max(size - int(match[2]), 0), size
    if not 0 <= start < end:
        raise _unsatisfiable(size)
    return start, end


def disposition(name: str, kind: str) -> str:
    """A Content-Disposition that no name can break out of."""
    label = _UNSAFE.sub("_", name).strip(" .")[-120:] or "file"
    plain = label.encode("ascii", "replace").decode().replace("?", "_")
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(label, safe='')}"


def _unsatisfiable(size: int) -> InvalidInput:
    fault = refuse(InvalidInput, "range", code="range_not_satisfiable", size=size)
    fault.status = 416
    return fault
