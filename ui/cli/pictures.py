"""`assistant pictures`: find again, change, repeat, save and delete pictures. Knows the picture requests of the API."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from ui.cli.drawing import Count, Folder, Guidance, Seed, Steps
from ui.cli.options import DataDir, Json, Yes

app = typer.Typer(help="Find, change, repeat, save and delete pictures.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="PICTURE", help="Id, the beginning of one, or `last` for the newest that was made.")]
Source = Annotated[str, typer.Argument(metavar="PICTURE", help="A file, an id, the beginning of one, or `last`.")]
Names = Annotated[list[str], typer.Argument(metavar="PICTURE...", help="Ids, beginnings of ids, or `last`.")]
Strength = Annotated[
    float | None, typer.Option("--strength", help="How far it is taken apart, above 0 and up to 1.", min=0.01, max=1, show_default=False)
]


@app.command("list")
def listing(
    words: Annotated[str, typer.Argument(help="Words of the prompt, or what it shows.", show_default=False)] = "",
    like: Annotated[str, typer.Option("--like", help="Like this picture (id or `last`).", show_default=False)] = "",
    colour: Annotated[str, typer.Option("--colour", help="With much of this colour, for example blue.", show_default=False)] = "",
    made: Annotated[
        bool | None, typer.Option("--made/--found", help="Only those made here, or only the others.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-k", help="How many.", min=1, max=1000)] = 20,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """List pictures, newest first; those that fit words or are like another one, best first.

    Examples:

        assistant pictures list --made

        assistant pictures list "red dog"

        assistant pictures list --like last --colour blue --json
    """
    from ui.cli import made_pictures, output
    from ui.cli.connection import connected

    with connected(data_dir) as client:
        example = made_pictures.identity(client, like) if like else ""
        found = client.images(q=words, like=example, colour=colour, generated=made, limit=limit)
    if json:
        output.show_json({"data": found["data"], "has_more": found["has_more"]})
        return
    rows = [[_when(row), _made(row), _size(row), _caption(row), str(row["id"])] for row in found["data"]]
    output.table(["made", "how", "size", "shows", "id"], rows)


@app.command()
def show(picture: Name, json: Json = False, data_dir: DataDir = None) -> None:
    """Show a picture with its recipe, what it was made of and what was made of it.

    Example: assistant pictures show last --json
    """
    from ui.cli import made_pictures, output
    from ui.cli.connection import connected

    with connected(data_dir, ready=False) as client:
        found = client.image(made_pictures.identity(client, picture))
        data = b"" if json else client.content(str(found["id"]))[0]
    if json:
        output.show_json(found)
        return
    output.show_picture(data)
    output.write(f"{found['id']}  {_caption(found)}  {_size(found)}  {_when(found)}")
    _tell_recipe(found.get("recipe"), found.get("score"))
    for key in ("chain", "children"):
        for row in found[key]:
            output.write(output.say("en", f"picture_{key}", id=row["id"], caption=_caption(row)))


@app.command()
def edit(
    picture: Source,
    instruction: Annotated[str, typer.Argument(help="The change, for example: make it red.")],
    mask: Annotated[
        Path | None, typer.Option("--mask", help="Picture of the same size, transparent or white where it may change.", show_default=False)
    ] = None,
    n: Count = 1,
    seed: Seed = None,
    steps: Steps = None,
    guidance: Guidance = None,
    strength: Strength = None,
    out: Folder = None,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Change a picture by words. The one it was made of stays.

    Examples:

        assistant pictures edit last "make it red"

        assistant pictures edit photo.jpg "put it on a beach" --out pictures

        assistant pictures edit photo.png "a hat" --mask mask.png --seed 3 --json
    """
    _change(picture, {"prompt": instruction, "n": n, "seed": seed, "steps": steps, "guidance": guidance, "strength": strength}, mask, out,
            json, data_dir)  # fmt: skip


