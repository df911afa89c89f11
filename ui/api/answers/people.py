"""What the routes of accounts and sessions answer. For the documentation: nothing is validated while serving."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from ui.api.answers.base import Seconds


class AccountObject(BaseModel):
    """A person who may log in."""

    object: Literal["account"]
    id: str
    name: str
    owner: str
    """Whose data the account opens."""
    role: Literal["user", "admin"]
    login: Literal["password", "oidc"]
    created_at: Seconds
    suspended: bool


class SessionOptions(BaseModel):
    """How people come in."""

    object: Literal["session.options"]
    login: bool
    """There are accounts, so somebody has to log in."""


class SessionObject(BaseModel):
    """A session that has just begun."""

    object: Literal["session"]
    token: str
    """To be sent as a bearer token; shown once."""
    account: AccountObject


class CurrentSession(BaseModel):
    """Who the caller is."""

    object: Literal["session.current"]
    owner: str
    role: Literal["user", "admin"]
    scopes: list[Literal["read", "chat", "write", "admin"]]
    account: AccountObject | None
    """Null for a key and for this machine."""


class SessionOver(BaseModel):
    """The session is over."""

    object: Literal["session.deleted"]
    deleted: Literal[True]
