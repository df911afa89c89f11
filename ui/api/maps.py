"""A collection's map as JSON: points, regions, near-duplicates, a question among what it finds, and the questions nothing answers.

Knows the assistant and the map of `retrieval.maps`; lays nothing out and draws nothing.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from retrieval.content import Content
from retrieval.faults import Fault
from retrieval.items import Hit, Item
from retrieval.library import CollectionInfo, Library, Query
from retrieval.maps.layout import Floats, between
from retrieval.maps.service import Map
from ui.api.services import Assistant

FOUND = 0.5
"""Probability from which a hit counts as found; below, a question just missed it."""
HITS = 12
LOOKED_THROUGH = 50
"""Newest conversations in which open questions are looked for."""
OPEN_QUESTIONS = 12
TEXT = 160
"""Characters of an item's words."""
FIELDS, VALUE = 6, 40
"""Metadata fields of a point, and characters of a value."""
SIDE = 72
"""Pixels of a thumbnail's longer side."""


def shown(
    collection: CollectionInfo, assistant: Assistant, owner: str, query: str = "", thumbnails: int = 0, holes: bool = False
) -> dict[str, Any]:
    """The map with at most `thumbnails` small pictures, the question `query` on it and, with `holes`, the open questions."""
    library = assistant.library
    drawn = library.maps.of(collection.id, owner)
    items = library.maps.items(drawn.ids, owner)
    fields = _fields(items)
    places = {item_id: n for n, item_id in enumerate(drawn.ids)}
    found = {
        "object": "map", "collection": collection.id, "name": collection.name, "state": "arranging" if drawn.arranging else "ready",
        "total": drawn.total, "shown": len(items), "fields": fields,
        "points": [_point(item, drawn, places[item.id], fields) for item in items],
        "regions": _regions(drawn), "duplicates": _duplicates(drawn),
        "thumbnails": _thumbnails(items, drawn, places, library, owner, thumbnails) if thumbnails else {},
    }  # fmt: skip
    if query.strip():
        found["query"] = _asked(query.strip(), drawn, places, collection, library, owner)
    if holes:
        found["holes"] = _holes(drawn, places, collection, assistant, owner)
    return found


def _fields(items: Sequence[Item]) -> list[str]:
    """Metadata fields worth a colour: short values, more than one of them, on many items; the commonest first."""
    values: dict[str, set[str]] = {}
    counts: dict[str, int] = {}
    for item in items:
        for key, value in item.metadata.items():
            if isinstance(value, str | int | float | bool) and len(str(value)) <= VALUE:
                values.setdefault(key, set()).add(str(value))
                counts[key] = counts.get(key, 0) + 1
    telling = [key for key in counts if len(values[key]) > 1 and (len(values[key]) < counts[key] or len(values[key]) <= 12)]
    return sorted(telling, key=lambda key: (-counts[key], key))[:FIELDS]


def _point(item: Item, drawn: Map, row: int, fields: Sequence[str]) -> dict[str, Any]:
    x, y = drawn.plane[row]
    metadata = {key: item.metadata[key] for key in fields if isinstance(item.metadata.get(key), str | int | float | bool)}
    return {
        "item_id": item.id, "x": round(float(x), 4), "y": round(float(y), 4), "modality": item.modality, "title": item.title[:TEXT],
        "text": " ".join(item.text[: 2 * TEXT].split())[:TEXT], "file_id": item.parent, "region": int(drawn.regions[row]),
        "duplicates": int(drawn.duplicates[row]), "metadata": metadata,
    }  # fmt: skip


def _regions(drawn: Map) -> list[dict[str, Any]]:
    found = []
    for number, words in enumerate(drawn.labels):
        inside = drawn.plane[drawn.regions == number]
        if len(inside):
            x, y = np.median(inside, axis=0)
            found.append({"region": number, "x": round(float(x), 4), "y": round(float(y), 4), "items": len(inside), "words": list(words)})
    return found


def _duplicates(drawn: Map) -> list[dict[str, Any]]:
    groups: dict[int, list[str]] = {}
    for item_id, group in zip(drawn.ids, drawn.duplicates.tolist(), strict=True):
        if group >= 0:
            groups.setdefault(group, []).append(item_id)
    alike = [(group, ids) for group, ids in groups.items() if len(ids) > 1]  # the other may have been deleted
    return [{"group": group, "items": ids} for group, ids in sorted(alike, key=lambda pair: -len(pair[1]))]


