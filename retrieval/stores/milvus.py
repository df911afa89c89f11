"""Store on SQLite (the truth) and Milvus (a copy that is searched): Milvus Lite over a directory, or a cluster at an address.

Items, their words and their vectors are written to the library's database by the code of `retrieval.stores.faiss`, whose indexes are
never loaded here; then to Milvus, and then the call returns. Milvus gets keys and vectors, no text, no metadata and no names: what a
filter selects is known to the database alone. While Milvus does not answer, nothing is added and nothing is found; what it missed is
brought over when it is back (`retrieval.stores._milvus_mirror`).
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from retrieval import bm25
from retrieval.changes import Changes
from retrieval.content import Modality
from retrieval.embedders.base import Vectors
from retrieval.engine import Engine
from retrieval.faults import InvalidInput, Unavailable
from retrieval.indexes import Keys
from retrieval.items import Item
from retrieval.rows import condition, ids_of
from retrieval.scopes import Bitmap, Scopes, among
from retrieval.stores._milvus_following import Alone, Step, Together
from retrieval.stores._milvus_mirror import Mirror
from retrieval.stores._milvus_server import MOST, Place, Server, SparseVector, condition_of, installed, place_of
from retrieval.stores.base import Batch, Scope, Scored
from retrieval.stores.faiss import FaissStore

PAUSE = 2.0
"""Seconds after a failure before Milvus is asked again."""
NAMED = 4_096
"""Items up to which a filter's choice is sent to Milvus by name; beyond that more is asked for than needed, and sifted."""
_log = logging.getLogger(__name__)


