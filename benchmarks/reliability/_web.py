"""A hostile web for studies: names that resolve as we like, a listener that nobody may reach, and a note of every connection tried.

Nothing here leaves the machine: a connection to any other address than loopback is noted and refused.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest.mock import patch

from retrieval import addresses, fetching

Answers = Callable[[str], list[str] | None]
"""The addresses of a name; None for one that the machine may look up by itself (a number, `localhost`)."""


@dataclass
class Web:
    """What happened."""

    door: str
    """`host:port` of the server that redirects; the only one that may be reached."""
    canary: int
    """Port on which nobody may knock, at 127.0.0.1 and ::1."""
    knocks: list[Any] = field(default_factory=list)
    """Connections that the canary took."""
    tried: list[tuple[str, int]] = field(default_factory=list)
    """Connections that were tried, the door left out."""
    answered: list[tuple[str, list[str]]] = field(default_factory=list)
    """Names that were looked up, and what they resolved to."""
    bodies: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    """Path at the door -> what it does."""


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    web: Web

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """`/to/STATUS?ADDRESS` redirects; other paths do what the study gave them."""
        path, _, target = self.path.partition("?")
        self.close_connection = True
        with suppress(OSError):
            if path.startswith("/to/") and path[4:].isdigit():
                self.send_response(int(path[4:]))
                self.send_header("Location", target)
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif path in self.web.bodies:
                self.web.bodies[path](self)
            else:
                self.send_error(404)


def _canary(web: Web, family: socket.AddressFamily, host: str, stop: threading.Event) -> threading.Thread | None:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.bind((host, web.canary))
    except OSError:  # no IPv6 here
        listener.close()
        return None
    web.canary = listener.getsockname()[1]
    listener.listen()
    listener.settimeout(0.05)

    def watch() -> None:
        with listener:
            while not stop.is_set():
                with suppress(TimeoutError):
                    taken, peer = listener.accept()
                    web.knocks.append(peer)
                    taken.close()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


@contextmanager
def hostile_web(answers: Answers) -> Iterator[Web]:
    """A web in which the code of `retrieval/fetching.py` and `retrieval/posting.py` moves, its ports allowed by their number alone."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Door)
    server.daemon_threads = True
    web = Web(f"door.test:{server.server_port}", 0)
    server.RequestHandlerClass = type("Door", (_Door,), {"web": web})
    stop = threading.Event()
    threads = [_canary(web, socket.AF_INET, "127.0.0.1", stop), _canary(web, socket.AF_INET6, "::1", stop)]
    threads.append(threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True))
    threads[-1].start()  # type: ignore[union-attr]

    class Wire(socket.socket):
        def connect(self, address: Any) -> None:
            if address[:2] != ("127.0.0.1", server.server_port):
                web.tried.append((str(address[0]), int(address[1])))
            if not str(address[0]).startswith("127.") and address[0] != "::1":
                raise ConnectionRefusedError("nothing leaves this machine")
            super().connect(address)

    class Sockets:
        """The module `socket` with other wires and another resolver."""

        def __getattr__(self, name: str) -> Any:
            return getattr(socket, name)

        socket = Wire

        @staticmethod
        def getaddrinfo(host: str, port: int, *more: Any, **named: Any) -> Any:
            found = ["127.0.0.1"] if host == "door.test" else answers(host)
            if found is None:
                rows = socket.getaddrinfo(host, port, *more, **named)
                found = [str(row[4][0]) for row in rows]
            web.answered.append((host, found))
            return [(socket.AF_INET6 if ":" in one else socket.AF_INET, 1, 6, "", (one, port)) for one in found]

    ports = (*addresses.PORTS, web.canary)
    try:
        with (
            patch.object(fetching, "socket", Sockets()),
            patch.object(addresses, "socket", Sockets()),
            patch.object(addresses, "PORTS", ports),
        ):
            yield web
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
        for thread in threads:
            if thread is not None:
                thread.join(5)
