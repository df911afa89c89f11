"""The Wyoming server: recogniser, voice, intents, answers and wake phrases for Home Assistant and its satellites, over TCP.

The protocol has no authentication: whoever reaches the port speaks as the person of this machine. So it is off unless `wyoming_port` is
set, and reaches beyond this machine only when `wyoming_host` says so.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import suppress

from assistant.wyoming_wire import HEAD_BYTES
from retrieval.faults import Busy
from ui.api.services import Services

log = logging.getLogger(__name__)

MOST = 64
"""Clients at once."""


class WyomingServer:
    """Listens on a socket that is bound already, within the loop of the API."""

    def __init__(self, services: Services, listener: socket.socket) -> None:
        self._services, self._listener = services, listener
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Take clients from now on."""
        self._server = await asyncio.start_server(self._client, sock=self._listener, limit=HEAD_BYTES)
        log.info("Wyoming at tcp://%s:%s", *self._listener.getsockname()[:2])

    async def close(self) -> None:
        """Take no more, and end the work of those who are here."""
        if self._server is not None:
            self._server.close()
        for task in list(self._clients):
            task.cancel()
        if self._clients:
            await asyncio.wait(self._clients, timeout=10)
        self._listener.close()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from ui.wyoming.connection import Connection  # brings the recognisers' shapes along, which no start must wait for

        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            connection = Connection(self._services, reader, writer)
            if len(self._clients) > MOST:
                await connection.refuse(Busy(f"{MOST} clients are connected already.", hint="Try again in a moment."))
            else:
                await connection.run()
        except (OSError, TimeoutError):
            log.debug("a Wyoming client left", exc_info=True)
        finally:
            self._clients.discard(task)
            writer.close()
            with suppress(OSError, asyncio.CancelledError, TimeoutError):
                async with asyncio.timeout(5):
                    await writer.wait_closed()
