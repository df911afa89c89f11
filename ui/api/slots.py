"""Slots: how many requests of a kind run at once, how many may wait, and whose turn is next. Knows no request.

People take turns: whoever waits is served in rotation, so that a hundred requests of one person delay another's single one by one
request and not by a hundred. While others are about, one person holds at most half of the slots. Whoever comes back at once after each
refusal waits for the next one: a refusal costs work too, and a thousand of them a second would leave none for what is answered.
"""

from __future__ import annotations

import asyncio
import math
import time
from asyncio import sleep as rest
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from retrieval.faults import Busy
from ui.api.words import refuse

ABOUT_SECONDS = 30.0
"""So long after a request its owner counts as being about, and is left room."""
LONGEST_HINT = 60
"""Seconds that a refused client is told to stay away, at most."""
REFUSALS_A_SECOND, REFUSALS_ALONE = 20, 100
"""That one owner gets while others are about, and while nobody else is; those of a first second at once."""
LONGEST_REFUSAL = 2.0
"""Seconds that a refusal waits, at most."""


class Slots:
    """A bounded queue. A full one refuses at once, because a late answer is worth less than an early no. For one event loop."""

    def __init__(self, at_once: int, waiting: int, patience: float = 120.0, shed: Callable[[], None] = lambda: None) -> None:
        """`patience`: seconds that one may wait. `shed` is called first for each request, and raises when none are taken at all."""
        self.at_once, self.most_waiting, self.patience = at_once, waiting, patience
        self.running = 0
        self.refused = 0
        """Requests that were told to come back."""
        self.waited: Callable[[float], object] = lambda seconds: None
        """Told how long each request waited that got a slot."""
        self._shed = shed
        self._working: Counter[str] = Counter()
        self._queues: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        """By owner, in the order of their turns: whoever is served goes to the end."""
        self._seen: dict[str, float] = {}
        self._refusals: dict[str, float] = {}
        """By owner, when all refusals of them so far would have been told at the pace they get."""
        self._seconds = 1.0
        """That a slot is held, about."""

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(map(len, self._queues.values()))

    @asynccontextmanager
    async def one(self, owner: str = "") -> AsyncIterator[None]:
        """Hold a slot, and give it back whatever happens inside.

        Raises Busy (429) when no more may wait or the wait takes too long, and what `shed` raises.
        """
        asked = time.monotonic()
        self._shed()
        self._notice(owner)
        if self.running < self.at_once and owner not in self._queues and self._may(owner):
            self._begin(owner)
        else:
            try:
                await self._turn(owner)
            except Busy:
                await rest(self._pace(owner))
                raise
        began = time.monotonic()
        try:
            self.waited(began - asked)
            yield
        finally:
            self._end(owner, time.monotonic() - began)

    async def _turn(self, owner: str) -> None:
        """Wait. Whatever ends the wait, a place that was handed over meanwhile is not lost."""
        self._admit(owner)
        ticket: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues.setdefault(owner, deque()).append(ticket)
        try:
            async with asyncio.timeout(self.patience):
                await ticket
        except TimeoutError:
            if not _served(ticket):
                self._leave(owner, ticket)
                raise self._busy() from None
        except asyncio.CancelledError:
            if _served(ticket):
                self._end(owner, 0.0)
            else:
                self._leave(owner, ticket)
            raise

    def _admit(self, owner: str) -> None:
        """Make sure that there is room to wait: in a full queue whoever waits for most gives way to one who waits for less."""
        if self.waiting < self.most_waiting:
            return
        longest = max(self._queues, key=lambda name: len(self._queues[name]), default=owner)
        if len(self._queues.get(longest, ())) <= len(self._queues.get(owner, ())) + 1:
            raise self._busy()
        last = self._queues[longest][-1]
        self._leave(longest, last)
        last.set_exception(self._busy())

    def _busy(self) -> Busy:
        self.refused += 1
        waiting = self.waiting
        seconds = min(LONGEST_HINT, max(1, math.ceil((waiting + 1) * self._seconds / self.at_once)))
        fault = refuse(Busy, "busy", at_once=self.running, waiting=waiting, seconds=seconds)
        fault.retry_after = seconds  # type: ignore[attr-defined]
        return fault

    def _leave(self, owner: str, ticket: asyncio.Future[None]) -> None:
        queue = self._queues.get(owner)
        if queue is not None and ticket in queue:
            queue.remove(ticket)
            if not queue:
                del self._queues[owner]

    def _begin(self, owner: str) -> None:
        self.running += 1
        self._working[owner] += 1

    def _end(self, owner: str, seconds: float) -> None:
        self.running -= 1
        self._working[owner] -= 1
        if not self._working[owner]:
            del self._working[owner]
        if seconds:
            self._seconds += 0.2 * (seconds - self._seconds)
        self._hand_on()

    def _hand_on(self) -> None:
        """Places that are free go to those who waited, each owner in turn."""
        while self.running < self.at_once:
            owner = next((name for name in self._queues if self._may(name)), None)
            if owner is None:
                return
            ticket = self._queues[owner].popleft()
            if self._queues[owner]:
                self._queues.move_to_end(owner)
            else:
                del self._queues[owner]
            if not ticket.done():
                self._begin(owner)
                ticket.set_result(None)

    def _may(self, owner: str) -> bool:
        """Whether the owner may have one slot more."""
        if len(self._seen) < 2:
            return True
        return not self._others(owner) or self._working[owner] < max(1, self.at_once // 2)

    def _others(self, owner: str) -> bool:
        """Whether anybody else is about."""
        return any(seen > time.monotonic() - ABOUT_SECONDS for name, seen in self._seen.items() if name != owner)

    def _pace(self, owner: str) -> float:
        """Seconds that this refusal waits: none for those who come back now and then."""
        now, rate = time.monotonic(), REFUSALS_A_SECOND if self._others(owner) else REFUSALS_ALONE
        told = max(now, self._refusals.get(owner, now)) + 1 / rate
        self._refusals[owner] = min(told, now + 1.0 + LONGEST_REFUSAL)
        return max(0.0, self._refusals[owner] - now - 1.0)

    def _notice(self, owner: str) -> None:
        now = time.monotonic()
        self._seen.pop(owner, None)
        self._seen[owner] = now  # dictionaries keep their order: the first was seen longest ago
        while (first := next(iter(self._seen))) != owner and self._seen[first] < now - ABOUT_SECONDS:
            del self._seen[first]
            self._refusals.pop(first, None)


def _served(ticket: asyncio.Future[None]) -> bool:
    return ticket.done() and not ticket.cancelled() and ticket.exception() is None
