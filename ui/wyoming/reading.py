"""Events as they come in from a Wyoming client, within bounds of size and time. Knows no event's meaning."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from assistant.wyoming_wire import HEAD_BYTES, head
from retrieval.faults import TimedOut, Unreadable

if TYPE_CHECKING:
    from wyoming.event import Event

IDLE_SECONDS = 600.0
"""Silence after which a connection is closed; clients open a new one for each request anyway."""
REST_SECONDS = 30.0
"""Time for the rest of an event whose head has come."""


async def next_event(reader: asyncio.StreamReader) -> Event | None:
    """The next event; None when the client has left, in the middle of an event too. Raises Unreadable, TooLarge, TimedOut."""
    try:
        line = await asyncio.wait_for(reader.readuntil(b"\n"), IDLE_SECONDS)
        begun = head(line)
        async with asyncio.timeout(REST_SECONDS):
            data = await reader.readexactly(begun.data_bytes)
            return begun.event(data, await reader.readexactly(begun.payload_bytes))
    except (asyncio.IncompleteReadError, OSError) as error:
        if isinstance(error, TimeoutError):
            raise TimedOut("Nothing came for too long.", hint="Connect again.") from error
        return None
    except asyncio.LimitOverrunError as error:
        raise Unreadable(f"A line is longer than {HEAD_BYTES} bytes.", hint="Put data into a part of its own (data_length).") from error
