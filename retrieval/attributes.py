"""Attributes: metadata given to a file in a collection, changed after it was read. Its items carry them and are found by them."""

from __future__ import annotations

import json
from typing import Any

from retrieval.attachments import Attachments
from retrieval.collections import Collections
from retrieval.engine import Engine
from retrieval.faults import Conflict
from retrieval.records import Attachment
from retrieval.stores.base import Store


class Attributes:
    """Changes attributes. Safe for threads."""

    def __init__(self, database: Engine, store: Store, collections: Collections, attachments: Attachments) -> None:
        self._database, self._store, self._collections, self._attachments = database, store, collections, attachments

    def change(self, collection: str, file_id: str, owner: str, attributes: dict[str, Any]) -> Attachment:
        """Put `attributes` in the place of those the file has. Raises NotFound, Conflict while it is being read, InvalidInput."""
        with self._database.write() as connection:
            identity = self._collections.id(collection, owner)
            before = self._attachments.get(identity, file_id, owner)
            if before.status == "in_progress":
                raise Conflict("The file is still being read.", hint="Change its attributes when it is completed.", param="file_id")
            rows = connection.execute(
                "SELECT id, metadata FROM items WHERE parent = ? AND collection = ? AND +owner = ?", (file_id, identity, owner)
            ).fetchall()
            changed = {
                row["id"]: {key: value for key, value in json.loads(row["metadata"]).items() if key not in before.metadata} | attributes
                for row in rows
            }
            self._store.change_metadata(changed, owner)
            self._attachments.change(identity, file_id, owner, attributes)
            return self._attachments.get(identity, file_id, owner)
