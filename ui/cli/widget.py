"""`assistant widget`: keys for pages of one's own site, the line to put there, and a sample shop; and `assistant faq init`.

Knows the requests of the API about publishable keys.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.cli.options import Collection, DataDir, Json

if TYPE_CHECKING:
    from ui.cli.connection import Client

app = typer.Typer(help="Put the assistant on a page of your site.", no_args_is_help=True)
keys = typer.Typer(help="Make, list and revoke publishable keys.", no_args_is_help=True)
app.add_typer(keys, name="key")
DEMO = "demo"
Name = Annotated[str, typer.Argument(help="Name, id or the key itself.")]
Address = Annotated[
    str, typer.Option("--address", help="Address under which visitors reach the API. Default: this server's.", show_default=False)
]


@keys.command()
def create(
    name: Annotated[str, typer.Argument(help="Name of the key, such as the site's.")],
    origin: Annotated[list[str], typer.Option("--origin", "-o", help="Exact origin of the pages: scheme and host; may be repeated.")],
    collection: Annotated[
        list[str] | None, typer.Option("--collection", "-c", help="Collection that may be asked; may be repeated.")
    ] = None,
    per_minute: Annotated[int, typer.Option(help="Questions a minute, of all visitors together.")] = 60,
    per_visitor: Annotated[int, typer.Option(help="Questions a minute from one address.")] = 12,
    per_day: Annotated[int, typer.Option(help="Questions a day.")] = 1000,
    photo: Annotated[bool, typer.Option("--photo/--no-photo", help="Visitors may send a photo.")] = True,
    voice: Annotated[bool, typer.Option("--voice/--no-voice", help="Visitors may speak and listen.")] = True,
    title: Annotated[str, typer.Option(help="Title of the panel.", show_default=False)] = "",
    greeting: Annotated[str, typer.Option(help="First words.", show_default=False)] = "",
    question: Annotated[list[str] | None, typer.Option("--question", "-q", help="A suggested question; may be repeated.")] = None,
    contact: Annotated[str, typer.Option(help="Mail address or link of a person.", show_default=False)] = "",
    webhook: Annotated[str, typer.Option(help="Address to which messages for a person are posted.", show_default=False)] = "",
    address: Address = "",
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Make a key for the pages of a site, and print the line to put there.

    A publishable key is no secret. It works from the given origins, asks the given collections, within the given numbers, and opens
    nothing else.

    Examples:

        assistant widget key create shop --origin https://www.shop.example --contact help@shop.example

        assistant widget key create docs --origin https://docs.shop.example --collection manuals --no-voice --per-day 5000
    """
    from ui.cli import output
    from ui.cli.connection import connected

    body = {
        "name": name, "origins": origin, "collections": collection or ["default"], "per_minute": per_minute, "per_visitor": per_visitor,
        "per_day": per_day, "photo": photo, "voice": voice, "title": title, "greeting": greeting, "questions": question or [],
        "contact": contact, "webhook": webhook,
    }  # fmt: skip
    with connected(data_dir) as client:
        made = client.make_publishable_key(body)
    made["snippet"] = _at(made["snippet"], address)
    if json:
        output.show_json(made)
        return
    output.write(made["snippet"])
    output.notes().print(f"Put this line into the pages of {', '.join(made['origins'])}.", style="dim")


@keys.command("list")
def show(json: Json = False, data_dir: DataDir = None) -> None:
    """List the publishable keys and how much they were used.

    Example: assistant widget key list --json
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir) as client:
        found = client.publishable_keys()
    if json:
        output.show_json({"data": found})
        return
    rows = []
    for key in found:
        counts, today = key["counts"], f"{key['asked_today']} of {key['per_day']}"
        numbers = [str(counts[name]) for name in ("asked", "refused", "up", "down")]
        rows.append([key["name"], key["key"], ", ".join(key["origins"]), today, *numbers])
    output.table(["name", "key", "origins", "today", "asked", "refused", "up", "down"], rows)


@keys.command()
def revoke(name: Name, json: Json = False, data_dir: DataDir = None) -> None:
    """Revoke a publishable key; pages that still have it are refused at once.

    Example: assistant widget key revoke shop
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir) as client:
        gone = client.revoke_publishable_key(_one(client, name)["id"])
    if json:
        output.show_json(gone)
    else:
        output.write(f"Revoked '{gone['name']}'.")


