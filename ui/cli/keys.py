"""`assistant keys`: who may call the HTTP API. Works on the data directory itself, so that it needs no running server."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.options import DataDir, Json

if TYPE_CHECKING:
    from assistant.keys import Keys

app = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)


def _keys(data_dir: Path | None) -> Keys:
    from assistant.keys import Keys
    from assistant.settings import read

    return Keys(read({"data_dir": data_dir}).data_dir)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who or what uses the key.")],
    admin: Annotated[bool, typer.Option("--admin", help="May also read /metrics.")] = False,
    owner: Annotated[
        str, typer.Option("--owner", help="Whose data the key opens; keys of one owner share it. Default: NAME.", show_default=False)
    ] = "",
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Make a key and print its secret, once.

    From the first key on, every request over HTTP needs one. `--owner local` opens what was added on this machine.

    Examples:

        assistant keys create laptop --owner local

        assistant keys create monitoring --admin --json
    """
    from ui.cli import output

    key, secret = _keys(data_dir).create(name, "admin" if admin else "user", owner)
    if json:
        output.show_json(key.model_dump() | {"secret": secret})
        return
    output.write(secret)
    output.notes().print("Keep it: it is not shown again.", style="dim")


@app.command("list")
def show(
    revoked: Annotated[bool, typer.Option("--revoked", help="Also those that were revoked.")] = False,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """List the keys, without their secrets.

    Example: assistant keys list --json
    """
    from ui.cli import output

    found = _keys(data_dir).list(revoked)
    if json:
        output.show_json({"data": [key.model_dump() for key in found]})
        return
    rows = []
    for key in found:
        made = time.strftime("%Y-%m-%d %H:%M", time.localtime(key.created_at))
        rows.append([key.name, key.owner, key.role, f"…{key.tail}", made, "revoked" if key.revoked_at else "in use"])
    output.table(["name", "owner", "role", "ends with", "made", "state"], rows)


@app.command()
def revoke(name: Annotated[str, typer.Argument(help="Name or id of the key.")], json: Json = False, data_dir: DataDir = None) -> None:
    """Revoke a key; it stops working at once.

    Example: assistant keys revoke laptop
    """
    from ui.cli import output

    key = _keys(data_dir).revoke(name)
    if json:
        output.show_json(key.model_dump())
    else:
        output.write(f"Revoked '{name}'.")
