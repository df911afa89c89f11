"""The server process: a socket, the app, one uvicorn. Knows where it listens and how it ends; everything else is the app's.

`python -m ui.api.server --port 0 --data-dir DIR` starts one; `assistant serve` does the same with more words.
"""

from __future__ import annotations

import argparse
import logging
import os
import secrets
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.accounts import Accounts
from assistant.database import place_of
from assistant.keys import Keys
from assistant.passwords import SHORTEST_SECRET, is_weak
from assistant.settings import Settings, read
from retrieval.faults import Conflict, DataLocked, Fault, NotAllowed
from retrieval.lock import running_server
from ui.api import heap
from ui.api.auth import is_loopback
from ui.api.logs import configure
from ui.api.processes import INHERITED, Inherited, Parent, SharedSocket, inherited, tell
from ui.api.processes import check as check_processes
from ui.api.words import refuse

if TYPE_CHECKING:
    import uvicorn

    from assistant.service import Assistant

log = logging.getLogger(__name__)

BACKLOG = 512
"""Connections that may wait to be accepted."""
SHUTDOWN_SECONDS = 10
"""Time that requests at work get when the server is told to stop."""


@dataclass
class Bound:
    """A server that holds its port but does not run yet."""

    server: uvicorn.Server
    listener: socket.socket
    address: str
    """`http://host:port`, as this machine reaches it."""
    token: str
    """Bearer token of this machine's own programs."""
    failure: Fault | None = None
    """Why the start failed, once it has."""
    wyoming: str = ""
    """`tcp://host:port` for satellites, where the settings want it."""

    def run(self) -> None:
        """Serve until told to stop. Raises the Fault that the start failed with (the data directory is locked, ...)."""
        try:
            self.server.run(sockets=[self.listener])
        finally:
            self.listener.close()
        if self.failure is not None:
            raise self.failure

    def stop(self) -> None:
        """Tell it to stop, from any thread."""
        self.server.should_exit = True


def bind(
    settings: Settings, *, log_level: str = "warning", held: Callable[[str, str], None] = lambda address, token: None,
    child: Inherited | None = None,
) -> Bound:  # fmt: skip
    """Take the port. Raises NotAllowed beyond loopback without keys, DataLocked when a server runs already, Conflict for a taken port.

    `held` is called with the address and the token as soon as the port is taken, a good while before anything answers there. A `child`
    takes the sockets of its parent, which has checked and publishes them.
    """
    if child is None:
        _check(settings)
    satellites = _satellites(settings, child)
    listener = _listen(settings.host, settings.port) if child is None else SharedSocket(fileno=child.listener)
    port = listener.getsockname()[1]
    address, token = (address_of(settings.host, port), secrets.token_urlsafe(32)) if child is None else (child.address, child.token)
    held(address, token)
    import uvicorn

    from ui.api.app import create_app
    from ui.api.connections import Server, bounded

    def built() -> Assistant:
        from assistant.early import begin

        early = begin(settings)
        from assistant.build import build  # LangChain takes a second; the encoder loads meanwhile

        return build(settings, early)

    def started(assistant: Assistant) -> None:
        heap.started()
        if child is None:
            assistant.lock.publish(address, token)
        else:
            tell(child, None)
        log.info("ready on port %d", port)

    def failed(fault: Fault) -> None:
        bound.failure = fault
        if child is not None:
            tell(child, fault)
        bound.stop()

    app = create_app(built, settings, token=token, started=started, failed=failed, wyoming=satellites)
    config = uvicorn.Config(
        app, log_level=log_level, log_config=None, access_log=False, server_header=False, date_header=True, lifespan="on",
        proxy_headers=False, http=bounded(settings.limits),
        ws="websockets-sansio", ws_max_size=settings.limits.realtime_message_bytes, ws_per_message_deflate=False,
        timeout_keep_alive=30, timeout_graceful_shutdown=SHUTDOWN_SECONDS, backlog=BACKLOG if child is None else 1,
        h11_max_incomplete_event_size=32 * 1024,
    )  # fmt: skip
    bound = Bound(Server(config), listener, address, token)
    bound.wyoming = f"tcp://{settings.wyoming_host}:{settings.wyoming_port}" if satellites is not None else ""
    return bound


def address_of(host: str, port: int) -> str:
    """`http://host:port`, as this machine reaches it."""
    host = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _satellites(settings: Settings, child: Inherited | None) -> socket.socket | None:
    if child is not None:
        return SharedSocket(fileno=child.wyoming) if child.wyoming >= 0 else None
    return _listen(settings.wyoming_host, settings.wyoming_port, "wyoming_port") if settings.wyoming_port else None


def serve(
    settings: Settings, announce: Callable[[str], None] | None = None, *, processes: int = 1, tied: Callable[[], None] | None = None
) -> None:  # fmt: skip
    """Serve until told to stop (Ctrl-C, SIGTERM). `announce` gets the address once the port is held. Raises Fault.

    With several `processes` this one serves nothing itself. `tied` runs in each of them before it begins.
    """
    check_processes(settings, processes)
    configure(settings)
    if processes > 1:
        parent = parent_of(settings, processes)
        if announce is not None:
            announce(parent.address)
        parent.run(tied)
        return
    heap.starting()
    child = inherited()
    bound = bind(settings, log_level="info" if log.isEnabledFor(logging.INFO) else "warning", child=child)
    if announce is not None:
        announce(bound.address)
    bound.run()


def parent_of(settings: Settings, processes: int) -> Parent:
    """What starts that many processes on the port of the settings, which is held from now on. Raises what `bind` raises."""
    _check(settings)
    satellites = _satellites(settings, None)
    listener = _listen(settings.host, settings.port)
    return Parent(settings, processes, listener, address_of(settings.host, listener.getsockname()[1]), satellites)


def _check(settings: Settings) -> None:
    if not is_loopback(settings.host):
        if weak := next((key for key in settings.api_keys if is_weak(key)), None):
            raise refuse(NotAllowed, "weak_key", param="api_keys", code="weak_key", length=len(weak), shortest=SHORTEST_SECRET)
        if not settings.api_keys and not _anybody(settings):
            raise refuse(NotAllowed, "keys_needed", param="host")
    running = running_server(settings.data_dir)
    if running is not None:
        raise refuse(DataLocked, "second_server", directory=settings.data_dir, address=running[0])


def _anybody(settings: Settings) -> bool:
    """Whether somebody has a key or an account."""
    with closing(Keys(place_of(settings))) as keys, closing(Accounts(place_of(settings))) as accounts:
        return keys.any() or accounts.any()


def _listen(host: str, port: int, setting: str = "port") -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        bound = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise refuse(Conflict, "port_in_use", param=setting, host=host, port=port, why=why) from error
    # Only where the protocol is named does asyncio send each packet at once; else an answer waits 40 ms for an acknowledgement.
    return socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, bound.detach())


def main(arguments: list[str] | None = None) -> int:
    """The command line of this module."""
    parser = argparse.ArgumentParser(prog="python -m ui.api.server", description="Serve the HTTP API.")
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args(arguments)
    try:
        serve(
            read({"host": given.host, "port": given.port, "data_dir": given.data_dir}),
            announce=None if INHERITED in os.environ else lambda address: print(
                f"Synesthesia API at {address} (see {address}/docs)", flush=True
            ),
            processes=given.processes,
        )  # fmt: skip
    except Fault as fault:
        print(f"{fault.message} {fault.hint}".strip(), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
