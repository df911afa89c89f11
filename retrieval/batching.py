"""Batching: texts that several threads want embedded at one time go through the model together. Knows no model and no text.

A model reads its weights once for a batch, so a few short texts cost little more than one. Nobody waits for company: whoever comes while
the model is idle begins at once, and takes along what queued up while the last batch ran.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from retrieval.embedders.base import Vectors

MOST = 32
"""Texts in a batch."""
FEW, SHORT = 8, 400
"""Texts of one thread, and their characters, as questions have: passages would hold up the questions that go with them."""


def few_and_short(texts: Sequence[str]) -> bool:
    """Whether texts are to be embedded together with those of others."""
    return len(texts) <= FEW and all(len(text) <= SHORT for text in texts)


class _Job:
    """What one thread wants."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.vectors: Vectors | None = None
        self.failed: BaseException | None = None

    @property
    def done(self) -> bool:
        return self.vectors is not None or self.failed is not None


class Batching:
    """Calls `embed` for one batch at a time, in the thread of one of those who want it. Safe for threads."""

    def __init__(self, embed: Callable[[Sequence[str]], Vectors], most: int = MOST) -> None:
        self._embed, self._most = embed, most
        self._changed = threading.Condition()
        self._waiting: deque[_Job] = deque()
        self._busy = False

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """The vectors of `texts`, in their order. Raises what `embed` raises for them."""
        job = _Job(texts)
        with self._changed:
            self._waiting.append(job)
        while not job.done:
            with self._changed:
                self._changed.wait_for(lambda: job.done or not self._busy)
                if job.done:
                    break
                self._busy, batch = True, self._next()
            try:
                self._run(batch)
            finally:
                with self._changed:
                    self._busy = False
                    self._changed.notify_all()
        if job.vectors is None:
            assert job.failed is not None
            raise job.failed
        return job.vectors

    def _next(self) -> list[_Job]:
        """Those who have waited longest, as many as go into a batch, at least one."""
        batch = [self._waiting.popleft()]
        room = self._most - len(batch[0].texts)
        while self._waiting and len(self._waiting[0].texts) <= room:
            batch.append(self._waiting.popleft())
            room -= len(batch[-1].texts)
        return batch

    def _run(self, batch: Sequence[_Job]) -> None:
        """Embed a batch; when that fails, each job by itself, so that one text costs nobody else an answer."""
        try:
            vectors = self._embed([text for job in batch for text in job.texts])
        except Exception as error:
            if len(batch) > 1:
                for job in batch:
                    self._run([job])
            else:
                batch[0].failed = error
            return
        except BaseException as error:
            for job in batch:
                job.failed = error
            raise
        at = 0
        for job in batch:
            job.vectors = vectors[at : at + len(job.texts)]
            at += len(job.texts)
