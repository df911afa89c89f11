"""What the library finds and how it is pointed at: Item, Locator, Hit, Citation. Pure values, no I/O."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from retrieval.content import Modality

Box = tuple[float, float, float, float]
"""left, top, right, bottom as fractions of width and height, origin at the top left, each 0 to 1."""


class Locator(BaseModel):
    """Where in its source an item is. Only the fields that apply are set."""

    model_config = ConfigDict(frozen=True)

    page: int | None = None
    """Page or slide, counted from 1."""
    bbox: Box | None = None
    """Box on that page."""
    char_span: tuple[int, int] | None = None
    """First and one-past-last character in the source's text."""
    image_region: Box | None = None
    """Box in the picture."""
    time_span: tuple[float, float] | None = None
    """Start and end in seconds."""
    row: int | None = None
    """Row of a table, counted from 1 without the header."""


class Item(BaseModel):
    """Something the store can find: a passage, a picture, a stretch of sound or video."""

    model_config = ConfigDict(frozen=True)

    id: str
    collection: str
    """Collection id (`vs_...`)."""
    owner: str
    modality: Modality
    title: str = ""
    """Label a person recognises: the file name, or a heading."""
    text: str = ""
    """Words of the item: the passage, recognised text, transcript or description."""
    blob: str | None = None
    """sha256 of the medium in the blob store, for items that are not text."""
    media_type: str | None = None
    """Media type of the blob."""
    metadata: dict[str, Any] = Field(default_factory=dict)
    parent: str | None = None
    """Id of the file it came from (`file-...`)."""
    locator: Locator = Locator()
    created_at: float = 0.0
    """Seconds since the epoch."""


class Draft(BaseModel):
    """An item as a reader yields it, before it has an id, an owner and vectors."""

    model_config = ConfigDict(frozen=True)

    modality: Modality
    text: str = ""
    title: str = ""
    data: bytes | None = Field(default=None, repr=False)
    """Bytes of the medium (a picture inside a document, a video frame); None when the words are all there is."""
    media_type: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    locator: Locator = Locator()


class Hit(BaseModel):
    """An item found, with why."""

    model_config = ConfigDict(frozen=True)

    item: Item
    score: float
    """Fused score, 0 to 1; higher is better. Comparable within one query only."""
    probability: float = 0.0
    """Calibrated chance, 0 to 1, that the item answers the query."""
    ranks: dict[str, int] = Field(default_factory=dict)
    """Place, from 1, in each list it came from, e.g. `{"lexical": 1, "minilm": 3}`."""
    duplicates: tuple[str, ...] = ()
    """Ids of items that are the same thing, folded into this one: the same bytes, or the same words."""


class Citation(BaseModel):
    """Evidence of one numbered mark `[n]` in an answer."""

    model_config = ConfigDict(frozen=True)

    index: int
    item_id: str
    title: str
    modality: Modality
    locator: Locator = Locator()
    cited_text: str = ""
    score: float = 0.0
    file_id: str | None = None
    """The file it came from; `/v1/files/{id}/content` serves it, `/v1/files/{id}/evidence` shows the place."""
    media_type: str | None = None
    """Media type of that file."""


class Recipe(BaseModel):
    """Everything needed to make a generated picture again, byte for byte."""

    model_config = ConfigDict(frozen=True)

    prompt: str
    negative_prompt: str = ""
    seed: int
    width: int
    height: int
    steps: int = 1
    guidance: float = 0.0
    model: str
    """Back-end and model id."""
    model_sha256: str = ""
    parents: tuple[str, ...] = ()
    """Blob ids of the pictures this one was made from."""
    operation: str = "generate"
    """generate, or the edit that was applied, e.g. `recolour`."""
    parameters: dict[str, Any] = Field(default_factory=dict)


class ModelCard(BaseModel):
    """What is known of a model: shown by `assistant doctor` and `assistant models list`."""

    model_config = ConfigDict(frozen=True)

    name: str
    role: str
    """text_embedder, image_embedder, audio_embedder, router, chat_model, vqa, emotion, image_generator, transcriber, ..."""
    kind: str = "learned"
    """learned | classical: `classical` stands in until a trained model ships, and says so."""
    source: str = ""
    revision: str = ""
    sha256: str = ""
    licence: str = ""
    bytes: int = 0
    modalities: tuple[str, ...] = ()
    dimension: int | None = None
    scores: dict[str, float] = Field(default_factory=dict)
    limits: str = ""
    """Known limits, one sentence."""
