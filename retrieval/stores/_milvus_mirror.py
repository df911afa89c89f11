"""The mirror: what Milvus holds of the library's database, kept equal to it. The database is the truth, whatever Milvus says.

One table of Milvus holds the words of all items, and one each space of vectors. An item never changes under its key but for its
metadata, which stay in the database: so two sides that have the same keys are equal, and a difference is mended by comparing keys. They
differ after a kill between the two writes, a loss of power, a restored backup, or a time with another store.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from retrieval import bm25
from retrieval.engine import Engine
from retrieval.index_building import Stored
from retrieval.indexes import Keys
from retrieval.stores._milvus_server import MOST, Row, Server, digest

BLOCK = 500
"""Rows that are sent at once."""
DRIFT = 0.1
"""How far the mean length of an item may move from the one that the vectors of words were made with."""
REFILLED = 5_000
"""Items up to which they are then all made anew, in a second or two; beyond that `rebuild` does so."""
TURN = "milvus"
"""What a process holds while it changes Milvus, where there are several."""
_MEAN = "milvus_mean_words"
_WHERE = "SELECT key, owner, collection, modality, title, text FROM items WHERE key IN (SELECT value FROM json_each(?)) ORDER BY key"
_log = logging.getLogger(__name__)
Tell = Callable[[int], None]


def _listed(keys: Keys) -> str:
    return json.dumps(keys.tolist())


def _nobody(rows: int) -> None:
    pass


class Mirror:
    """The tables of one library. The caller sees to it that nothing is written to the database meanwhile."""

    def __init__(self, database: Engine, server: Server) -> None:
        self._database, self._server = database, server
        self._prefix = f"library_{database.library_id[:16]}_"
        self.words = f"{self._prefix}words"
        self._there = set(server.tables())

    def table(self, space: str) -> str:
        """Name of the table of a space."""
        plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in space)[:80]
        return f"{self._prefix}{plain}_{digest(space)[:8]}"

    def spaces(self) -> dict[str, Stored]:
        """The spaces of the database by name."""
        rows = self._database.all("SELECT id, name, dimension FROM spaces ORDER BY name")
        return {row["name"]: Stored(self._database, row["id"], row["dimension"]) for row in rows}

    # Following

    def follow(self, gone: Keys, new: Keys, spaces: Sequence[str]) -> None:
        """Bring over what was written: items that are gone, and new ones with their vectors in `spaces`."""
        known = self.spaces()
        for table in (self.words, *(self.table(space) for space in known)):
            if len(gone) and table in self._there:
                self._server.remove(table, gone)
        if len(new):
            self._fill_words(new, _nobody)
            for space in spaces:
                self._fill_space(space, known[space], new, _nobody)

    def bring(self, keys: Keys) -> None:
        """Bring over items with these keys as they are now: gone, or there with their vectors. Others may write meanwhile."""
        there = self._database.numbers("SELECT key FROM items WHERE key IN (SELECT value FROM json_each(?)) ORDER BY key", (_listed(keys),))
        gone = np.setdiff1d(keys, there)
        self._there |= set(self._server.tables())  # another process may have made one
        for table in (self.words, *(self.table(space) for space in self.spaces())):
            if len(gone) and table in self._there:
                self._server.remove(table, gone)
        self._fill_words(there, _nobody)
        for space, stored in self.spaces().items():
            self._fill_space(space, stored, there, _nobody)

    def add_vectors(self, space: str, keys: Keys) -> None:
        """Bring over vectors that items were given later."""
        self._fill_space(space, self.spaces()[space], keys, _nobody)

    # Mending

    def mend(self, *, certain: bool, collection: str | None = None, tell: Tell = _nobody) -> int:
        """Bring over what differs; how many rows that were.

        Without `certain` tables that agree in their number of rows and have the newest one are taken for equal: keys only grow, and are
        brought over in order. With `collection` (an id) only what is missing of that one.
        """
        own = {self.words, *(self.table(space) for space in self.spaces())}
        if collection is None:
            for table in self._there - own:
                if table.startswith(self._prefix):
                    self._server.drop(table)
        changed = self._mend_table(self.words, None, certain, collection, tell)
        for space, stored in self.spaces().items():
            changed += self._mend_table(space, stored, certain, collection, tell)
        if changed:
            _log.info("milvus: %d rows brought into step with the database", changed)
        return changed

    def _mend_table(self, space: str, stored: Stored | None, certain: bool, collection: str | None, tell: Tell) -> int:
        table = self.words if stored is None else self.table(space)
        self._ensure(table, stored)
        keys = self._keys(stored, collection)
        if not certain and collection is None and self._agree(table, keys):
            tell(len(keys))
            return 0
        there = self._stored_keys(table, int(keys[-1]) if len(keys) else 0)
        surplus = np.setdiff1d(there, keys) if collection is None else np.empty(0, np.int64)
        self._server.remove(table, surplus)
        surplus_beyond = self._remove_beyond(table, int(keys[-1]) if len(keys) else 0) if collection is None else 0
        missing = np.setdiff1d(keys, there)
        tell(len(keys) - len(missing))
        if stored is None:
            self._fill_words(missing, tell)
        else:
            self._fill_space(space, stored, missing, tell)
        self._server.settle(table)
        return len(surplus) + surplus_beyond + len(missing)

    def _agree(self, table: str, keys: Keys) -> bool:
        if self._server.count(table) != len(keys):
            return False
        return not len(keys) or len(self._server.keys(table, int(keys[-1]) - 1, int(keys[-1]))) == 1

    def _stored_keys(self, table: str, last: int) -> Keys:
        parts = [self._server.keys(table, after, min(after + MOST, last)) for after in range(0, last, MOST)]
        return np.concatenate(parts) if parts else np.empty(0, np.int64)

    def _remove_beyond(self, table: str, last: int) -> int:
        removed = 0
        while len(found := self._server.beyond(table, last)):
            self._server.remove(table, found)
            removed += len(found)
        return removed

    def _keys(self, stored: Stored | None, collection: str | None) -> Keys:
        """Keys of the database, ascending: of all items, or of those with a vector in a space; of a collection, or of all."""
        if stored is not None and collection is None:
            return stored.keys()
        items = self._database.numbers("SELECT key FROM items WHERE ?1 IS NULL OR collection = ?1 ORDER BY key", (collection,))
        return items if stored is None else np.intersect1d(stored.keys(), items)

    def rebuild(self) -> None:
        """Drop every table of this library and fill them anew; the mean length of an item is measured again."""
        for table in self._there:
            if table.startswith(self._prefix):
                self._server.drop(table)
        self._there.clear()
        self.mend(certain=True)

    # Filling

    def _ensure(self, table: str, stored: Stored | None) -> None:
        if table not in self._there:
            if stored is None:
                self._mean(fresh=True)
            self._server.make(table, None if stored is None else stored.dimension)
            self._there.add(table)

    def _length(self) -> float:
        """Words of an item on average, as the text index counts them."""
        items, words = self._database.text.totals()
        return words / items if items else bm25.MEAN

    def _mean(self, fresh: bool = False) -> float:
        """The mean that the vectors of words are made with; when `fresh`, that of today, for all that are made from now on."""
        row = self._database.one("SELECT value FROM meta WHERE name = ?", (_MEAN,))
        if row is not None and not fresh:
            return float(row[0])
        mean = self._length()
        with self._database.locks.turn(TURN) as connection:
            connection.execute(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (_MEAN, repr(mean))
            )
        return mean

    def _grown_apart(self) -> bool:
        return abs(self._length() / self._mean() - 1) > DRIFT

    def _blocks(self, keys: Keys) -> Iterator[Keys]:
        for start in range(0, len(keys), BLOCK):
            yield keys[start : start + BLOCK]

    def _fill_words(self, keys: Keys, tell: Tell) -> None:
        self._ensure(self.words, None)
        told = len(keys)
        if len(keys) and self._grown_apart():
            every = self._keys(None, None)
            if len(every) <= REFILLED:
                keys = every
                self._mean(fresh=True)
        mean = self._mean()
        for block in self._blocks(keys):
            rows = self._database.all(_WHERE, (_listed(block),))
            self._server.put(self.words, [
                Row(row["key"], row["owner"], row["collection"], row["modality"], bm25.document(row["title"], row["text"], mean))
                for row in rows
            ])  # fmt: skip
            tell(min(len(block), told))
            told -= min(len(block), told)

    def _fill_space(self, space: str, stored: Stored, keys: Keys, tell: Tell) -> None:
        table = self.table(space)
        self._ensure(table, stored)
        for block in self._blocks(keys):
            having, vectors = stored(block)
            rows = {row["key"]: row for row in self._database.all(_WHERE, (_listed(having),))}
            self._server.put(table, [
                Row(int(key), rows[key]["owner"], rows[key]["collection"], rows[key]["modality"], vector)
                for key, vector in zip(having, vectors, strict=True) if key in rows
            ])  # fmt: skip
            tell(len(block))
