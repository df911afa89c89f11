"""Lists in OpenAI's shape: newest first, a cursor that is the last id seen. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Depends, Query

T = TypeVar("T")


class Page:
    """`limit`, `order`, `after` and `before` of a list request."""

    def __init__(
        self, limit: Annotated[int, Query(ge=1, le=10_000)] = 100, order: Literal["asc", "desc"] = "desc", after: str = "", before: str = ""
    ) -> None:
        self.limit, self.order, self.after, self.before = limit, order, after, before

    def of(self, rows: Sequence[T], shape: Callable[[T], dict[str, Any]], created: Callable[[T], float]) -> dict[str, Any]:
        """One page of `rows`; an unknown cursor gives the first page."""
        ordered = sorted(rows, key=created, reverse=self.order == "desc")
        shaped = [shape(row) for row in ordered]
        ids = [row["id"] for row in shaped]
        start = ids.index(self.after) + 1 if self.after in ids else 0
        stop = ids.index(self.before) if self.before in ids else len(ids)
        kept = shaped[start:stop][: self.limit]
        return listed(kept) | {"has_more": start + len(kept) < stop}


def listed(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A list that is whole."""
    ends = {"first_id": rows[0].get("id"), "last_id": rows[-1].get("id")} if rows else {"first_id": None, "last_id": None}
    return {"object": "list", "data": list(rows), **ends, "has_more": False}


Paged = Annotated[Page, Depends(Page)]
