"""`assistant devices`: the home in the terminal. Knows the requests of the API and the files of the home, and drives nothing itself."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from ui.cli.options import DataDir, Json

app = typer.Typer(help="See and tell the devices of the home, and check what can be said to them.", no_args_is_help=True)


@app.command("list")
def show(json: Json = False, data_dir: DataDir = None) -> None:
    """List the exposed devices with their state now.

    Example: assistant devices list
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir, ready=False) as client:
        found = client.get("/v1/devices")
    if json:
        output.show_json(found)
        return
    rows = [[d["id"], d["label"], d["said"], ", ".join(d["asks"])] for d in found["data"]]
    output.table(["id", "device", "state", "asks before"], rows)


@app.command()
def say(
    text: Annotated[str, typer.Argument(help="A sentence, in English or Chinese.")],
    language: Annotated[str, typer.Option("--language", help="en or zh; empty follows the words.")] = "",
    conversation: Annotated[str, typer.Option("--conversation", help="Goes on with a conversation: its id.")] = "",
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Tell the home something. A risky action asks first; say yes with the same --conversation.

    Examples:

        assistant devices say "turn everything off except the hall"

        assistant devices say "yes" --conversation 4f2a90c1d2e3b4a5
    """
    from ui.cli import output
    from ui.cli.connection import connected

    body = {"text": text, "language": language or None, "conversation_id": conversation or None}
    with connected(data_dir, ready=False) as client:
        found = client.post("/api/conversation/process", body)
    if json:
        output.show_json(found)
    else:
        output.write(found["response"]["speech"]["plain"]["speech"])
        if found["continue_conversation"]:
            output.notes().print(f"Answer with: --conversation {found['conversation_id']}", style="dim")
    if found["response"]["response_type"] == "error":
        raise typer.Exit(1)


@app.command()
def log(json: Json = False, data_dir: DataDir = None) -> None:
    """List what was done since the server started, newest first, and whether the devices confirmed it.

    Example: assistant devices log
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir, ready=False) as client:
        found = client.get("/v1/devices/log")
    if json:
        output.show_json(found)
        return
    rows = [
        [time.strftime("%H:%M:%S", time.localtime(e["at"])), e["device"], f"{e['action']} {e['value']}".strip(), e["outcome"], e["by"]]
        for e in found["data"]
    ]
    output.table(["at", "device", "told", "outcome", "by"], rows)


@app.command()
def check(json: Json = False, data_dir: DataDir = None) -> None:
    """Run the tests that stand beside the intents: those that ship in the home that ships, your own in your own home.

    Example: assistant devices check
    """
    from assistant.settings import read
    from tools.devices._home_file import read_home, shipped
    from tools.intents import book
    from tools.intents.checking import check as run
    from ui.cli import output

    folder = read({"data_dir": data_dir}).data_dir
    count, failures = run([book.shipped(language) for language in book.LANGUAGES], shipped().listed())
    own = [found for _, found in book.own(folder)]
    more, wrong = run(own, read_home(folder).listed()) if own else (0, [])
    failed = [{"intent": f.intent, "say": f.say, "expected": f.expected, "found": f.found} for f in (*failures, *wrong)]
    if json:
        output.show_json({"tests": count + more, "failed": failed})
    else:
        for one in failed:
            output.write(f"{one['intent']}: “{one['say']}” should be {one['expected']}, but is {one['found']}.")
        output.write(f"{count + more} tests, {len(failed)} failed.")
    if failed:
        raise typer.Exit(1)


@app.command()
def init(
    backend: Annotated[str, typer.Option("--backend", help="simulated, mqtt, webhook or home_assistant.")] = "simulated",
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Write a home.yaml to start from into the data directory.

    Example: assistant devices init --backend mqtt
    """
    from assistant.settings import read
    from retrieval.faults import Conflict
    from tools.devices._home_file import OWN, beginning
    from ui.cli import output

    path: Path = read({"data_dir": data_dir}).data_dir / OWN
    text = beginning(backend)
    if path.exists():
        raise Conflict(f"{path} exists already.", hint="Move it away first.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    if json:
        output.show_json({"path": str(path), "backend": backend})
    else:
        output.write(f'Wrote {path}. Name your devices in it, then set devices = "{backend}" in assistant.toml.')
