"""Fetching: the bytes behind an http or https address that a person named, and nothing else of the network. Knows no file format.

The host's name is resolved once, every address it has must be public, and the connection goes to the address that was checked, so an
answer that changes between the check and the connection changes nothing. Each redirect is checked anew. Cookies, credentials, proxies
and compressed bodies are not used. Names in `hosts` are let through to private addresses, for an intranet that its owner named.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urljoin

from retrieval.addresses import HINT, UNSAFE, checked, pinned, refused, too_slow
from retrieval.faults import NotAllowed, NotFound, TimedOut, TooLarge, Unavailable, Unreadable

MOST_REDIRECTS = 5
_PIECE = 65_536


@dataclass(frozen=True)
class Fetched:
    """What an address gave."""

    data: bytes
    name: str
    """Last part of the final address as a label, e.g. `manual.pdf`; the host where there is none."""
    media_type: str
    """What the server says it is; only a hint, the bytes decide."""
    tag: str
    """The server's mark of this version (`ETag`); empty when it gives none."""


@dataclass(frozen=True)
class FetchLimits:
    """Bounds of one fetch, redirects included."""

    bytes: int
    seconds: float
    hosts: tuple[str, ...] = ()
    """`name` or `name:port` of hosts that may have private addresses and any port."""


class Pinned(http.client.HTTPConnection):
    """A connection to an address that was checked, under the host's name; TLS checks the name as ever."""

    def __init__(self, parts: SplitResult, place: tuple[list[str], int], deadline: float) -> None:
        super().__init__(parts.hostname or "", place[1])
        self._addresses, self._deadline = place[0], deadline
        self._secure = parts.scheme == "https"
        self._wire: socket.socket | None = None
        if self._secure:
            self.default_port = http.client.HTTPS_PORT  # or else the Host header would name 443

    def connect(self) -> None:
        """Connect to the first checked address that takes it."""
        self._wire = self._connected()
        if self._secure:
            context = ssl.create_default_context()
            self._wire = secured = context.wrap_socket(self._wire, server_hostname=self.host, do_handshake_on_connect=False)
            secured.do_handshake()
        self.sock = self._wire

    def _connected(self) -> socket.socket:
        refused = OSError("no address")
        for address in self._addresses:
            # Not socket.create_connection: that asks the resolver once more.
            wire = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
            wire.settimeout(max(0.1, self._deadline - time.monotonic()))
            try:
                wire.connect((address, self.port))
            except OSError as error:
                wire.close()
                refused = error
            else:
                return wire
        raise refused

    def hang_up(self) -> None:
        """End the connection from another thread: whoever waits for bytes gets the end of the stream."""
        if self._wire is not None:
            with suppress(OSError):  # the other side was faster
                socket.socket.shutdown(self._wire, socket.SHUT_RDWR)  # not SSLSocket's, which drops its state under the reader

    def release(self) -> None:
        """Close everything, also the socket of a handshake that failed, which http.client never saw."""
        self.close()
        if self._wire is not None:
            self._wire.close()


