"""The words of the items in PostgreSQL: for each word the items that have it, and how often. Words are cut and stemmed here.

PostgreSQL's own text search is not used: it cuts no Chinese, and its ranks know nothing of how rare a word is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from retrieval.engine import TITLE_WEIGHT, Connection
from retrieval.indexes import Keys
from retrieval.segmentation import terms

if TYPE_CHECKING:
    from retrieval.database_postgres import PostgresDatabase

LONGEST = 200
"""Characters of a word that is kept as it is: an index of PostgreSQL takes no long text, and one without a blank may have any length."""
_BLOCK = 20_000


class Postings:
    """The index of one open database."""

    ranked: ClassVar[None] = None

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    def add(self, connection: Connection, rows: Sequence[tuple[int, str, str]]) -> None:
        """Take in items: key, title and text."""
        posted: tuple[list[str], list[int], list[float]] = ([], [], [])
        lengths: list[int] = []
        for key, title, text in rows:
            of_title, of_text = terms(title), terms(text)
            counts: dict[str, float] = dict(Counter(of_text))
            for term in of_title:
                counts[term] = counts.get(term, 0.0) + TITLE_WEIGHT
            for term, count in counts.items():
                posted[0].append(short(term))
                posted[1].append(key)
                posted[2].append(float(count))
            lengths.append(len(of_title) + len(of_text))
        connection.execute(
            "--pg INSERT INTO postings SELECT t, i, c FROM unnest(CAST(? AS TEXT[]), CAST(? AS BIGINT[]), CAST(? AS REAL[])) AS p (t, i, c)"
            " ON CONFLICT DO NOTHING", posted,
        )  # fmt: skip
        keys = [row[0] for row in rows]
        connection.execute("--pg INSERT INTO lengths SELECT * FROM unnest(CAST(? AS BIGINT[]), CAST(? AS BIGINT[]))", (keys, lengths))
        self._count(connection, len(rows), sum(lengths))

    def remove(self, connection: Connection, rows: Sequence[tuple[int, str, str]]) -> None:
        """Forget items; with the title and text that they were taken in with."""
        pairs = [(short(term), key) for key, title, text in rows for term in {*terms(title), *terms(text)}]
        connection.execute(
            "--pg DELETE FROM postings USING unnest(CAST(? AS TEXT[]), CAST(? AS BIGINT[])) AS gone (term, item)"
            " WHERE postings.term = gone.term AND postings.item = gone.item", ([term for term, _ in pairs], [key for _, key in pairs]),
        )  # fmt: skip
        gone = connection.execute("--pg DELETE FROM lengths WHERE item = ANY(?) RETURNING words", ([row[0] for row in rows],)).fetchall()
        self._count(connection, -len(gone), -sum(row[0] for row in gone))

    @staticmethod
    def _count(connection: Connection, texts: int, words: int) -> None:
        connection.execute(
            "--pg UPDATE counters SET value = value + CASE name WHEN 'texts' THEN CAST(? AS BIGINT) ELSE CAST(? AS BIGINT) END"
            " WHERE name IN ('texts', 'words')", (texts, words),
        )  # fmt: skip

    def clear(self, connection: Connection) -> None:
        """Forget all."""
        connection.execute("--pg DELETE FROM postings")
        connection.execute("--pg DELETE FROM lengths")
        connection.execute("--pg UPDATE counters SET value = 0 WHERE name IN ('texts', 'words')")

    def tidy(self, connection: Connection) -> None:
        """Nothing: what was forgotten is in no row, and `scrub` gives up its room."""

    def occurrences(self, term: str) -> tuple[Keys, NDArray[np.float64]]:
        """Keys of the items with a word, ascending, and how often it is there, a title counting `TITLE_WEIGHT`."""
        row = self._database.one(
            "--pg SELECT string_agg(CAST(item AS TEXT), ','), string_agg(CAST(count AS TEXT), ',')"
            " FROM (SELECT item, count FROM postings WHERE term = ? ORDER BY item) AS posted", (short(term),),
        )  # fmt: skip
        if row is None or row[0] is None:
            return np.empty(0, np.int64), np.empty(0, np.float64)
        return np.fromstring(row[0], np.int64, sep=","), np.fromstring(row[1], np.float64, sep=",")

    def lengths(self, keys: Keys | None) -> Iterator[tuple[Keys, NDArray[np.int64]]]:
        """Blocks of keys and how many words each has; of all items, or of those of `keys` that are there."""
        after = 0
        while True:
            chosen, values = ("item > ?", [after]) if keys is None else ("item > ? AND item = ANY(?)", [after, keys.tolist()])
            row = self._database.one(
                "--pg SELECT string_agg(CAST(item AS TEXT), ','), string_agg(CAST(words AS TEXT), ',')"  # noqa: S608 - fixed texts
                f" FROM (SELECT item, words FROM lengths WHERE {chosen} ORDER BY item LIMIT {_BLOCK}) AS chosen", values,
            )  # fmt: skip
            if row is None or row[0] is None:
                return
            found, words = np.fromstring(row[0], np.int64, sep=","), np.fromstring(row[1], np.int64, sep=",")
            yield found, words
            after = int(found[-1])

    def frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many items each of the terms is."""
        return {term: int(self._database.one("--pg SELECT count(*) FROM postings WHERE term = ?", (short(term),))[0]) for term in terms}

    def totals(self) -> tuple[int, int]:
        """Items, and words in all of them."""
        found = {row[0]: int(row[1]) for row in self._database.all("--pg SELECT name, value FROM counters")}
        return found["texts"], found["words"]


def short(term: str) -> str:
    """What is kept of a word: itself, or what stands for a long one."""
    return term if len(term) <= LONGEST else f"{term[:LONGEST]} {blake2b(term.encode('utf-8', 'replace'), digest_size=16).hexdigest()}"
