"""Forgetting: everything of one owner, or what is older than a time, leaves the library, and the bytes leave the disk.

Knows the library's own tables and files; conversations, memory and the rest are the matter of `assistant.my_data`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from retrieval.blobs import Blobs
from retrieval.content import Modality
from retrieval.engine import BUSY_SECONDS
from retrieval.faults import NotFound
from retrieval.maps.service import Maps
from retrieval.shelf import Shelf

_log = logging.getLogger(__name__)


class Forgetting(Shelf):
    """What makes the library forget."""

    _blobs: Blobs
    maps: Maps

    def forget(self, owner: str) -> Iterator[tuple[str, str]]:
        """Delete everything of an owner; (kind, id) of each thing just after it went. Stopped anywhere, it can be begun again."""
        for collection in self.collections(owner):
            self.maps.wait(collection.id, BUSY_SECONDS)
            self.delete_collection(collection.id, owner)
            yield "collections", collection.id
        for file in self.files(owner):
            self.delete_file(file.id, owner)
            yield "files", file.id
        while rows := self._database.all("SELECT id FROM items WHERE owner = ? LIMIT 500", (owner,)):
            with self._database.write():
                for row in rows:
                    self._delete_items("id = ?", (row["id"],), owner)
            yield from (("items", row["id"]) for row in rows)
        for table in self._database.owned():
            with self._database.write() as connection:
                gone = connection.execute(f'DELETE FROM "{table}" WHERE owner = ?', (owner,)).rowcount  # noqa: S608 - a name of ours
            yield from ((table, "") for _ in range(gone))
        self.maps.forget()

    def rows_of(self, owner: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """(table, row without vectors) of what is an owner's beside files, items and collections: questions, curated answers, ..."""
        tables = [table for table in self._database.owned() if table not in ("files", "items", "collections", "attachments")]
        for table in tables:
            for row in self._database.all(f'SELECT * FROM "{table}" WHERE owner = ?', (owner,)):  # noqa: S608 - a name of ours
                yield table, {key: row[key] for key in row.keys() if not isinstance(row[key], bytes)}  # noqa: SIM118 - a Row has no items

    def scrub(self) -> None:
        """What was deleted leaves the bytes of the database, of the text index and of the vector indexes. Writing waits meanwhile.

        Raises StorageFull, Busy; it can be done again.
        """
        with self._database.write() as connection:
            self._database.text.tidy(connection)
        with self._database.quiet():
            self._store.publish()
            self._database.scrub()

    def older(self, modalities: Sequence[Modality], before: float, spared: str) -> list[tuple[str, str]]:
        """(owner, id) of files added before a time, oldest first; those in collections named `spared` are left out."""
        marks = ", ".join("?" * len(modalities))
        rows = self._database.all(
            f"SELECT owner, id FROM files WHERE modality IN ({marks}) AND created_at < ? AND id NOT IN (SELECT file FROM attachments"  # noqa: S608
            " JOIN collections ON collections.id = attachments.collection WHERE collections.name = ?) ORDER BY created_at",
            (*modalities, before, spared),
        )
        return [(row["owner"], row["id"]) for row in rows]

    def older_questions(self, before: float) -> int:
        """Number of open questions asked before a time."""
        row = self._database.one("SELECT count(*) FROM questions WHERE created_at < ?", (before,))
        return int(row[0]) if row else 0

    def drop_questions(self, before: float) -> int:
        """Delete open questions asked before a time; how many."""
        with self._database.write() as connection:
            return connection.execute("DELETE FROM questions WHERE created_at < ?", (before,)).rowcount

    def drop_file(self, file_id: str, owner: str) -> bool:
        """Delete a file if it is still there."""
        try:
            self.delete_file(file_id, owner)
        except NotFound:
            return False
        return True

    def stored(self) -> dict[str, int]:
        """Bytes of files by modality."""
        rows = self._database.all("SELECT modality, sum(bytes) AS bytes FROM files GROUP BY modality")
        return {row["modality"]: int(row["bytes"]) for row in rows}
