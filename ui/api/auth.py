"""Who calls: one policy for every route, declared with Depends on the route itself and never by looking at the path.

Without keys and accounts, this machine may do everything as the owner `local`. With any, a key or a session is needed from everywhere; the
page and the command line of the same data directory use the token that the server publishes.
"""

from __future__ import annotations

import hmac
import ipaddress
import time
from dataclasses import dataclass
from typing import Annotated

import anyio.to_thread
from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from assistant.accounts import LOCAL_OWNER, TOKEN_PREFIX, Accounts
from assistant.credentials import digest
from assistant.keys import LONGEST_SECRET, SCOPES, USER_SCOPES, Key, Keys, Role, Scope
from retrieval.faults import Busy, NotAllowed
from ui.api.proxies import client_address, is_direct
from ui.api.scopes import needed
from ui.api.sites import visitor
from ui.api.slots import Slots
from ui.api.words import refuse

__all__ = [
    "LOCAL_OWNER", "POLICIES", "Admin", "Caller", "Doorkeeper", "User", "admin", "admitted", "allow", "bearer_of", "is_loopback",
    "open_to_all", "to_its_end", "unauthorized", "user",
]  # fmt: skip

ADMIN_SCOPES = frozenset(SCOPES)
LOGINS_AT_ONCE, LOGINS_WAITING = 2, 16
LOCKED_SECONDS = 1.0
"""After the last key was revoked, one is asked for so much longer."""


@dataclass(frozen=True)
class Caller:
    """Who sent the request."""

    owner: str
    role: Role
    scopes: frozenset[Scope] = USER_SCOPES
    credential: str = ""
    """What let them in, as `Doorkeeper.holds` takes it: `key:DIGEST`, `session:DIGEST`; empty for this machine."""
    key: Key | None = None


class Doorkeeper:
    """Decides who a bearer token belongs to."""

    def __init__(
        self, keys: Keys, configured: tuple[str, ...] = (), token: str = "", accounts: Accounts | None = None, *, shared: bool = False
    ) -> None:  # fmt: skip
        """`configured` are the keys of the settings, `token` is the one published in the data directory.

        `shared`: keys and accounts are in a database elsewhere, which may take a while to answer.
        """
        self.keys, self.accounts, self.shared = keys, accounts, shared
        self._locked_until = 0.0
        self._masters = [digest(secret) for secret in (*configured, token) if secret]
        self._configured, self._published = bool(configured), digest(token) if token else ""
        self.logins = Slots(LOGINS_AT_ONCE, LOGINS_WAITING)
        """Each takes 46 MB and a core for a moment."""

    @property
    def locked(self) -> bool:
        """Whether a key or a session is needed."""
        return self._configured or self.keys.any() or (self.accounts is not None and self.accounts.any())

    async def look_locked(self) -> bool:
        """The same, and no other request waits meanwhile. That it is locked is believed for a moment, that it is open never."""
        if not self.shared or self._configured:
            return self.locked
        if time.monotonic() < self._locked_until:
            return True
        found = await anyio.to_thread.run_sync(lambda: self.locked)
        if found:
            self._locked_until = time.monotonic() + LOCKED_SECONDS
        return found

    def is_published(self, bearer: str) -> bool:
        """Whether a token is the one in the data directory."""
        return bool(self._published) and hmac.compare_digest(digest(bearer[:LONGEST_SECRET]), self._published)

    def caller(self, bearer: str, host: str) -> Caller:
        """The caller behind a token from the address `host`. Raises NotAllowed (401, and 403 for a suspended owner)."""
        kept = digest(bearer[:LONGEST_SECRET])
        if any([hmac.compare_digest(kept, master) for master in self._masters]) and len(bearer) <= LONGEST_SECRET:  # a list: always all
            return _root()
        if not self.locked:
            if is_loopback(host):
                return _root()
            raise unauthorized("not_local")
        if not bearer:
            raise unauthorized("no_key")
        if bearer.startswith(TOKEN_PREFIX):
            return self._by_session(bearer)
        return self._by_key(bearer)

    def _by_session(self, token: str) -> Caller:
        account = self.accounts.session(token) if self.accounts is not None else None
        if account is None:
            raise unauthorized("session_over", "session_over")
        if account.suspended:
            raise refuse(NotAllowed, "suspended", code="suspended")
        scopes = ADMIN_SCOPES if account.role == "admin" else USER_SCOPES
        return Caller(account.owner, account.role, scopes, f"session:{digest(token)}")

    def _by_key(self, secret: str) -> Caller:
        key = self.keys.find(secret)
        if key is None:
            raise unauthorized("bad_key")
        if key.suspended:
            raise refuse(NotAllowed, "suspended", code="suspended")
        if self.keys.check(secret) is None:
            raise unauthorized("expired_key")
        return Caller(key.owner, key.role, frozenset(key.scopes), f"key:{digest(secret)}", key)

    def spend(self, caller: Caller) -> None:
        """Count a request of the caller's key. Raises Busy (429) when its quota is used up."""
        if caller.key is None:
            return
        try:
            self.keys.use(caller.key)
        except Busy as full:
            fault = refuse(Busy, f"key_{full.code}", code=full.code, seconds=getattr(full, "retry_after", 1))
            fault.retry_after = getattr(full, "retry_after", 1)  # type: ignore[attr-defined]
            raise fault from full

    def holds(self, credential: str) -> bool:
        """Whether what let somebody in would do so still. Blocking."""
        kind, _, kept = credential.partition(":")
        if kind == "session":
            return self.accounts is not None and self.accounts.holds(kept)
        return kind != "key" or self.keys.holds(kept)

    def suspended(self, owner: str) -> bool:
        """Whether an owner is suspended. Blocking."""
        return self.accounts is not None and self.accounts.suspended(owner)

    def close(self) -> None:
        """Release the files."""
        self.keys.close()
        if self.accounts is not None:
            self.accounts.close()


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


