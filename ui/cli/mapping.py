"""`assistant map`: a collection in the plane, as a summary, an HTML page, a picture or JSON. Knows the map API and `ui.map`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.cli.options import DataDir, Json

if TYPE_CHECKING:
    from ui.cli.connection import Client

THUMBNAILS = 400
POLL_SECONDS = 0.5
ARRANGING_SECONDS = 600.0
SHOWN = 8
"""Lines of each part of the summary."""


def show_map(
    collection: Annotated[
        str, typer.Option("--collection", "-c", help="Collection, by name or id. Default: `default`, else the fullest.", show_default=False)
    ] = "",
    html: Annotated[
        Path | None,
        typer.Option("--html", help="Write a page that works in any browser, without a server or a network.", show_default=False),
    ] = None,
    png: Annotated[Path | None, typer.Option("--png", help="Write a picture.", show_default=False)] = None,
    query: Annotated[
        str, typer.Option("--query", "-q", help="Draw this question among what it finds and what it just misses.", show_default=False)
    ] = "",
    language: Annotated[str, typer.Option("--language", help="Language of the page: en or zh.")] = "en",
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Show what a collection holds: regions and their telling words, near-duplicates, questions that nothing answers.

    Alike items lie near one another. The arrangement is kept, so a second look is quick; of a collection of more than 10,000 items an
    even sample is shown.

    Examples:

        assistant map

        assistant map --collection photos --html map.html

        assistant map --query "What does the warranty cover?" --png map.png

        assistant map --collection photos --json
    """
    from retrieval.faults import InvalidInput
    from ui.cli import output
    from ui.cli.connection import connected

    if language not in ("en", "zh"):
        raise InvalidInput(f"There is no page in '{language}'.", hint="Use en or zh.", param="language")
    for target in (html, png):
        if target is not None and not target.absolute().parent.is_dir():
            raise InvalidInput(f"There is no folder {target.absolute().parent}.", hint="Make it first, or choose another.", param="path")
    with connected(data_dir) as client:
        found = _arranged(client, collection, query, THUMBNAILS if html or png else 0)
    if html is not None:
        from ui.map.page import document

        html.write_text(document(found, language), "utf-8")
    if png is not None:
        from ui.map.picture import picture

        png.write_bytes(picture(found))
    if json:
        output.show_json({key: value for key, value in found.items() if key != "thumbnails"})
        return
    for target in (html, png):
        if target is not None:
            output.write(output.say(language, "saved", path=target))
    if html is None and png is None:
        _summary(found, language)


def _arranged(client: Client, collection: str, query: str, thumbnails: int) -> dict[str, Any]:
    """The map once it is arranged; a large one takes a while the first time."""
    from ui.cli import output

    target = client.collection_id(collection or _fullest(client))
    deadline = time.monotonic() + ARRANGING_SECONDS
    told = False
    while True:
        state = client.get(f"/v1/vector_stores/{target}/map")
        if state["state"] == "ready" or state["regions"] or time.monotonic() > deadline:
            break
        if not told:
            output.notes().print(f"  {output.say('en', 'arranging', count=state['total'])}", style="dim")
            told = True
        time.sleep(POLL_SECONDS)
    if not query and not thumbnails:
        return client.get(f"/v1/vector_stores/{target}/map", holes=True)
    return client.get(f"/v1/vector_stores/{target}/map", query=query, thumbnails=thumbnails, holes=True)


def _fullest(client: Client) -> str:
    """The collection a person means who names none: `default` once something is in it, else the one with the most items."""
    known = [entry for entry in client.collections() if entry.get("items")]
    own = [entry for entry in known if entry.get("name") == "default"]
    return str(max(own or known, key=lambda entry: int(entry["items"]))["name"]) if known else "default"


def _summary(found: dict[str, Any], language: str) -> None:
    from ui.cli import output

    key = "map_sample" if found["total"] > found["shown"] else "map_items"
    output.write(output.say(language, key, name=found["name"], shown=found["shown"], total=found["total"]))
    if found["regions"]:
        output.write(f"\n{output.say(language, 'map_regions')}")
        for region in sorted(found["regions"], key=lambda region: -region["items"])[: 2 * SHOWN]:
            output.write(f"  {region['items']:>5}  {', '.join(region['words']) or '-'}")
    titles = {point["item_id"]: point["title"] or point["text"] for point in found["points"]}
    if found["duplicates"]:
        output.write(f"\n{output.say(language, 'map_duplicates', count=len(found['duplicates']))}")
        for group in found["duplicates"][:SHOWN]:
            names = [output.shorten(titles.get(item_id, item_id), 40) for item_id in group["items"]]
            output.write(f"  {len(names)} x  {', '.join(names[:4])}{', …' if len(names) > 4 else ''}")
    if found.get("holes"):
        output.write(f"\n{output.say(language, 'map_holes')}")
        for hole in found["holes"][:SHOWN]:
            output.write(f"  {output.shorten(hole['text'], 90)}")
    if found.get("query"):
        output.write(f"\n{output.say(language, 'map_query', text=found['query']['text'])}")
        for hit in found["query"]["hits"]:
            output.write(f"  {hit['probability']:.2f} {'*' if hit['found'] else ' '} {output.shorten(hit['title'], 70)}")
