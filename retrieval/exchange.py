"""Exchange: what is in a collection leaves as records and comes back as the same items. Knows no file format (`exchange_formats`).

A record names its vectors by their space. A space that an embedder of today has is taken over as it is; anything else is embedded anew.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import numpy as np
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, ValidationError, model_validator

from retrieval.blobs import Blobs
from retrieval.collections import Collections, checked_owner
from retrieval.content import Content, Modality
from retrieval.embedders.base import Vectors
from retrieval.engine import Connection, Engine
from retrieval.faults import InvalidInput, UnsupportedType
from retrieval.files import Files
from retrieval.ingestion import MAX_TEXT, Ingestion
from retrieval.items import Item, Locator
from retrieval.preparing import Prepared
from retrieval.rows import item_of
from retrieval.stores.base import Batch, Store

AT_ONCE = 500
"""Records read or added in one piece."""
EXTERNAL_ID = "external_id"
"""Metadata key that keeps the id a record had elsewhere, when that could not become the item's own."""
_OWN_ID = re.compile(r"item-[0-9a-f]{24}\Z")
_PAGE = (
    "SELECT items.*, files.name AS filename FROM items LEFT JOIN files ON files.id = items.parent"
    " WHERE +items.owner = ? AND items.collection = ? AND items.key > ? ORDER BY items.key LIMIT ?"
)


class Record(BaseModel):
    """An item outside the library. Only `text` is needed; media are base64 in JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(default="", max_length=200)
    """An id of this library is kept when it is free; any other gets one of ours, and the same one whenever it comes again."""
    modality: Modality = "text"
    title: str = Field(default="", max_length=2000)
    text: str = Field(default="", max_length=MAX_TEXT)
    metadata: dict[str, Any] = {}
    locator: Locator = Locator()
    media_type: str | None = Field(default=None, max_length=200)
    file_id: str | None = Field(default=None, max_length=200)
    """The file it came from; kept when the same owner has that file here."""
    filename: str = Field(default="", max_length=2000)
    """Name of that file."""
    created_at: float | None = None
    """Seconds since the epoch; none means now."""
    vectors: dict[str, list[float]] = {}
    """By name of the space; of whatever length, they are brought to unit length."""
    media: Base64Bytes | None = Field(default=None, repr=False)
    x: float | None = None
    y: float | None = None
    """Place on the map it came from; not taken over, a collection lays out its own."""

    @model_validator(mode="after")
    def _findable(self) -> Record:
        if not self.text.strip() and not self.media and not self.vectors:
            raise ValueError("a record needs text, media or vectors")
        return self

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Record:
        """The record with these fields. Raises InvalidInput that names the first one that is wrong, and never what it held."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where, what = ".".join(str(part) for part in first["loc"]), first["msg"].removeprefix("Value error, ")
            raise InvalidInput(f"{where}: {what}." if where else f"{what[:1].upper()}{what[1:]}.", param=where or None) from error


@dataclass(frozen=True)
class Exported:
    """An item on its way out."""

    item: Item
    filename: str = ""
    vectors: Mapping[str, Vectors] = field(default_factory=dict)
    media: bytes | None = None
    place: tuple[float, float] | None = None
    """Where it lies on the collection's map, each -1 to 1; None until a map was laid out."""


@dataclass(frozen=True)
class Added:
    """What became of added records."""

    ids: list[str]
    """Of the items, in the order of the records."""
    replaced: int
    """Items that were there already, under the same id."""
    embedded: int
    """Vectors that were computed; all others came with the records."""
    warnings: list[str]


def item_id(identity: str, collection: str) -> str:
    """The id that a foreign record `identity` has in the collection with the id `collection`."""
    named = f"{collection}\n{identity}".encode("utf-8", "replace")
    return f"item-{hashlib.sha256(named).hexdigest()[:24]}"


