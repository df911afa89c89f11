"""Connections: how many sockets are open, and how long one may be silent, half asked or half read. Knows HTTP's phases, no request.

uvicorn bounds the time between two requests on a connection and nothing else: a head that comes byte by byte, a body that goes on after
its answer, an answer that nobody takes and a socket that never asks would each hold a connection for ever.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from assistant.limits import Limits
from retrieval.faults import Unavailable
from ui.api.errors import response
from ui.api.words import refuse

LINGER_SECONDS = 5.0
"""After an answer the rest of a body is read and dropped for so long, so that the client sees the answer and not a reset connection."""
TICKS = 10
"""Of uvicorn, a tenth of a second each, between two looks at the connections."""
RETRY_SECONDS = 5


class Connection(H11Protocol):
    """One client. `limits` is set by `bounded`."""

    limits = Limits()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take it, or the place of one that has been idle longest."""
        self.idle_since: float | None = time.monotonic()
        """No request is being read or answered since then; None while one is."""
        self._asking_since: float | None = self.idle_since
        """A head is awaited or comes in since then."""
        self._ending_since: float | None = None
        """It was answered, and still sends or does not take its answer, since then."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "abort": transport.abort}  # as `scope["state"]` it reaches the app
        if len(self.connections) > self.limits.connections:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        """Bytes came in."""
        if self.idle_since is not None and self._asking_since is None:
            self._asking_since = time.monotonic()
        super().data_received(data)
        self._note()

    def on_response_complete(self) -> None:
        """A request was answered; another may follow, or be there already."""
        super().on_response_complete()
        self._note()

    def _note(self) -> None:
        """Which phase it is in."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.idle_since = self._asking_since = None
        elif self.idle_since is None:
            self.idle_since = time.monotonic()

    def look(self, now: float) -> None:
        """End what takes too long."""
        if self._asking_since is not None and now - self._asking_since > self.limits.head_seconds:
            self.transport.write(b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
            self.transport.close()
            self._asking_since = None
        answered = self.cycle is not None and self.cycle.response_complete
        unread = self.transport.get_write_buffer_size() > 0 and (answered or self.transport.is_closing())
        sending = answered and self.conn.their_state is h11.SEND_BODY
        if not (unread or sending):
            self._ending_since = None
        elif self._ending_since is None:
            self._ending_since = now
        elif now - self._ending_since > (LINGER_SECONDS if sending else self.limits.stalled_seconds):
            self.transport.abort()

    def _make_room(self) -> None:
        """Close the connection that has been idle longest; when all are at work, refuse this one."""
        idle = [other for other in self.connections if isinstance(other, Connection) and other is not self and other.idle_since is not None]
        if idle:
            longest = min(idle, key=lambda other: other.idle_since or 0.0)
            self.connections.discard(longest)  # now, because the transport tells of its end only later
            longest.transport.abort()
            return
        fault = refuse(Unavailable, "connections_full", code="connections_full", limit=self.limits.connections, seconds=RETRY_SECONDS)
        fault.retry_after = RETRY_SECONDS  # type: ignore[attr-defined]
        told = response(fault)
        head = b"".join(b"%s: %s\r\n" % pair for pair in told.raw_headers)
        self.transport.write(b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n" + head + b"\r\n" + bytes(told.body))
        self.transport.close()


def bounded(limits: Limits) -> type[Connection]:
    """The protocol class for a server with these limits."""
    return type("BoundedConnection", (Connection,), {"limits": limits})


class Server(uvicorn.Server):
    """uvicorn, with a look at every connection each second."""

    async def on_tick(self, counter: int) -> bool:
        """Called ten times a second."""
        if counter % TICKS == 0:
            now = time.monotonic()
            connections: set[Any] = self.server_state.connections
            for connection in list(connections):
                if isinstance(connection, Connection):
                    connection.look(now)
        return await super().on_tick(counter)
