"""Store: keeps items with their vectors and finds them again. One file per engine; every engine passes one contract suite.

The owner and the collection are part of every call that finds or deletes: there is no way to ask across owners.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from retrieval.content import Modality
from retrieval.embedders.base import Vectors
from retrieval.items import Item


@dataclass(frozen=True)
class Scope:
    """Where a call may look."""

    owner: str
    collections: tuple[str, ...] = ()
    """Collection ids; empty means all collections of the owner."""
    modalities: tuple[Modality, ...] = ()
    """Empty means every modality."""
    filter: str = ""
    """Metadata condition in the language of `retrieval.filters`, e.g. `price < 60 and category = "jackets"`."""


@dataclass(frozen=True)
class Scored:
    """An item id with the raw score of one list: cosine for vectors, BM25 (higher is better) for words."""

    item_id: str
    score: float


@dataclass(frozen=True)
class Batch:
    """Items to add in one transaction, with a vector per space for the items that have one."""

    items: Sequence[Item]
    vectors: Mapping[str, Mapping[str, Vectors]] = field(default_factory=dict)
    """space -> item id -> vector of shape (dimension,)."""


class Store(Protocol):
    """Durable: when a writing call returns, the change survives a kill of the process."""

    def add(self, batch: Batch) -> None:
        """Insert or replace the items of `batch`, all or none."""
        ...

    def delete(self, item_ids: Sequence[str], owner: str) -> int:
        """Delete those of `item_ids` that belong to `owner`; how many there were."""
        ...

    def change_metadata(self, metadata: Mapping[str, Mapping[str, Any]], owner: str) -> int:
        """Give items of `owner` other metadata, by id; how many there were. Words and vectors stay as they are."""
        ...

    def get(self, item_ids: Sequence[str], owner: str) -> list[Item]:
        """The items of `owner` among `item_ids`, in that order."""
        ...

    def dense(self, space: str, vector: Vectors, k: int, scope: Scope) -> list[Scored]:
        """The `k` nearest by cosine within `scope`, best first; k are returned whenever k match."""
        ...

    def lexical(self, query: str, k: int, scope: Scope) -> list[Scored]:
        """The `k` best by BM25 within `scope`, best first. Chinese is segmented."""
        ...

    def vectors(self, space: str, item_ids: Sequence[str], owner: str) -> dict[str, Vectors]:
        """The vectors in a space of those of `item_ids` that have one and belong to `owner`, by item id, each of shape (dimension,)."""
        ...

    def lacking(self, space: str, modalities: Sequence[Modality], limit: int, after: str | None = None) -> list[Item]:
        """Items of all owners of `modalities` that have no vector in a space, oldest first, at most `limit`, those behind item `after`."""
        ...

    def add_vectors(self, space: str, vectors: Mapping[str, Vectors]) -> None:
        """Vectors in a space, by item id, for items that are stored and have none in it; others are passed over."""
        ...

    def frequencies(self, terms: Sequence[str]) -> tuple[int, dict[str, int]]:
        """Number of items, and in how many of them each of `terms` (`retrieval.segmentation.terms`) occurs: for weighing words only."""
        ...

    def rebuild(self) -> None:
        """Build everything that is derived anew from what is true."""
        ...

    def publish(self) -> None:
        """Bring what is derived and lies on the disk up to date, so that what was deleted is in none of it."""
        ...

    def status(self) -> list[dict[str, Any]]:
        """Per space: `name`, `dimension`, `vectors`, and what the engine adds."""
        ...

    def close(self) -> None:
        """Flush and release files."""
        ...
