"""A data directory as it is after years: very many items and conversations, written straight into the tables. Knows the schema.

The vectors are synthetic, in the space of the encoder of words; the index over them is built and published, as a service in use has it.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import numpy as np

from benchmarks.passages import clustered
from retrieval.embedders.base import Embedder

COLLECTION, OWNER = "years", "local"
BLOCK = 10_000
MESSAGES = 6
"""Of each conversation."""
_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)"
_TEXT = "'Entry ' || n || ' of the log: the pump of house ' || (n % 977) || ' was read at ' || (n % 83) || ' degrees.'"


def grow(data_dir: Path, items: int, conversations: int) -> None:
    """Add so many items with words and vectors, in a collection of their own, and so many conversations with messages."""
    from benchmarks.million import CACHE, seeds
    from retrieval.embedders.minilm import create as open_encoder

    encoder = open_encoder(CACHE)
    with closing(sqlite3.connect(data_dir / "library.db", isolation_level=None)) as database:
        _items(database, items)
        _vectors(database, encoder.space, seeds(items))
    _settle(data_dir, encoder)
    from assistant.conversations.sqlite import create

    create(data_dir).close()
    with closing(sqlite3.connect(data_dir / "conversations.db", isolation_level=None)) as database:
        _conversations(database, conversations)


def _items(database: sqlite3.Connection, count: int) -> None:
    database.execute("BEGIN")
    database.execute("INSERT INTO collections VALUES ('vs_years', ?, ?, '{}', 0)", (COLLECTION, OWNER))
    first = database.execute("SELECT coalesce(max(key), 0) FROM items").fetchone()[0]
    database.execute(
        f"{_NUMBERS} INSERT INTO items (key, id, collection, owner, modality, title, text, metadata, locator, created_at)"  # noqa: S608 - names and numbers of ours
        f" SELECT {first} + n, printf('item-%032x', n), 'vs_years', ?, 'text', 'log.csv', {_TEXT}, '{{}}', '{{}}', 0 FROM numbers",
        (count, OWNER),
    )
    database.execute("INSERT INTO words (rowid, title, text) SELECT key, title, text FROM items WHERE collection = 'vs_years'")
    database.execute("COMMIT")


def _vectors(database: sqlite3.Connection, space: str, around: np.ndarray) -> None:
    keys = [row[0] for row in database.execute("SELECT key FROM items WHERE collection = 'vs_years' ORDER BY key")]
    place = database.execute("SELECT id FROM spaces WHERE name = ?", (space,)).fetchone()[0]
    database.execute("BEGIN")
    for start in range(0, len(keys), BLOCK):
        block = keys[start : start + BLOCK]
        vectors = clustered(len(block), around, seed=start).astype(np.float16)
        rows = [(place, key, vector.tobytes()) for key, vector in zip(block, vectors, strict=True)]
        database.executemany("INSERT INTO vectors (space, item, vector) VALUES (?, ?, ?)", rows)
    database.execute("UPDATE spaces SET generation = generation + 1 WHERE id = ?", (place,))
    database.execute("COMMIT")


def _settle(data_dir: Path, encoder: Embedder) -> None:
    """Search once, and wait until no index is being built."""
    from benchmarks.searching import open_library
    from retrieval.library import Query

    library = open_library(data_dir, encoder)
    library.search(Query(owner=OWNER, text="warranty", k=5))
    while any(space["index"] == "building" for space in library.status()["spaces"]):
        time.sleep(0.2)
    library.close()


def _conversations(database: sqlite3.Connection, count: int) -> None:
    rest = '{"media": [], "annotations": [], "trace": {"note": "' + "x" * 1500 + '"}}'
    database.execute("BEGIN")
    database.execute(
        f"{_NUMBERS} INSERT INTO conversation SELECT printf('conv_%032x', n), 'local', 'Conversation ' || n, '[]', 0, n, n FROM numbers",  # noqa: S608 - names and numbers of ours
        (count,),
    )
    database.execute(
        f"{_NUMBERS} INSERT INTO message (id, conversation, role, text, state, created_at, rest)"  # noqa: S608 - names and numbers of ours
        f" SELECT printf('msg_%032x', n), printf('conv_%032x', 1 + (n - 1) / {MESSAGES}), iif(n % 2, 'user', 'assistant'), {_TEXT},"
        " 'finished', n, ? FROM numbers", (MESSAGES * count, rest),
    )  # fmt: skip
    database.execute("COMMIT")
