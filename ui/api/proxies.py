"""Where a request came from, when it came through a proxy. Headers that name an address are believed from trusted proxies only."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from starlette.requests import HTTPConnection

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "x-forwarded-host")
"""Headers that a proxy adds, and that anybody can send."""


def client_address(connection: HTTPConnection, trusted: Sequence[str]) -> str:
    """The address of the client: that of the socket, or, behind trusted proxies, the last in X-Forwarded-For that is none of theirs."""
    peer = connection.client.host if connection.client else ""
    if not _among(peer, trusted):
        return peer
    named = [part.strip() for line in connection.headers.getlist("x-forwarded-for") for part in line.split(",")]
    for address in reversed(named):
        if not _is_address(address):
            return ""  # a proxy that writes something else tells nothing
        if not _among(address, trusted):
            return address
    return named[0] if named else peer


def is_direct(connection: HTTPConnection, trusted: Sequence[str]) -> bool:
    """Whether `client_address` is where the request began: no mark of a proxy is on it, or a trusted one said who it was for."""
    if not any(name in connection.headers for name in FORWARDED):
        return True
    peer = connection.client.host if connection.client else ""
    return _among(peer, trusted) and "x-forwarded-for" in connection.headers


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _among(address: str, networks: Sequence[str]) -> bool:
    try:
        given = ipaddress.ip_address(address)
    except ValueError:
        return False
    given = getattr(given, "ipv4_mapped", None) or given
    return any(given in ipaddress.ip_network(network, strict=False) for network in networks)
