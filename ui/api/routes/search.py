"""`POST /v1/search`: find items by words, pictures and sounds, together or alone."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from retrieval.content import Modality
from retrieval.facets import COUNTED, count
from retrieval.faults import InvalidInput, TooLarge
from retrieval.filter_json import from_mapping
from retrieval.items import Hit, Item
from retrieval.library import Query
from ui.api.auth import User, user
from ui.api.body import json_body
from ui.api.errors import Body
from ui.api.parts import Parts, contents, words
from ui.api.services import Running
from ui.api.turns import collections, wishes
from ui.api.words import refuse
from ui.api.work import Worker

router = APIRouter(prefix="/v1", tags=["search"], dependencies=[Depends(user)])


class SearchRequest(BaseModel):
    """What to look for and where."""

    model_config = ConfigDict(extra="forbid")

    query: str | Parts
    modalities: list[Modality] = Field(default=[], max_length=5)
    filter: JsonValue = None
    k: int = Field(default=10, ge=1, le=100)
    collection: str | list[str] | None = None
    metadata: dict[str, JsonValue] | None = None
    facets: list[str] = Field(default=[], max_length=10)
    """Keys of the metadata whose values are counted among what was found."""


class RecommendRequest(BaseModel):
    """What to go by, and where to look."""

    model_config = ConfigDict(extra="forbid")

    positive: list[str] = Field(min_length=1, max_length=50)
    """Ids of items that are liked."""
    negative: list[str] = Field(default=[], max_length=50)
    """Ids of items that are not."""
    query: str = ""
    """Words that narrow it."""
    modalities: list[Modality] = Field(default=[], max_length=5)
    filter: JsonValue = None
    k: int = Field(default=10, ge=1, le=100)
    collection: str | list[str] | None = None
    metadata: dict[str, JsonValue] | None = None


@router.post("/search", response_model=dict[str, Any])
async def search(
    request: Request, caller: User, assistant: Running, work: Worker, body: Annotated[SearchRequest, Depends(json_body(SearchRequest))]
) -> Response:
    """Hits, best first; `probability` is the calibrated chance that the item answers the query, `duplicates` are the ids of the same thing.

    `facets` counts the values of metadata keys among the hits, up to two hundred, that score at least half as well as the best.
    """
    metadata: dict[str, JsonValue] = dict(body.metadata or {})
    wish = wishes(request, metadata, body.collection)
    text = words(body.query).strip()
    limit = assistant.settings.limits.prompt_chars
    if len(text) > limit:
        raise refuse(TooLarge, "prompt_too_long", param="query", count=len(text), limit=limit)
    where_true = condition(body.filter)

    def run() -> Response:
        media = tuple(c for c in contents(body.query, assistant, caller.owner) if c.modality != "text")
        if not text and not media:
            raise refuse(InvalidInput, "query_empty", param="query")
        where = collections(wish.collections, assistant, caller.owner)
        k = max(body.k, COUNTED) if body.facets else body.k
        query = Query(
            owner=caller.owner, text=text, contents=media, modalities=tuple(body.modalities), filter=where_true, k=k, collections=where
        )  # fmt: skip
        hits = assistant.library.search(query)
        facets = {"facets": {key: facet.model_dump() for key, facet in count(hits, body.facets).items()}} if body.facets else {}
        return Body({"object": "list", "data": [found(hit) for hit in hits[: body.k]], **facets})

    return await work(run)


@router.post("/recommend")
async def recommend(
    request: Request, caller: User, assistant: Running, work: Worker,
    body: Annotated[RecommendRequest, Depends(json_body(RecommendRequest))],
) -> dict[str, Any]:  # fmt: skip
    """Items like those of `positive` and unlike those of `negative`, best first, without any of them.

    Looks in the collections named, or in those of `positive`.
    """
    wish = wishes(request, dict(body.metadata or {}), body.collection)
    where_true = condition(body.filter)

    def run() -> list[Hit]:
        liked = {assistant.library.item(item_id, caller.owner).collection: None for item_id in body.positive}
        where = collections(wish.collections, assistant, caller.owner) if wish.collections else tuple(liked)
        query = Query(
            owner=caller.owner, text=body.query, modalities=tuple(body.modalities), filter=where_true, k=body.k,
            collections=where,
        )  # fmt: skip
        return assistant.library.recommend(body.positive, body.negative, query)

    return {"object": "list", "data": [found(hit) for hit in await work(run)]}


def found(hit: Hit) -> dict[str, Any]:
    """One hit."""
    return {
        **shape(hit.item), "score": round(hit.score, 6), "probability": round(hit.probability, 6), "ranks": hit.ranks,
        "duplicates": list(hit.duplicates),
    }  # fmt: skip


def shape(item: Item) -> dict[str, Any]:
    """An item as answers show it; `url` serves its bytes."""
    own = f"/v1/items/{item.id}/content"
    url = own if item.blob or not item.parent else f"/v1/files/{item.parent}/content"
    return {
        "item_id": item.id, "modality": item.modality, "title": item.title, "text": item.text,
        "locator": item.locator.model_dump(mode="json"), "metadata": item.metadata, "collection": item.collection,
        "file_id": item.parent, "media_type": item.media_type, "url": url, "evidence_url": f"/v1/items/{item.id}/evidence",
    }  # fmt: skip


def condition(given: Any) -> str:
    """A metadata filter in the words of `retrieval.filters`, from those words or from JSON. Raises InvalidInput."""
    if given is None or given in ("", {}):
        return ""
    if isinstance(given, str):
        return given
    if isinstance(given, dict):
        return from_mapping(given)
    raise refuse(InvalidInput, "filter", param="filter", why="it is neither text nor an object.")
