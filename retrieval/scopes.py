"""Which items a search may find: a bitmap over item keys for each scope that was asked for, kept up with every commit.

A scope that is asked again costs a look at the items that changed since, however many there are in all.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from retrieval.changes import Changes
from retrieval.engine import Engine
from retrieval.indexes import Keys, allow
from retrieval.rows import condition
from retrieval.stores.base import Scope

SCOPES = 64
"""Bitmaps that are kept; the one not asked for the longest makes room."""
Bitmap = NDArray[np.uint8]


class Scopes:
    """The bitmaps. Safe for threads."""

    def __init__(self, database: Engine, changes: Changes) -> None:
        self._database, self._changes = database, changes
        self._lock = threading.Lock()
        self._known: OrderedDict[Scope, tuple[int, Bitmap]] = OrderedDict()

    def allowed(self, scope: Scope) -> Bitmap:
        """The bitmap of a scope; it must not be changed. Raises InvalidInput for a scope without owner or with a bad filter."""
        with self._lock:
            known = self._known.get(scope)
            if known is not None:
                self._known.move_to_end(scope)
                if known[0] == self._changes.now:
                    return known[1]
        now, changed = self._changes.since(known[0] if known is not None else -1)
        bitmap = self._brought_up(known[1], changed, scope) if known is not None and changed is not None else self._made(scope)
        with self._lock:
            self._known[scope] = (now, bitmap)
            while len(self._known) > SCOPES:
                self._known.popitem(last=False)
        return bitmap

    def _made(self, scope: Scope) -> Bitmap:
        sql, values = condition(scope, self._database)
        return allow(self._keys(f"SELECT group_concat(key) FROM items WHERE {sql}", values))  # noqa: S608 - values are bound

    def _brought_up(self, bitmap: Bitmap, changed: Keys, scope: Scope) -> Bitmap:
        sql, values = condition(scope, self._database)
        joined = "json_each(?) AS changed CROSS JOIN items ON items.key = changed.value"
        statement = f"SELECT group_concat(items.key) FROM {joined} WHERE {sql}"  # noqa: S608 - values are bound
        present = self._keys(statement, [json.dumps(changed.tolist()), *values])
        size = max(len(bitmap), int(present.max(initial=0)) // 8 + 1)
        bits = np.concatenate([bitmap, np.zeros(size - len(bitmap), np.uint8)])
        changed = changed[changed < 8 * size]
        np.bitwise_and.at(bits, changed >> 3, ~_bit(changed))
        np.bitwise_or.at(bits, present >> 3, _bit(present))
        return bits

    def _keys(self, statement: str, values: list[object]) -> Keys:
        """The keys that a statement gives as one text: a million rows would each become an object."""
        row = self._database.one(statement, tuple(values))
        return np.fromstring(row[0], np.int64, sep=",") if row and row[0] else np.empty(0, np.int64)


def among(keys: Keys, bitmap: Bitmap) -> NDArray[np.bool_]:
    """Which of the keys are in a bitmap."""
    inside = keys < 8 * len(bitmap)
    found = np.zeros(len(keys), np.bool_)
    found[inside] = (bitmap[keys[inside] >> 3] & _bit(keys[inside])) != 0
    return found


def _bit(keys: Keys) -> Bitmap:
    return np.left_shift(np.uint8(1), (keys & 7).astype(np.uint8)).astype(np.uint8)
