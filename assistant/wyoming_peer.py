"""A Wyoming service elsewhere, asked one thing at a time over a connection of its own. Knows the wire, no speech."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from assistant.wyoming_wire import HEAD_BYTES, encoded, head
from retrieval.faults import Fault, InvalidInput, NotInstalled, TimedOut, Unavailable, Unreadable

if TYPE_CHECKING:
    from wyoming.event import Event
    from wyoming.info import Info

CONNECT_SECONDS = 5.0
PATIENCE_SECONDS = 60.0
"""Wait for an answer, and for each further piece of it."""


class Exchange:
    """One open connection."""

    def __init__(self, connection: socket.socket, address: str, seconds: float) -> None:
        self._connection, self._address, self._seconds = connection, address, seconds
        self._held = bytearray()

    def send(self, event: Event) -> None:
        """Send an event. Raises Unavailable, TimedOut."""
        self._connection.settimeout(self._seconds)
        try:
            self._connection.sendall(encoded(event))
        except TimeoutError as error:
            raise self._late() from error
        except OSError as error:
            raise self._gone() from error

    def receive(self) -> Event:
        """The next event. Raises Unavailable when the other side leaves or refuses, TimedOut, Unreadable, TooLarge."""
        from wyoming.error import Error

        until = time.monotonic() + self._seconds
        begun = head(self._line(until))
        event = begun.event(self._take(begun.data_bytes, until), self._take(begun.payload_bytes, until))
        if Error.is_type(event.type):
            raise self._refused(str(event.data.get("text") or "no reason given"), str(event.data.get("code") or ""))
        return event

    def _line(self, until: float) -> bytes:
        while (end := self._held.find(b"\n")) < 0:
            if len(self._held) > HEAD_BYTES:
                raise Unreadable(f"What {self._address} sends is not the Wyoming protocol.", hint="Check the address and the port.")
            self._more(until)
        line = bytes(self._held[: end + 1])
        del self._held[: end + 1]
        return line

    def _take(self, count: int, until: float) -> bytes:
        while len(self._held) < count:
            self._more(until)
        taken = bytes(self._held[:count])
        del self._held[:count]
        return taken

    def _more(self, until: float) -> None:
        self._connection.settimeout(max(0.01, until - time.monotonic()))
        try:
            piece = self._connection.recv(64 * 1024)
        except TimeoutError as error:
            raise self._late() from error
        except OSError as error:
            raise self._gone() from error
        if not piece:
            raise self._gone()
        self._held += piece

    def _refused(self, text: str, code: str) -> Fault:
        if code == "not_installed":
            return NotInstalled(text, hint=f"So says the Wyoming service at {self._address}.")
        return Unavailable(f"The Wyoming service at {self._address} refused: {text}", hint="Its log may say more.", code="refused")

    def _late(self) -> TimedOut:
        return TimedOut(f"The Wyoming service at {self._address} took longer than {self._seconds:g} s.", hint="Try again, or send less.")

    def _gone(self) -> Unavailable:
        return Unavailable(f"The Wyoming service at {self._address} closed the connection.", hint="Check that it still runs.", code="gone")


class Peer:
    """A service at `tcp://host:port`; `name` picks one of its programs' models or voices. Safe to use from several threads."""

    def __init__(self, reference: str, *, setting: str, offline: bool = False, seconds: float = PATIENCE_SECONDS) -> None:
        """Connects to nothing yet. Raises InvalidInput for a malformed reference, and shows how `setting` is written."""
        self.address, _, self.name = reference.partition("#")
        self._host, self._port = _parsed(self.address, setting)
        self._offline, self._seconds = offline, seconds

    @contextmanager
    def open(self) -> Iterator[Exchange]:
        """A connection. Raises Unavailable when nobody answers there, or offline when that is another machine."""
        _here()
        if self._offline and not _loopback(self._host):
            raise Unavailable(
                f"This service is offline, and {self.address} is on another machine.",
                hint="Start without OFFLINE=1, or choose a back-end on this machine.", code="offline",
            )  # fmt: skip
        try:
            connection = socket.create_connection((self._host, self._port), CONNECT_SECONDS)
        except OSError as error:
            raise Unavailable(
                f"No Wyoming service answers at {self.address}: {error.strerror or error}.", hint="Check that it runs, and its address.",
                code="unreachable",
            ) from error  # fmt: skip
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield Exchange(connection, self.address, self._seconds)
        finally:
            with suppress(OSError):
                connection.close()

    def info(self) -> Info:
        """What the service offers. Raises as `open` and `Exchange.receive` do, Unreadable for an answer that is none."""
        from wyoming.info import Describe, Info

        with self.open() as exchange:
            exchange.send(Describe().event())
            while True:
                event = exchange.receive()
                if Info.is_type(event.type):
                    return _info(event, self.address)


def _info(event: Event, address: str) -> Info:
    from wyoming.info import Info

    try:
        return Info.from_event(event)
    except Exception as error:  # the package trusts what it reads
        raise Unreadable(f"{address} describes itself in a way that cannot be read.", hint="Is it a Wyoming service?") from error


def _here() -> None:
    try:
        import wyoming.event
        import wyoming.info  # noqa: F401
    except ModuleNotFoundError as error:
        raise NotInstalled("The package 'wyoming' is not installed.", hint="Run make install again.") from error


def _parsed(address: str, setting: str) -> tuple[str, int]:
    form = f'Write {setting} = "wyoming:tcp://localhost:10300" in assistant.toml.'
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.scheme != "tcp" or not host or not port or parts.path not in ("", "/"):
        raise InvalidInput(f"'{address}' is not the address of a Wyoming service.", hint=form, param=setting)
    return host, port


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
