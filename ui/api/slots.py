"""Slots: how many requests of a kind run at once and how many may wait. Knows no request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from retrieval.faults import Busy
from ui.api.words import refuse


class Slots:
    """A bounded queue. A full one refuses at once, because a late answer is worth less than an early no."""

    RETRY_SECONDS = 2

    def __init__(self, at_once: int, waiting: int) -> None:
        self.at_once, self.most_waiting = at_once, waiting
        self.running = 0
        self.waiting = 0
        self._free = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Hold a slot. Raises Busy (429) when as many wait as may; gives the slot back whatever happens inside."""
        if self._free.locked() and self.waiting >= self.most_waiting:
            fault = refuse(Busy, "busy", at_once=self.running, waiting=self.waiting, seconds=self.RETRY_SECONDS)
            fault.retry_after = self.RETRY_SECONDS  # type: ignore[attr-defined]
            raise fault
        self.waiting += 1
        try:
            await self._free.acquire()
        finally:
            self.waiting -= 1
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1
            self._free.release()
