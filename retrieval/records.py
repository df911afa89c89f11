"""What the library tells about itself: collections, files, attachments, and what may be asked. Pure values."""

from __future__ import annotations

from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from retrieval.content import Content, Modality
from retrieval.items import Draft, Recipe

Status = Literal["in_progress", "completed", "failed"]


class CollectionInfo(BaseModel):
    """A named set of items."""

    model_config = ConfigDict(frozen=True)

    id: str
    """`vs_…`."""
    name: str
    owner: str
    items: int = 0
    files: int = 0
    """Files attached, in whatever state."""
    waiting: int = 0
    """Files that are still to be read."""
    bytes: int = 0
    """Bytes of the attached files."""
    created_at: float = 0.0
    """Seconds since the epoch."""
    metadata: dict[str, Any] = Field(default_factory=dict)


class FileInfo(BaseModel):
    """A file somebody gave or a tool made; its bytes are a blob."""

    model_config = ConfigDict(frozen=True)

    id: str
    """`file-…`."""
    owner: str
    name: str
    modality: Modality
    media_type: str
    bytes: int
    sha256: str
    purpose: str = "user_data"
    created_at: float = 0.0
    """Seconds since the epoch."""
    recipe: Recipe | None = None
    """How it was made, for generated pictures."""
    metadata: dict[str, Any] = Field(default_factory=dict)
    width: int | None = None
    height: int | None = None
    seconds: float | None = None


class Attachment(BaseModel):
    """A file in a collection and how far reading it has come."""

    model_config = ConfigDict(frozen=True)

    file_id: str
    collection: str
    status: Status
    items: int = 0
    warnings: tuple[str, ...] = ()
    error: dict[str, Any] | None = None
    """The Fault as a dict, of a failed one."""
    name: str = ""
    bytes: int = 0
    created_at: float = 0.0
    """Seconds since the epoch."""
    origin: str = ""
    """Path or address the file was read at; empty for one that was only uploaded."""
    origin_sha256: str = ""
    """sha256 of the bytes there."""
    metadata: dict[str, Any] = Field(default_factory=dict)
    """Attributes given when it was attached; its items carry them."""


class Query(BaseModel):
    """What to look for, and where."""

    model_config = ConfigDict(frozen=True)

    owner: str
    text: str = ""
    contents: tuple[Content, ...] = ()
    """Pictures and sounds to look for alone or together with the text; text contents count as text."""
    unlike: tuple[Content, ...] = ()
    """Pictures and sounds that what is found should not be like."""
    modalities: tuple[Modality, ...] = ()
    """Empty: every modality."""
    filter: str = ""
    """Metadata condition, see `retrieval.filters`."""
    k: int = 10
    collections: tuple[str, ...] = ()
    """Ids or names; empty: all collections of the owner."""


class LibraryLimits(Protocol):
    """The bounds the library keeps, of `assistant.limits.Limits`."""

    @property
    def file_bytes(self) -> int:
        """Most bytes of one file."""
        ...

    @property
    def prompt_chars(self) -> int:
        """Most characters of a query."""
        ...


class Reading(Protocol):
    """The part of `retrieval.decoding.Decoder` that the library uses."""

    def read(self, content: Content) -> list[Draft]:
        """Drafts of a file in reading order."""
        ...