@app.command()
def snippet(name: Name, address: Address = "", json: Json = False, data_dir: DataDir = None) -> None:
    """Print the line for a page.

    Example: assistant widget snippet shop --address https://assistant.shop.example
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir) as client:
        line = _at(_one(client, name)["snippet"], address)
    if json:
        output.show_json({"snippet": line})
    else:
        output.write(line)


@app.command()
def questions(
    name: Name,
    only: Annotated[str, typer.Option(help="answered, refused, failed, up or down.", show_default=False)] = "",
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=1000)] = 50,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """List what was asked through a key, newest first.

    Example: assistant widget questions shop --only refused
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir) as client:
        found = client.visits(_one(client, name)["id"], only, limit)
    if json:
        output.show_json({"data": found})
        return
    rows = []
    for visit in found:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(visit["created_at"]))
        rows.append([when, output.shorten(visit["question"], 60), output.shorten(visit["answer"], 60), visit["outcome"], visit["rating"]])
    output.table(["asked", "question", "answer", "outcome", "thumb"], rows)


@app.command()
def demo(
    port: Annotated[int, typer.Option("--port", "-p", help="Port of the sample shop; 0 takes a free one.")] = 8600,
    collection: Collection = "default",
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Serve a sample shop whose bubble answers from a collection; ends with Ctrl-C.

    Uses the server that runs, or starts one.

    Example: assistant faq init my-faq.csv && assistant widget demo
    """
    from ui.cli import output
    from ui.cli.connection import connected
    from ui.widget.demo import shop

    with connected(data_dir) as client:
        target = client.collection_id(collection, make=True)
        with shop(client.address, port, lambda origin: _demo_line(client, target, origin)) as address:
            if json:
                output.show_json({"shop": address, "api": client.address})
            else:
                output.write(f"Shop  {address}/  (Chinese: {address}/?zh; API: {client.address})")
                output.notes().print("Click the bubble at the corner. Ctrl-C ends it.", style="dim")
            _until_stopped()


def init(
    file: Annotated[Path, typer.Argument(help=".csv file of questions and answers; made when it is missing.")],
    collection: Collection = "default",
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Begin an FAQ: write a sample file where there is none, and put the file's questions and answers in.

    Edit the file and run it again: changed answers are updated.

    Example: assistant faq init my-faq.csv && assistant widget demo
    """
    from ui.cli import output
    from ui.cli.connection import connected
    from ui.widget.bubble import HERE

    fresh = not file.exists()
    if fresh:
        file.write_bytes((HERE / "faq.csv").read_bytes())
    with connected(data_dir) as client:
        done = client.import_faq(client.collection_id(collection, make=True), file.name, file.read_bytes())
    if json:
        output.show_json(done | {"path": str(file), "written": fresh})
    else:
        output.write(f"{f'Wrote {file}. ' if fresh else ''}{done['added']} added, {done['updated']} updated in '{collection}'.")
        for problem in done["problems"]:
            output.show_fault(f"{file.name}, line {problem['line']}: {problem['message']}")
        output.notes().print("See it on a page: assistant widget demo", style="dim")
    if done["refused"]:
        raise typer.Exit(1)


def _demo_line(client: Client, collection: str, origin: str) -> str:
    """The line of a key for this very shop; the one of the last time is let go."""
    for key in client.publishable_keys():
        if key["name"] == DEMO:
            client.revoke_publishable_key(str(key["id"]))
    body = {"name": DEMO, "origins": [origin], "collections": [collection], "title": "Gale Outdoor", "contact": "help@shop.example"}
    return str(client.make_publishable_key(body)["snippet"])


def _one(client: Client, name: str) -> dict[str, Any]:
    """The key of that name, id or letters. Raises NotFound."""
    from retrieval.faults import NotFound

    found = client.publishable_keys()
    key = next((key for key in found if name in (key["name"], key["id"], key["key"])), None)
    if key is None:
        known = ", ".join(key["name"] for key in found) or "none"
        raise NotFound(f"There is no publishable key '{name[:80]}'.", hint=f"Keys in use: {known}.", param="name")
    return key


def _at(line: str, address: str) -> str:
    """The line with another address of the script."""
    import html

    before, _, rest = line.partition('"')
    script, _, after = rest.partition('"')
    return f'{before}"{html.escape(address.rstrip("/"))}/widget.js"{after}' if address else f'{before}"{script}"{after}'


def _until_stopped() -> None:
    import signal
    import threading

    stopped = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):  # both by hand: a shell starts what it runs in the background with Ctrl-C ignored
        signal.signal(sign, lambda *_: stopped.set())
    while not stopped.wait(3600):
        continue
