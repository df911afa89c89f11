"""Asking a device over HTTP: an answer is small and comes in time, or it is none. Knows httpx, no device.

Addresses are those of the home's file; redirects are not followed, and nothing that comes back is unpacked.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

HEADERS = {"Accept-Encoding": "identity"}
SECONDS = 5.0
"""For a whole answer: one byte now and then resets every other timeout."""
WEBHOOK_BYTES, HUB_BYTES = 2**16, 2**24
"""Of one device's answer, and of a hub that tells the states of thousands."""


def ask(client: httpx.Client, method: str, url: str, most: int, **more: Any) -> httpx.Response:
    """The answer, read whole. Raises httpx.HTTPError when it is larger than `most` bytes, packed, or not there in `SECONDS`."""
    import httpx

    until, pieces, size = time.monotonic() + SECONDS, [], 0
    with client.stream(method, url, **more) as answer:
        if answer.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
            raise httpx.DecodingError("the answer is packed", request=answer.request)
        for piece in answer.iter_raw():
            size += len(piece)
            if size > most:
                raise httpx.DecodingError("the answer is too large", request=answer.request)
            if time.monotonic() > until:
                raise httpx.ReadTimeout("the answer takes too long", request=answer.request)
            pieces.append(piece)
    return httpx.Response(answer.status_code, headers={"Content-Type": answer.headers.get("Content-Type", "")}, content=b"".join(pieces))
