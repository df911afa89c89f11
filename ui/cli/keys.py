"""`assistant keys`: who may call the HTTP API. Works on the data directory itself, so that it needs no running server."""

from __future__ import annotations

import re
import time
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.options import DataDir, Json

if TYPE_CHECKING:
    from assistant.keys import Key, Keys

app = typer.Typer(help="Make, list, rotate and revoke API keys.", no_args_is_help=True)


def _keys(data_dir: Path | None) -> Keys:
    from assistant.database import place_of
    from assistant.keys import Keys
    from assistant.settings import read

    return Keys(place_of(read({"data_dir": data_dir})))


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who or what uses the key.")],
    admin: Annotated[bool, typer.Option("--admin", help="May also read /metrics and manage accounts.")] = False,
    owner: Annotated[
        str, typer.Option("--owner", help="Whose data the key opens; keys of one owner share it. Default: NAME.", show_default=False)
    ] = "",
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope", help="What it may do: read, chat, write or admin; several times for several.", show_default="read chat write"
        ),
    ] = None,
    expires: Annotated[
        str, typer.Option("--expires", help="When it ends: 90d, 12h, 30m or a date such as 2027-01-31.", show_default="never")
    ] = "",
    per_minute: Annotated[int | None, typer.Option("--per-minute", min=1, help="Requests a minute.", show_default="no bound")] = None,
    per_day: Annotated[int | None, typer.Option("--per-day", min=1, help="Requests a day.", show_default="no bound")] = None,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Make a key and print its secret, once.

    From the first key on, every request over HTTP needs one. `--owner local` opens what was added on this machine.

    Examples:

        assistant keys create laptop --owner local

        assistant keys create website --scope chat --expires 90d --per-minute 60 --per-day 5000

        assistant keys create monitoring --admin --json
    """
    from ui.cli import output

    key, secret = _keys(data_dir).create(
        name, "admin" if admin else "user", owner, scopes=scope or (), expires_at=_moment(expires), per_minute=per_minute, per_day=per_day
    )
    _tell(key, secret, json, output)


@app.command()
def rotate(name: Annotated[str, typer.Argument(help="Name or id of the key.")], json: Json = False, data_dir: DataDir = None) -> None:
    """Give a key another secret and print it, once; the old one stops working at once.

    Example: assistant keys rotate laptop
    """
    from ui.cli import output

    key, secret = _keys(data_dir).rotate(name)
    _tell(key, secret, json, output)


def _tell(key: Key, secret: str, as_json: bool, output: ModuleType) -> None:
    if as_json:
        output.show_json(key.model_dump() | {"secret": secret})
        return
    output.write(secret)
    output.notes().print("Keep it: it is not shown again.", style="dim")


def _moment(text: str) -> float | None:
    """Seconds since the epoch of `90d`, `12h`, `30m` from now, or of the end of a day. Raises InvalidInput."""
    from retrieval.faults import InvalidInput

    if not text:
        return None
    if (found := re.fullmatch(r"(\d{1,5})([dhm])", text)) is not None:
        return time.time() + int(found[1]) * {"d": 86_400, "h": 3_600, "m": 60}[found[2]]
    try:
        return time.mktime(time.strptime(text, "%Y-%m-%d")) + 86_400
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            f"'{text[:40]}' is no time.", hint="Write 90d, 12h, 30m or a date such as 2027-01-31.", param="expires"
        ) from error


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
        bounds = ", ".join(f"{most}/{of}" for most, of in ((key.per_minute, "min"), (key.per_day, "day")) if most)
        rows.append([key.name, key.owner, " ".join(key.scopes), f"…{key.tail}", bounds, _when(key.last_used_at), _state(key)])
    output.table(["name", "owner", "scopes", "ends with", "at most", "last used", "state"], rows)


def _state(key: Key) -> str:
    if key.revoked_at:
        return "revoked"
    if key.suspended:
        return "suspended"
    if key.expired(time.time()):
        return "expired"
    return f"until {_when(key.expires_at)}" if key.expires_at else "in use"


def _when(moment: float | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment)) if moment else ""


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
