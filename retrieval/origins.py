"""Origins: where the bytes of a file were read, a path or an address, and which bytes they were. Pure values.

They are kept in the file's metadata and not in that of its items: the same words found at two places are still the same words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

ORIGIN, DIGEST, TAG = "origin", "origin_sha256", "origin_tag"
"""Path or address; sha256 of the bytes as they were there, before admission wrote them again; the server's mark of that version."""
_KEYS = frozenset((ORIGIN, DIGEST, TAG))


def digest(data: bytes) -> str:
    """The sha256 by which a later look tells whether anything changed."""
    return hashlib.sha256(data).hexdigest()


def origin_metadata(origin: str, data: bytes, tag: str = "") -> dict[str, Any]:
    """What to keep in the metadata of a file read at `origin`."""
    return {ORIGIN: origin, DIGEST: digest(data), **({TAG: tag} if tag else {})}


def without_origin(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata that belongs to the content."""
    return {key: value for key, value in metadata.items() if key not in _KEYS}
