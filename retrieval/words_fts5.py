"""The words of the items in SQLite's FTS5 tables. Knows keys, titles and texts."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from retrieval.engine import TITLE_WEIGHT, Connection
from retrieval.indexes import Keys
from retrieval.segmentation import segmented

if TYPE_CHECKING:
    from retrieval.database import Database

_BM25 = f"SELECT rowid, rank FROM words WHERE words MATCH ? AND rank MATCH 'bm25({TITLE_WEIGHT}, 1.0)' ORDER BY rank LIMIT ?"  # noqa: S608
_OCCURRENCES = "SELECT group_concat(CASE col WHEN 'title' THEN -doc ELSE doc END) FROM occurrences WHERE term = ?"
_TOTALS = "SELECT block FROM words_data WHERE id = 1"
"""FTS5's own record: the number of rows, and of words in each column, as variable-length numbers."""
_ALL_SIZES = "SELECT id, sz FROM words_docsize"
_SIZES = "SELECT id, sz FROM words_docsize WHERE id IN (SELECT value FROM json_each(?))"
_BLOCK = 20_000


class Fts5:
    """The index of one open database; what it stems itself, it cuts as `retrieval.segmentation` says."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, connection: Connection, rows: Sequence[tuple[int, str, str]]) -> None:
        """Take in items: key, title and text."""
        connection.executemany(
            "INSERT INTO words (rowid, title, text) VALUES (?,?,?)", [(key, segmented(title), segmented(text)) for key, title, text in rows]
        )

    def remove(self, connection: Connection, rows: Sequence[tuple[int, str, str]]) -> None:
        """Forget items; with the title and text that they were taken in with."""
        for key, title, text in rows:
            words = (key, segmented(title), segmented(text))
            connection.execute("INSERT INTO words (words, rowid, title, text) VALUES ('delete',?,?,?)", words)

    def clear(self, connection: Connection) -> None:
        """Forget all."""
        connection.execute("INSERT INTO words (words) VALUES ('delete-all')")

    def tidy(self, connection: Connection) -> None:
        """Leave nothing of what was forgotten: deleted words stay in older segments."""
        connection.execute("INSERT INTO words (words) VALUES ('optimize')")

    def ranked(self, words: Sequence[str], limit: int) -> list[tuple[int, float]]:
        """(key, score) of the best for any of the words, whoever owns them, best first."""
        match = " OR ".join(f'"{word}"' for word in words)
        return [(row[0], -row[1]) for row in self._database.all(_BM25, (match, limit))]

    def occurrences(self, term: str) -> tuple[Keys, NDArray[np.float64]]:
        """Keys of the items with a word, ascending, and how often it is there, a title counting `TITLE_WEIGHT`."""
        with self._database.read() as connection:
            text = connection.execute(_OCCURRENCES, (term,)).fetchone()[0]
        signed = np.fromstring(text, np.int64, sep=",") if text else np.empty(0, np.int64)
        found, inverse = np.unique(np.abs(signed), return_inverse=True)
        keys: Keys = found.astype(np.int64)
        return keys, np.bincount(inverse, np.where(signed < 0, TITLE_WEIGHT, 1.0), len(keys)).astype(np.float64)

    def lengths(self, keys: Keys | None) -> Iterator[tuple[Keys, NDArray[np.int64]]]:
        """Blocks of keys and how many words each has; of all items, or of those of `keys` that are there."""
        statement = _ALL_SIZES if keys is None else _SIZES
        values = () if keys is None else (json.dumps(keys.tolist()),)
        with self._database.read() as connection:
            cursor: sqlite3.Cursor = connection.execute(statement, values)
            cursor.row_factory = None
            while rows := cursor.fetchmany(_BLOCK):
                yield np.fromiter((row[0] for row in rows), np.int64, len(rows)), _sizes([row[1] for row in rows])

    def frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many items each of the terms is."""
        counted: dict[str, int] = {}
        for term in terms:
            row = self._database.one("SELECT doc FROM terms WHERE term = ?", (term,))
            counted[term] = int(row["doc"]) if row else 0
        return counted

    def totals(self) -> tuple[int, int]:
        """Items, and words in all of them."""
        row = self._database.one(_TOTALS)
        numbers = list(_numbers(row[0])) if row else []
        return (numbers[0], sum(numbers[1:])) if numbers else (0, 0)


def _numbers(record: bytes) -> Iterator[int]:
    value = 0
    for byte in record:
        value = value << 7 | byte & 127
        if byte < 128:
            yield value
            value = 0


def _sizes(sizes: Sequence[bytes]) -> NDArray[np.int64]:
    """Words of each item: the sum of the two variable-length numbers (title, text) that FTS5 keeps for it."""
    data = np.frombuffer(b"".join(sizes), np.uint8).astype(np.int64)
    more = data >= 128
    values = data & 127
    carried = np.zeros_like(values)
    for place in np.flatnonzero(more):  # only texts of more than 127 words have any
        carried[place + 1] = (carried[place] + values[place]) << 7
    ends = (values + carried)[~more]
    result: NDArray[np.int64] = ends.reshape(len(sizes), 2).sum(axis=1)
    return result
