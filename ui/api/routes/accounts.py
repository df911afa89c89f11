"""`/v1/accounts`: the people who may log in, for admins."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import anyio.to_thread
from fastapi import APIRouter, Depends
from pydantic import Field

from assistant.accounts import Account
from ui.api.auth import admin, to_its_end
from ui.api.body import json_body
from ui.api.paging import listed
from ui.api.routes.sessions import LONGEST_NAME, LONGEST_PASSWORD, Strict, account_shape, accounts_of, session_shape
from ui.api.services import Services, Shared

router = APIRouter(prefix="/v1/accounts", tags=["accounts"], dependencies=[Depends(admin), Depends(to_its_end)])


class FirstRequest(Strict):
    """The first account."""

    name: str = Field(max_length=LONGEST_NAME)
    password: str = Field(max_length=LONGEST_PASSWORD, repr=False)


class AccountRequest(FirstRequest):
    """Another account."""

    role: Literal["user", "admin"] = "user"


class Change(Strict):
    """What is to change; the rest stays."""

    role: Literal["user", "admin"] | None = None
    suspended: bool | None = None
    password: str | None = Field(default=None, max_length=LONGEST_PASSWORD, repr=False)


@router.get("")
async def listing(shared: Shared) -> dict[str, Any]:
    """Everybody, oldest first."""
    return listed([account_shape(account) for account in await anyio.to_thread.run_sync(accounts_of(shared).list)])


@router.post("")
async def create(shared: Shared, body: Annotated[AccountRequest, Depends(json_body(AccountRequest))]) -> dict[str, Any]:
    """Make an account with a password. The first one is an admin's, and owns what this machine has."""
    async with shared.doorkeeper.logins.one():
        return account_shape(await anyio.to_thread.run_sync(accounts_of(shared).add, body.name, body.password, body.role))


@router.post("/first")
async def first(shared: Shared, body: Annotated[FirstRequest, Depends(json_body(FirstRequest))]) -> dict[str, Any]:
    """Make the first account and log it in, for the chat page. Refused (409) once there is one."""

    def work() -> tuple[Account, str]:
        accounts = accounts_of(shared)
        accounts.add(body.name, body.password, only_first=True)
        return accounts.log_in(body.name, body.password)

    async with shared.doorkeeper.logins.one():
        return session_shape(*await anyio.to_thread.run_sync(work))


@router.patch("/{name}")
async def change(name: str, shared: Shared, body: Annotated[Change, Depends(json_body(Change))]) -> dict[str, Any]:
    """Make somebody an admin or no longer, suspend them or let them in again, give them a new password (which ends their sessions)."""
    async with shared.doorkeeper.logins.one():
        return account_shape(await anyio.to_thread.run_sync(_changed, shared, name, body))


@router.delete("/{name}")
async def remove(name: str, shared: Shared) -> dict[str, Any]:
    """Remove an account and end its sessions. What its owner has stays; keys of that owner go on."""
    gone = await anyio.to_thread.run_sync(accounts_of(shared).remove, name)
    return {"id": gone.id, "object": "account.deleted", "deleted": True}


def _changed(shared: Services, name: str, body: Change) -> Account:
    accounts = accounts_of(shared)
    account = accounts.get(name)
    if body.role is not None:
        accounts.set_role(account.id, body.role)
    if body.password is not None:
        accounts.set_password(account.id, body.password)
    if body.suspended is not None:
        (accounts.suspend if body.suspended else accounts.resume)(account.owner)
    return accounts.get(account.id)
