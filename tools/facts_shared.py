"""The store of facts in a database that several processes share: the four calls of LangGraph's store that `tools.facts` makes."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from retrieval.tables import Place, tables

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS store (prefix TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (prefix, key))",
)  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """One value."""

    key: str
    value: dict[str, Any]


class SharedStore:
    """Values by namespace and key; a namespace is kept as LangGraph does, joined by dots."""

    def __init__(self, place: Place) -> None:
        self._tables = tables(place, "facts.db", _SCHEMA, what="The database of facts", secure=True)

    def alone(self) -> AbstractContextManager[Any]:
        """A transaction that nobody else's can come between."""
        return self._tables.write()

    def get(self, namespace: tuple[str, ...], key: str) -> Kept | None:
        """One value, or None."""
        found = self._tables.rows("SELECT key, value FROM store WHERE prefix = ? AND key = ?", (".".join(namespace), key))
        return Kept(found[0]["key"], json.loads(found[0]["value"])) if found else None

    def search(self, namespace: tuple[str, ...], limit: int = 10) -> list[Kept]:
        """All values of a namespace."""
        found = self._tables.rows("SELECT key, value FROM store WHERE prefix = ? ORDER BY key LIMIT ?", (".".join(namespace), limit))
        return [Kept(row["key"], json.loads(row["value"])) for row in found]

    def put(self, namespace: tuple[str, ...], key: str, value: dict[str, Any], index: bool = False) -> None:
        """Keep a value in place of the one of that key. Nothing is indexed."""
        row = (".".join(namespace), key, json.dumps(value, ensure_ascii=False))
        with self._tables.write() as db:
            db.execute(
                "INSERT INTO store (prefix, key, value) VALUES (?, ?, ?)"
                " ON CONFLICT (prefix, key) DO UPDATE SET value = excluded.value", row,
            )  # fmt: skip

    def delete(self, namespace: tuple[str, ...], key: str) -> None:
        """Forget a value."""
        with self._tables.write() as db:
            db.execute("DELETE FROM store WHERE prefix = ? AND key = ?", (".".join(namespace), key))
