"""Posting: a JSON value sent to an http or https address that a person named. Bound as fetching is; follows no redirect."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from retrieval.addresses import checked, pinned
from retrieval.faults import NotAllowed, Unavailable
from retrieval.fetching import Pinned, failed, held, in_ascii

_TAKEN = range(200, 300)


def post(url: str, value: Mapping[str, Any], *, seconds: float, hosts: Sequence[str] = (), offline: bool = False) -> None:
    """Send `value`. Raises NotAllowed when offline, InvalidInput for an address that is not asked, NotFound, Unavailable, TimedOut."""
    if offline:
        raise NotAllowed("This service is offline: nothing is sent.", hint="Start it without OFFLINE=1.", param="url", code="offline")
    deadline = time.monotonic() + seconds
    parts = checked(url)
    connection = Pinned(parts, pinned(parts, hosts, deadline), deadline)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"User-Agent": "synesthesia", "Content-Type": "application/json", "Connection": "close"}
    try:
        with held(connection, deadline):
            connection.request("POST", in_ascii(path), json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"), headers)
            status = connection.getresponse().status
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise failed(error, parts, deadline) from error
    if status not in _TAKEN:
        raise Unavailable(f"{parts.hostname} did not take the message ({status}).", hint="Check the address.", code="post_failed")
