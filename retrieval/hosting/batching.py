"""Batching: calls from several threads joined into one call of a model. Knows no model.

A call that finds nobody at work starts at once; calls that come meanwhile go together in the next batch. So one caller never waits for
company, and many share the cost.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar, cast

In = TypeVar("In")
Out = TypeVar("Out")


class _Call(Generic[In, Out]):
    def __init__(self, given: In, key: Hashable) -> None:
        self.given, self.key = given, key
        self.woken = threading.Event()
        """It is done, or it is this caller's turn to do the work."""
        self.done = False
        self.made: Out | None = None
        self.failed: BaseException | None = None

    def finish(self) -> None:
        """Let its caller go on."""
        self.done = True
        self.woken.set()


class Batcher(Generic[In, Out]):
    """Joins single calls. Safe for threads; the caller's own thread does the work, so that there is none to stop."""

    def __init__(
        self, run: Callable[[Sequence[In]], Sequence[Out]], *, most: int, key: Callable[[In], Hashable] = lambda given: None
    ) -> None:
        """`run` maps inputs to as many outputs; `most` inputs at once; only inputs with the same `key` go together."""
        self._run, self._most, self._key = run, most, key
        self._waiting: deque[_Call[In, Out]] = deque()
        self._lock = threading.Lock()
        self._led = False
        """Somebody is at work, and takes up what comes meanwhile."""
        self.sizes: deque[int] = deque(maxlen=1000)
        """Of the last batches."""

    def __call__(self, given: In) -> Out:
        """The output for one input. Raises what `run` raised for it."""
        call: _Call[In, Out] = _Call(given, self._key(given))
        with self._lock:
            self._waiting.append(call)
            leads, self._led = not self._led, True
        if not leads:
            call.woken.wait()
        if not call.done:
            self._lead(call)
        if call.failed is not None:
            raise call.failed
        return cast(Out, call.made)

    def _lead(self, call: _Call[In, Out]) -> None:
        """Work until `call` is done, then leave the rest to whoever waits longest."""
        try:
            while not call.done:
                self._work(self._next())
        finally:
            with self._lock:
                self._led = bool(self._waiting)
                if self._led:
                    self._waiting[0].woken.set()

    def _next(self) -> list[_Call[In, Out]]:
        """The oldest call and those that may go with it."""
        with self._lock:
            key = self._waiting[0].key
            batch = [call for call in self._waiting if call.key == key][: self._most]
            for call in batch:
                self._waiting.remove(call)
        return batch

    def _work(self, batch: list[_Call[In, Out]]) -> None:
        self.sizes.append(len(batch))
        try:
            made = self._run([call.given for call in batch])
        except BaseException as error:
            if not isinstance(error, Exception):  # this thread is being ended: the others go on without it
                with self._lock:
                    self._waiting.extendleft(reversed(batch[1:]))
            elif len(batch) > 1:
                for call in batch:  # one bad input must not spoil the others'
                    self._work([call])
                return
            batch[0].failed = error
            batch[0].finish()
            if not isinstance(error, Exception):
                raise
            return
        for call, one in zip(batch, made, strict=True):
            call.made = one
            call.finish()
