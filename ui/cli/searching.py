"""`assistant search`: what the collections hold, best first. Knows the search API, not how it searches."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ui.cli.options import Collections, DataDir, Json


def search(
    query: Annotated[str, typer.Argument(help="Words to search for; may be empty with --image.", show_default=False)] = "",
    image: Annotated[
        Path | None, typer.Option("--image", "-i", help="Search by this picture, alone or with words.", show_default=False)
    ] = None,
    modality: Annotated[
        list[str] | None, typer.Option("--modality", "-m", help="Only text, image, audio or video; may be repeated.", show_default=False)
    ] = None,
    filter: Annotated[
        str, typer.Option("--filter", help='Condition on metadata, for example: price < 60 and colour = "red"', show_default=False)
    ] = "",
    k: Annotated[int, typer.Option("-k", help="How many.", min=1, max=100)] = 10,
    collection: Collections = None,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Search the collections by words, by a picture or by both.

    Examples:

        assistant search "red jacket"

        assistant search "rain" --modality audio

        assistant search jacket --filter 'price < 100 and colour = "red"'

        assistant search --image photo.jpg -k 5 --json
    """
    from ui.cli import answering, output
    from ui.cli.connection import connected

    parts = answering.question_of(query, [image] if image else [])
    body: dict[str, object] = {"query": parts if image else query, "k": k}
    body |= {"modalities": modality} if modality else {}
    body |= {"filter": filter} if filter else {}
    body |= {"collection": collection[0] if len(collection) == 1 else collection} if collection else {}
    with connected(data_dir) as client:
        found = client.post("/v1/search", body)
    if json:
        output.show_json(found)
        return
    if not found["data"]:
        output.write(output.say("en", "no_hits"))
    for number, hit in enumerate(found["data"], 1):
        where = output.place(hit.get("locator"))
        title = output.shorten(str(hit.get("title", "")), 80)
        output.write(f"{number}. {float(hit['score']):.2f}  {hit['modality']}  {title}{', ' + where if where else ''}")
        if hit.get("text"):
            output.write(f"   {output.shorten(str(hit['text']))}")
