"""Collections: made, found by id or name, renamed, listed with what they hold. Knows no items' content."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import uuid4

from retrieval.engine import Engine, Row
from retrieval.faults import Conflict, InvalidInput, NotFound
from retrieval.records import CollectionInfo
from retrieval.rows import to_json

MAX_NAME = 200
_SELECT = """
SELECT c.id, c.name, c.owner, c.created_at, c.metadata,
    (SELECT count(*) FROM items WHERE items.owner = c.owner AND items.collection = c.id) AS items,
    (SELECT count(*) FROM attachments a WHERE a.collection = c.id) AS files,
    (SELECT count(*) FROM attachments a WHERE a.collection = c.id AND a.status = 'in_progress') AS waiting,
    (SELECT coalesce(sum(f.bytes), 0) FROM attachments a JOIN files f ON f.id = a.file WHERE a.collection = c.id) AS bytes
FROM collections c WHERE c.owner = ?
"""


def _info(row: Row) -> CollectionInfo:
    return CollectionInfo(**{**dict(row), "metadata": json.loads(row["metadata"])})


def checked_name(name: str, what: str = "collection") -> str:
    """A name without blanks at its ends. Raises InvalidInput when nothing is left, or it is too long or has control characters."""
    name = name.strip()
    if not name or len(name) > MAX_NAME or any(ord(c) < 32 or 0xD800 <= ord(c) <= 0xDFFF for c in name):
        raise InvalidInput(f"'{name[:40]!r}' cannot name a {what}.", hint=f"Use 1 to {MAX_NAME} characters on one line.", param="name")
    return name


def checked_owner(owner: str) -> str:
    """The owner. Raises InvalidInput for none, which would look across owners."""
    if not owner:
        raise InvalidInput("An owner is needed.", param="owner")
    return owner


class Contents(NamedTuple):
    """Whether there is anything in a collection."""

    id: str
    items: bool
    files: bool


class Collections:
    """The table of collections."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def create(self, name: str, owner: str, metadata: dict[str, Any] | None = None) -> CollectionInfo:
        """A new collection. Raises Conflict when the owner has one of that name."""
        name, owner = checked_name(name), checked_owner(owner)
        identity, now = f"vs_{uuid4().hex[:24]}", time.time()
        with self._database.write() as connection:
            if connection.execute("SELECT 1 FROM collections WHERE owner = ? AND name = ?", (owner, name)).fetchone():
                raise Conflict(f"There is a collection '{name}' already.", hint="Choose another name, or use that one.", param="name")
            connection.execute("INSERT INTO collections VALUES (?,?,?,?,?)", (identity, name, owner, to_json(metadata or {}), now))
        return CollectionInfo(id=identity, name=name, owner=owner, created_at=now, metadata=metadata or {})

    def ensure(self, name: str, owner: str) -> CollectionInfo:
        """The owner's collection of that name, made when there is none."""
        try:
            return self._find("c.name = ?", checked_name(name), checked_owner(owner))
        except NotFound:
            with self._database.quiet():
                try:
                    return self._find("c.name = ?", checked_name(name), owner)
                except NotFound:
                    return self.create(name, owner)

    def _find(self, condition: str, value: str, owner: str) -> CollectionInfo:
        row = self._database.one(f"{_SELECT} AND {condition}", (owner, value))
        if row is None:
            raise NotFound(f"There is no collection '{value[:80]}'.", hint="List them with: assistant collections.", param="collection")
        return _info(row)

    def get(self, id_or_name: str, owner: str) -> CollectionInfo:
        """The owner's collection by id, else by name. Raises NotFound, also for a collection of somebody else."""
        if id_or_name.startswith("vs_"):
            try:
                return self._find("c.id = ?", id_or_name, owner)
            except NotFound:
                pass
        return self._find("c.name = ?", id_or_name, owner)

    def all(self, owner: str) -> list[CollectionInfo]:
        """The owner's collections, oldest first."""
        return [_info(row) for row in self._database.all(f"{_SELECT} ORDER BY c.created_at, c.id", (owner,))]

    def id(self, id_or_name: str, owner: str) -> str:
        """Id of the owner's collection by id or name, without counting what it holds. Raises NotFound."""
        row = self._database.one(
            "SELECT id FROM collections WHERE owner = ? AND ? IN (id, name) ORDER BY id <> ? LIMIT 1", (owner, id_or_name, id_or_name)
        )
        return str(row["id"]) if row else self.get(id_or_name, owner).id

    def held(self, names: Sequence[str], owner: str) -> dict[str, Contents]:
        """What there is of the owner's collections with these names, by name. Counts nothing, however much they hold."""
        rows = self._database.all(
            "SELECT c.name, c.id, EXISTS (SELECT 1 FROM items WHERE items.owner = c.owner AND items.collection = c.id) AS items,"
            " EXISTS (SELECT 1 FROM attachments a WHERE a.collection = c.id) AS files FROM collections c"
            " WHERE c.owner = ? AND c.name IN (SELECT value FROM json_each(?))", (owner, json.dumps(names)),
        )  # fmt: skip
        return {row["name"]: Contents(row["id"], bool(row["items"]), bool(row["files"])) for row in rows}

    def rename(self, identity: str, name: str, owner: str) -> CollectionInfo:
        """The collection under its new name. Raises NotFound, Conflict."""
        name = checked_name(name)
        with self._database.write() as connection:
            found = self.get(identity, owner)
            if connection.execute("SELECT 1 FROM collections WHERE owner = ? AND name = ? AND id <> ?", (owner, name, found.id)).fetchone():
                raise Conflict(f"There is a collection '{name}' already.", hint="Choose another name.", param="name")
            connection.execute("UPDATE collections SET name = ? WHERE id = ? AND owner = ?", (name, found.id, owner))
        return found.model_copy(update={"name": name})