class MilvusStore:
    """The store. One writer at a time; any number of threads may search. Connects at the first call that needs it."""

    def __init__(self, database: Engine, directory: Path, place: Place, token: str = "") -> None:
        self._database, self._place, self._token = database, place, token
        self._rows = FaissStore(database, directory)
        self._changes = Changes(database.feed)
        self._scopes = Scopes(database, self._changes)
        self._server: Server | None = None
        self._mirror: Mirror | None = None
        self._step: Step | None = None
        self._certain = not database.was_clean
        self._again, self._trouble = 0.0, ""

    # Being in step

    def _ready(self) -> tuple[Server, Mirror]:
        """Connected and in step with the database. Raises Unavailable, DataLocked."""
        server, mirror = self._server, self._mirror
        if server is not None and mirror is not None:
            return server, mirror
        with self._database.quiet():
            if self._server is not None and self._mirror is not None:
                return self._server, self._mirror  # another thread was first
            if time.monotonic() < self._again:
                raise Unavailable(self._trouble, hint="It is tried again every few seconds.", code="store_unavailable")
            try:
                self._server = self._server or Server(self._place, self._token)
                made = Mirror(self._database, self._server)
                step = Together(self._database, made) if self._database.shared else Alone(made)
                step.begin(self._certain)
            except Unavailable as fault:
                self._again, self._trouble = time.monotonic() + PAUSE, fault.message
                raise
            self._mirror, self._step = made, step
            return self._server, made

    def _follow(self, gone: Keys, new: Keys, spaces: Sequence[str] = ()) -> None:
        """Bring over a committed change; when that fails, the next call that needs Milvus compares everything first."""
        self._bring(lambda step: step.follow(gone, new, spaces))

    def _bring(self, work: Callable[[Step], bool]) -> None:
        if self._mirror is None or self._step is None:
            return
        try:
            if not work(self._step):
                self._mirror, self._certain = None, True
        except Unavailable as fault:
            self._lag(fault)

    def _current(self) -> tuple[Server, Mirror]:
        """Connected, and with everything that any process committed."""
        self._ready()
        self._database.feed.catch_up()
        self._bring(lambda step: step.bring())
        return self._ready()

    def _lag(self, fault: Unavailable) -> None:
        _log.warning("milvus is behind the database: %s", fault.message)
        self._mirror, self._certain = None, True

    def _keys(self, item_ids: Sequence[str]) -> Keys:
        """Keys of those that are there, ascending."""
        return self._database.numbers(
            "SELECT key FROM items WHERE id IN (SELECT value FROM json_each(?)) ORDER BY key", (json.dumps(list(item_ids)),)
        )

    def fill(self, collection: str | None, tell: Callable[[int], None]) -> int:
        """Copy what Milvus lacks, of all collections or of the one with this id; how many rows. `tell` gets what is done. Raises Fault.

        Meant for a copy of a database that is in use: nothing may be written meanwhile, and then only what was copied is to be searched.
        """
        self._server = self._server or Server(self._place, self._token)
        mirror = Mirror(self._database, self._server)
        rows = mirror.mend(certain=True, collection=collection, tell=tell)
        self._mirror = mirror
        return rows

    # Writing

    def add(self, batch: Batch) -> None:
        """Insert or replace the items of `batch` with their vectors and words, all or none. Raises Unavailable, with nothing written."""
        self._ready()
        item_ids = [item.id for item in batch.items]
        with self._database.write():
            before = self._keys(item_ids)
            self._rows.add(batch)
            new, spaces = self._keys(item_ids), [space for space, vectors in batch.vectors.items() if vectors]
            self._database.after_commit(lambda: self._follow(before, new, spaces))

    def delete(self, item_ids: Sequence[str], owner: str) -> int:
        """Delete those of `item_ids` that belong to `owner`; how many there were. It is done though Milvus does not answer."""
        with self._database.write():
            before = self._keys(item_ids)
            count = self._rows.delete(item_ids, owner)
            if count:
                gone = np.setdiff1d(before, self._keys(item_ids))
                self._database.after_commit(lambda: self._follow(gone, np.empty(0, np.int64)))
            return count

    def change_metadata(self, metadata: Mapping[str, Mapping[str, Any]], owner: str) -> int:
        """Give items of `owner` other metadata, by id; how many there were. Milvus has none of it."""
        return self._rows.change_metadata(metadata, owner)

    def add_vectors(self, space: str, vectors: Mapping[str, Vectors]) -> None:
        """Vectors in a space, by item id, for items that are stored and have none in it; others are passed over."""
        if not vectors:
            return
        self._ready()
        with self._database.write():
            self._rows.add_vectors(space, vectors)
            keys = self._keys(list(vectors))
            self._database.after_commit(lambda: self._follow_vectors(space, keys))

    def _follow_vectors(self, space: str, keys: Keys) -> None:
        if len(keys):
            self._bring(lambda step: step.add_vectors(space, keys))

    # Finding

    def get(self, item_ids: Sequence[str], owner: str) -> list[Item]:
        """The items of `owner` among `item_ids`, in that order."""
        return self._rows.get(item_ids, owner)

    def vectors(self, space: str, item_ids: Sequence[str], owner: str) -> dict[str, Vectors]:
        """The vectors in a space of those of `item_ids` that have one and belong to `owner`."""
        return self._rows.vectors(space, item_ids, owner)

    def lacking(self, space: str, modalities: Sequence[Modality], limit: int, after: str | None = None) -> list[Item]:
        """Items of all owners of `modalities` that have no vector in a space, oldest first, at most `limit`, those behind item `after`."""
        return self._rows.lacking(space, modalities, limit, after)

    def frequencies(self, terms: Sequence[str]) -> tuple[int, dict[str, int]]:
        """Number of items, and in how many of them each of `terms` occurs."""
        return self._rows.frequencies(terms)

    def dense(self, space: str, vector: Vectors, k: int, scope: Scope) -> list[Scored]:
        """The `k` nearest by cosine within `scope`, best first; k are returned whenever k match."""
        condition(scope, self._database)
        row = self._database.one("SELECT dimension FROM spaces WHERE name = ?", (space,))
        if row is None or k < 1:
            return []
        if vector.size != row["dimension"]:
            raise InvalidInput(f"Vectors of {space} have {row['dimension']} dimensions, not {vector.size}.", hint="Embed the library anew.")
        server, mirror = self._current()
        return self._found(server, mirror.table(space), np.asarray(vector, np.float32).reshape(-1), k, scope)

    def lexical(self, query: str, k: int, scope: Scope) -> list[Scored]:
        """The `k` best by BM25 within `scope`, best first. Chinese is segmented; words without meaning are left out."""
        condition(scope, self._database)
        words = bm25.asked(query)
        if not words or k < 1:
            return []
        server, mirror = self._current()
        asked = bm25.query(words, *self._rows.frequencies(words))
        return self._found(server, mirror.words, asked, k, scope) if asked else []

    def _found(self, server: Server, table: str, vector: Vectors | SparseVector, k: int, scope: Scope) -> list[Scored]:
        inside = condition_of(scope.owner, scope.collections, scope.modalities)
        allowed = self._scopes.allowed(scope) if scope.filter.strip() else None
        try:
            found = server.search(table, vector, k, inside) if allowed is None else _sifted(server, table, vector, k, inside, allowed)
        except Unavailable:
            if self._mirror is not None:  # the tables are looked at before the next search
                self._mirror, self._certain = None, False
            raise
        return self._named(sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k], scope.owner)

    def _named(self, found: Sequence[tuple[int, float]], owner: str) -> list[Scored]:
        """What was found, by the ids of the items, without those that are gone and that Milvus still has."""
        known = ids_of(self._database, [key for key, _ in found], owner)
        return [Scored(known[key], score) for key, score in found if key in known]

    # Keeping

    def rebuild(self) -> None:
        """Build the text index and every table of Milvus from the database."""
        self._rows.rebuild_words()
        with self._database.quiet():
            self._ready()
            if self._step is not None:
                self._step.rebuild()

    def publish(self) -> None:
        """Have Milvus give up what was deleted, and remove indexes of FAISS that are out of date. Raises Unavailable."""
        self._rows.publish()
        server, mirror = self._ready()
        for table in (mirror.words, *(mirror.table(space) for space in mirror.spaces())):
            server.compact(table)

    def status(self) -> list[dict[str, Any]]:
        """Per space: name, dimension, number of vectors, and whether Milvus is known to have them all."""
        rows = self._database.all(
            "SELECT name, dimension, (SELECT count(*) FROM vectors WHERE space = spaces.id) AS vectors FROM spaces ORDER BY name"
        )
        return [{**dict(row), "index": "milvus", "in_step": self._mirror is not None} for row in rows]

    def close(self) -> None:
        """Hang up."""
        self._rows.close()
        if self._server is not None:
            self._server.close()
            self._server = self._mirror = None


