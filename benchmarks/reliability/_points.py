"""The named places where a process may be killed: inside keeping, reading, publishing, exchanging and recovering. Changes no product code.

Each place is a function of the product that this process wraps in itself; at the given passing it kills itself with -9.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from retrieval import blobs, database, index_building
from retrieval.blobs import Blobs
from retrieval.index_cache import Indexes
from retrieval.index_files import IndexFiles
from retrieval.stores.faiss import FaissStore

Place = tuple[Any, str, Callable[[tuple[Any, ...]], bool], bool]
"""(owner, its function, for which arguments, before it rather than after it)"""


def _any(given: tuple[Any, ...]) -> bool:
    return True


def _runs(statement: str) -> Callable[[tuple[Any, ...]], bool]:
    return lambda given: str(given[1]).startswith(statement)


def _names(ending: str) -> Callable[[tuple[Any, ...]], bool]:
    return lambda given: str(given[0]).endswith(ending)


def _blob(given: tuple[Any, ...]) -> bool:
    return os.path.basename(os.path.dirname(str(given[0]))).isalnum() and len(os.path.basename(str(given[0]))) == 64


POINTS: dict[str, Place] = {
    "ingest: before the blob is written": (blobs, "write_durably", _blob, True),
    "ingest: after the blob is durable": (blobs, "write_durably", _blob, False),
    "ingest: between rename and sync of the folder": (blobs, "sync", _any, True),
    "transaction: begun": (database._Connection, "execute", _runs("BEGIN"), False),
    "transaction: before commit": (database._Connection, "execute", _runs("COMMIT"), True),
    "transaction: after commit": (database._Connection, "execute", _runs("COMMIT"), False),
    "ingest: words written, vectors not": (FaissStore, "_insert_vectors", _any, True),
    "ingest: before the index follows": (Indexes, "follow", _any, True),
    "ingest: after the index followed": (Indexes, "follow", _any, False),
    "delete: before the items go": (FaissStore, "delete", _any, True),
    "delete: before the blob goes": (Blobs, "discard", _any, True),
    "delete: after the blob went": (Blobs, "discard", _any, False),
    "publish: before": (IndexFiles, "publish", _any, True),
    "publish: index written, manifest not": (IndexFiles, "_switch", _any, True),
    "publish: manifest switched, old index there": (IndexFiles, "_switch", _any, False),
    "compaction: built, not exchanged": (Indexes, "_exchange", _any, True),
    "compaction: exchanged": (Indexes, "_exchange", _any, False),
    "compaction: while it catches up": (index_building, "catch_up", _any, False),
    "recovery: before the database is prepared": (database.Database, "_prepare", _any, True),
    "recovery: after it": (database.Database, "_prepare", _any, False),
    "recovery: blobs being swept": (Blobs, "sweep", _any, True),
    "recovery: blobs swept": (Blobs, "sweep", _any, False),
    "recovery: index being loaded": (IndexFiles, "load", _any, False),
    "recovery: index built anew": (Indexes, "_build", _any, False),
}
"""Name -> place."""


def arm(point: str, times: int) -> None:
    """Kill this process at the `times`-th passing of a place."""
    owner, name, fits, before = POINTS[point]
    original = getattr(owner, name)
    left = [times]

    def passed(given: tuple[Any, ...]) -> None:
        if fits(given):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

    def wrapped(*given: Any, **more: Any) -> Any:
        if before:
            passed(given)
        result = original(*given, **more)
        if not before:
            passed(given)
        return result

    setattr(owner, name, wrapped)