class Exchange:
    """Records out of and into collections. Safe for threads."""

    def __init__(
        self, database: Engine, store: Store, blobs: Blobs, files: Files, collections: Collections, ingestion: Ingestion,
        places: Callable[[str], Mapping[int, tuple[float, float]]] = lambda collection: {},
    ) -> None:  # fmt: skip
        """`places` gives the positions on the map of a collection, by item key, as far as they are known."""
        self._database, self._store, self._blobs = database, store, blobs
        self._files, self._collections, self._ingestion = files, collections, ingestion
        self._places = places

    @property
    def spaces(self) -> list[str]:
        """Names of the spaces whose vectors are exported and taken over."""
        return sorted(self._dimensions())

    def _dimensions(self) -> dict[str, int]:
        return {embedder.space: embedder.dimension for embedder in self._ingestion.embedders.values()}

    def export(self, collection: str, owner: str, *, vectors: bool = False, media: bool = False) -> Iterator[list[Exported]]:
        """The items of a collection in blocks of at most `AT_ONCE`, in the order they were stored. Raises NotFound at the first block."""
        identity, after = self._collections.id(collection, owner), 0
        places = self._places(identity)
        while rows := self._database.all(_PAGE, (owner, identity, after, AT_ONCE)):
            after = rows[-1]["key"]
            ids = [row["id"] for row in rows]
            known = {space: self._store.vectors(space, ids, owner) for space in self.spaces} if vectors else {}
            yield [
                Exported(
                    item=item_of(row), filename=row["filename"] or "",
                    vectors={space: found[row["id"]] for space, found in known.items() if row["id"] in found},
                    media=self._blobs.read(row["blob"]) if media and row["blob"] else None, place=places.get(row["key"]),
                )
                for row in rows
            ]  # fmt: skip

    def add(self, records: Sequence[Record], collection: str, owner: str, contents: Sequence[Content | None] = ()) -> Added:
        """Store records as items, all or none; `contents` are their media, admitted. One that was added before is replaced.

        Raises NotFound, InvalidInput (a vector that does not fit its space), UnsupportedType, StorageFull.
        """
        identity = self._collections.id(collection, checked_owner(owner))
        prepared, now, dimensions = Prepared(), time.time(), self._dimensions()
        media = [*contents, *[None] * (len(records) - len(contents))]
        with ExitStack() as held:
            for record, content in zip(records, media, strict=True):
                item = _item(record, content, identity, owner, now)
                if content is not None:
                    if content.modality not in ("image", "audio", "video"):
                        raise UnsupportedType(f"The media of '{record.title[:80]}' are no picture, sound or video.", param="media")
                    item = item.model_copy(update={"blob": held.enter_context(self._blobs.keep(content.data))})
                    prepared.media[item.id] = content
                prepared.items.append(item)
                prepared.sources[item.id] = record.filename
                for space, values in record.vectors.items():
                    if space in dimensions:
                        prepared.vectors[space][item.id] = _unit(values, space, dimensions[space])
            given = sum(map(len, prepared.vectors.values()))
            self._ingestion.embed(prepared)
            computed = sum(map(len, prepared.vectors.values())) - given
            with self._database.write() as connection:
                ids, replaced = self._store_under_final_ids(connection, prepared, records, identity, owner)
        return Added(ids=ids, replaced=replaced, embedded=computed, warnings=prepared.warnings)

    def _store_under_final_ids(
        self, connection: Connection, prepared: Prepared, records: Sequence[Record], collection: str, owner: str
    ) -> tuple[list[str], int]:
        wanted = json.dumps([name for record in records if record.id for name in (record.id, item_id(record.id, collection))])
        rows = connection.execute(
            "SELECT id, owner, collection, blob, media_type, EXISTS (SELECT 1 FROM faq_entries WHERE item = items.id) AS curated"
            " FROM items WHERE id IN (SELECT value FROM json_each(?))", (wanted,),
        ).fetchall()  # fmt: skip
        there = {row["id"]: row["owner"] == owner and row["collection"] == collection for row in rows}
        final: dict[str, str] = {}
        items: dict[str, Item] = {}
        for item, record in zip(prepared.items, records, strict=True):
            own = _OWN_ID.match(record.id) and there.get(record.id, True)
            name = record.id if own else item_id(record.id, collection) if record.id else item.id
            foreign = record.id and not _OWN_ID.match(record.id)
            final[item.id] = name
            items[name] = item.model_copy(
                update={
                    "id": name, "parent": self._parent(connection, record, owner),
                    "metadata": item.metadata | ({EXTERNAL_ID: record.id} if foreign else {}),
                }
            )  # fmt: skip
        last = {name: key for key, name in final.items()}  # of records with the same id the last one counts
        vectors = {space: {name: found[key] for name, key in last.items() if key in found} for space, found in prepared.vectors.items()}
        replaced = [row for row in rows if row["id"] in items]
        for row in replaced:
            if row["curated"]:
                prepared.warnings.append(f"kept: '{items.pop(row['id']).title[:80]}' is a curated answer; change it as such.")
            elif row["blob"] and items[row["id"]].blob is None:  # it was exported without its medium, which is still here
                items[row["id"]] = items[row["id"]].model_copy(update={"blob": row["blob"], "media_type": row["media_type"]})
                for space in self._dimensions():
                    for name, vector in self._store.vectors(space, [row["id"]], owner).items():
                        vectors.setdefault(space, {}).setdefault(name, vector)
            elif row["blob"]:
                self._files.discard_after_commit(row["blob"])
        vectors = {space: {name: vector for name, vector in found.items() if name in items} for space, found in vectors.items()}
        self._store.add(Batch(list(items.values()), vectors))
        return list(final.values()), len(replaced)

    @staticmethod
    def _parent(connection: Connection, record: Record, owner: str) -> str | None:
        if not record.file_id:
            return None
        row = connection.execute("SELECT 1 FROM files WHERE id = ? AND owner = ?", (record.file_id, owner)).fetchone()
        return record.file_id if row else None


def _item(record: Record, content: Content | None, collection: str, owner: str, now: float) -> Item:
    return Item(
        id=f"item-{uuid4().hex[:24]}", collection=collection, owner=owner, modality=record.modality, title=record.title, text=record.text,
        media_type=content.media_type if content else record.media_type, metadata=record.metadata, locator=record.locator,
        created_at=now if record.created_at is None else record.created_at,
    )  # fmt: skip


def _unit(values: Sequence[float], space: str, dimension: int) -> Vectors:
    vector = np.asarray(values, np.float32)
    length = float(np.linalg.norm(vector))
    if vector.shape != (dimension,) or not np.isfinite(length) or length == 0:
        raise InvalidInput(
            f"A vector of {space} needs {dimension} finite numbers that are not all zero.",
            hint="Leave the vectors out: they are then computed.", param="vectors",
        )  # fmt: skip
    # What was exported has unit length but for the rounding of float16, and comes back bit for bit.
    return vector if abs(length - 1) < 2e-3 else (vector / length).astype(np.float32)