@contextmanager
def held(connection: Pinned, deadline: float) -> Iterator[None]:
    """Hang up at the deadline, whatever the other side does: one byte a second resets every timeout of a socket."""
    timer = threading.Timer(max(0.0, deadline - time.monotonic()), connection.hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        connection.release()


def fetch(url: str, limits: FetchLimits, *, offline: bool = False, tag: str = "") -> Fetched | None:
    """The bytes behind `url`; None when the server says that they are still those of `tag`.

    Raises NotAllowed when offline, InvalidInput for an address that is not fetched, NotFound, Unavailable, TooLarge, Unreadable (cut
    off, compressed, empty), TimedOut.
    """
    if offline:
        raise NotAllowed(
            "This service is offline: no address is fetched.", hint="Save the file and send that, or start without OFFLINE=1.",
            param="url", code="offline",
        )  # fmt: skip
    deadline = time.monotonic() + limits.seconds
    parts = checked(url)
    for _ in range(MOST_REDIRECTS + 1):
        connection = Pinned(parts, pinned(parts, limits.hosts, deadline), deadline)
        try:
            with held(connection, deadline):
                found = _asked(connection, parts, limits, tag)
        except Unreadable as fault:
            if time.monotonic() >= deadline:
                raise too_slow() from fault
            raise
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise failed(error, parts, deadline) from error
        if time.monotonic() >= deadline:  # cut off in mid-file, which a server that declares no length would hide
            raise too_slow()
        if not isinstance(found, str):
            return found
        parts = checked(_joined(parts.geturl(), found))
    raise refused(f"it redirects more than {MOST_REDIRECTS} times")


def _joined(base: str, target: str) -> str:
    """The address that a redirect leads to. Raises InvalidInput."""
    try:
        return urljoin(base, target)
    except ValueError as error:
        raise refused("it redirects to a malformed address") from error


def failed(error: Exception, parts: SplitResult, deadline: float) -> Unavailable | TimedOut | Unreadable:
    """The fault for what went wrong while `parts` was asked."""
    if time.monotonic() >= deadline or isinstance(error, TimeoutError):
        return too_slow()
    if isinstance(error, ssl.SSLCertVerificationError):
        return Unavailable(f"The certificate of {parts.hostname} is not valid.", hint=HINT, param="url", code="certificate")
    return Unavailable(f"{parts.hostname} did not answer as a web server does.", hint=HINT, param="url", code="fetch_failed")


def _asked(connection: Pinned, parts: SplitResult, limits: FetchLimits, tag: str) -> Fetched | str | None:
    """What one request gives: the file, the address it redirects to, or None for unchanged."""
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"User-Agent": "synesthesia", "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
    connection.request("GET", in_ascii(path), headers={**headers, **({"If-None-Match": tag} if tag else {})})
    with closing(connection.getresponse()) as answer:
        if answer.status in (301, 302, 303, 307, 308) and answer.headers.get("Location"):
            return in_ascii(answer.headers["Location"])
        if answer.status == 304 and tag:
            return None
        if answer.status in (401, 403, 404, 410):
            raise NotFound(f"{parts.hostname} answers {answer.status} for this address.", hint=HINT, param="url", code="url_not_found")
        if answer.status != 200:
            raise Unavailable(f"{parts.hostname} answers {answer.status} for this address.", hint=HINT, param="url", code="fetch_failed")
        if answer.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
            raise Unreadable("The server sends the file compressed, though it was asked not to.", hint=HINT, param="url")
        data = _body(answer, limits.bytes)
        media_type = answer.headers.get_content_type() if "Content-Type" in answer.headers else ""
        mark = answer.headers.get("ETag", "")[:200]
    label = unquote(parts.path.rstrip("/").rpartition("/")[2]) or parts.hostname or "page"
    return Fetched(data, label, media_type, "" if UNSAFE.search(mark) else mark)


def in_ascii(path: str) -> str:
    """A path as it travels: what is no ASCII is percent-encoded, the rest stays as it was written."""
    return "".join(c if "!" <= c <= "~" else "".join(f"%{byte:02X}" for byte in c.encode("utf-8", "surrogateescape")) for c in path)


def _body(answer: http.client.HTTPResponse, limit: int) -> bytes:
    """The whole body. Raises TooLarge by what is declared and by what comes, Unreadable when it is empty or cut off."""
    declared = answer.length
    pieces, size = [], 0
    while declared is None or declared <= limit:
        piece = answer.read1(_PIECE)
        if not piece:
            break
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            break
    if size > limit or (declared or 0) > limit:
        raise TooLarge(
            f"The file behind the address has more than {limit / 2**20:g} MiB.", hint="Send a smaller one, or raise limits.file_bytes.",
            param="url", code="file_too_large",
        )  # fmt: skip
    if declared is not None and size < declared:
        raise Unreadable("The connection broke off before the file was whole.", hint="Try again.", param="url", code="truncated")
    if not size:
        raise Unreadable("The address gives an empty file.", hint=HINT, param="url", code="empty_file")
    return b"".join(pieces)
