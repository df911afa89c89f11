"""What the library asks of a database engine: `retrieval.database` is SQLite, `retrieval.database_postgres` PostgreSQL.

Statements are written once, in the part of SQL that both understand, with `?`, `?1` or `:name` for values. Lists travel as JSON, in
`IN (SELECT value FROM json_each(?))`; what else may be in one stands in `retrieval.postgres_statements`. What the two do differently is a
method here. Whatever the engine, one transaction writes at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from retrieval.faults import Fault

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from retrieval.indexes import Keys
BUSY_SECONDS = 30
"""That one waits for another writer."""
TITLE_WEIGHT = 0.5
"""A word of a title counts half: most titles are file names."""
Listener = Callable[[Sequence[int] | None], None]
"""Gets the keys of the items that changed; None when anything may have changed."""
ITEMS, METADATA, VECTORS, CALIBRATIONS, ALL = "items", "metadata", "vectors", "calibrations", "all"
"""What the feed speaks of: items that came or went; that got other metadata; that got vectors later; fitted calibrations; all of it."""


class Row(Protocol):
    """A row: its columns by place or by name."""

    def __getitem__(self, key: Any, /) -> Any:
        """The column at a place, or of a name."""
        ...

    def keys(self) -> list[str]:
        """Names of the columns."""
        ...


class Cursor(Protocol):
    """What a statement found or did."""

    @property
    def rowcount(self) -> int:
        """Rows that were changed."""
        ...

    def fetchone(self) -> Any:
        """The next row, or None."""
        ...

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        ...

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """What `write` and `read` hand out."""

    def execute(self, statement: str, values: Any = (), /) -> Cursor:
        """Run one statement."""
        ...

    def executemany(self, statement: str, values: Iterable[Any], /) -> object:
        """Run one statement for each of the values."""
        ...


class Feed(Protocol):
    """Who derives something from the database learns here what was committed, by this process or another."""

    def tell(self, topic: str, keys: Iterable[int] = ()) -> None:
        """Inside a `write` block: what is derived from the topic, from these items if any, is out of date."""
        ...

    def listen(self, topic: str, action: Listener) -> None:
        """Have `action` called with the keys of every commit that told of the topic; with None when anything may have changed."""
        ...

    def catch_up(self) -> None:
        """Tell this process of what others committed. Before everything that reads what is derived."""
        ...


class Locks(Protocol):
    """Names that one process, or several, hold for a while; the system takes them back when the process dies."""

    def claim(self, name: str, patience: float | None = None) -> AbstractContextManager[bool]:
        """Hold a name alone; whether it was free within `patience` seconds. None waits for as long as it takes."""
        ...

    def alone(self, name: str) -> AbstractContextManager[bool]:
        """Hold a name for a moment, if nobody holds it; whether that is so."""
        ...

    def turn(self, name: str) -> AbstractContextManager[Connection]:
        """Hold a name alone for a moment, in a transaction that begins when it is free. Never while holding off writers by it."""
        ...

    def hold(self, name: str) -> AbstractContextManager[None]:
        """Hold a name together with others."""
        ...


class TextIndex(Protocol):
    """The words of the items, kept in the database with them."""

    @property
    def ranked(self) -> Callable[[Sequence[str], int], list[tuple[int, float]]] | None:
        """(words, limit) -> (key, score) of the best for any of the words, whoever owns them, best first: the quicker way among few items.

        None where the database ranks nothing itself.
        """
        ...

    def add(self, connection: Connection, rows: Sequence[tuple[int, str, str]]) -> None:
        """Take in items: key, title and text."""
        ...

    def remove(self, connection: Connection, rows: Sequence[tuple[int, str, str]]) -> None:
        """Forget items; with the title and text that they were taken in with."""
        ...

    def clear(self, connection: Connection) -> None:
        """Forget all."""
        ...

    def tidy(self, connection: Connection) -> None:
        """Leave nothing of what was forgotten."""
        ...

    def occurrences(self, term: str) -> tuple[Keys, NDArray[np.float64]]:
        """Keys of the items with a word, ascending, and how often it is there, a title counting `TITLE_WEIGHT`."""
        ...

    def lengths(self, keys: Keys | None) -> Iterator[tuple[Keys, NDArray[np.int64]]]:
        """Blocks of keys and how many words each has; of all items, or of those of `keys` that are there."""
        ...

    def frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many items each of the terms is."""
        ...

    def totals(self) -> tuple[int, int]:
        """Items, and words in all of them."""
        ...


class Engine(Protocol):
    """An open library database. Safe for threads; a transaction that has returned is on the disk."""

    library_id: str
    was_clean: bool
    """Whether everybody who had it open before closed it in order."""

    @property
    def shared(self) -> bool:
        """Whether other processes may have it open too."""
        ...

    @property
    def feed(self) -> Feed:
        """What was committed."""
        ...

    @property
    def locks(self) -> Locks:
        """Names held across processes."""
        ...

    @property
    def text(self) -> TextIndex:
        """The words of the items."""
        ...

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        ...

    @property
    def damage(self) -> Fault | None:
        """What was found wrong with it since it was opened."""
        ...

    def write(self) -> AbstractContextManager[Connection]:
        """One transaction, durable when the block has ended; nested blocks join the outer one. Raises StorageFull and leaves no trace."""
        ...

    def read(self) -> AbstractContextManager[Connection]:
        """A connection for reading: it sees everything committed, and inside a `write` block also what is not yet."""
        ...

    def quiet(self) -> AbstractContextManager[None]:
        """Hold off all writing, of other processes too, without a transaction: for work that may run on a full disk."""
        ...

    def still(self) -> AbstractContextManager[None]:
        """A block in which this thread reads one state of the database, and everything derived from it stays as it is."""
        ...

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run `action` when the transaction of the surrounding `write` block is durable, before this process writes again."""
        ...

    def one(self, statement: str, values: Any = ()) -> Any:
        """First row, or None."""
        ...

    def all(self, statement: str, values: Any = ()) -> list[Any]:
        """All rows."""
        ...

    def numbers(self, statement: str, values: Any = ()) -> Keys:
        """The one column, of numbers."""
        ...

    def keys(self, connection: Connection, count: int) -> range:
        """Keys for so many new items, larger than any that was ever used."""
        ...

    def matching(self, source: str) -> tuple[str, list[Any]]:
        """The condition on `items` of a metadata filter, and its values. Raises InvalidInput."""
        ...

    def owned(self) -> list[str]:
        """Tables with a column `owner`: what stands in them is somebody's."""
        ...

    def size(self) -> int:
        """Bytes."""
        ...

    def scrub(self) -> None:
        """Give up the room of what was deleted. Raises StorageFull, Busy."""
        ...

    def close(self) -> None:
        """Close all connections. Safe to call twice."""
        ...


OpenDatabase = Callable[[Path], Engine]
"""Opens the database of the library in a data directory."""
