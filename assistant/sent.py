"""Sent: the events of one turn on their way to whoever reads them, in the order in which they were sent. Knows no turn."""

from __future__ import annotations

import asyncio
import threading
from collections import deque

from assistant.events import Event


class Sent:
    """For one reader, on the loop on which it was made. Tools send from threads of their own; only they have to wake the loop, which takes
    longer than making an event."""

    def __init__(self) -> None:
        self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
        self._events: deque[Event | None] = deque()
        self._there = asyncio.Event()

    def put(self, event: Event | None) -> None:
        """From any thread; None is the end."""
        self._events.append(event)
        if threading.get_ident() == self._thread:
            self._there.set()
        else:
            self._loop.call_soon_threadsafe(self._there.set)

    async def get(self) -> Event | None:
        """The next one."""
        while not self._events:
            self._there.clear()
            await self._there.wait()
        return self._events.popleft()
