"""Between rows and values: what several modules need to write and read the tables of `retrieval.database`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from retrieval.engine import Engine, Row
from retrieval.faults import InvalidInput
from retrieval.items import Item, Locator
from retrieval.stores.base import Scope


def to_json(value: Any, param: str = "metadata") -> str:
    """JSON for a column. Raises InvalidInput for what JSON cannot hold (NaN, other objects, broken Unicode)."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(
            f"The {param} cannot be stored as JSON: {error}.", hint="Use text, numbers, lists and objects.", param=param
        ) from error
    return text


def item_of(row: Row) -> Item:
    """The Item of a row of the table `items`."""
    names = ("id", "collection", "owner", "modality", "title", "text", "blob", "media_type", "parent", "created_at")
    values = {name: row[name] for name in names}
    return Item(**values, metadata=json.loads(row["metadata"]), locator=Locator.model_validate_json(row["locator"]))


def ids_of(database: Engine, keys: Sequence[int], owner: str) -> dict[int, str]:
    """Ids of the items of `owner` with these keys, by key."""
    rows = database.all("SELECT key, id FROM items WHERE +owner = ? AND key IN (SELECT value FROM json_each(?))", (owner, json.dumps(keys)))
    return {row["key"]: row["id"] for row in rows}


def condition(scope: Scope, database: Engine) -> tuple[str, list[Any]]:
    """SQL over `items` for a scope; the owner is always part of it."""
    if not scope.owner:
        raise InvalidInput("A search needs an owner.", param="owner")
    parts, values = ["items.owner = ?"], [scope.owner]
    for column, allowed in (("collection", scope.collections), ("modality", scope.modalities)):
        if allowed:
            parts.append(f"items.{column} IN ({','.join('?' * len(allowed))})")
            values += allowed
    if scope.filter.strip():
        filter_sql, filter_values = database.matching(scope.filter)
        parts.append(filter_sql)
        values += filter_values
    return " AND ".join(parts), values
