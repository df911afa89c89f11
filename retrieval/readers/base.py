"""Reader: one kind of file in, drafts of items out. One file per kind; runs inside the limited decoding process.

A reader must not trust its input, must not touch the network or the disk, and yields drafts as it goes so that limits can stop
it. Each reader module has `MEDIA_TYPES`, `EXTENSIONS` and `create() -> Reader`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from retrieval.items import Draft


class Reader(Protocol):
    """Turns the bytes of one file into drafts, in reading order."""

    def read(self, data: bytes, name: str) -> Iterator[Draft]:
        """Drafts of the file. Raises Unreadable when the bytes are damaged, encrypted or empty."""
        ...