def _sifted(server: Server, table: str, vector: Vectors | SparseVector, k: int, inside: str, allowed: Bitmap) -> list[tuple[int, float]]:
    """The best of the allowed: asked for by key when they are few; else more and more is asked for until k are among it."""
    keys: Keys = np.flatnonzero(np.unpackbits(allowed, bitorder="little")).astype(np.int64)
    limit = 4 * k
    while len(keys) > NAMED:
        found = server.search(table, vector, limit, inside)
        kept = among(np.array([key for key, _ in found], np.int64), allowed)
        chosen = [pair for pair, keep in zip(found, kept, strict=True) if keep]
        if len(chosen) >= k or len(found) < min(limit, MOST):
            return chosen
        if limit >= MOST:
            break
        limit = min(8 * limit, MOST)
    parts = [keys[start : start + NAMED] for start in range(0, len(keys), NAMED)]
    return [pair for part in parts for pair in server.search(table, vector, k, f"{inside} and key in {part.tolist()}")]


def place_for(reference: str, directory: Path, offline: bool) -> Place:
    """The place that a setting names; under `directory` when it names none. Raises InvalidInput, NotInstalled."""
    place = place_of(reference, directory / "milvus")
    if offline and not place.local:
        raise InvalidInput(
            "The store is on another machine, and `offline` is set.", hint="Unset one of them, or use a directory.", param="store"
        )
    installed(place)
    return place


def look(reference: str, directory: Path, token: str = "", offline: bool = False) -> str:
    """Where Milvus is and whether it answers, in words; it leaves nothing behind. Raises Fault: it does not."""
    place = place_for(reference, directory, offline)
    if place.directory is not None and not place.directory.is_dir():
        return f"Milvus Lite; {place.directory} is made at the first start."
    server = Server(place, token)
    try:
        count = len(server.tables())
    finally:
        server.close()
    return f"{'Milvus Lite in' if place.directory else 'Milvus at'} {place.directory or place.address}, {count} tables."


def create(database: Engine, directory: Path, reference: str = "", token: str = "", offline: bool = False) -> MilvusStore:
    """The store over an open library database. `reference` is a directory or the address of a cluster; empty is `directory`.

    Raises NotInstalled, InvalidInput for a bad address and for one of another machine while the settings are offline.
    """
    return MilvusStore(database, directory, place_for(reference, directory, offline), token)