def bearer_of(connection: HTTPConnection) -> str:
    """The token that a request sent; empty for none. Raises NotAllowed (401) for two headers: a proxy may have seen the other."""
    sent = connection.headers.getlist("authorization")
    if len(sent) > 1:
        raise unauthorized("two_keys")
    scheme, _, bearer = (sent[0] if sent else "").partition(" ")
    return bearer.strip() if scheme.lower() == "bearer" else ""


def admitted(connection: HTTPConnection, bearer: str, scopes: frozenset[Scope]) -> Caller:
    """The caller, whose request is counted, and noted so that it ends when its key does. Blocking.

    Raises NotAllowed (401, 403 for a scope that is missing) and Busy (429).
    """
    services = connection.app.state.services
    doorkeeper: Doorkeeper = services.doorkeeper
    trusted = services.settings.trusted_proxies
    # Behind a proxy that is not trusted, nobody is known to be on this machine.
    host = client_address(connection, trusted) if is_direct(connection, trusted) else ""
    caller = doorkeeper.caller(bearer, host)
    allow(caller, scopes)
    doorkeeper.spend(caller)
    connection.state.credential, connection.state.owner = caller.credential, caller.owner  # the owner: whose turn it is in a queue
    return caller


def allow(caller: Caller, scopes: frozenset[Scope]) -> None:
    """Raises NotAllowed (403) unless the caller has one of the scopes, or is an admin."""
    if "admin" not in caller.scopes and not scopes & caller.scopes:
        raise refuse(NotAllowed, "missing_scope", code="insufficient_scope", scope=" or ".join(sorted(scopes)))


def unauthorized(key: str, code: str = "invalid_api_key") -> NotAllowed:
    """A refusal with the status 401."""
    fault = refuse(NotAllowed, key, code=code)
    fault.status = 401
    return fault


def _root() -> Caller:
    return Caller(LOCAL_OWNER, "admin", ADMIN_SCOPES)


async def open_to_all() -> None:
    """Policy: anybody may call."""


async def user(request: Request) -> Caller:
    """Policy: whoever has a key or a session with the scope of the route, or this machine when there are none."""
    bearer, scopes = bearer_of(request), needed(request.method, request.scope["route"].path)
    doorkeeper: Doorkeeper = request.app.state.services.doorkeeper
    if not doorkeeper.shared and not doorkeeper.locked:  # nothing to look up and nothing to count: a thread would cost more than that
        return admitted(request, bearer, scopes)
    return await anyio.to_thread.run_sync(admitted, request, bearer, scopes)


async def admin(caller: Annotated[Caller, Depends(user)]) -> Caller:
    """Policy: an admin's key or session, or this machine when there are none."""
    if caller.role != "admin":
        raise refuse(NotAllowed, "not_admin")
    return caller


async def to_its_end(request: Request) -> None:
    """Not a policy: lets a request that ends sessions, maybe its own, answer nevertheless. Declared after the policy."""
    request.state.credential = ""


POLICIES = (open_to_all, user, admin, visitor)
User = Annotated[Caller, Depends(user)]
Admin = Annotated[Caller, Depends(admin)]
