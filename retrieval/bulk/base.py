"""What the parts of bulk ingestion hand to each other: what was listed, read, refused and written. Pure values and two interfaces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Wire = dict[str, Any]
"""A file that was read, as plain values (`retrieval.bulk.wire`)."""
Became = Literal["new", "changed", "unchanged", "failed"]


@dataclass(frozen=True)
class Listed:
    """A name that a listing gave."""

    origin: str
    """Under which the library knows it: the absolute path of a file of this machine, else the address."""
    size: int
    """Bytes."""
    mark: str
    """What changes when the bytes do: the store's ETag, else size and time of change."""


@dataclass(frozen=True)
class Held:
    """A file that the library holds already."""

    file_id: str
    origin: str
    mark: str
    """As it was listed when it was read; empty for one that the ordinary ingestion read."""
    status: str
    """in_progress | completed | failed."""


@dataclass(frozen=True)
class Refused:
    """A file that cannot be taken in."""

    listed: Listed
    code: str
    reason: str
    hint: str = ""


@dataclass(frozen=True)
class Read:
    """A file that was read, described and embedded."""

    listed: Listed
    wire: Wire = field(repr=False)
    size: int
    """Bytes of it on the wire, about."""


@dataclass(frozen=True)
class Written:
    """What became of a file in the library."""

    origin: str
    became: Became
    items: int = 0
    code: str = ""
    reason: str = ""
    hint: str = ""


class Writer(Protocol):
    """The side of the library, in this process or behind the API of the one that has it."""

    def held(self, after: str, limit: int) -> tuple[list[Held], str]:
        """(files of the collection that have an origin, behind the id `after`; the id to go on after, empty at the end)."""
        ...

    def commit(self, files: Sequence[Wire]) -> list[Written]:
        """Take the files in, all in one durable transaction. One that is there already with the same bytes stays as it is.

        Raises StorageFull, TooLarge (`quota_exceeded`), Unavailable; then none of them is in.
        """
        ...

    def remove(self, origins: Sequence[str]) -> int:
        """Take what was read at `origins` out of the collection; how many there were. Their files stay."""
        ...


class Engine(Protocol):
    """What reads many files at once."""

    def run(self, tasks: Iterator[Listed]) -> Iterator[Read | Refused]:
        """Each of `tasks` once, in any order, few of them held at a time. Closing the iterator stops the work."""
        ...
