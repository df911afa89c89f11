"""Addresses of the web: which ones are asked for at all, and the IP addresses behind them. Opens no connection.

One parser reads an address. What decides is not how the host is spelled but where it leads: every IP address it has must be public.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
import time
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from retrieval.faults import InvalidInput, NotFound, TimedOut

MAX_ADDRESS = 2000
PORTS = (80, 443, 8000, 8080, 8443)
"""Where the web is served; any other port of a public host is more likely a database or a mail server."""
UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\\]")
HINT = "Open the address in a browser to check it, or save the file and send that."
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NOT_THE_WEB = tuple(map(ipaddress.ip_network, (
    "168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "3fff::/20", "5f00::/16",
)))  # fmt: skip
"""What counts as public by its number and is none: metadata services of two clouds (168.63.129.16, 192.0.0.192), relays, documentation,
segment routing."""
_ISATAP = (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe")
"""What stands before an IPv4 address that an IPv6 one leads to through a tunnel (RFC 5214)."""


def is_address(text: str) -> bool:
    """Whether `text` is meant as an address of the web rather than a path."""
    return text.lower().startswith(("http://", "https://"))


def refused(what: str) -> InvalidInput:
    """The fault for an address that is not fetched."""
    return InvalidInput(f"The address is not fetched: {what}.", hint=HINT, param="url", code="url_not_allowed")


def checked(url: str) -> SplitResult:
    """The parts of an address that may be asked for at all, without its fragment. Raises InvalidInput."""
    if len(url) > MAX_ADDRESS or UNSAFE.search(url):
        raise refused("it is too long, or has blanks, backslashes or control characters in it")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode() if not _literal(parts.hostname or "") else parts.hostname or ""
    except (ValueError, UnicodeError) as error:
        raise refused("it is malformed") from error
    if parts.scheme not in ("http", "https"):
        raise refused("only http and https are")
    if "@" in parts.netloc:
        raise refused("it carries a name or a password")
    if not host or host.startswith(".") or "%" in host or port == 0:
        raise refused("it names no host")
    shown = f"[{host}]" if ":" in host else host
    return parts._replace(netloc=f"{shown}:{port}" if port else shown, fragment="")


def _literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public network: not this machine, an intranet, a link, a cloud's metadata or a tunnel to them."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        tunnelled = ip in _NAT64 or ip.packed[8:12] in _ISATAP
        inner = ip.ipv4_mapped or ip.sixtofour or (ipaddress.IPv4Address(ip.packed[12:]) if tunnelled else None)
        if inner is not None:
            return is_public(str(inner))
        if ip.teredo is not None or ip.is_site_local:
            return False
    if any(ip in network for network in _NOT_THE_WEB if network.version == ip.version):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _resolved(host: str, port: int, deadline: float) -> list[str]:
    """Every address of a host. In a thread, because the system's resolver knows no deadline. Raises NotFound, TimedOut."""
    found: list[str] = []

    def ask() -> None:
        try:
            found.extend(str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            return

    asking = threading.Thread(target=ask, name="resolve", daemon=True)
    asking.start()
    asking.join(max(0.0, deadline - time.monotonic()))
    if asking.is_alive():
        raise too_slow()
    if not found:
        raise NotFound(f"There is no host '{host[:100]}'.", hint="Check the spelling and the connection.", param="url", code="host_unknown")
    return found


def too_slow() -> TimedOut:
    """The fault for an address that does not answer in time."""
    return TimedOut("The address took too long to answer.", hint="Try again later, or raise limits.fetch_seconds.", param="url")


def pinned(parts: SplitResult, hosts: Sequence[str], deadline: float) -> tuple[list[str], int]:
    """(IP addresses, port) to connect to, one after the other until one answers.

    Raises InvalidInput for a private address or an unusual port, NotFound, TimedOut.
    """
    host = (parts.hostname or "").lower().rstrip(".")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    named = {name.strip().lower() for name in hosts}
    addresses = _resolved(host, port, deadline)
    if host not in named and f"{host}:{port}" not in named:
        if port not in PORTS:
            raise refused(f"port {port} is not one of the web")
        if not all(is_public(address) for address in addresses):
            raise refused("its host is on a private network; the setting fetch_hosts can allow it")
    return list(dict.fromkeys(addresses)), port
