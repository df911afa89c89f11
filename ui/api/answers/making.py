"""What the models, the pictures and the labels answer. Documentation only."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, JsonValue

from retrieval.items import Recipe
from ui.api.answers.base import Facts, Seconds


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"]


class Readiness(BaseModel):
    """What is loading, or failed."""

    status: Literal["ready", "loading", "failed"]
    parts: dict[str, str]


class ModelObject(BaseModel):
    """A model that can be named in a request, with its card."""

    id: str
    object: Literal["model"]
    created: Seconds
    owned_by: str
    role: str
    modalities: list[str]
    kind: str = ""
    source: str = ""
    revision: str = ""
    sha256: str = ""
    licence: str = ""
    bytes: int = 0
    dimension: int | None = None
    scores: dict[str, float] = {}
    limits: str = ""
    backend: str = ""
    roles: list[str] = []


class EmbeddingObject(BaseModel):
    """One vector, as numbers or as base64 of float32."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class Embeddings(BaseModel):
    """`POST /v1/embeddings`; vectors of one `space` can be compared."""

    object: Literal["list"]
    data: list[EmbeddingObject]
    model: str
    space: str
    usage: dict[str, int]


class DrawnPicture(BaseModel):
    """A picture with its recipe."""

    file_id: str
    caption: str
    recipe: Recipe | None
    score: float | None
    doubtful: bool
    note: str
    revised_prompt: str | None
    number: int = 1
    b64_json: str = ""
    url: str = ""


class DrawnPictures(BaseModel):
    """Pictures, the best first."""

    created: Seconds
    data: list[DrawnPicture]
    output_format: str
    size: str | None
    background: str | None
    usage: Facts
    made_before: list[JsonValue]


class ImageEvent(BaseModel):
    """A `data:` line while pictures are drawn."""

    type: str = ""
    error: Facts = {}


class PictureObject(BaseModel):
    """A picture of the gallery."""

    id: str
    object: str
    recipe: Recipe | None


class PictureStory(PictureObject):
    """A picture, what it was made of and what was made of it."""

    chain: list[PictureObject]
    children: list[PictureObject]


class PictureAgain(PictureObject):
    """A picture made again from its recipe."""

    object: Literal["image.repeat"]
    identical: bool
    of: str


class RecipeFound(BaseModel):
    """The recipe inside a picture."""

    object: Literal["image.recipe"]
    recipe: Recipe
    file_id: str | None


class LabelAnswer(BaseModel):
    """Which of the labels fits; none when none is sure enough."""

    object: Literal["label"]
    label: str | None
    probability: float
    modality: str
    scores: list[Facts]
    unknown: list[str]


class CaptionAnswer(BaseModel):
    """What a picture shows."""

    object: Literal["caption"]
    text: str
    sure: bool
    confidence: float
    words: str
