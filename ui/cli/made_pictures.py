"""Pictures that are being made, in the terminal: a bar while they are drawn, then each shown, told and saved. Knows no command line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval.faults import Fault, InvalidInput, NotFound
from ui.chat.client import ApiFault, Json, Stream
from ui.cli import output

if TYPE_CHECKING:
    from ui.cli.connection import Client

STREAMED: Json = {"stream": True, "progress": True}
"""Fields that ask for events, the bar's among them."""
LATEST = "last"
"""Names the newest picture that was made."""
_KEPT = ("file_id", "caption", "score", "doubtful", "note", "recipe")


def follow(stream: Stream, *, quiet: bool) -> list[Json]:
    """The finished pictures of a request, the best first, with a bar on the way.

    Raises ApiFault. Ctrl-C hangs up, which stops the drawing, and is raised on.
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    made: list[Json] = []
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn())
    with Progress(*columns, console=output.notes(), disable=quiet or not output.notes().is_terminal, transient=True) as bar:
        task = bar.add_task("", total=1.0)
        try:
            for event in stream:
                if error := event.get("error"):
                    raise ApiFault(str(error.get("message", "")), str(error.get("hint", "")))
                kind = str(event.get("type", ""))
                if kind.endswith(".progress"):
                    bar.update(
                        task, completed=float(event["fraction"]), description=output.shorten(output.clean(str(event["message"])), 50)
                    )
                elif kind.endswith(".completed"):
                    made.append(event)
        except KeyboardInterrupt:
            stream.close()
            raise
    return made


def finish(client: Client, made: list[Json], out: Path | None, *, as_json: bool) -> None:
    """Save the pictures, and show them or print them as JSON."""
    rows: list[Json] = []
    for number, picture in enumerate(made, 1):
        row = {"number": number, **{key: picture.get(key) for key in _KEPT}, "path": None}
        data = client.content(str(picture["file_id"]))[0] if out is not None or not as_json else b""
        if out is not None:
            row["path"] = str(save(out, str(picture.get("caption") or ""), data))
        rows.append(row)
        if not as_json:
            tell(row, data)
    if as_json:
        output.show_json({"data": rows})


def tell(row: Json, data: bytes) -> None:
    """One picture: how it looks, its number, chance and id, and what could not be followed."""
    output.show_picture(data)
    score = row.get("score")
    chance = f"{float(score):.0%} match  " if score is not None else ""
    output.write(f"{row['number']}. {chance}{row['file_id']}  {output.shorten(str(row.get('caption') or ''), 80)}")
    if row.get("doubtful"):
        output.write(f"   {output.say('en', 'doubtful')}")
    if row.get("note"):
        output.write(f"   {output.shorten(str(row['note']), 300)}")
    if row.get("path"):
        output.write(f"   {output.say('en', 'saved', path=row['path'])}")


def save(out: Path, name: str, data: bytes) -> Path:
    """Write a picture to `out` when that is named like one, else into that folder under its words; never over another file.

    Raises InvalidInput when that cannot be.
    """
    named = out.suffix.lower() == ".png"
    folder = out.parent if named else out
    stem = out.stem if named else re.sub(r"[^\w]+", "-", name.lower()).strip("-")[:60] or "picture"
    path, copy = folder / f"{stem}.png", 2
    try:
        folder.mkdir(parents=True, exist_ok=True)
        while path.exists():
            path, copy = folder / f"{stem}-{copy}.png", copy + 1
        path.write_bytes(data)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror}.", hint="Choose another folder with --out.", param="out") from error
    return path


def opened(path: Path) -> tuple[str, bytes]:
    """Name and bytes of a file. Raises NotFound, InvalidInput."""
    try:
        return path.name, path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(f"There is no file '{path}'.", hint="Check the path.", param=str(path)) from error
    except OSError as error:
        raise InvalidInput(f"'{path}' cannot be read: {error.strerror}.", hint="Check its permissions.", param=str(path)) from error


def identity(client: Client, name: str) -> str:
    """Id of the picture called `name`: an id, the beginning of one, or `last`. Raises NotFound, InvalidInput when several fit."""
    if name == LATEST:
        newest = client.images(generated=True, limit=1)["data"]
        if not newest:
            raise NotFound("Nothing was drawn yet.", hint='For example: assistant draw "a blue dog"')
        return str(newest[0]["id"])
    known = [str(row["id"]) for row in client.images(limit=1000)["data"]]
    found = [one for one in known if one == name] or [one for one in known if one.startswith(name) or one.startswith(f"file-{name}")]
    if not found:
        raise NotFound(f"There is no picture '{name}'.", hint="List them with: assistant pictures list")
    if len(found) > 1:
        raise InvalidInput(f"{len(found)} pictures begin with '{name}'.", hint="Give more of the id.")
    return found[0]


def sent(client: Client, name: str, mask: Path | None) -> dict[str, Any]:
    """The `image` and `mask` of an edit: a file of this machine when there is one of that name, else a stored picture."""
    path = Path(name).expanduser()
    files: dict[str, Any] = {"image": opened(path) if path.is_file() else (None, identity(client, name))}
    return files | ({"mask": opened(mask)} if mask is not None else {})


def remade(client: Client, path: Path) -> Json:
    """The picture of a PNG made again from the recipe inside it; `identical` compares the bytes. Raises ApiFault, Fault.

    One that this service keeps is repeated there; of another only what was drawn from words can be made again.
    """
    name, data = opened(path)
    found = client.recipe_of(name, data)
    if found["file_id"]:
        return client.image_again(str(found["file_id"]))
    recipe = found["recipe"]
    if recipe["parents"]:
        raise Fault("This picture was changed from another one, which is not here.", hint="Only what was drawn from words is made again.")
    body = {key: recipe[key] for key in ("prompt", "negative_prompt", "seed", "steps", "guidance")}
    body |= {"size": f"{recipe['width']}x{recipe['height']}", **STREAMED}
    made = follow(client.follow("/v1/images/generations", json=body), quiet=True)[0]
    return {**made, "identical": client.content(str(made["file_id"]))[0] == data}
