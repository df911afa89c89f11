"""`assistant accounts`: the people who may log in. Works on the data directory itself, so that it needs no running server."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ui.cli.options import DataDir, Json

if TYPE_CHECKING:
    from assistant.accounts import Account, Accounts

app = typer.Typer(help="People who log in to the chat page: add, list, suspend, remove.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Name of the account.")]
Who = Annotated[str, typer.Argument(help="Name of the account, or of the owner of API keys.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option("--password-file", help="Read the password from a file (- is the input) instead of asking.", show_default=False),
]


def _accounts(data_dir: Path | None) -> Accounts:
    from assistant.accounts import Accounts
    from assistant.database import place_of
    from assistant.settings import read

    settings = read({"data_dir": data_dir})
    return Accounts(place_of(settings), settings.limits.session_seconds)


def _password(file: Path | None) -> str:
    """The password, never an argument: those are seen by every user of the machine and kept by the shell."""
    if file is None:
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    text = typer.get_text_stream("stdin").read() if str(file) == "-" else file.read_text("utf-8")
    return text.rstrip("\r\n")


def _tell(account: Account, words: str, as_json: bool) -> None:
    from ui.cli import output

    if as_json:
        output.show_json(account.model_dump())
    else:
        output.write(words)


@app.command()
def add(
    name: Name,
    admin: Annotated[bool, typer.Option("--admin", help="May also manage accounts and read /metrics.")] = False,
    password_file: PasswordFile = None,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Add an account; its password is asked for.

    From the first account on, the chat page and the API need a login or a key. The first is an admin's and owns what was made on this
    machine before; every other begins empty.

    Examples:

        assistant accounts add ana

        assistant accounts add ben --password-file ben.txt
    """
    made = _accounts(data_dir).add(name, _password(password_file), "admin" if admin else "user")
    _tell(made, f"Added '{made.name}' ({made.role}).", json)


@app.command("list")
def show(json: Json = False, data_dir: DataDir = None) -> None:
    """List the accounts.

    Example: assistant accounts list --json
    """
    from ui.cli import output

    found = _accounts(data_dir).list()
    if json:
        output.show_json({"data": [account.model_dump() for account in found]})
        return
    rows = []
    for account in found:
        made = time.strftime("%Y-%m-%d %H:%M", time.localtime(account.created_at))
        rows.append([account.name, account.role, account.owner, account.login, made, "suspended" if account.suspended else "in use"])
    output.table(["name", "role", "owner", "login", "made", "state"], rows)


@app.command()
def password(name: Name, password_file: PasswordFile = None, json: Json = False, data_dir: DataDir = None) -> None:
    """Give an account another password; its sessions end at once.

    Example: assistant accounts password ana
    """
    account = _accounts(data_dir).set_password(name, _password(password_file))
    _tell(account, f"'{account.name}' has another password.", json)


@app.command()
def role(
    name: Name,
    role: Annotated[Literal["user", "admin"], typer.Argument(help="user or admin.")],
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Make somebody an admin, or no longer.

    Example: assistant accounts role ben admin
    """
    account = _accounts(data_dir).set_role(name, role)
    _tell(account, f"'{account.name}' is {account.role} now.", json)


@app.command()
def suspend(name: Who, json: Json = False, data_dir: DataDir = None) -> None:
    """Shut somebody out: sessions, API keys and publishable keys of the owner open nothing until `resume`.

    Example: assistant accounts suspend ben
    """
    _switch(name, True, json, data_dir)


@app.command()
def resume(name: Who, json: Json = False, data_dir: DataDir = None) -> None:
    """Let somebody in again.

    Example: assistant accounts resume ben
    """
    _switch(name, False, json, data_dir)


@app.command()
def remove(name: Name, json: Json = False, data_dir: DataDir = None) -> None:
    """Remove an account and end its sessions. Its collections and chats stay with their owner.

    Example: assistant accounts remove ben
    """
    account = _accounts(data_dir).remove(name)
    _tell(account, f"Removed '{account.name}'.", json)


def _switch(name: str, suspended: bool, as_json: bool, data_dir: Path | None) -> None:
    from ui.cli import output

    accounts, owner = _accounts(data_dir), _owner(name, data_dir)
    (accounts.suspend if suspended else accounts.resume)(owner)
    if as_json:
        output.show_json({"owner": owner, "suspended": suspended})
    else:
        output.write(f"'{owner}' is suspended." if suspended else f"'{owner}' may come in again.")


def _owner(name: str, data_dir: Path | None) -> str:
    """The owner behind the name of an account, or of keys. Raises NotFound."""
    from assistant.database import place_of
    from assistant.keys import Keys
    from assistant.settings import read
    from retrieval.faults import NotFound

    try:
        return _accounts(data_dir).get(name).owner
    except NotFound:
        if any(key.owner == name for key in Keys(place_of(read({"data_dir": data_dir}))).list()):
            return name
        raise
