"""`assistant memory`: what you asked to be remembered across chats. Knows the memory requests of the API."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from ui.cli.options import DataDir, Json, Yes

app = typer.Typer(help="See, change, export, switch off and delete what the assistant remembers of you.", no_args_is_help=True)
Identity = Annotated[str, typer.Argument(metavar="ID", help="Id, or the beginning of one.")]
Text = Annotated[str, typer.Argument(help="The fact, in a sentence.")]


@app.command("list")
def show(json: Json = False, data_dir: DataDir = None) -> None:
    """List what is kept, newest first, and whether memory is on.

    Example: assistant memory list --json
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir, ready=False) as client:
        memory = client.memory()
    if json:
        output.show_json({"enabled": memory["enabled"], "data": memory["data"]})
        return
    rows = [[fact["text"], time.strftime("%Y-%m-%d %H:%M", time.localtime(fact["updated_at"])), fact["id"]] for fact in memory["data"]]
    output.table(["fact", "told", "id"], rows)
    if not memory["enabled"]:
        output.notes().print("Memory is off. Switch it on with: assistant memory on", style="dim")


@app.command()
def add(text: Text, json: Json = False, data_dir: DataDir = None) -> None:
    """Keep a fact.

    Example: assistant memory add "My cat is called Momo."
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir, ready=False) as client:
        made = client.add_fact(text)
    if json:
        output.show_json(made)
    else:
        output.write(f"Kept '{output.shorten(made['text'], 80)}' ({made['id']}).")


@app.command()
def edit(identity: Identity, text: Text, json: Json = False, data_dir: DataDir = None) -> None:
    """Give a fact other words.

    Example: assistant memory edit fact_3f2a "My cat is called Felix."
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir, ready=False) as client:
        changed = client.change_fact(_one(client.memory()["data"], identity), text)
    if json:
        output.show_json(changed)
    else:
        output.write(f"Changed to '{output.shorten(changed['text'], 80)}'.")


@app.command()
def forget(
    identity: Annotated[str, typer.Argument(metavar="[ID]", help="Id, or the beginning of one.", show_default=False)] = "",
    everything: Annotated[bool, typer.Option("--all", help="Delete everything.")] = False,
    yes: Yes = False,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Delete a fact, or all of them.

    Examples:

        assistant memory forget fact_3f2a

        assistant memory forget --all --yes
    """
    from retrieval.faults import InvalidInput
    from ui.cli import output
    from ui.cli.connection import connected

    if everything == bool(identity):
        raise InvalidInput("Name one fact, or give --all.", hint="List them with: assistant memory list")
    if everything and not yes and not json:
        typer.confirm("Delete everything that is remembered?", abort=True)
    with connected(data_dir, ready=False) as client:
        if everything:
            done: dict[str, Any] = {"deleted": client.forget_facts()}
        else:
            fact = _one(client.memory()["data"], identity)
            client.forget_fact(fact)
            done = {"deleted": 1, "id": fact}
    if json:
        output.show_json(done)
    else:
        output.write(f"Deleted {done['deleted']}.")


@app.command()
def export(
    out: Annotated[Path, typer.Argument(help="JSON file to write.")],
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Write everything that is remembered to a JSON file.

    Example: assistant memory export memory.json
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir, ready=False) as client:
        data = client.export_facts()
    out.write_bytes(data)
    if json:
        output.show_json({"path": str(out), "bytes": len(data)})
    else:
        output.write(f"Saved: {out}")


@app.command()
def on(json: Json = False, data_dir: DataDir = None) -> None:
    """Let the assistant keep what you ask it to, and answer from it.

    Example: assistant memory on
    """
    _switch(True, json, data_dir)


@app.command()
def off(json: Json = False, data_dir: DataDir = None) -> None:
    """Stop it: nothing is kept or read any more. What is kept stays until you delete it.

    Example: assistant memory off
    """
    _switch(False, json, data_dir)


def _switch(wanted: bool, json: bool, data_dir: Path | None) -> None:
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir, ready=False) as client:
        client.switch_memory(wanted)
    if json:
        output.show_json({"enabled": wanted})
    else:
        output.write(f"Memory is {'on' if wanted else 'off'}.")


def _one(facts: list[dict[str, Any]], identity: str) -> str:
    """The id of the fact whose id begins so. Raises NotFound, InvalidInput when several do."""
    from retrieval.faults import InvalidInput, NotFound

    found = [str(fact["id"]) for fact in facts if str(fact["id"]).startswith(identity)]
    if not found:
        raise NotFound(f"There is no fact '{identity}'.", hint="List them with: assistant memory list")
    if len(found) > 1:
        raise InvalidInput(f"{len(found)} facts begin with '{identity}'.", hint="Give more of the id.")
    return found[0]
