"""`assistant search` and `assistant recommend`: what the collections hold, best first. Knows the search API, not how it searches."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ui.cli.options import Collections, DataDir, Json
from ui.cli.sheets import Sheet

Filter = Annotated[
    str, typer.Option("--filter", help='Condition on metadata, for example: price < 60 and colour = "red"', show_default=False)
]
Kinds = Annotated[
    list[str] | None, typer.Option("--modality", "-m", help="Only text, image, audio or video; may be repeated.", show_default=False)
]
Facets = Annotated[
    list[str] | None, typer.Option("--facet", help="Count the values of this metadata key; may be repeated.", show_default=False)
]
Count = Annotated[int, typer.Option("-k", help="How many.", min=1, max=100)]


def search(
    query: Annotated[str, typer.Argument(help="Words to search for; may be empty with --image.", show_default=False)] = "",
    image: Annotated[
        Path | None, typer.Option("--image", "-i", help="Search by this picture, alone or with words.", show_default=False)
    ] = None,
    audio: Annotated[
        Path | None, typer.Option("--audio", "-a", help="Search by this sound, alone or with words.", show_default=False)
    ] = None,
    modality: Kinds = None,
    filter: Filter = "",
    k: Count = 10,
    facet: Facets = None,
    sheet: Sheet = None,
    collection: Collections = None,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Search the collections by words, by a picture or a sound, or by words and one of them.

    Examples:

        assistant search "red jacket"

        assistant search "rain" --modality audio

        assistant search jacket --filter 'price < 100 and colour = "red"'

        assistant search jacket --facet colour --facet price

        assistant search "something to sleep in" -k 12 --sheet found.png

        assistant search "but in blue" --image photo.jpg -k 5 --json
    """
    from ui.cli import answering, output, sheets
    from ui.cli.connection import connected

    parts = answering.question_of(query, [path for path in (image, audio) if path])
    body = wanted(modality, filter, k, collection) | {"query": parts if image or audio else query}
    body |= {"facets": facet} if facet else {}
    with connected(data_dir) as client:
        found = client.post("/v1/search", body)
        sheets.write(client, sheet, found["data"], query or (image.name if image else ""))
    if json:
        output.show_json(found)
        return
    show(found)
    for key, told in (found.get("facets") or {}).items():
        values = ", ".join(f"{value['value']} ({value['count']})" for value in told["values"])
        output.write(f"{key}: {values}" + (f", from {told['least']:g} to {told['most']:g}" if told["least"] is not None else ""))


def recommend(
    liked: Annotated[list[str], typer.Argument(metavar="ITEM...", help="Ids of items that are liked, as a search gives them.")],
    unlike: Annotated[list[str] | None, typer.Option("--unlike", "-u", help="Id of an item that is not; may be repeated.")] = None,
    query: Annotated[str, typer.Option("--query", "-q", help="Words that narrow it.", show_default=False)] = "",
    modality: Kinds = None,
    filter: Filter = "",
    k: Count = 10,
    sheet: Sheet = None,
    collection: Collections = None,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """More like these items, and less like those.

    Examples:

        assistant recommend item-3f2a item-91bc --unlike item-77d0

        assistant recommend item-3f2a --query "for winter" --filter "price < 100" --json
    """
    from ui.cli import output, sheets
    from ui.cli.connection import connected

    body = wanted(modality, filter, k, collection) | {"positive": liked, "negative": unlike or [], "query": query}
    with connected(data_dir) as client:
        found = client.post("/v1/recommend", body)
        sheets.write(client, sheet, found["data"], query)
    if json:
        output.show_json(found)
    else:
        show(found)


def wanted(modality: list[str] | None, filter: str, k: int, collection: list[str] | None) -> dict[str, Any]:
    """The part of a request that says where to look and how much."""
    body: dict[str, Any] = {"k": k}
    body |= {"modalities": modality} if modality else {}
    body |= {"filter": filter} if filter else {}
    return body | ({"collection": collection[0] if len(collection) == 1 else collection} if collection else {})


def show(found: dict[str, Any]) -> None:
    """Hits, one after the other."""
    from ui.cli import output

    if not found["data"]:
        output.write(output.say("en", "no_hits"))
    for number, hit in enumerate(found["data"], 1):
        where = output.place(hit.get("locator"))
        title = output.shorten(str(hit.get("title", "")), 80)
        output.write(f"{number}. {float(hit['score']):.2f}  {hit['modality']}  {title}{', ' + where if where else ''}")
        if hit.get("text"):
            output.write(f"   {output.shorten(str(hit['text']))}")
        if hit.get("duplicates"):
            output.write(f"   (and {len(hit['duplicates'])} times more)")