def _located(hits: Sequence[Hit], drawn: Map, places: dict[str, int]) -> tuple[Floats | None, list[dict[str, Any]]]:
    """Where a question lies: among its best hits that are on the map; and the hits."""
    known = [(hit, places[hit.item.id]) for hit in hits if hit.item.id in places]
    spot = None
    if known:
        scores = np.array([max(hit.score, hit.probability) for hit, _ in known[:5]], np.float32)
        spot = between(scores, drawn.plane[[row for _, row in known[:5]]])
    told = [
        {"item_id": hit.item.id, "title": hit.item.title[:TEXT], "modality": hit.item.modality, "file_id": hit.item.parent,
         "probability": round(hit.probability, 4), "score": round(hit.score, 4), "found": hit.probability >= FOUND,
         "x": round(float(drawn.plane[row][0]), 4), "y": round(float(drawn.plane[row][1]), 4)}
        for hit, row in known
    ]  # fmt: skip
    return spot, told


def _asked(
    text: str, drawn: Map, places: dict[str, int], collection: CollectionInfo, library: Library, owner: str, k: int = HITS
) -> dict[str, Any]:
    hits = library.search(Query(owner=owner, text=text, k=k, collections=(collection.id,)))
    spot, told = _located(hits, drawn, places)
    place = {"x": round(float(spot[0]), 4), "y": round(float(spot[1]), 4)} if spot is not None else {"x": None, "y": None}
    return {"text": text, **place, "hits": told, "probability": round(max((hit.probability for hit in hits), default=0.0), 4)}


def _holes(drawn: Map, places: dict[str, int], collection: CollectionInfo, assistant: Assistant, owner: str) -> list[dict[str, Any]]:
    """Questions that were refused for want of evidence and that the collection still does not answer, newest first."""
    found = []
    for text in _refused(collection, assistant, owner):
        asked = _asked(text, drawn, places, collection, assistant.library, owner, k=3)
        if asked["probability"] < FOUND:
            found.append(asked)
        if len(found) == OPEN_QUESTIONS:
            break
    return found


def _refused(collection: CollectionInfo, assistant: Assistant, owner: str) -> list[str]:
    texts: dict[str, None] = {}
    for conversation in assistant.conversations.list(owner, limit=LOOKED_THROUGH):
        try:
            if collection.id not in assistant.resolve(conversation.collections, owner):
                continue
        except Fault:  # a collection of that chat is gone
            continue
        messages = assistant.conversations.messages(conversation.id, owner)
        for asked, answer in pairwise(messages):
            if asked.role == "user" and asked.text.strip() and answer.trace.get("refused"):
                texts[asked.text.strip()[:500]] = None
    return list(texts)


def _thumbnails(items: Sequence[Item], drawn: Map, places: dict[str, int], library: Library, owner: str, most: int) -> dict[str, str]:
    """Small pictures as data: addresses, spread over the plane: one of each crowded spot before a second."""
    able = [item for item in items if item.blob and (item.media_type or "").startswith("image/")]
    cells: dict[tuple[int, int], int] = {}
    ranked = []
    for item in able:
        x, y = drawn.plane[places[item.id]]
        cell = (int((x + 1) * 12), int((y + 1) * 12))
        cells[cell] = cells.get(cell, 0) + 1
        ranked.append((cells[cell], item))
    chosen = [item for _, item in sorted(ranked, key=lambda pair: pair[0])[:most]]
    small = {item.id: _small(item, library, owner) for item in chosen}
    return {item_id: address for item_id, address in small.items() if address}


def _small(item: Item, library: Library, owner: str) -> str:
    try:
        content = library.item_content(item.id, owner)
    except Fault:  # deleted or damaged meanwhile: a point without a picture
        return ""
    return thumbnail(content) if content is not None else ""


def thumbnail(content: Content) -> str:
    """A picture as a small JPEG in a data: address. Its bytes were written by our own encoder when they were admitted."""
    from PIL import Image

    with Image.open(io.BytesIO(content.data)) as source:
        source.draft("RGB", (2 * SIDE, 2 * SIDE))
        picture = source.convert("RGBA" if "A" in source.getbands() or source.mode == "P" else "RGB")
    picture.thumbnail((SIDE, SIDE))
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    out = io.BytesIO()
    paper.save(out, "JPEG", quality=78)
    return f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}"
