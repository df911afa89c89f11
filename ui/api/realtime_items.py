"""Items of a live conversation as a client of `/v1/realtime` sees them: an ordered book. Knows no turn, and keeps no sound."""

from __future__ import annotations

import threading
from typing import Any

from retrieval.faults import Conflict, NotFound
from ui.api.words import refuse

MOST = 1000
"""Items that are remembered; the oldest leave first."""


def user(identity: str, content: list[dict[str, Any]]) -> dict[str, Any]:
    """A message of the person."""
    return message(identity, "user", content)


def message(identity: str, role: str, content: list[dict[str, Any]], status: str = "completed") -> dict[str, Any]:
    """A message in OpenAI's shape."""
    return {"id": identity, "object": "realtime.item", "type": "message", "status": status, "role": role, "content": content}


class Items:
    """In the order of the conversation. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: dict[str, dict[str, Any]] = {}

    def add(self, item: dict[str, Any], after: str | None = None) -> str | None:
        """The id of the item before it. `after`: an id, `root` for the beginning, None for the end. Raises NotFound, Conflict."""
        with self._lock:
            if item["id"] in self._items:
                raise refuse(Conflict, "realtime_item_exists", param="item.id", code="item_already_exists", id=str(item["id"])[:80])
            order = list(self._items)
            if after not in (None, "root") and after not in self._items:
                raise self._missing(str(after), "previous_item_id")
            place = len(order) if after is None else 0 if after == "root" else order.index(after) + 1
            if place == len(order):
                self._items[item["id"]] = item
                self._forget()
            else:
                self._items = dict([*list(self._items.items())[:place], (item["id"], item), *list(self._items.items())[place:]])
            return order[place - 1] if place else None

    def get(self, identity: str, param: str = "item_id") -> dict[str, Any]:
        """Raises NotFound."""
        with self._lock:
            if identity not in self._items:
                raise self._missing(identity, param)
            return self._items[identity]

    def before(self, identity: str) -> str | None:
        """The id of the item before this one."""
        with self._lock:
            order = list(self._items)
            place = order.index(identity) if identity in self._items else 0
            return order[place - 1] if place else None

    def last(self) -> str | None:
        """The id of the last item."""
        with self._lock:
            return next(reversed(self._items), None)

    def delete(self, identity: str) -> None:
        """Raises NotFound."""
        with self._lock:
            if self._items.pop(identity, None) is None:
                raise self._missing(identity, "item_id")

    def __contains__(self, identity: str) -> bool:
        with self._lock:
            return identity in self._items

    def _forget(self) -> None:
        while len(self._items) > MOST:
            self._items.pop(next(iter(self._items)))

    @staticmethod
    def _missing(identity: str, param: str) -> NotFound:
        return refuse(NotFound, "realtime_no_item", param=param, code="item_not_found", id=identity[:80])
