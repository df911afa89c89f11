"""Ingestion: one worker that reads attached files, in the order they came. Knows the library, no request.

An attachment is durable before it is queued, so nothing depends on this queue: what a killed process left is queued again at the start.
Where several processes share a library, each looks now and then for what is not read, and whoever comes first reads it.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Mapping
from contextlib import suppress

from retrieval.faults import Busy, Fault, NotFound, StorageFull, StorageRefused
from retrieval.library import Attachment, Library
from retrieval.request_context import RequestContext, current, working_for
from ui.api.words import refuse

log = logging.getLogger(__name__)

Job = tuple[str, str, str]
"""file id, collection id, owner."""


class Ingestion:
    """A bounded queue and its worker thread."""

    RETRY_SECONDS = 10
    LOOK_SECONDS = 5.0
    """Between two looks at what other processes have left, where there are any."""
    LOOKED_AT = 50

    def __init__(self, library: Library, most_waiting: int = 2000, each: int = 500) -> None:
        """`most_waiting` files wait to be read, `each` of one owner."""
        self._library = library
        self._most, self._each = most_waiting, each
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._open: set[Job] = set()
        self._asked: dict[Job, RequestContext | None] = {}
        """By which request a job came."""
        self._at: tuple[Job, float, str] | None = None
        self._worker = threading.Thread(target=self._work, name="ingestion", daemon=True)

    @property
    def waiting(self) -> int:
        """Files queued or being read."""
        return len(self._open)

    def start(self) -> None:
        """Start the worker with what a killed process left undone."""
        for job in self._library.pending():
            self._add(job)
        self._worker.start()

    def attach(self, file_id: str, collection: str, owner: str, metadata: Mapping[str, object] | None = None) -> Attachment:
        """Attach durably and queue. Raises Busy when the queue is full, NotFound for an unknown file or collection."""
        with self._lock:
            own = sum(job[2] == owner for job in self._open)
        if len(self._open) >= self._most:
            raise self._busy("queue_full", len(self._open))
        if own >= self._each:
            raise self._busy("own_queue_full", own)
        attachment = self._library.attach(file_id, collection, owner, dict(metadata) if metadata else None)
        if attachment.status == "in_progress":
            self._add((file_id, attachment.collection, owner))
        return attachment

    def _busy(self, key: str, count: int) -> Busy:
        fault = refuse(Busy, key, count=count, seconds=self.RETRY_SECONDS)
        fault.retry_after = self.RETRY_SECONDS  # type: ignore[attr-defined]
        return fault

    def progress(self, attachment: Attachment) -> tuple[float, str]:
        """(part that is done, 0 to 1; stage: waiting, read, describe, embed, store or done) of an attachment that is in progress."""
        at = self._at
        if at is None or at[0][:2] != (attachment.file_id, attachment.collection):
            return 0.0, "waiting"
        return at[1], at[2]

    def close(self, seconds: float = 30.0) -> None:
        """Finish the file at hand and stop; the rest stays recorded as in progress."""
        self._stopping.set()
        self._jobs.put(None)
        if self._worker.is_alive():
            self._worker.join(seconds)

    def _add(self, job: Job) -> None:
        with self._lock:
            if job in self._open:
                return
            self._open.add(job)
            self._asked[job] = current()
        self._jobs.put(job)

    def _work(self) -> None:
        while (job := self._next()) is not None and not self._stopping.is_set():
            with working_for(self._asked.pop(job, None)):  # what goes wrong is logged under the request that attached the file
                again = self._done(job)
            if again:  # what was acknowledged is done once there is room
                self._add(job)

    def _next(self) -> Job | None:
        """What is to be read next; None at the end."""
        if not self._library.shared:
            return self._jobs.get()
        while True:
            with suppress(queue.Empty):
                return self._jobs.get(timeout=self.LOOK_SECONDS)
            with suppress(Fault):  # the database does not answer: the next look tells
                for job in self._library.pending()[: self.LOOKED_AT]:
                    self._add(job)

    def _done(self, job: Job) -> bool:
        """Read one file, whatever comes of it; whether it is to be read again."""
        again = False
        try:
            self._read(job)
        except (StorageFull, StorageRefused) as fault:
            log.warning("a file is read again in %d s: %s", self.RETRY_SECONDS, fault)
            again = not self._stopping.wait(self.RETRY_SECONDS)
        except NotFound:
            log.info("a file was removed before it was read")
        except Fault as fault:
            log.warning("a file could not be read: %s", fault)
        except Exception:
            log.exception("reading a file failed")
        finally:
            with self._lock:
                self._open.discard(job)
        return again

    def _read(self, job: Job) -> None:
        def tell(part: float, stage: str) -> None:
            self._at = (job, part, stage)

        file_id, collection, owner = job
        try:
            self._library.ingest(file_id, collection, owner, progress=tell, patience=0.0)
        finally:
            self._at = None
