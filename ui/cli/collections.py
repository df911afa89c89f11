"""`assistant collections`: make, list, delete, export and import collections, and see their files. Knows the vector-store API."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from ui.cli import exchanging
from ui.cli.options import DataDir, Json, Yes

app = typer.Typer(help="Make, list, delete, export and import collections, and see their files.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Name of the collection, or its id.")]


def _date(seconds: object) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(float(str(seconds or 0))))


@app.command("list")
def show(json: Json = False, data_dir: DataDir = None) -> None:
    """List the collections.

    Example: assistant collections list --json
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir, ready=False) as client:
        client.wait_until_ready()
        found = client.collections()
    if json:
        output.show_json({"data": found})
        return
    rows = []
    for entry in found:
        files = (entry.get("file_counts") or {}).get("total", entry.get("files", ""))
        rows.append([str(entry.get("name")), str(entry.get("items", "")), str(files), output.size(float(entry.get("usage_bytes") or 0)),
                     _date(entry.get("created_at")), str(entry.get("id"))])  # fmt: skip
    output.table(["name", "items", "files", "size", "made", "id"], rows)


@app.command()
def create(name: Annotated[str, typer.Argument(help="Name of the new collection.")], json: Json = False, data_dir: DataDir = None) -> None:
    """Make an empty collection.

    Example: assistant collections create manuals
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir) as client:
        made = client.make_collection(name)
    if json:
        output.show_json(made)
    else:
        output.write(f"Made '{made['name']}' ({made['id']}).")


@app.command()
def delete(
    name: Name,
    yes: Yes = False,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Delete a collection and everything in it.

    Example: assistant collections delete manuals --yes
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir) as client:
        target = client.collection_id(name)
        if not yes and not json:
            typer.confirm(f"Delete '{name}' and everything in it?", abort=True)
        client.drop_collection(target)
    if json:
        output.show_json({"id": target, "deleted": True})
    else:
        output.write(f"Deleted '{name}'.")


@app.command()
def calibrate(name: Name = "default", json: Json = False, data_dir: DataDir = None) -> None:
    """Fit from which probability on a text of the collection answers a question, on questions that it cannot answer.

    It happens by itself when a collection has grown by half; below 30 texts one calibration holds for all collections.

    Example: assistant collections calibrate manuals
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir) as client:
        found = client.post(f"/v1/vector_stores/{client.collection_id(name)}/calibration", {})
    if json:
        output.show_json(found)
        return
    rows = [[language, str(found["questions"][language]), f"{shift:+.2f}"] for language, shift in sorted(found["shifts"].items())]
    output.table(["questions in", "asked", "stricter by (log-odds)"], rows)


@app.command()
def files(name: Name = "default", json: Json = False, data_dir: DataDir = None) -> None:
    """List the files of a collection and how reading them went.

    Example: assistant collections files manuals
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir) as client:
        found = client.attached(client.collection_id(name))
    if json:
        output.show_json({"data": found})
        return
    rows = []
    for entry in found:
        error = (entry.get("last_error") or {}).get("message", "")
        note = error or "; ".join(str(warning) for warning in entry.get("warnings") or ())
        label = str(entry.get("name") or entry.get("filename") or "")
        rows.append([label, str(entry.get("status")), str(entry.get("items", "")), note, str(entry.get("id"))])
    output.table(["file", "status", "items", "note", "id"], rows)


app.command("export")(exchanging.save)
app.command("import")(exchanging.load)
