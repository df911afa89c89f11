"""Local: the engine that reads in this process, with the threads and decoding processes that it has. Few files are held at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

from retrieval.bulk.base import Listed, Read, Refused
from retrieval.bulk.reading import Opened, Reader

THREADS = 6
"""That fetch; the reader lets fewer decode at a time."""
AHEAD_FILES, AHEAD_BYTES = 48, 128 * 2**20
"""Files, and their bytes as listed, that are fetched and not yet embedded. One larger file is read all the same."""
EMBED_FILES, EMBED_BYTES = 24, 16 * 2**20
"""Files that are embedded together."""
Going = deque[tuple[Listed, "Future[Opened | Refused]"]]


class LocalEngine:
    """Reads with one reader of this process, which it does not close."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def run(self, tasks: Iterator[Listed]) -> Iterator[Read | Refused]:
        """As `retrieval.bulk.base.Engine`, in the order of the tasks."""
        pool = ThreadPoolExecutor(THREADS, thread_name_prefix="bulk")
        try:
            going: Going = deque()
            group: list[Opened] = []
            while self._filled(going, tasks, pool):
                found = going.popleft()[1].result()
                if isinstance(found, Refused):
                    yield found
                    continue
                group.append(found)
                if len(group) >= EMBED_FILES or sum(len(one.content.data) for one in group) >= EMBED_BYTES:
                    yield from self._reader.embed(group)
                    group = []
            yield from self._reader.embed(group) if group else ()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _filled(self, going: Going, tasks: Iterator[Listed], pool: ThreadPoolExecutor) -> bool:
        """Begin what there is room for; whether anything is going on."""
        ahead = sum(one.size for one, _ in going)
        while len(going) < AHEAD_FILES and (ahead < AHEAD_BYTES or not going):
            for task in islice(tasks, 1):
                going.append((task, pool.submit(self._reader.open, task)))
                ahead += task.size
                break
            else:
                break
        return bool(going)
