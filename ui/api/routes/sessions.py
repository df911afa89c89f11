"""`/v1/sessions`: people log in, see who they are, change their password and log out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from assistant.accounts import Account, Accounts
from retrieval.faults import Busy, Fault, InvalidInput, NotAllowed
from ui.api.auth import User, admin, bearer_of, open_to_all, to_its_end, unauthorized, user
from ui.api.body import json_body
from ui.api.services import Services, Shared
from ui.api.words import refuse

router = APIRouter(prefix="/v1/sessions", tags=["accounts"])
LONGEST_NAME, LONGEST_PASSWORD = 200, 4000


class Strict(BaseModel):
    """A body without further fields."""

    model_config = ConfigDict(extra="forbid")


class LoginRequest(Strict):
    """Who comes in."""

    name: str = Field(max_length=LONGEST_NAME)
    password: str = Field(max_length=LONGEST_PASSWORD, repr=False)


class PasswordRequest(Strict):
    """Another password."""

    old: str = Field(max_length=LONGEST_PASSWORD, repr=False)
    new: str = Field(max_length=LONGEST_PASSWORD, repr=False)


class IdentityRequest(Strict):
    """What a provider of OpenID Connect vouched for."""

    issuer: str = Field(min_length=1, max_length=2000)
    subject: str = Field(min_length=1, max_length=500)
    name: str = Field(default="", max_length=200)
    email: str = Field(default="", max_length=320)
    email_verified: bool = False
    issued_at: float = Field(gt=0)
    """`iat` of its statement: seconds since the epoch, by its own clock."""


def account_shape(account: Account) -> dict[str, Any]:
    """An account as the API tells it."""
    return {"object": "account", **account.model_dump(mode="json"), "created_at": int(account.created_at)}


def session_shape(account: Account, token: str) -> dict[str, Any]:
    """A session that has just begun."""
    return {"object": "session", "token": token, "account": account_shape(account)}


def accounts_of(shared: Services) -> Accounts:
    """The people of this server."""
    accounts = shared.doorkeeper.accounts
    assert accounts is not None
    return accounts


@router.get("/options", dependencies=[Depends(open_to_all)])
async def options(shared: Shared) -> dict[str, Any]:
    """Whether there are accounts, so that the chat page asks for a login."""
    return {"object": "session.options", "login": await anyio.to_thread.run_sync(accounts_of(shared).any)}


@router.post("", dependencies=[Depends(open_to_all)])
async def log_in(shared: Shared, body: Annotated[LoginRequest, Depends(json_body(LoginRequest))]) -> dict[str, Any]:
    """Log in by name and password. Tries are counted by name, from wherever they come; after five wrong ones each must wait."""
    account, token = await _tried(shared, lambda: accounts_of(shared).log_in(body.name, body.password))
    return session_shape(account, token)


@router.post("/identity", dependencies=[Depends(admin)])
async def recognise(shared: Shared, body: Annotated[IdentityRequest, Depends(json_body(IdentityRequest))]) -> dict[str, Any]:
    """Log somebody in whom a provider of OpenID Connect vouched for: for the chat page, which has spoken with the provider."""
    allowed = {entry.casefold() for entry in shared.settings.oidc_allow}
    person, at, domain = body.email.casefold().rpartition("@")
    if allowed and not (body.email_verified and person and {f"{person}@{domain}", at + domain} & allowed):
        raise refuse(NotAllowed, "not_invited", code="not_invited")
    name = body.name or body.email.partition("@")[0]
    account, token = await anyio.to_thread.run_sync(accounts_of(shared).recognise, body.issuer, body.subject, name, body.issued_at)
    if account.suspended:
        raise refuse(NotAllowed, "suspended", code="suspended")
    return session_shape(account, token)


@router.get("/current", dependencies=[Depends(user)])
async def current(request: Request, caller: User, shared: Shared) -> dict[str, Any]:
    """Who the caller is: `account` for somebody who logged in, null for a key or this machine."""
    account = await anyio.to_thread.run_sync(accounts_of(shared).session, bearer_of(request))
    shown = {"owner": caller.owner, "role": caller.role, "scopes": sorted(caller.scopes)}
    return {"object": "session.current", **shown, "account": account_shape(account) if account else None}


@router.delete("/current", dependencies=[Depends(user), Depends(to_its_end)])
async def log_out(request: Request, caller: User, shared: Shared) -> dict[str, Any]:
    """Log out: the session is dead at once, and so are its streams. Of somebody of a provider all sessions end."""
    await anyio.to_thread.run_sync(accounts_of(shared).log_out, bearer_of(request))
    return {"object": "session.deleted", "deleted": True}


@router.post("/password", dependencies=[Depends(user), Depends(to_its_end)])
async def change_password(
    request: Request, caller: User, shared: Shared, body: Annotated[PasswordRequest, Depends(json_body(PasswordRequest))]
) -> dict[str, Any]:
    """Change the own password. Every session of the account is dead at once; the answer is a new one."""
    accounts = accounts_of(shared)
    account = await anyio.to_thread.run_sync(accounts.session, bearer_of(request))
    if account is None or account.login != "password":
        raise refuse(InvalidInput, "no_password_here", param="old")

    def change() -> tuple[Account, str]:
        _, token = accounts.log_in(account.name, body.old)
        try:
            accounts.set_password(account.id, body.new)
        except Fault:
            accounts.log_out(token)
            raise
        return accounts.log_in(account.name, body.new)

    changed, token = await _tried(shared, change)
    return session_shape(changed, token)


async def _tried(shared: Services, work: Callable[[], tuple[Account, str]]) -> tuple[Account, str]:
    """The result of work with passwords, of which few run at once. Raises NotAllowed (401) and Busy (429) in the reader's language."""
    try:
        async with shared.doorkeeper.logins.one():
            return await anyio.to_thread.run_sync(work)
    except NotAllowed as wrong:
        raise unauthorized("wrong_password", "wrong_password") from wrong
    except Busy as full:
        if full.code != "too_many_guesses":
            raise
        seconds = getattr(full, "retry_after", 1)
        fault = refuse(Busy, "too_many_guesses", code=full.code, seconds=seconds)
        fault.retry_after = seconds  # type: ignore[attr-defined]
        raise fault from full
