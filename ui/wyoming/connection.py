"""One Wyoming client: its events are read while they are answered one after another, and its work stops when it leaves.

Knows which event asks for what; the answers are those of `hearing`, `speaking` and `handling`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from assistant.wyoming_wire import encoded
from retrieval.faults import Fault, InvalidInput
from ui.api.services import Services
from ui.wyoming.handling import Handling
from ui.wyoming.hearing import Hearing
from ui.wyoming.reading import next_event
from ui.wyoming.speaking import Speaking

if TYPE_CHECKING:
    from wyoming.event import Event

log = logging.getLogger(__name__)

AHEAD = 16
"""Events that are read before their turn."""
STALLED_SECONDS = 60.0
"""A client that takes no byte for so long is gone."""


class Connection:
    """Answers until the client leaves, or sends what is no event."""

    def __init__(self, services: Services, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._services, self._reader, self._writer = services, reader, writer
        self._coming: asyncio.Queue[Event | Fault] = asyncio.Queue(AHEAD)
        hearing, speaking, handling = Hearing(services, self.send), Speaking(services, self.send), Handling(services, self.send)
        self._hearing = hearing
        self._answers: dict[str, Callable[[Event], Awaitable[None]]] = {
            "describe": self._describe, "ping": self._ping,
            "transcribe": hearing.transcribe, "detect": hearing.detect, "audio-start": hearing.start, "audio-chunk": hearing.chunk,
            "audio-stop": hearing.stop,
            "synthesize": speaking.synthesize, "synthesize-start": speaking.start, "synthesize-chunk": speaking.chunk,
            "synthesize-stop": speaking.stop,
            "recognize": handling.recognize, "transcript": handling.transcript, "transcript-start": handling.start,
            "transcript-chunk": handling.chunk, "transcript-stop": handling.stop,
        }  # fmt: skip

    async def run(self) -> None:
        """Until the client leaves."""
        reading, answering = asyncio.create_task(self._read()), asyncio.create_task(self._answer())
        try:
            await asyncio.wait({reading, answering}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (reading, answering):
                task.cancel()
                with suppress(asyncio.CancelledError, OSError, TimeoutError):
                    await task
            self._hearing.close()

    async def send(self, event: Event) -> None:
        """Send an event. Raises OSError or TimeoutError when the client is gone."""
        self._writer.write(encoded(event))
        async with asyncio.timeout(STALLED_SECONDS):
            await self._writer.drain()

    async def _read(self) -> None:
        while True:
            try:
                event = await next_event(self._reader)
            except Fault as fault:
                await self._coming.put(fault)
                return await self._over()
            if event is None:
                return None
            await self._coming.put(event)

    async def _over(self) -> None:
        """Wait to be ended by the one who answers."""
        await asyncio.get_running_loop().create_future()

    async def _answer(self) -> None:
        while True:
            event = await self._coming.get()
            if isinstance(event, Fault):
                return await self.refuse(event)
            answer = self._answers.get(event.type)
            if answer is None:
                continue  # the protocol wants events that are not known to be passed over
            try:
                await answer(event)
            except Fault as fault:
                await self.refuse(fault)
            except (KeyError, TypeError, AttributeError, ValueError):  # the package trusts the shape of what it reads
                await self.refuse(InvalidInput(f"The event '{event.type}' lacks a part, or has it in another shape."))
            except (OSError, TimeoutError):
                return None
            except Exception:
                log.exception("answering a Wyoming client failed")
                await self.refuse(Fault("Something went wrong on the server.", hint="Its log has the details."))

    async def refuse(self, fault: Fault) -> None:
        """Tell the client what went wrong."""
        from wyoming.error import Error

        await self.send(Error(text=f"{fault.message} {fault.hint}".strip(), code=fault.code).event())

    async def _describe(self, event: Event) -> None:
        from ui.wyoming.programs import info

        await self.send((await asyncio.to_thread(info, self._services.standing())).event())

    async def _ping(self, event: Event) -> None:
        from wyoming.ping import Ping, Pong

        await self.send(Pong(text=Ping.from_event(event).text).event())
