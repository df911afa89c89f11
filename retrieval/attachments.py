"""Attachments: which file is in which collection, and how far reading it has come. The durable to-do list of ingestion."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

from retrieval.engine import Engine, Row
from retrieval.faults import NotFound
from retrieval.records import Attachment
from retrieval.rows import to_json

_SELECT = (
    "SELECT a.file AS file_id, a.collection, a.status, a.items, a.warnings, a.error, a.metadata, a.created_at, f.name, f.bytes,"
    " coalesce(json_extract(f.metadata, '$.origin'), '') AS origin,"
    " coalesce(json_extract(f.metadata, '$.origin_sha256'), '') AS origin_sha256"
    " FROM attachments a JOIN files f ON f.id = a.file WHERE a.owner = ?"
)


def _attachment(row: Row) -> Attachment:
    error = json.loads(row["error"]) if row["error"] else None
    read = {"warnings": tuple(json.loads(row["warnings"])), "error": error, "metadata": json.loads(row["metadata"])}
    return Attachment(**{**dict(row), **read})


class Attachments:
    """The table of attachments."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def attach(self, file_id: str, collection: str, owner: str, metadata: dict[str, Any] | None) -> Attachment:
        """Record the file as in progress. One that is attached already stays as it is; a failed one is put in progress again."""
        text = to_json(metadata or {})
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO attachments VALUES (?,?,?,'in_progress',0,'[]',NULL,?,?) ON CONFLICT (collection, file) DO UPDATE SET"
                " status = 'in_progress', warnings = '[]', error = NULL, metadata = excluded.metadata"
                " WHERE attachments.status = 'failed'",
                (collection, file_id, owner, text, time.time()),
            )
            return self.get(collection, file_id, owner)

    def get(self, collection: str, file_id: str, owner: str) -> Attachment:
        """The attachment. Raises NotFound."""
        row = self._database.one(f"{_SELECT} AND a.collection = ? AND a.file = ?", (owner, collection, file_id))
        if row is None:
            raise NotFound(f"File '{file_id[:80]}' is not in this collection.", hint="Attach it first.", param="file_id")
        return _attachment(row)

    def all(self, collection: str, owner: str) -> list[Attachment]:
        """The attachments of a collection, oldest first."""
        return [
            _attachment(row) for row in self._database.all(f"{_SELECT} AND a.collection = ? ORDER BY a.created_at", (owner, collection))
        ]

    def pending(self) -> list[tuple[str, str, str]]:
        """(file id, collection, owner) of everything that is in progress, of all owners, oldest first."""
        rows = self._database.all("SELECT file, collection, owner FROM attachments WHERE status = 'in_progress' ORDER BY created_at")
        return [(row["file"], row["collection"], row["owner"]) for row in rows]

    def metadata(self, collection: str, file_id: str) -> dict[str, Any]:
        """Metadata given when the file was attached."""
        row = self._database.one("SELECT metadata FROM attachments WHERE collection = ? AND file = ?", (collection, file_id))
        return dict(json.loads(row["metadata"])) if row else {}

    def twin(self, collection: str, file_id: str) -> str | None:
        """Another file of the collection with the same bytes, kind and metadata, wherever it was read, and completed."""
        row = self._database.one(
            "SELECT b.file FROM attachments a JOIN files f ON f.id = a.file JOIN files g ON g.sha256 = f.sha256 AND g.id <> f.id"
            " AND g.owner = f.owner AND g.media_type = f.media_type"
            " AND json_remove(g.metadata, '$.origin', '$.origin_sha256', '$.origin_tag')"
            " = json_remove(f.metadata, '$.origin', '$.origin_sha256', '$.origin_tag')"
            " JOIN attachments b ON b.file = g.id AND b.collection = a.collection AND b.metadata = a.metadata"
            " WHERE a.collection = ? AND a.file = ? AND b.status = 'completed' ORDER BY b.created_at LIMIT 1",
            (collection, file_id),
        )
        return str(row["file"]) if row else None

    def former(self, collection: str, file_id: str, owner: str, status: str | None = None) -> list[str]:
        """Files of the collection that are earlier versions of this one: read at the same path or address, attached before it.

        `status` picks those in one state.
        """
        rows = self._database.all(
            "SELECT b.file FROM files f JOIN files g ON g.owner = f.owner AND g.id <> f.id"
            " AND json_extract(g.metadata, '$.origin') = json_extract(f.metadata, '$.origin')"
            " JOIN attachments a ON a.file = f.id AND a.collection = ?2"
            " JOIN attachments b ON b.file = g.id AND b.collection = ?2 AND b.created_at <= a.created_at"
            " WHERE f.id = ?1 AND f.owner = ?3 AND (?4 IS NULL OR b.status = ?4)",
            (file_id, collection, owner, status),
        )
        return [str(row["file"]) for row in rows]

    def finish(self, collection: str, file_id: str, items: int, warnings: Sequence[str]) -> None:
        """Mark as completed. Raises NotFound when it was detached meanwhile."""
        self._update("status = 'completed', items = ?, warnings = ?, error = NULL", collection, file_id, (items, to_json(list(warnings))))

    def fail(self, collection: str, file_id: str, error: dict[str, Any]) -> None:
        """Mark as failed. Raises NotFound when it was detached meanwhile."""
        self._update("status = 'failed', items = 0, error = ?", collection, file_id, (to_json(error),))

    def _update(self, change: str, collection: str, file_id: str, values: tuple[Any, ...]) -> None:
        with self._database.write() as connection:
            statement = f"UPDATE attachments SET {change} WHERE collection = ? AND file = ?"  # noqa: S608 - fixed texts
            if not connection.execute(statement, (*values, collection, file_id)).rowcount:
                raise NotFound("The file was removed from the collection while it was read.", hint="Attach it again.", param="file_id")

    def change(self, collection: str, file_id: str, owner: str, metadata: dict[str, Any]) -> None:
        """Put other metadata in place of what was given when the file was attached."""
        with self._database.write() as connection:
            values = (to_json(metadata, "attributes"), collection, file_id, owner)
            connection.execute("UPDATE attachments SET metadata = ? WHERE collection = ? AND file = ? AND owner = ?", values)

    def remove(self, collection: str, file_id: str, owner: str) -> None:
        """Forget the attachment."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM attachments WHERE collection = ? AND file = ? AND owner = ?", (collection, file_id, owner))
