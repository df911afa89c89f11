"""Hits as a sheet of numbered tiles in a file. Knows the API's hits and `ui.sheet`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ui.cli.connection import Client

Sheet = Annotated[Path | None, typer.Option("--sheet", help="Write what was found as a PNG of numbered tiles.", show_default=False)]


def write(client: Client, target: Path | None, hits: Sequence[dict[str, Any]], heading: str) -> None:
    """The hits as tiles, numbered as they are printed; nothing without a target or a hit. Raises InvalidInput for a bad target."""
    if target is None or not hits:
        return
    from retrieval.faults import InvalidInput
    from ui.cli import output
    from ui.sheet import Tile, sheet

    tiles = []
    for number, hit in enumerate(hits, 1):
        where = output.place(hit.get("locator"))
        note = f"{float(hit['probability']):.0%}  {hit['modality']}{', ' + where if where else ''}"
        picture = client.thumbnail(str(hit["item_id"]))
        tiles.append(Tile(number, str(hit.get("title", "")), note, picture, str(hit.get("text") or "")))
    try:
        target.write_bytes(sheet(tiles, heading))
    except OSError as error:
        raise InvalidInput(f"{target} cannot be written: {error.strerror}.", hint="Choose another place.", param="sheet") from error
    output.notes().print(f"  {output.say('en', 'saved', path=target)}", style="dim")
