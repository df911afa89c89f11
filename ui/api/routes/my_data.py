"""`/v1/my_data`: what is kept of the person who asks, all of it as an archive, and all of it deleted. An admin may name somebody else."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from assistant import my_data, my_export, retention
from retrieval.faults import Conflict, InvalidInput, NotAllowed
from ui.api import media
from ui.api.auth import Caller, User, admin, user
from ui.api.services import Running, Shared
from ui.api.words import refuse
from ui.api.work import Worker

router = APIRouter(prefix="/v1/my_data", tags=["my data"], dependencies=[Depends(user)])
sweeping = APIRouter(tags=["my data"], dependencies=[Depends(admin)])
Owner = Annotated[str, Query(max_length=200)]


def whose(caller: Caller, owner: str) -> str:
    """The person meant: the caller, or for an admin somebody else. Raises NotAllowed."""
    if owner and owner != caller.owner and caller.role != "admin":
        raise refuse(NotAllowed, "not_admin", param="owner")
    return owner or caller.owner


@router.get("")
async def summary(caller: User, assistant: Running, work: Worker, owner: Owner = "") -> dict[str, Any]:
    """How much of what is kept, and for how long."""
    return {"object": "my_data", **await work.light(my_data.summary, assistant, whose(caller, owner))}


@router.get("/export")
async def export(caller: User, assistant: Running, work: Worker, owner: Owner = "") -> Response:
    """A zip with everything: a page to read, JSON, and the files. Keys are in it without their secrets."""
    person = whose(caller, owner)
    with ExitStack() as closing:
        # Without a name: nothing of it stays, whatever happens to this process or to the client.
        archive = closing.enter_context(tempfile.TemporaryFile(dir=assistant.settings.data_dir))
        await work(my_export.write, assistant, person, archive)
        closing.pop_all()
        return media.download(archive, archive.tell(), "my-data.zip", "application/zip")


@router.delete("")
async def forget(
    caller: User, assistant: Running, shared: Shared, work: Worker, confirm: Annotated[str, Query(max_length=20)] = "",
    account: bool = False, owner: Owner = "",
) -> dict[str, Any]:  # fmt: skip
    """Delete everything, so that its bytes are gone; `confirm=delete` says that it is meant. `account`: the keys and the account too."""
    if confirm != "delete":
        raise refuse(InvalidInput, "confirm_deletion", param="confirm")
    person = whose(caller, owner)
    if account and not await work.light(_others_come_in, shared, person):
        raise refuse(Conflict, "last_key", param="account", code="last_key")
    gone = await work(my_data.forget, assistant, person, account=account)
    return {"object": "my_data.deleted", "deleted": gone}


@sweeping.post("/v1/retention")
async def retain(assistant: Running, work: Worker, dry_run: bool = False) -> dict[str, Any]:
    """Delete what is older than the settings allow, now; `dry_run` only counts. For an admin."""
    return {"object": "retention", "dry_run": dry_run, "deleted": await work(retention.sweep, assistant, dry_run=dry_run)}


router.routes.extend(sweeping.routes)


def _others_come_in(shared: Shared, person: str) -> bool:
    """Whether somebody could still come in without the keys and the account of a person: without any, this server would ask for none."""
    keys, accounts = shared.doorkeeper.keys, shared.doorkeeper.accounts
    owners = {key.owner for key in keys.list()} | {a.owner for a in (accounts.list() if accounts is not None else ())}
    return bool(shared.settings.api_keys) or not owners or bool(owners - {person})
