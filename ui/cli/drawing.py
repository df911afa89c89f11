"""`assistant draw`: pictures from words. Knows the request; `ui.cli.made_pictures` follows it, shows and saves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ui.cli.options import DataDir, Json

Count = Annotated[int, typer.Option("-n", "--n", help="How many, to choose from.", min=1)]
Seed = Annotated[int | None, typer.Option("--seed", help="The same seed draws the same picture; 0 is one.", min=0, show_default=False)]
Steps = Annotated[int | None, typer.Option("--steps", help="Steps of the drawing model.", min=1, show_default=False)]
Guidance = Annotated[
    float | None, typer.Option("--guidance", help="How closely it keeps to the words, 0 to 30.", min=0, max=30, show_default=False)
]
Folder = Annotated[Path | None, typer.Option("--out", "-o", help="Folder, or name of a PNG, to save to.", show_default=False)]


def draw(
    prompt: Annotated[str, typer.Argument(help="What the picture should show; may be empty with --about.", show_default=False)] = "",
    n: Count = 1,
    seed: Seed = None,
    size: Annotated[str, typer.Option("--size", help="WIDTHxHEIGHT in pixels, for example 512x768.", show_default=False)] = "",
    without: Annotated[str, typer.Option("--without", help="What must not be in it.", show_default=False)] = "",
    steps: Steps = None,
    guidance: Guidance = None,
    about: Annotated[
        str, typer.Option("--about", help="A product of the collections (name or item id), drawn from its description.", show_default=False)
    ] = "",
    out: Folder = None,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Draw pictures from words. Each is kept with its recipe; what shows the words best comes first.

    The number before a picture is the chance that it shows what was asked for, as the image encoder judges it. Ctrl-C stops the drawing.

    Examples:

        assistant draw "a blue dog"

        assistant draw "a blue dog" -n 4 --seed 7 --out pictures

        assistant draw "three red apples on a table" --size 512x384 --without "a knife"

        assistant draw --about "Cove Tent 4 Green" --json

        assistant draw "一只蓝色的狗" --seed 0
    """
    from ui.cli import made_pictures
    from ui.cli.connection import connected

    body: dict[str, Any] = {"prompt": prompt, "n": n, **made_pictures.STREAMED}
    told = {"seed": seed, "size": size, "negative_prompt": without, "steps": steps, "guidance": guidance, "about": about}
    body |= {name: value for name, value in told.items() if value not in (None, "")}
    with connected(data_dir) as client:
        made = made_pictures.follow(client.follow("/v1/images/generations", json=body), quiet=json)
        made_pictures.finish(client, made, out, as_json=json)
