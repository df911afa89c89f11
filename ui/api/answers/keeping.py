"""What files, collections, items, searches and maps answer. Documentation only."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from retrieval.items import Locator, Recipe
from ui.api.answers.base import Facts, Seconds


class FileObject(BaseModel):
    """A stored file."""

    id: str
    object: Literal["file"]
    bytes: int
    created_at: Seconds
    filename: str
    purpose: str
    status: Literal["processed"]
    status_details: None
    expires_at: None
    media_type: str
    modality: Literal["text", "image", "audio", "video", "file"]
    sha256: str
    width: int | None
    height: int | None
    seconds: float | None
    recipe: Recipe | None
    metadata: Facts


class Quotation(BaseModel):
    """The words at a place of a file, and those around it."""

    text: str
    context: str
    locator: Locator
    title: str = ""
    seconds: float | None = None


class FileCounts(BaseModel):
    """Files of a collection by how far they are."""

    in_progress: int
    completed: int
    failed: int
    cancelled: int
    total: int


class StoreObject(BaseModel):
    """A collection."""

    id: str
    object: Literal["vector_store"]
    name: str
    created_at: Seconds
    status: Literal["in_progress", "completed"]
    usage_bytes: int
    file_counts: FileCounts
    metadata: Facts
    last_active_at: Seconds
    expires_after: None
    expires_at: None
    items: int


class StoreFile(BaseModel):
    """A file of a collection; `warnings` say what could not be read of it."""

    id: str
    object: Literal["vector_store.file"]
    vector_store_id: str
    status: Literal["in_progress", "completed", "failed", "cancelled"]
    created_at: Seconds
    usage_bytes: int
    last_error: Facts | None
    attributes: Facts
    chunking_strategy: Facts
    filename: str
    items: int
    warnings: list[str]
    origin: str | None
    origin_sha256: str | None
    progress: Facts


class FileBatch(BaseModel):
    """Files that were attached together."""

    id: str
    object: Literal["vector_store.files_batch"]
    vector_store_id: str
    created_at: Seconds
    status: Literal["in_progress", "completed"]
    file_counts: FileCounts


class Page(BaseModel):
    """A page of what was read from a file, or of what a search found."""

    object: str
    data: list[Facts]
    has_more: bool
    next_page: str | None
    search_query: list[str] = []


class ItemObject(BaseModel):
    """Something that can be found."""

    item_id: str
    modality: str
    title: str
    text: str
    locator: Locator
    metadata: Facts
    collection: str
    file_id: str | None
    media_type: str | None
    url: str | None
    evidence_url: str | None


class ItemEntry(ItemObject):
    """An item of a list."""

    id: str


class ItemWhole(ItemEntry):
    """An item by itself."""

    object: Literal["item"]


class HitObject(ItemObject):
    """An item that was found."""

    score: float
    probability: float
    ranks: dict[str, int]
    duplicates: list[str]


class Hits(BaseModel):
    """What was found, best first; `facets` when they were asked for."""

    object: Literal["list"]
    data: list[HitObject]
    facets: dict[str, Facts] = {}


class ItemsAdded(BaseModel):
    """Items that were written straight into a collection."""

    object: Literal["vector_store.items"]
    ids: list[str]
    added: int
    replaced: int
    embedded: int
    warnings: list[str]


class BulkHeld(BaseModel):
    """A file of a collection that was read at a place."""

    file_id: str
    origin: str
    mark: str
    status: Literal["in_progress", "completed", "failed"]


class BulkWritten(BaseModel):
    """What became of a file."""

    origin: str
    became: Literal["new", "changed", "unchanged", "failed"]
    items: int
    code: str
    reason: str
    hint: str


class BulkAnswer(BaseModel):
    """What was asked for: what is held, what became of files, or how many were taken out."""

    object: Literal["vector_store.bulk"]
    held: list[BulkHeld] = []
    after: str = ""
    written: list[BulkWritten] = []
    removed: int = 0


class CalibrationObject(BaseModel):
    """How much surer a collection must be before it answers."""

    object: str
    shifts: dict[str, float]
    questions: dict[str, int]
    items: int
    created_at: Seconds | None


class MapPoint(BaseModel):
    """An item on the map."""

    item_id: str
    x: float
    y: float
    modality: str
    title: str
    text: str
    file_id: str | None
    region: int
    duplicates: int
    metadata: Facts


class MapQuestion(BaseModel):
    """A question on the map, among its best hits."""

    text: str
    x: float | None
    y: float | None
    hits: list[Facts]
    probability: float


class MapObject(BaseModel):
    """A collection as a map."""

    object: Literal["map"]
    collection: str
    name: str
    state: Literal["arranging", "ready"]
    total: int
    shown: int
    fields: list[str]
    points: list[MapPoint]
    regions: list[Facts]
    duplicates: list[Facts]
    thumbnails: dict[str, str]
    query: MapQuestion | None = None
    holes: list[MapQuestion] = []