@app.command()
def vary(
    picture: Source, n: Count = 3, seed: Seed = None, strength: Strength = None, out: Folder = None, json: Json = False,
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Make other pictures of the same thing.

    Examples:

        assistant pictures vary last -n 4

        assistant pictures vary photo.png --strength 0.4 --seed 5 --json
    """
    _change(picture, {"operation": "variation", "n": n, "seed": seed, "strength": strength}, None, out, json, data_dir)


@app.command()
def upscale(picture: Source, out: Folder = None, json: Json = False, data_dir: DataDir = None) -> None:
    """Make a picture twice as large.

    Example: assistant pictures upscale last --out pictures
    """
    _change(picture, {"operation": "upscale"}, None, out, json, data_dir)


@app.command()
def again(picture: Source, json: Json = False, data_dir: DataDir = None) -> None:
    """Make a picture again from its recipe and tell whether the bytes are the same. A file brings its recipe with it.

    Examples:

        assistant pictures again last

        assistant pictures again pictures/a-blue-dog.png --json
    """
    from ui.cli import made_pictures, output
    from ui.cli.connection import connected

    path = Path(picture).expanduser()
    with connected(data_dir) as client:
        done = made_pictures.remade(client, path) if path.is_file() else client.image_again(made_pictures.identity(client, picture))
    if json:
        output.show_json({key: done.get(key) for key in ("identical", "file_id", "recipe")})
    else:
        output.write(output.say("en", "picture_same" if done["identical"] else "picture_other", id=done["file_id"]))


@app.command()
def recipe(
    file: Annotated[Path, typer.Argument(metavar="FILE.png", help="A PNG that was made here or elsewhere.")],
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Read the recipe inside a PNG.

    Example: assistant pictures recipe pictures/a-blue-dog.png --json
    """
    from ui.cli import made_pictures, output
    from ui.cli.connection import connected

    with connected(data_dir, ready=False) as client:
        found = client.recipe_of(*made_pictures.opened(file))
    if json:
        output.show_json({"recipe": found["recipe"], "file_id": found["file_id"]})
        return
    output.write(str(found["file_id"] or output.say("en", "picture_foreign")))
    _tell_recipe(found["recipe"], None)


@app.command()
def save(picture: Names, out: Folder = None, json: Json = False, data_dir: DataDir = None) -> None:
    """Save pictures as PNG files, their recipes inside.

    Example: assistant pictures save last --out pictures
    """
    from ui.cli import made_pictures, output
    from ui.cli.connection import connected

    rows = []
    with connected(data_dir, ready=False) as client:
        for name in picture:
            found = client.image(made_pictures.identity(client, name))
            path = made_pictures.save(out or Path(), _caption(found), client.content(str(found["id"]))[0])
            rows.append({"file_id": found["id"], "path": str(path)})
    if json:
        output.show_json({"data": rows})
        return
    for row in rows:
        output.write(output.say("en", "saved", path=row["path"]))


@app.command()
def delete(
    picture: Names,
    yes: Yes = False,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Delete pictures. What was made of them stays.

    Example: assistant pictures delete last --yes
    """
    from ui.cli import made_pictures, output
    from ui.cli.connection import connected

    with connected(data_dir, ready=False) as client:
        ids = list(dict.fromkeys(made_pictures.identity(client, name) for name in picture))
        if not yes and not json:
            typer.confirm(f"Delete {len(ids)}: {', '.join(ids)}?", abort=True)
        for one in ids:
            client.delete(f"/v1/files/{one}")
    if json:
        output.show_json({"deleted": ids})
    else:
        output.write(f"Deleted {len(ids)}.")


def _change(picture: str, fields: dict[str, Any], mask: Path | None, out: Path | None, json: bool, data_dir: Path | None) -> None:
    from ui.cli import made_pictures
    from ui.cli.connection import connected

    data = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in (fields | made_pictures.STREAMED).items()
            if value is not None}  # fmt: skip
    with connected(data_dir) as client:
        files = made_pictures.sent(client, picture, mask)
        made = made_pictures.follow(client.follow("/v1/images/edits", data=data, files=files), quiet=json)
        made_pictures.finish(client, made, out, as_json=json)


def _tell_recipe(known: dict[str, Any] | None, score: float | None) -> None:
    """A recipe, one field a line, the empty ones left out."""
    from ui.cli import output

    if score is not None:
        output.write(f"  score: {score:.0%}")
    for name, value in (known or {}).items():
        if value not in ("", None, [], {}):
            output.write(f"  {name}: {output.shorten(str(value), 300)}")


def _when(row: dict[str, Any]) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(row["created_at"]))


def _made(row: dict[str, Any]) -> str:
    return str(row["operation"]) if row["generated"] else "-"


def _size(row: dict[str, Any]) -> str:
    return f"{row['width']}x{row['height']}"


def _caption(row: dict[str, Any]) -> str:
    return str(row["caption"] or row["filename"])
