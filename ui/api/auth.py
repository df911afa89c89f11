"""Who calls: one policy for every route, declared with Depends on the route itself and never by looking at the path.

Without keys, this machine may do everything as the owner `local`. With keys (in the settings or made with `assistant keys create`), a
key is needed from everywhere; the page and the command line of the same data directory use the token that the server publishes.
"""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from assistant.keys import Keys, Role
from retrieval.faults import NotAllowed
from ui.api.sites import visitor
from ui.api.words import refuse

LOCAL_OWNER = "local"


@dataclass(frozen=True)
class Caller:
    """Who sent the request."""

    owner: str
    role: Role


class Doorkeeper:
    """Decides who a bearer token belongs to."""

    def __init__(self, keys: Keys, configured: tuple[str, ...] = (), token: str = "") -> None:
        """`configured` are the keys of the settings, `token` is the one published in the data directory."""
        self.keys = keys
        self._masters = [secret.encode() for secret in (*configured, token) if secret]
        self._configured = bool(configured)

    @property
    def locked(self) -> bool:
        """Whether keys are needed."""
        return self._configured or self.keys.any()

    def caller(self, bearer: str, host: str) -> Caller:
        """The caller behind a token from the address `host`. Raises NotAllowed (401)."""
        sent = bearer.encode("utf-8", "surrogatepass")
        if any([hmac.compare_digest(sent, master) for master in self._masters]):  # a list: always all of them
            return Caller(LOCAL_OWNER, "admin")
        if not self.locked:
            if is_loopback(host):
                return Caller(LOCAL_OWNER, "admin")
            raise _unauthorized("not_local")
        if not bearer:
            raise _unauthorized("no_key")
        key = self.keys.check(bearer)
        if key is None:
            raise _unauthorized("bad_key")
        return Caller(key.owner, key.role)


def is_loopback(host: str) -> bool:
    """Whether an address or name is this machine."""
    if host in ("localhost", "testclient"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _unauthorized(key: str) -> NotAllowed:
    fault = refuse(NotAllowed, key, code="invalid_api_key")
    fault.status = 401
    return fault


def open_to_all() -> None:
    """Policy: anybody may call."""


def user(request: Request) -> Caller:
    """Policy: whoever has a key, or this machine when there are none."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    host = request.client.host if request.client else ""
    doorkeeper: Doorkeeper = request.app.state.services.doorkeeper
    return doorkeeper.caller(bearer.strip() if scheme.lower() == "bearer" else "", host)


def admin(caller: Annotated[Caller, Depends(user)]) -> Caller:
    """Policy: an admin key, or this machine when there are none."""
    if caller.role != "admin":
        raise refuse(NotAllowed, "not_admin")
    return caller


POLICIES = (open_to_all, user, admin, visitor)
User = Annotated[Caller, Depends(user)]
