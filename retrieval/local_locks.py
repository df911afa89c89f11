"""Names held within one process that has its database alone. The locks of threads that the library has anyway do for everything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from retrieval.engine import Connection


class LocalLocks:
    """Every name is free: nobody else has the database open."""

    def __init__(self, write: Callable[[], AbstractContextManager[Connection]] | None = None) -> None:
        """`write` begins a transaction."""
        self._write = write

    @contextmanager
    def claim(self, name: str, patience: float | None = None) -> Iterator[bool]:
        """Hold a name alone."""
        yield True

    @contextmanager
    def alone(self, name: str) -> Iterator[bool]:
        """Hold a name for a moment."""
        yield True

    def turn(self, name: str) -> AbstractContextManager[Connection]:
        """Hold a name alone for a moment, in a transaction."""
        assert self._write is not None
        return self._write()

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Hold a name together with others."""
        yield
